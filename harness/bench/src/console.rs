//! Console ops.

use crate::unit::Time;
use proofhouse_model::op::ConsoleOp;
use proofhouse_model::{Observation, Trouble};
use proofhouse_transport::console::Console;
use proofhouse_transport::hear::Pattern;

/// The console of a unit.
pub struct ConsoleWire {
    /// What is listened to.
    pub console: Console,
}

/// Carries out a console op.
pub fn perform(wire: &ConsoleWire, op: &ConsoleOp, time: Time) -> Result<Observation, Trouble> {
    let console = &wire.console;
    match op {
        ConsoleOp::Send { bytes } => console.send(&bytes.0).map(|()| Observation::Done),
        ConsoleOp::Expect { pattern, within } => console
            .expect(&Pattern::new(pattern)?, time.clip(*within).std())
            .map(Observation::Matched),
        ConsoleOp::Ask {
            line,
            pattern,
            within,
        } => console
            .ask(&line.0, &Pattern::new(pattern)?, time.clip(*within).std())
            .map(Observation::Matched),
        ConsoleOp::Watch { pattern, length } => {
            console.watch(&Pattern::new(pattern)?, time.clip(*length).std())
        }
        ConsoleOp::Skip => {
            console.skip();
            Ok(Observation::Done)
        }
    }
}
