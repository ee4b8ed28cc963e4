//! The debug port: SWD through a real probe, in a worker process that can be given up.
//!
//! ```text
//! DebugPort (parent)                         worker process (same binary, hidden word)
//!   grade, race, read, identify --JSON line-->  reach: open the probe, wake the debug port
//!   every request has a deadline                survey: access ports, words, level
//!   <--JSON line (+ raw bytes)--                probe-rs, which may hang, spin or panic
//! ```
//!
//! probe-rs 0.32 spins for ever when a network probe closes its socket (the unit lost power), waits
//! without limit on some erase polls, and panics in some drivers. So a request that overruns costs
//! its worker: killed, reaped, and the next request gets a fresh one.
//!
//! **Nothing here writes or erases flash.** There is no request that could: the worker never
//! constructs erase permissions, writes no memory, and touches of the access ports only the
//! registers that read memory (CSW, TAR). What it does do to a chip: debug power is requested and
//! dropped again, and the `attach` part of a grade, which runs probe-rs's own sequence for the
//! chip with no permissions, writes the debug registers of an *open* core and halts it for some
//! milliseconds.

mod child;
mod dump;
mod error;
mod grade;
mod parent;
mod places;
mod protocol;
mod quick;
mod race;
mod reach;
mod read;
mod survey;
mod target;
mod uid;
mod worker;

pub use dump::Dump;
pub use parent::{DebugPort, RaceHandle};
pub use protocol::WORKER_WORD;
pub use race::Race;
pub use survey::{Grading, PortFacts};
pub use target::{DebugTarget, MAX_READ, ProbeSyntax};
pub use worker::worker_main;

use crate::open::Context;
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Trouble, Wire};

/// Opens a debug port: one line per driver of the channel. Nothing is touched.
///
/// # Errors
/// Bench trouble: settings of another driver.
pub fn open(wire: &Wire, context: &Context<'_>) -> Result<DebugPort, Trouble> {
    let probe = match wire.driver.as_str() {
        "virtual" => context.made(Channel::Debug)?.probe.clone(),
        "dump" => {
            let file = context.path(wire.settings.text("file")?);
            let at = wire.settings.optional("at", Settings::whole)?;
            return Dump::open(file.as_ref(), at, &context.debug).map(DebugPort::of_dump);
        }
        "probe-rs" => wire.settings.text("probe")?.to_owned(),
        _ => return Err(context.unknown(Channel::Debug, wire)),
    };
    let target = DebugTarget::with_facts(probe, &context.debug);
    Ok(DebugPort::new(target))
}
