//! Capability *power*: a supply that can be switched.
//!
//! | driver | is |
//! |---|---|
//! | [`CommandPower`] | two programs that switch a relay or an outlet |
//! | [`OutletPower`] | one outlet of a strip that serves several units and takes one session at a time |
//! | [`SwitchPower`] | one outlet of a switch whose model has a file in `transport/switches`, or a lab's own |
//! | [`UsbHubPower`] | one port of a USB hub of this computer |
//! | [`Ppk2Power`] | a Power Profiler Kit II, read back by the current |
//! | [`GpioPower`] | a relay at a GPIO line of this computer |
//! | [`HidRelayPower`] | a relay of a USB board that is a HID device |
//! | [`ProcessPower`] | a virtual unit: spawned is on, killed is off |
//!
//! [`PowerControl`] stands on any of them: it cycles, cuts at a set time, and remembers when a
//! supply broke.

mod command;
mod control;
mod cut;
mod gpio;
mod hid_relay;
mod in_time;
mod marked;
mod outlet;
mod ppk2;
mod process;
mod switch;
#[cfg(test)]
mod tests;
mod usb_hub;

pub use command::CommandPower;
pub(crate) use command::run_program;
pub use control::{EndsWithCut, PowerControl};
pub use cut::{CutAt, Sign};
pub use gpio::GpioPower;
pub(crate) use gpio::chips as gpio_chips;
pub(crate) use hid_relay::boards as relay_boards;
pub use hid_relay::{FoundBoard, HidRelayPower};
pub use marked::{STARTED_BY, end_marked, sees_processes};
pub use outlet::{OutletPower, Strips};
pub use ppk2::Ppk2Power;
pub use process::ProcessPower;
pub use switch::SwitchPower;
pub use usb_hub::UsbHubPower;

use crate::budget::Cancel;
use crate::open::Context;
use proofhouse_model::drivers::{GPIO, HID_RELAY, OUTLET, PPK2, SWITCH, USB_HUB};
use proofhouse_model::event::SupplyMeasured;
use proofhouse_model::{Channel, Trouble, Wire};
use std::time::Duration;

/// Opens a supply: one line per driver of the channel. Nothing is switched.
///
/// # Errors
/// Bench trouble: settings of another driver, a log that cannot be written.
pub fn open(wire: &Wire, context: &Context<'_>) -> Result<Box<dyn Power>, Trouble> {
    Ok(match wire.driver.as_str() {
        "virtual" => Box::new(ProcessPower::open(context)?),
        "command" => Box::new(CommandPower::open(&wire.settings, context)?),
        OUTLET => Box::new(OutletPower::open(&wire.settings, context)?),
        SWITCH => Box::new(SwitchPower::open(wire, context)?),
        USB_HUB => Box::new(UsbHubPower::open(&wire.settings)?),
        PPK2 => Box::new(Ppk2Power::open(&wire.settings, context)?),
        GPIO => Box::new(GpioPower::open(&wire.settings)?),
        HID_RELAY => Box::new(HidRelayPower::open(&wire.settings)?),
        _ => return Err(context.unknown(Channel::Power, wire)),
    })
}

/// Is told by which current a supply was read back, on the thread that switches it.
pub type TellMeasured = Box<dyn Fn(SupplyMeasured) + Send>;

/// A supply. Calls return when the supply has switched; each has its own deadline.
pub trait Power: Send {
    /// Switches, whatever the state is taken for.
    ///
    /// # Errors
    /// Trouble of the bench, with what to try.
    fn switch(&mut self, on: bool) -> Result<(), Trouble>;

    /// Switches on; no effect when on.
    ///
    /// # Errors
    /// As [`Power::switch`].
    fn on(&mut self) -> Result<(), Trouble> {
        match self.is_on() {
            Some(true) => Ok(()),
            _ => self.switch(true),
        }
    }

    /// As [`Power::on`]; a driver that waits until its supply says that it is on ends that wait when it is called off,
    /// so that switching off does not stand behind it.
    ///
    /// # Errors
    /// As [`Power::switch`], and when it was called off: the state is not known then.
    fn on_unless(&mut self, _called_off: &Cancel) -> Result<(), Trouble> {
        self.on()
    }

    /// Switches off, whatever the state is taken for: this is the way to safety.
    ///
    /// # Errors
    /// As [`Power::switch`].
    fn off(&mut self) -> Result<(), Trouble> {
        self.switch(false)
    }

    /// The state it was switched to last; `None` when it is not known.
    fn is_on(&self) -> Option<bool>;

    /// How long one switching may take at most, its turn included.
    fn slowest(&self) -> Duration {
        Duration::ZERO
    }

    /// How the device ended by itself while on, when it did and the driver can tell. An
    /// observation, no trouble: the supply is still on.
    fn exited(&mut self) -> Option<String> {
        None
    }

    /// From now on `tell` is told what was measured whenever it was switched, where the driver measures.
    fn on_measured(&mut self, _tell: TellMeasured) {}
}
