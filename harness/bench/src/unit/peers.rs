//! What the bench offers to a unit.

use super::Unit;
use crate::wired::wired;
use crate::{dns, mqtt};
use proofhouse_model::op::{DhcpOp, DnsOp, MqttOp};
use proofhouse_model::{Channel, Observation, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::peers::mqtt::Broker;

impl Unit {
    /// What its peers heard since this was asked last and nobody may read: name and value.
    pub fn new_secrets(&self) -> Vec<(&'static str, Vec<u8>)> {
        let heard = self.mqtt.iter().flat_map(Broker::new_secrets);
        heard
            .map(|s| ("mqtt.password", s.expose().to_vec()))
            .collect()
    }

    pub(super) fn mqtt(&self, op: &MqttOp, budget: &Budget) -> Result<Observation, Trouble> {
        let broker = wired(self.mqtt.as_ref(), &self.name, Channel::MQTT)?;
        mqtt::perform(broker, self.front.as_ref(), op, budget)
    }

    pub(super) fn dns(&self, op: &DnsOp, budget: &Budget) -> Result<Observation, Trouble> {
        let server = wired(self.dns.as_ref(), &self.name, Channel::DNS)?;
        dns::perform(server, op, budget)
    }

    pub(super) fn dhcp(&self, op: &DhcpOp, budget: &Budget) -> Result<Observation, Trouble> {
        let server = wired(self.dhcp.as_ref(), &self.name, Channel::DHCP)?;
        match op {
            DhcpOp::Facts => Ok(Observation::Dhcp(server.facts())),
            DhcpOp::AwaitLease { .. } => {
                let unseen = || Observation::Unseen { heard: "".into() };
                let lease = server.await_lease(budget)?;
                Ok(lease.map_or_else(unseen, Observation::Lease))
            }
        }
    }

    /// All of them as at the start of a case.
    pub(super) fn reset_peers(&self) {
        if let Some(broker) = &self.mqtt {
            broker.reset();
        }
        if let Some(server) = &self.dns {
            server.reset();
        }
        if let Some(server) = &self.dhcp {
            server.reset();
        }
    }
}
