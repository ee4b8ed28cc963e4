//! Ops on the bench's DNS server.

use proofhouse_model::op::DnsOp;
use proofhouse_model::{Observation, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::peers::dns::DnsServer;

/// Carries out an op on the DNS server.
pub fn perform(server: &DnsServer, op: &DnsOp, budget: &Budget) -> Result<Observation, Trouble> {
    match op {
        DnsOp::Facts => Ok(Observation::Dns(server.facts())),
        DnsOp::Answer { name, addresses } => {
            server.answer(name, addresses).map(|()| Observation::Done)
        }
        DnsOp::Behave { how } => {
            server.behave(*how);
            Ok(Observation::Done)
        }
        DnsOp::AwaitQuestion { .. } => {
            let asked = server.await_question(budget)?;
            let unseen = || Observation::Unseen { heard: "".into() };
            Ok(asked.map_or_else(unseen, Observation::Question))
        }
    }
}
