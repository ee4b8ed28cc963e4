//! Ops of a unit's supply.

use super::Unit;
use crate::wired::wired;
use proofhouse_model::op::PowerOp;
use proofhouse_model::{Channel, Observation, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::power::{CutAt, Sign};

impl Unit {
    pub(super) fn power(&self, op: &PowerOp, budget: &Budget) -> Result<Observation, Trouble> {
        let power = wired(self.power.as_ref(), &self.name, Channel::Power)?;
        let done = |()| Observation::Done;
        match op {
            PowerOp::On => power.on().map(done),
            PowerOp::Off => power.off().map(done),
            PowerOp::Cycle { off } => power.cycle(off.std(), budget).map(done),
            PowerOp::CutIn { after, off } => power.cut_in(after.std(), off.std()).map(done),
            PowerOp::CutAtLine {
                line,
                after,
                off,
                within,
            } => {
                // Without a console nothing would ever set it off.
                self.console()?;
                let place = CutAt {
                    sign: Sign::Line,
                    nth: *line,
                    after: after.std(),
                    within: within.std(),
                };
                power.cut_at(place, off.std()).map(done)
            }
            PowerOp::CutAtAnswer {
                answer,
                after,
                off,
                within,
            } => {
                self.lan()?;
                let place = CutAt {
                    sign: Sign::Answer,
                    nth: *answer,
                    after: after.std(),
                    within: within.std(),
                };
                power.cut_at(place, off.std()).map(done)
            }
            PowerOp::AwaitCut => power.await_cut(budget).map(|late| match late {
                Some(late) => Observation::Cut { late: late.into() },
                None => Observation::NotCut,
            }),
        }
    }
}
