//! `bench.peers`: what the bench offers to the unit.

use crate::bindings::{DhcpBinding, DnsBinding, MqttBinding, binding};
use starlark::environment::MethodsBuilder;

binding! {
    /// The services offered to a specimen.
    PeersBinding as "Peers" with peers_methods in PEERS_METHODS
}

/// Services that the bench offers to the unit, `bench.peers`. Each is a channel of its own.
#[starlark::starlark_module]
fn peers_methods(_: &mut MethodsBuilder) {
    /// The bench's own MQTT broker.
    #[starlark(attribute)]
    fn mqtt(this: &PeersBinding) -> starlark::Result<MqttBinding> {
        Ok(MqttBinding(this.0.clone()))
    }

    /// The bench's own DNS server.
    #[starlark(attribute)]
    fn dns(this: &PeersBinding) -> starlark::Result<DnsBinding> {
        Ok(DnsBinding(this.0.clone()))
    }

    /// The bench's own DHCP server.
    #[starlark(attribute)]
    fn dhcp(this: &PeersBinding) -> starlark::Result<DhcpBinding> {
        Ok(DhcpBinding(this.0.clone()))
    }
}
