//! Capability *power*: a supply that can be switched.
//!
//! | driver | is |
//! |---|---|
//! | [`CommandPower`] | two programs that switch a relay or an outlet |
//! | [`ShellyPower`] | a relay or plug of Shelly's, over its local HTTP |
//! | [`ProcessPower`] | a virtual unit: spawned is on, killed is off |
//!
//! [`PowerControl`] stands on any of them: it cycles, cuts at a set time, and remembers when a
//! supply broke.

mod command;
mod control;
mod cut;
mod process;
mod shelly;
#[cfg(test)]
mod tests;

pub use command::CommandPower;
pub use control::PowerControl;
pub use cut::CutAtLine;
pub use process::ProcessPower;
pub use shelly::ShellyPower;

use crate::open::Context;
use proofhouse_model::{Channel, Trouble, Wire};

/// Opens a supply: one line per driver of the channel. Nothing is switched.
///
/// # Errors
/// Bench trouble: settings of another driver, a log that cannot be written.
pub fn open(wire: &Wire, context: &Context<'_>) -> Result<Box<dyn Power>, Trouble> {
    Ok(match wire.driver.as_str() {
        "virtual" => Box::new(ProcessPower::open(context)?),
        "command" => Box::new(CommandPower::open(&wire.settings, context)?),
        "shelly" => Box::new(ShellyPower::open(&wire.settings)?),
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

    /// How the device ended by itself while on, when it did and the driver can tell. An
    /// observation, no trouble: the supply is still on.
    fn exited(&mut self) -> Option<String> {
        None
    }
}
