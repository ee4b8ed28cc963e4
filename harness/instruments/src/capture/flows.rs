//! From packets to flows: which packet belongs to which, who began, and what both sides said.

use super::assemble::{self, Place, Said};
use super::packets::{Key, NoFlow, Seen, Tcp, seen};
use proofhouse_model::observation::{FlowProtocol, Side};
use proofhouse_transport::tap::Recording;
use std::collections::BTreeMap;
use std::time::Duration;

/// Most flows of a capture.
pub const MOST_FLOWS: usize = 4096;

/// One flow, put together.
pub(super) struct Talk {
    pub(super) key: Key,
    pub(super) begun_by: Option<Side>,
    pub(super) first: Duration,
    pub(super) last: Duration,
    /// What the unit said, and what the peer did.
    pub(super) unit: Said,
    pub(super) peer: Said,
}

impl Talk {
    pub(super) fn said(&self, by: Side) -> &Said {
        match by {
            Side::Unit => &self.unit,
            Side::Peer => &self.peer,
        }
    }
}

/// All flows of a recording, and what is in none.
#[derive(Default)]
pub(super) struct Flows {
    pub(super) talks: Vec<Talk>,
    /// Packets that are of no flow, each as a whole.
    pub(super) loose: Vec<usize>,
    pub(super) lost: Vec<String>,
}

/// A flow while its packets come.
struct Open<'a> {
    key: Key,
    begun_by: Option<Side>,
    first: Duration,
    last: Duration,
    /// A connection's sides: the unit, then the peer.
    sides: [assemble::Side; 2],
    /// Whether each side opened it.
    opened: [bool; 2],
    /// Datagrams of each.
    datagrams: [Vec<(Place, &'a [u8])>; 2],
}

fn index(by: Side) -> usize {
    match by {
        Side::Unit => 0,
        Side::Peer => 1,
    }
}

impl Flows {
    /// Puts the packets of a recording together.
    pub(super) fn of(recording: &Recording) -> Self {
        let mut flows = Self::default();
        let mut open: Vec<Open<'_>> = Vec::new();
        let mut latest: BTreeMap<Key, usize> = BTreeMap::new();
        let (mut fragments, mut unreadable, mut over) = (0_u64, 0_u64, 0_u64);
        for (n, packet) in recording.packets.iter().enumerate() {
            let seen = match seen(packet, recording.link) {
                Ok(seen) => seen,
                Err(why) => {
                    fragments += u64::from(why == NoFlow::Fragment);
                    unreadable += u64::from(why == NoFlow::Unreadable);
                    flows.loose.push(n);
                    continue;
                }
            };
            let known = latest.get(&seen.key).copied();
            let known = known.filter(|at| !open.get(*at).is_some_and(|flow| flow.is_over(&seen)));
            let at = match known {
                Some(at) => at,
                None if open.len() >= MOST_FLOWS => {
                    over += 1;
                    flows.loose.push(n);
                    continue;
                }
                None => {
                    open.push(Open::new(&seen, packet.at));
                    latest.insert(seen.key, open.len() - 1);
                    open.len() - 1
                }
            };
            if let Some(flow) = open.get_mut(at) {
                flow.last = packet.at;
                flow.take(n, &seen, &packet.bytes);
            }
        }
        let mut tell = |count: u64, what: &str| {
            if count > 0 {
                flows.lost.push(format!("{count} {what}"));
            }
        };
        tell(fragments, "fragments of IP packets were not put together");
        tell(
            unreadable,
            "packets were cut short or told lengths that do not go together, and could not be read",
        );
        let more = format!("packets were of more than the {MOST_FLOWS} flows that are told apart");
        tell(over, &more);
        flows.close(open);
        flows
    }

    fn close(&mut self, open: Vec<Open<'_>>) {
        let (mut missing, mut gaps, mut others) = (0_u64, 0_u64, 0_u64);
        for flow in open {
            let kept = flow.is_kept();
            let talk = flow.close();
            for said in [&talk.unit, &talk.peer] {
                missing += said.missing;
                gaps += u64::from(said.missing > 0);
                others += said.others.len() as u64;
            }
            if kept {
                self.talks.push(talk);
            }
        }
        if missing > 0 {
            self.lost.push(format!(
                "{missing} bytes of {gaps} directions of connections were not heard, though bytes behind them were"
            ));
        }
        if others > 0 {
            self.lost.push(format!(
                "{others} packets say something else than an earlier one in the same place of a connection"
            ));
        }
    }
}

impl<'a> Open<'a> {
    fn new(seen: &Seen, at: Duration) -> Self {
        let begun_by = match seen.tcp {
            // The answer to a SYN that was not heard.
            Some(Tcp {
                syn: true,
                ack: Some(_),
                ..
            }) => Some(other(seen.by)),
            Some(tcp) => tcp.syn.then_some(seen.by),
            None => Some(seen.by),
        };
        Self {
            key: seen.key,
            begun_by,
            first: at,
            last: at,
            sides: Default::default(),
            opened: [false; 2],
            datagrams: Default::default(),
        }
    }

    /// Whether a packet between the same ports begins another connection.
    fn is_over(&self, seen: &Seen) -> bool {
        let Some(tcp) = seen.tcp.filter(|tcp| tcp.syn && tcp.ack.is_none()) else {
            return false;
        };
        !self.sides[index(seen.by)].began_with(tcp.seq)
    }

    fn take(&mut self, packet: usize, seen: &Seen, bytes: &'a [u8]) {
        let body = bytes.get(seen.body.clone()).unwrap_or_default();
        let place = Place {
            packet,
            from: seen.body.start,
            len: body.len(),
        };
        let at = index(seen.by);
        let Some(tcp) = seen.tcp else {
            self.datagrams[at].push((place, body));
            return;
        };
        if tcp.rst {
            // Some say why in it: that is of the connection, and in no place of it.
            if !body.is_empty() {
                self.sides[at].aside(place);
            }
            return;
        }
        let mut seq = tcp.seq;
        if tcp.syn {
            self.opened[at] = true;
            self.sides[at].begin(seq);
            seq = seq.wrapping_add(1);
        }
        self.sides[at].take(seq, body, place);
        if tcp.fin {
            self.sides[at].end(seq.wrapping_add(body.len() as u32));
        }
        if let Some(ack) = tcp.ack {
            self.sides[1 - at].acknowledged(ack);
        }
    }

    /// Whether there is anything to tell of it: a port that refused its peer is no flow, whom the unit wanted to talk
    /// with is one.
    fn is_kept(&self) -> bool {
        match self.key.protocol {
            FlowProtocol::Udp => true,
            FlowProtocol::Tcp => {
                self.begun_by == Some(Side::Unit)
                    || self.opened == [true; 2]
                    || self.sides.iter().any(assemble::Side::has_said)
            }
        }
    }

    fn close(self) -> Talk {
        let [unit, peer] = self.sides;
        let (unit, peer) = match self.key.protocol {
            FlowProtocol::Tcp => (unit.said(), peer.said()),
            FlowProtocol::Udp => (
                assemble::datagrams(&self.datagrams[0]),
                assemble::datagrams(&self.datagrams[1]),
            ),
        };
        Talk {
            key: self.key,
            begun_by: self.begun_by,
            first: self.first,
            last: self.last,
            unit,
            peer,
        }
    }
}

fn other(side: Side) -> Side {
    match side {
        Side::Unit => Side::Peer,
        Side::Peer => Side::Unit,
    }
}
