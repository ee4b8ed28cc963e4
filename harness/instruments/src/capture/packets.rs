//! One packet: between whom it is, and where what they say stands in it. Read by etherparse, which takes no length on
//! trust.

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use proofhouse_model::observation::{FlowProtocol, Side};
use proofhouse_transport::tap::{Link, Packet};
use std::net::IpAddr;
use std::ops::Range;

/// Which flow: the same for both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) protocol: FlowProtocol,
    pub(super) unit: (IpAddr, u16),
    pub(super) peer: (IpAddr, u16),
}

/// What a packet of a flow says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) key: Key,
    pub(super) by: Side,
    /// Where its content stands in the packet.
    pub(super) body: Range<usize>,
    /// For a packet of a connection.
    pub(super) tcp: Option<Tcp>,
}

/// A packet of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tcp {
    pub(super) seq: u32,
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
    /// What it acknowledges.
    pub(super) ack: Option<u32>,
}

/// Why a packet is of no flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoFlow {
    /// It is whole, and neither TCP nor UDP.
    Other,
    /// It is a part of a packet that was cut up on its way.
    Fragment,
    /// Its lengths do not go together, or it is cut short.
    Unreadable,
}

/// Reads a packet.
pub(super) fn seen(packet: &Packet, link: Link) -> Result<Seen, NoFlow> {
    let bytes = packet.bytes.as_slice();
    let sliced = match link {
        Link::Ip => SlicedPacket::from_ip(bytes),
        Link::Ethernet => SlicedPacket::from_ethernet(bytes),
    };
    let sliced = sliced.map_err(|_| NoFlow::Unreadable)?;
    if sliced.is_ip_payload_fragmented() {
        return Err(NoFlow::Fragment);
    }
    let (from, to): (IpAddr, IpAddr) = match &sliced.net {
        Some(NetSlice::Ipv4(ip)) => {
            let header = ip.header();
            (
                header.source_addr().into(),
                header.destination_addr().into(),
            )
        }
        Some(NetSlice::Ipv6(ip)) => {
            let header = ip.header();
            (
                header.source_addr().into(),
                header.destination_addr().into(),
            )
        }
        _ => return Err(NoFlow::Other),
    };
    let (protocol, ports, body, tcp) = match &sliced.transport {
        Some(TransportSlice::Tcp(tcp)) => {
            let facts = Tcp {
                seq: tcp.sequence_number(),
                syn: tcp.syn(),
                fin: tcp.fin(),
                rst: tcp.rst(),
                ack: tcp.ack().then(|| tcp.acknowledgment_number()),
            };
            let ports = (tcp.source_port(), tcp.destination_port());
            (FlowProtocol::Tcp, ports, tcp.payload(), Some(facts))
        }
        Some(TransportSlice::Udp(udp)) => {
            let ports = (udp.source_port(), udp.destination_port());
            (FlowProtocol::Udp, ports, udp.payload(), None)
        }
        _ => return Err(NoFlow::Other),
    };
    let (source, target) = ((from, ports.0), (to, ports.1));
    let (by, unit, peer) = match packet.by_unit {
        true => (Side::Unit, source, target),
        false => (Side::Peer, target, source),
    };
    Ok(Seen {
        key: Key {
            protocol,
            unit,
            peer,
        },
        by,
        body: place(bytes, body),
        tcp,
    })
}

/// Where a part of a text stands in it.
fn place(whole: &[u8], part: &[u8]) -> Range<usize> {
    let from = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    let from = from.min(whole.len());
    from..(from + part.len()).min(whole.len())
}
