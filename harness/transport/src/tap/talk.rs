//! Packets made up for what a relay carried: the two ends are real, so are the bytes and their order; what the system
//! made of them on the wire is not known to a relay.

use super::ear::Ear;
use crate::sync::hold;
use etherparse::{IpHeaders, PacketBuilder, PacketBuilderStep};
use proofhouse_model::observation::Side;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;

/// Most bytes of a stream in one packet: an IP packet holds 65,535 with its headers.
const PIECE: usize = 32 << 10;
const HOPS: u8 = 64;
const WINDOW: u16 = u16::MAX;
/// Where the bytes of each side begin to be counted.
const FIRST: u32 = 1;

/// A connection between a unit and a peer.
pub struct Talk {
    ear: Ear,
    unit: SocketAddr,
    peer: SocketAddr,
    line: Mutex<Line>,
}

/// How far both sides are: the unit, then the peer.
struct Line {
    next: [u32; 2],
    ended: [bool; 2],
}

/// What a packet says beside its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flag {
    None,
    Syn,
    Fin,
    Rst,
}

fn place(side: Side) -> usize {
    match side {
        Side::Unit => 0,
        Side::Peer => 1,
    }
}

/// The other one.
pub(super) fn other(side: Side) -> Side {
    match side {
        Side::Unit => Side::Peer,
        Side::Peer => Side::Unit,
    }
}

impl Talk {
    /// One that was opened just now, by that side. Where nobody listens its beginning is not heard, and what follows
    /// is as soon as somebody does.
    #[must_use]
    pub fn begun(ear: Ear, unit: SocketAddr, peer: SocketAddr, by: Side) -> Self {
        let talk = Self {
            ear,
            unit: plain(unit),
            peer: plain(peer),
            line: Mutex::new(Line {
                next: [FIRST - 1; 2],
                ended: [false; 2],
            }),
        };
        let mut line = hold(&talk.line);
        talk.send(&mut line, by, Flag::Syn, &[]);
        talk.send(&mut line, other(by), Flag::Syn, &[]);
        talk.send(&mut line, by, Flag::None, &[]);
        drop(line);
        talk
    }

    /// One side said these bytes.
    pub fn said(&self, by: Side, bytes: &[u8]) {
        let mut line = hold(&self.line);
        for piece in bytes.chunks(PIECE) {
            self.send(&mut line, by, Flag::None, piece);
        }
    }

    /// One side has nothing more to say.
    pub fn closed(&self, by: Side) {
        self.end(by, Flag::Fin);
    }

    /// One side broke it off.
    pub fn reset(&self, by: Side) {
        self.end(by, Flag::Rst);
    }

    fn end(&self, by: Side, how: Flag) {
        let mut line = hold(&self.line);
        if !line.ended[place(by)] {
            self.send(&mut line, by, how, &[]);
            line.ended = match how {
                Flag::Rst => [true; 2],
                _ => {
                    let mut ended = line.ended;
                    ended[place(by)] = true;
                    ended
                }
            };
        }
    }

    fn send(&self, line: &mut Line, by: Side, flag: Flag, bytes: &[u8]) {
        let (seq, ack) = (line.next[place(by)], line.next[place(other(by))]);
        let counted = u32::from(matches!(flag, Flag::Syn | Flag::Fin));
        let length = u32::try_from(bytes.len()).unwrap_or(0);
        line.next[place(by)] = seq.wrapping_add(length).wrapping_add(counted);
        if !self.ear.is_on() {
            return;
        }
        let (from, to) = ends(by, self.unit, self.peer);
        let built = ip(from.ip(), to.ip()).and_then(|ip| {
            let tcp = ip.tcp(from.port(), to.port(), seq, WINDOW);
            // The first packet of all has nothing to acknowledge.
            let tcp = match ack {
                0 => tcp,
                ack => tcp.ack(ack),
            };
            let tcp = match flag {
                Flag::Syn => tcp.syn(),
                Flag::Fin => tcp.fin(),
                Flag::Rst => tcp.rst(),
                Flag::None if bytes.is_empty() => tcp,
                Flag::None => tcp.psh(),
            };
            let mut out = Vec::with_capacity(tcp.size(bytes.len()));
            tcp.write(&mut out, bytes).ok().map(|()| out)
        });
        tell(&self.ear, by, built, bytes.len());
    }
}

/// Who sends to whom.
fn ends(by: Side, unit: SocketAddr, peer: SocketAddr) -> (SocketAddr, SocketAddr) {
    match by {
        Side::Unit => (unit, peer),
        Side::Peer => (peer, unit),
    }
}

/// Datagrams between a port of a unit and one of a peer.
pub struct Datagrams {
    ear: Ear,
    unit: SocketAddr,
    peer: SocketAddr,
}

impl Datagrams {
    /// Between these two.
    #[must_use]
    pub fn new(ear: Ear, unit: SocketAddr, peer: SocketAddr) -> Self {
        Self {
            ear,
            unit: plain(unit),
            peer: plain(peer),
        }
    }

    /// One side sent these bytes.
    pub fn said(&self, by: Side, bytes: &[u8]) {
        if !self.ear.is_on() {
            return;
        }
        let (from, to) = ends(by, self.unit, self.peer);
        let built = ip(from.ip(), to.ip()).and_then(|ip| {
            let udp = ip.udp(from.port(), to.port());
            let mut out = Vec::with_capacity(udp.size(bytes.len()));
            udp.write(&mut out, bytes).ok().map(|()| out)
        });
        tell(&self.ear, by, built, bytes.len());
    }
}

fn tell(ear: &Ear, by: Side, built: Option<Vec<u8>>, length: usize) {
    match built {
        Some(packet) => ear.packet(by == Side::Unit, packet),
        None => ear.missed(format!(
            "no packet could be made of {length} bytes that went by"
        )),
    }
}

fn ip(from: IpAddr, to: IpAddr) -> Option<PacketBuilderStep<IpHeaders>> {
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            Some(PacketBuilder::ipv4(from.octets(), to.octets(), HOPS))
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            Some(PacketBuilder::ipv6(from.octets(), to.octets(), HOPS))
        }
        _ => None,
    }
}

/// An IPv4 address as such, where it is written as one of IPv6.
fn plain(at: SocketAddr) -> SocketAddr {
    SocketAddr::new(at.ip().to_canonical(), at.port())
}
