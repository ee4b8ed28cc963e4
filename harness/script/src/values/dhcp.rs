//! What the bench's DHCP server did.

use proofhouse_model::observation::{DhcpFacts, DhcpLease};
use starlark::environment::MethodsBuilder;
use starlark::values::none::NoneOr;

plain_value! {
    /// What the DHCP server leases.
    DhcpFactsValue(DhcpFacts) as "DhcpFacts" with dhcp_facts_methods in DHCP_FACTS_METHODS
}

impl DhcpFactsValue {
    fn show(&self) -> String {
        format!("{} to {}", self.0.lease, self.0.mac)
    }
}

/// What the bench's DHCP server leases to whom, and what it left aside.
#[starlark::starlark_module]
fn dhcp_facts_methods(_: &mut MethodsBuilder) {
    /// Its own address on the unit's network.
    #[starlark(attribute)]
    fn server(this: &DhcpFactsValue) -> starlark::Result<String> {
        Ok(this.0.server.to_string())
    }

    /// The address that the unit is given.
    #[starlark(attribute)]
    fn lease(this: &DhcpFactsValue) -> starlark::Result<String> {
        Ok(this.0.lease.to_string())
    }

    /// The unit's MAC, as the bench file has it.
    #[starlark(attribute)]
    fn mac(this: &DhcpFactsValue) -> starlark::Result<String> {
        Ok(this.0.mac.clone())
    }

    /// Datagrams since the start of the case that were no message of DHCP.
    #[starlark(attribute)]
    fn malformed(this: &DhcpFactsValue) -> starlark::Result<u64> {
        Ok(this.0.malformed)
    }

    /// Messages of others, which were not answered.
    #[starlark(attribute)]
    fn strangers(this: &DhcpFactsValue) -> starlark::Result<u64> {
        Ok(this.0.strangers)
    }
}

plain_value! {
    /// An address that was asked for.
    LeaseValue(DhcpLease) as "Lease" with lease_methods in LEASE_METHODS
}

impl LeaseValue {
    fn show(&self) -> String {
        let came = if self.0.given { "given" } else { "refused" };
        format!("{} {came}", self.0.address)
    }
}

/// An address that the unit asked the bench's DHCP server for.
#[starlark::starlark_module]
fn lease_methods(_: &mut MethodsBuilder) {
    /// The address.
    #[starlark(attribute)]
    fn address(this: &LeaseValue) -> starlark::Result<String> {
        Ok(this.0.address.to_string())
    }

    /// Whether it was given to it: another than its own is refused.
    #[starlark(attribute)]
    fn given(this: &LeaseValue) -> starlark::Result<bool> {
        Ok(this.0.given)
    }

    /// The name by which it calls itself; None without one.
    #[starlark(attribute)]
    fn host_name(this: &LeaseValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.host_name.clone()))
    }
}
