//! `bench.peers.dhcp`: the bench's own DHCP server.

use crate::bindings::binding;
use crate::context::duration;
use crate::stop;
use crate::values::{DhcpFactsValue, LeaseValue};
use proofhouse_model::op::DhcpOp;
use proofhouse_model::{Observation, Op};
use starlark::environment::MethodsBuilder;
use starlark::values::none::NoneOr;

binding! {
    /// The DHCP server offered to a specimen.
    DhcpBinding as "Dhcp" with dhcp_methods in DHCP_METHODS
}

/// The bench's DHCP server, `bench.peers.dhcp`. Needs the channel `peers.dhcp`. It gives the unit the address that the
/// bench file says, and answers nobody else.
#[starlark::starlark_module]
fn dhcp_methods(_: &mut MethodsBuilder) {
    /// What it leases to whom, and what it left aside.
    fn facts(this: &DhcpBinding) -> starlark::Result<DhcpFactsValue> {
        match this.0.perform(Op::Dhcp(DhcpOp::Facts))? {
            Observation::Dhcp(facts) => Ok(DhcpFactsValue(facts)),
            saw => Err(stop::unexpected("peers.dhcp.facts", &saw)),
        }
    }

    /// Waits until the unit asks for an address, the next time since the start of the case; None when it did not. Each
    /// is told once, the oldest first.
    fn await_lease(
        this: &DhcpBinding,
        #[starlark(default = "30s")] within: &str,
    ) -> starlark::Result<NoneOr<LeaseValue>> {
        let within = duration("within", within)?;
        match this.0.perform(Op::Dhcp(DhcpOp::AwaitLease { within }))? {
            Observation::Lease(lease) => Ok(NoneOr::Other(LeaseValue(lease))),
            Observation::Unseen { .. } => Ok(NoneOr::None),
            saw => Err(stop::unexpected("peers.dhcp.await_lease", &saw)),
        }
    }
}
