//! Console ops.

use proofhouse_model::op::ConsoleOp;
use proofhouse_model::{Observation, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::console::Console;
use proofhouse_transport::hear::Pattern;

/// The console of a unit.
pub struct ConsoleWire {
    /// What is listened to.
    pub console: Console,
}

/// Carries out a console op.
pub fn perform(
    wire: &ConsoleWire,
    op: &ConsoleOp,
    budget: &Budget,
) -> Result<Observation, Trouble> {
    let console = &wire.console;
    match op {
        ConsoleOp::Send { bytes } => console.send(&bytes.0, budget).map(|()| Observation::Done),
        ConsoleOp::Expect { pattern, .. } => console
            .expect(&Pattern::new(pattern)?, budget)
            .map(Observation::Matched),
        ConsoleOp::Ask { line, pattern, .. } => console
            .ask(&line.0, &Pattern::new(pattern)?, budget)
            .map(Observation::Matched),
        ConsoleOp::Watch { pattern, .. } => console.watch(&Pattern::new(pattern)?, budget),
        ConsoleOp::Skip => {
            console.skip();
            Ok(Observation::Done)
        }
    }
}
