//! The debug port: SWD or JTAG through a real probe, in a worker process that can be given up.
//!
//! ```text
//! DebugPort (parent)                         worker process (same binary, hidden word)
//!   grade, race, read, identify --JSON line-->  probe: open it, wait for it; reach: wake the port
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
mod esp;
mod grade;
mod holder;
mod host;
mod jtag;
mod knock;
mod parent;
mod pick;
mod places;
mod probe;
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
pub use host::set_build;
pub use parent::{DebugPort, RaceHandle};
pub use protocol::WORKER_WORD;
pub use race::Race;
pub use survey::{Grading, PortFacts};
pub use target::{DebugTarget, MAX_READ, ProbeSyntax};
pub use worker::worker_main;

use crate::open::Context;
use proofhouse_model::observation::DebugProtocol;
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Dur, Trouble, Wire};

/// Opens a debug port: one line per driver of the channel. Nothing is touched.
///
/// # Errors
/// Bench trouble: settings of another driver.
pub fn open(wire: &Wire, context: &Context<'_>) -> Result<DebugPort, Trouble> {
    let (mut wait, mut host) = (Dur::default(), None);
    let mut protocol = DebugProtocol::default();
    let probe = match wire.driver.as_str() {
        "virtual" => context.made(Channel::Debug)?.probe.clone(),
        "dump" => {
            let file = context.path(wire.settings.text("file")?);
            let at = wire.settings.optional("at", Settings::whole)?;
            return Dump::open(file.as_ref(), at, &context.debug).map(DebugPort::of_dump);
        }
        "probe-rs" => {
            let said = wire.settings.optional("wait", Settings::duration)?;
            wait = said.unwrap_or_default();
            host = wire.settings.optional("host", Settings::text)?;
            protocol = spoken(&wire.settings)?;
            wire.settings.text("probe")?.to_owned()
        }
        _ => return Err(context.unknown(Channel::Debug, wire)),
    };
    let mut target = DebugTarget::with_facts(probe, &context.debug);
    target.wait = wait;
    target.protocol = protocol;
    let port = DebugPort::new(target);
    Ok(match host {
        Some(login) => port.on_host(login, vec!["ssh".into()]),
        None => port,
    })
}

/// What the probe is to speak: SWD where a plan of before there was a choice says nothing.
fn spoken(settings: &Settings) -> Result<DebugProtocol, Trouble> {
    let Some(word) = settings.optional("protocol", Settings::text)? else {
        return Ok(DebugProtocol::Swd);
    };
    DebugProtocol::from_name(word).ok_or_else(|| {
        let what = format!("the driver's setting `protocol` is `{word}`, which no probe speaks");
        let next = "run it with the Proofhouse that made the plan";
        Trouble::bench(Channel::Debug, what, next)
    })
}
