//! What was heard: packets in order, bounded, and why there are not more of them.

use crate::sync::hold;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

/// Most bytes of packets kept of one capture.
pub const MOST_BYTES: usize = 16 << 20;
/// Most packets.
pub const MOST_PACKETS: usize = 1 << 17;
/// Most reasons why something is missing that are told apart.
const MOST_REASONS: usize = 16;

/// What stands before the network layer of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Nothing: packets begin with their IP header.
    Ip,
    /// An Ethernet header.
    Ethernet,
}

/// One packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// From the tap's start.
    pub at: Duration,
    /// Whether it came from the unit, or went to it.
    pub by_unit: bool,
    /// All of it, from its link's header on.
    pub bytes: Vec<u8>,
}

/// What a tap heard from its start to its stop.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Its number.
    pub number: u32,
    /// What packets begin with.
    pub link: Link,
    /// What of the unit's network the tap hears, a clause.
    pub hears: String,
    /// When it started.
    pub began: SystemTime,
    /// How long it listened.
    pub lasted: Duration,
    /// In the order in which they were heard.
    pub packets: Vec<Packet>,
    /// Why there are not more, a sentence each.
    pub lost: Vec<String>,
}

/// Takes packets while somebody listens. Cloning shares it.
#[derive(Clone, Default)]
pub struct Ear(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Looked at before each packet; costs nothing while nobody listens.
    on: AtomicBool,
    heard: Mutex<Option<Pile>>,
}

/// What came since the start.
pub(super) struct Pile {
    began: (Instant, SystemTime),
    packets: Vec<Packet>,
    bytes: usize,
    /// Packets and bytes that there was no room for.
    over: (u64, u64),
    missed: BTreeMap<String, u64>,
}

impl Default for Pile {
    fn default() -> Self {
        Self {
            began: (Instant::now(), SystemTime::now()),
            packets: Vec::new(),
            bytes: 0,
            over: (0, 0),
            missed: BTreeMap::new(),
        }
    }
}

impl Ear {
    /// Whether somebody listens.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.on.load(Ordering::SeqCst)
    }

    /// Begins to listen, with nothing heard.
    pub(super) fn open(&self) {
        *hold(&self.0.heard) = Some(Pile::default());
        self.0.on.store(true, Ordering::SeqCst);
    }

    /// Ends listening; gives what was heard.
    pub(super) fn close(&self) -> Pile {
        self.0.on.store(false, Ordering::SeqCst);
        hold(&self.0.heard).take().unwrap_or_default()
    }

    /// A packet went by.
    pub fn packet(&self, by_unit: bool, bytes: Vec<u8>) {
        if !self.is_on() {
            return;
        }
        let mut heard = hold(&self.0.heard);
        let Some(pile) = heard.as_mut() else { return };
        if pile.packets.len() >= MOST_PACKETS || pile.bytes + bytes.len() > MOST_BYTES {
            pile.over.0 += 1;
            pile.over.1 += bytes.len() as u64;
            return;
        }
        let at = pile.began.0.elapsed();
        pile.bytes += bytes.len();
        pile.packets.push(Packet { at, by_unit, bytes });
    }

    /// Whether these bytes stand in a packet so far.
    #[cfg(test)]
    pub(super) fn holds(&self, by_unit: bool, text: &[u8]) -> bool {
        let heard = hold(&self.0.heard);
        let mut packets = heard.iter().flat_map(|pile| &pile.packets);
        packets.any(|p| p.by_unit == by_unit && p.bytes.windows(text.len()).any(|w| w == text))
    }

    /// Something went by that is not kept: why, a sentence.
    pub fn missed(&self, why: String) {
        if let Some(pile) = hold(&self.0.heard).as_mut() {
            let known = pile.missed.len();
            let why = match pile.missed.contains_key(&why) || known < MOST_REASONS {
                true => why,
                false => "something else went by that could not be heard".to_owned(),
            };
            *pile.missed.entry(why).or_default() += 1;
        }
    }
}

impl Pile {
    pub(super) fn recording(self, number: u32, link: Link, hears: String) -> Recording {
        let mut lost = Vec::new();
        if self.over.0 > 0 {
            lost.push(format!(
                "a tap keeps {} MiB and {MOST_PACKETS} packets of a capture; {} packets of {} bytes came after that",
                MOST_BYTES >> 20,
                self.over.0,
                self.over.1
            ));
        }
        let missed = self.missed.into_iter().map(|(why, times)| match times {
            1 => why,
            n => format!("{why} ({n} times)"),
        });
        lost.extend(missed);
        Recording {
            number,
            link,
            hears,
            began: self.began.1,
            lasted: self.began.0.elapsed(),
            packets: self.packets,
            lost,
        }
    }
}
