//! Console ops.

use crate::patterns::pattern;
use proofhouse_model::op::ConsoleOp;
use proofhouse_model::{Observation, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::console::Console;

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
        ConsoleOp::Send { bytes } => console.send(bytes, budget).map(|()| Observation::Done),
        ConsoleOp::Expect { pattern: text, .. } => console
            .expect(&pattern(text)?, budget)
            .map(Observation::Matched),
        ConsoleOp::Ask {
            line,
            pattern: text,
            ..
        } => console
            .ask(line, &pattern(text)?, budget)
            .map(Observation::Matched),
        ConsoleOp::Watch { pattern: text, .. } => console.watch(&pattern(text)?, budget),
        ConsoleOp::Skip => {
            console.skip();
            Ok(Observation::Done)
        }
        ConsoleOp::Lines => {
            let at = console.lines();
            Ok(Observation::Lines {
                at: at.into_iter().map(Into::into).collect(),
            })
        }
    }
}
