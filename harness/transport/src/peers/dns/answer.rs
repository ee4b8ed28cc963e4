//! Questions and their answers, as bytes. Nothing of a question is trusted: what is not one question of one name is no
//! question.

use proofhouse_model::observation::DnsTold;
use simple_dns::rdata::{A, AAAA, RData};
use simple_dns::{
    CLASS, OPCODE, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, ResourceRecord, TYPE,
};
use std::net::IpAddr;

/// How long an answer may be kept, in seconds: what is told next holds soon.
const KEPT: u32 = 1;
/// Bytes of the head of a packet, with the numbers of what stands in it.
const HEAD: usize = 12;

/// A question of one name.
pub(super) struct Asked<'a> {
    packet: Packet<'a>,
    question: Question<'a>,
}

impl<'a> Asked<'a> {
    /// What a datagram asks; `None` where it asks nothing, or more than one thing.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        // Room is made for as many records as a packet says it has: that is looked at before.
        let counts = bytes.get(4..HEAD)?;
        let [0, 1, 0, 0, 0, 0, 0, 0 | 1] = counts else {
            return None;
        };
        let packet = Packet::parse(bytes).ok()?;
        let is_question = packet.opcode() == OPCODE::StandardQuery;
        if !is_question || packet.has_flags(PacketFlag::RESPONSE) {
            return None;
        }
        let question = packet.questions.first()?.clone();
        Some(Self { packet, question })
    }

    /// The name as it was written.
    pub(super) fn name(&self) -> String {
        self.question.qname.to_string()
    }

    /// What of it is asked for.
    pub(super) fn kind(&self) -> String {
        match self.question.qtype {
            QTYPE::TYPE(kind) => format!("{kind:?}"),
            other => format!("{other:?}"),
        }
    }

    /// Those of some addresses that were asked for.
    fn of_kind(&self, all: &[IpAddr]) -> Vec<IpAddr> {
        let in_class = matches!(self.question.qclass, QCLASS::ANY | QCLASS::CLASS(CLASS::IN));
        let wanted = |address: &&IpAddr| match self.question.qtype {
            QTYPE::ANY => true,
            QTYPE::TYPE(TYPE::A) => address.is_ipv4(),
            QTYPE::TYPE(TYPE::AAAA) => address.is_ipv6(),
            _ => false,
        };
        let all = all.iter().filter(|_| in_class);
        all.filter(wanted).copied().collect()
    }

    /// The answer, where `known` is what addresses the name has, and what it tells.
    pub(super) fn answer(&self, known: Option<&[IpAddr]>) -> Option<(Vec<u8>, DnsTold)> {
        let addresses = known.map(|all| self.of_kind(all));
        let told = match &addresses {
            None => DnsTold::NoSuchName,
            Some(none) if none.is_empty() => DnsTold::NoneOfKind,
            Some(_) => DnsTold::Addresses,
        };
        let mut reply = Packet::new_reply(self.packet.id());
        reply.set_flags(PacketFlag::AUTHORITATIVE_ANSWER | PacketFlag::RECURSION_AVAILABLE);
        if self.packet.has_flags(PacketFlag::RECURSION_DESIRED) {
            reply.set_flags(PacketFlag::RECURSION_DESIRED);
        }
        if known.is_none() {
            *reply.rcode_mut() = RCODE::NameError;
        }
        reply.questions.push(self.question.clone());
        for address in addresses.into_iter().flatten() {
            let data = match address {
                IpAddr::V4(v4) => RData::A(A { address: v4.into() }),
                IpAddr::V6(v6) => RData::AAAA(AAAA { address: v6.into() }),
            };
            let name = self.question.qname.clone();
            let record = ResourceRecord::new(name, CLASS::IN, KEPT, data);
            reply.answers.push(record);
        }
        Some((reply.build_bytes_vec_compressed().ok()?, told))
    }
}
