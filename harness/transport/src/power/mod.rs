//! Capability *power*: a supply that can be switched.
//!
//! | driver | is |
//! |---|---|
//! | [`CommandPower`] | two programs that switch a relay or an outlet |
//! | [`OutletPower`] | one outlet of a strip that serves several units and takes one session at a time |
//! | [`SwitchPower`] | one outlet of a switch whose model has a file in `transport/switches`, or a lab's own |
//! | [`ProcessPower`] | a virtual unit: spawned is on, killed is off |
//!
//! [`PowerControl`] stands on any of them: it cycles, cuts at a set time, and remembers when a
//! supply broke.

mod command;
mod control;
mod cut;
mod marked;
mod outlet;
mod process;
mod switch;
#[cfg(test)]
mod tests;

pub use command::CommandPower;
pub(crate) use command::run_program;
pub use control::{EndsWithCut, PowerControl};
pub use cut::{CutAt, Sign};
pub use marked::{STARTED_BY, end_marked, sees_processes};
pub use outlet::{OutletPower, Strips};
pub use process::ProcessPower;
pub use switch::SwitchPower;

use crate::open::Context;
use proofhouse_model::drivers::{OUTLET, SWITCH};
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
        _ => return Err(context.unknown(Channel::Power, wire)),
    })
}

/// A supply. Calls return when the supply has switched; each has its own deadline.
pub trait Power: Send {
    /// Switches on; no effect when on.
    ///
    /// # Errors
    /// Trouble of the bench, with what to try.
    fn on(&mut self) -> Result<(), Trouble>;

    /// Switches off, whatever the state is taken for: this is the way to safety.
    ///
    /// # Errors
    /// Trouble of the bench, with what to try.
    fn off(&mut self) -> Result<(), Trouble>;

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
}
