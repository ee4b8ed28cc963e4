//! Captures made by hand: what is put together, found, lost and written.

mod connections;
mod finds;
mod written;

use super::*;
use etherparse::{IpHeaders, PacketBuilder, PacketBuilderStep};
use proofhouse_transport::tap::{Link, Packet};
use std::time::{Duration, SystemTime};

const UNIT: [u8; 4] = [192, 0, 2, 7];
const PEER: [u8; 4] = [198, 51, 100, 9];
/// Of the unit, and of the peer: they turn over soon.
const FIRST: [u32; 2] = [u32::MAX - 20, 7_000];

/// A connection of the unit to port 80 of a peer, packet by packet.
struct Wire {
    packets: Vec<Packet>,
    port: u16,
}

impl Wire {
    fn new(port: u16) -> Self {
        let packets = Vec::new();
        Self { packets, port }
    }

    /// With its three first packets.
    fn opened(port: u16) -> Self {
        let mut wire = Self::new(port);
        wire.push(true, |ip, s| ip.tcp(s.0, s.1, FIRST[0], 1).syn(), &[]);
        let ack = FIRST[0].wrapping_add(1);
        wire.push(
            false,
            |ip, s| ip.tcp(s.0, s.1, FIRST[1], 1).syn().ack(ack),
            &[],
        );
        wire
    }

    fn push(
        &mut self,
        by_unit: bool,
        tcp: impl FnOnce(
            PacketBuilderStep<IpHeaders>,
            (u16, u16),
        ) -> PacketBuilderStep<etherparse::TcpHeader>,
        body: &[u8],
    ) {
        let (ip, ports) = match by_unit {
            true => (PacketBuilder::ipv4(UNIT, PEER, 64), (self.port, 80)),
            false => (PacketBuilder::ipv4(PEER, UNIT, 64), (80, self.port)),
        };
        let mut bytes = Vec::new();
        tcp(ip, ports).write(&mut bytes, body).unwrap();
        self.raw(by_unit, bytes);
    }

    fn raw(&mut self, by_unit: bool, bytes: Vec<u8>) {
        let at = Duration::from_millis(self.packets.len() as u64);
        self.packets.push(Packet { at, by_unit, bytes });
    }

    /// A side says something, at an offset of what it says.
    fn says(&mut self, by_unit: bool, offset: u32, body: &[u8]) {
        let seq = FIRST[usize::from(!by_unit)]
            .wrapping_add(1)
            .wrapping_add(offset);
        self.push(by_unit, |ip, s| ip.tcp(s.0, s.1, seq, 1), body);
    }

    fn read(self) -> Read {
        read(Link::Ip, self.packets)
    }
}

fn read(link: Link, packets: Vec<Packet>) -> Read {
    Read::of(Arc::new(Recording {
        number: 1,
        link,
        hears: "all".to_owned(),
        began: SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
        lasted: Duration::from_secs(1),
        packets,
        lost: Vec::new(),
    }))
}

/// A datagram between a port of the unit and one of a peer.
fn datagram(by_unit: bool, port: u16, body: &[u8]) -> Packet {
    let udp = match by_unit {
        true => PacketBuilder::ipv4(UNIT, PEER, 64).udp(5000, port),
        false => PacketBuilder::ipv4(PEER, UNIT, 64).udp(port, 5000),
    };
    let mut bytes = Vec::new();
    udp.write(&mut bytes, body).unwrap();
    Packet {
        at: Duration::ZERO,
        by_unit,
        bytes,
    }
}

/// What the unit said on the first flow, run by run.
fn said(read: &Read) -> Vec<(u64, String)> {
    let runs = read.flows.talks[0].unit.runs.iter();
    runs.map(|run| (run.at, String::from_utf8_lossy(&run.bytes).into_owned()))
        .collect()
}

fn whole(text: &str) -> Vec<(u64, String)> {
    vec![(0, text.to_owned())]
}
