//! Channels of a unit's network: the way to it, its own address, and what the bench offers and hears there.

use super::Opener;
use crate::faulty::net::Front;
use crate::lan::LanWire;
use proofhouse_model::seeded::fnv1a;
use proofhouse_model::{Channel, Trouble};
use proofhouse_transport::lan;
use proofhouse_transport::net::{Gate, Turns};
use proofhouse_transport::open::Context;
use proofhouse_transport::peers::dhcp::{self, DhcpServer};
use proofhouse_transport::peers::dns::{self, DnsServer};
use proofhouse_transport::peers::mqtt::{self, Broker};
use proofhouse_transport::tap::{self, Tap};
use proofhouse_transport::uplink::{self, Uplink};
use std::sync::Arc;

impl Opener<'_> {
    pub(super) fn uplink(&self, context: &Context<'_>) -> Result<Option<Uplink>, Trouble> {
        let Some(wire) = self.wire(Channel::Uplink) else {
            return Ok(None);
        };
        let mut uplink = uplink::open(wire, context, &|relay| self.leased(relay))?;
        let (listener, name) = (Arc::clone(&self.around.listener), self.unit.name.clone());
        uplink.on_change(move |change| listener.uplink_changed(&name, change));
        Ok(Some(uplink))
    }

    pub(super) fn tap(&self, context: &Context<'_>) -> Result<Option<Tap>, Trouble> {
        let wire = self.wire(Channel::Tap);
        wire.map(|wire| tap::open(wire, context)).transpose()
    }

    pub(super) fn lan(
        &self,
        context: &Context<'_>,
        gate: Option<&Gate>,
        tap: Option<&Tap>,
    ) -> Result<Option<LanWire>, Trouble> {
        let Some(wire) = self.wire(Channel::Lan) else {
            return Ok(None);
        };
        let host = lan::open(wire, context)?;
        let turns = Turns::of(self.profile.pace);
        let route = self.wrap().route();
        // The tap is nearer to the bench than a bad network: what is lost there was sent. The gate decides for both:
        // what it holds up was not.
        let route = match tap.and_then(Tap::of_relays) {
            Some((ear, _)) => Some(tap::route(&ear, gate, route.unwrap_or_default())),
            None => route,
        };
        Ok(Some(LanWire::new(match gate {
            Some(gate) => host.behind(gate, route, turns),
            None => host.by(route, turns),
        })))
    }

    pub(super) fn mqtt(
        &self,
        context: &Context<'_>,
        gate: Option<&Gate>,
        tap: Option<&Tap>,
    ) -> Result<Option<(Broker, Option<Front>)>, Trouble> {
        let Some(wire) = self.wire(Channel::MQTT) else {
            return Ok(None);
        };
        let mut listen = mqtt::place(wire, context)?;
        listen.seed = self.seed ^ fnv1a(self.unit.name.as_str().bytes());
        let tap = tap.and_then(Tap::of_relays);
        let broker = self.wrap().broker(listen, gate.cloned(), tap)?;
        Ok(Some(broker))
    }

    pub(super) fn dns(
        &self,
        context: &Context<'_>,
        gate: Option<&Gate>,
    ) -> Result<Option<DnsServer>, Trouble> {
        let Some(wire) = self.wire(Channel::DNS) else {
            return Ok(None);
        };
        let at = dns::place(wire, context)?;
        DnsServer::open(at, gate.cloned()).map(Some)
    }

    pub(super) fn dhcp(&self, context: &Context<'_>) -> Result<Option<DhcpServer>, Trouble> {
        let Some(wire) = self.wire(Channel::DHCP) else {
            return Ok(None);
        };
        DhcpServer::open(dhcp::place(wire, context)?).map(Some)
    }
}
