//! A unit that is cut off the network on purpose.

use super::Unit;
use crate::wired::wired;
use proofhouse_model::op::UplinkOp;
use proofhouse_model::{Channel, CutKind, Observation, Op, Trouble, TroubleKind};
use proofhouse_transport::Budget;

impl Unit {
    pub(super) fn uplink(
        &mut self,
        op: &UplinkOp,
        budget: &Budget,
    ) -> Result<Observation, Trouble> {
        let uplink = wired(self.uplink.as_mut(), &self.name, Channel::Uplink)?;
        match op {
            UplinkOp::Cut { what } => {
                uplink.cut(*what, budget)?;
                // What the bench's own broker holds open would go on, or be counted, on a link that is down.
                let at_gate = uplink.gate().is_some() && *what == CutKind::Link;
                if let Some(broker) = self.mqtt.as_ref().filter(|_| at_gate) {
                    broker.drop_all();
                }
            }
            UplinkOp::Restore => {
                uplink.restore()?;
                // Whoever comes back may have another address.
                if let Some(lan) = &self.lan {
                    lan.host.forget();
                }
            }
        }
        Ok(Observation::Done)
    }

    /// While the network is cut on purpose, that this host has no way to the unit is what was asked for, and no trouble
    /// of the bench: the unit is not heard.
    pub(super) fn by_own_cut(&self, op: &Op, trouble: Trouble) -> Trouble {
        let what = self.uplink.as_ref().and_then(|uplink| uplink.is_cut());
        let on_network = op.channel() == Some(Channel::Lan) && trouble.kind == TroubleKind::Bench;
        match what.filter(|_| on_network) {
            Some(what) => Trouble::silent(
                Channel::Lan,
                format!(
                    "{} is cut off the network, as asked (`{what}`): {}",
                    self.name, trouble.what
                ),
            ),
            None => trouble,
        }
    }
}

#[cfg(test)]
mod tests;
