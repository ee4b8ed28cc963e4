//! `bench.peers.dns`: the bench's own DNS server.

use crate::bindings::binding;
use crate::context::duration;
use crate::stop;
use crate::values::{DnsFactsValue, QuestionValue};
use proofhouse_model::op::{DnsBehaviour, DnsOp};
use proofhouse_model::{Observation, Op};
use starlark::environment::MethodsBuilder;
use starlark::values::list_or_tuple::UnpackListOrTuple;
use starlark::values::none::{NoneOr, NoneType};
use std::net::IpAddr;

binding! {
    /// The DNS server offered to a specimen.
    DnsBinding as "Dns" with dns_methods in DNS_METHODS
}

/// The bench's DNS server, `bench.peers.dns`. Needs the channel `peers.dns`. When a case begins it knows no name; how
/// the unit comes to ask it is the lab's business (its settings, or DHCP).
#[starlark::starlark_module]
fn dns_methods(_: &mut MethodsBuilder) {
    /// Where it listens, and what it could not read.
    fn facts(this: &DnsBinding) -> starlark::Result<DnsFactsValue> {
        match this.0.perform(Op::Dns(DnsOp::Facts))? {
            Observation::Dns(facts) => Ok(DnsFactsValue(facts)),
            saw => Err(stop::unexpected("peers.dns.facts", &saw)),
        }
    }

    /// From now on a name has these addresses, such as `["192.168.1.2"]`; without any it has none again. Of every other
    /// name the server says that there is none.
    fn answer(
        this: &DnsBinding,
        name: &str,
        addresses: UnpackListOrTuple<String>,
    ) -> starlark::Result<NoneType> {
        let read = |text: String| -> starlark::Result<IpAddr> {
            text.parse()
                .map_err(|_| stop::mistake(format!("`{text}` is no IP address")))
        };
        let addresses: starlark::Result<Vec<IpAddr>> =
            addresses.items.into_iter().map(read).collect();
        this.0.perform(Op::Dns(DnsOp::Answer {
            name: name.to_owned(),
            addresses: addresses?,
        }))?;
        Ok(NoneType)
    }

    /// From now on it answers so: `good`, `silent`, or `wrong` (every name has an address at which nobody is).
    fn behave(this: &DnsBinding, how: &str) -> starlark::Result<NoneType> {
        let known = DnsBehaviour::ALL.into_iter().find(|b| b.name() == how);
        let Some(how) = known else {
            let names = DnsBehaviour::ALL.map(DnsBehaviour::name).join(", ");
            return Err(stop::mistake(format!(
                "a DNS server does not behave `{how}`; there are {names}"
            )));
        };
        this.0.perform(Op::Dns(DnsOp::Behave { how }))?;
        Ok(NoneType)
    }

    /// Waits for the next question since the start of the case; None when nothing was asked. Each is told once, the
    /// oldest first.
    fn await_question(
        this: &DnsBinding,
        #[starlark(default = "30s")] within: &str,
    ) -> starlark::Result<NoneOr<QuestionValue>> {
        let within = duration("within", within)?;
        match this.0.perform(Op::Dns(DnsOp::AwaitQuestion { within }))? {
            Observation::Question(question) => Ok(NoneOr::Other(QuestionValue(question))),
            Observation::Unseen { .. } => Ok(NoneOr::None),
            saw => Err(stop::unexpected("peers.dns.await_question", &saw)),
        }
    }
}
