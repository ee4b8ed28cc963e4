//! Waits on the network of a unit that is about to be cut off.

use super::Unit;
use crate::lan::LanWire;
use proofhouse_model::{Channel, Observation, Trouble, TroubleKind};
use proofhouse_transport::Budget;

impl Unit {
    /// Waits for the unit on its network. A peer whose supply is cut says no word of farewell, so the wait would last
    /// its whole time: it ends soon after a cut that was planned when it began, and says so.
    pub(super) fn until_cut(
        &self,
        budget: &Budget,
        wait: impl FnOnce(&LanWire, &Budget) -> Result<Observation, Trouble>,
    ) -> Result<Observation, Trouble> {
        let lan = self.lan()?;
        let Some(power) = &self.power else {
            return wait(lan, budget);
        };
        let own = budget.cancel().own();
        // First this, then the look: a cut that begins between is not missed.
        let ends = power.ends_with_cut(&own.cancel);
        if !power.cut_is_ahead() {
            drop(ends);
            return wait(lan, budget);
        }
        wait(lan, &budget.ended_by(&own.cancel)).map_err(|trouble| {
            let by_cut = trouble.kind == TroubleKind::Cancelled && !budget.cancel().is_cancelled();
            match by_cut {
                true => Trouble::silent(
                    Channel::Lan,
                    format!(
                        "the supply of {} was cut, as planned, before its answer: none can come any more",
                        self.name
                    ),
                ),
                false => trouble,
            }
        })
    }
}
