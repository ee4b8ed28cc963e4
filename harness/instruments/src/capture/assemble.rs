//! What one side said on one flow, put together from its packets: in whatever order, however often, and with what lies
//! over what. The first version of a byte counts; another one is kept beside, since nobody knows which was taken.

use std::collections::BTreeMap;
use std::ops::Range;

/// Where a piece stands in the packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Which packet.
    pub(super) packet: usize,
    /// Its first byte in the packet.
    pub(super) from: usize,
    /// How many.
    pub(super) len: usize,
}

/// Bytes that follow each other without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// Offset of its first byte in all that the side said.
    pub(super) at: u64,
    pub(super) bytes: Vec<u8>,
}

/// All that one side said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) runs: Vec<Run>,
    /// Every piece of every packet, repetitions too, by its offset.
    pub(super) pieces: Vec<(u64, Place)>,
    /// Bytes between the runs, which were not heard.
    pub(super) missing: u64,
    /// Pieces that say something else than an earlier one does in the same place.
    pub(super) others: Vec<Place>,
}

impl Said {
    /// Bytes heard, repetitions left out.
    pub(super) fn length(&self) -> u64 {
        self.runs.iter().map(|run| run.bytes.len() as u64).sum()
    }

    /// What was said from the very beginning on, up to the first gap.
    pub(super) fn beginning(&self) -> &[u8] {
        match self.runs.first() {
            Some(run) if run.at == 0 => &run.bytes,
            _ => &[],
        }
    }
}

/// A side of a connection while its packets come.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// Sequence number and place of the newest byte so far: places are counted from what came first.
    newest: Option<(u32, i64)>,
    /// Place of the byte after its SYN, where that was heard.
    begins: Option<i64>,
    /// Place behind its last byte, by its own word or by what the other side acknowledged.
    reaches: Option<i64>,
    /// What was heard, by place; nothing lies over anything.
    heard: BTreeMap<i64, Vec<u8>>,
    pieces: Vec<(i64, Place)>,
    others: Vec<Place>,
}

impl Side {
    /// Whether any byte of it was heard.
    pub(super) fn has_said(&self) -> bool {
        !self.heard.is_empty()
    }

    /// Whether a SYN with this number is one that was heard before.
    pub(super) fn began_with(&self, seq: u32) -> bool {
        let Some((newest, at)) = self.newest else {
            return false;
        };
        let place = at + i64::from(seq.wrapping_add(1).wrapping_sub(newest).cast_signed());
        self.begins == Some(place)
    }

    /// Its SYN: the first byte has the next number.
    pub(super) fn begin(&mut self, seq: u32) {
        let at = self.place_of(seq.wrapping_add(1));
        self.begins.get_or_insert(at);
    }

    /// Its FIN: no byte has this number or a later one.
    pub(super) fn end(&mut self, seq: u32) {
        let at = self.place_of(seq);
        self.reach(at);
    }

    /// The other side acknowledged all before this number. A FIN takes a number, too.
    pub(super) fn acknowledged(&mut self, ack: u32) {
        let at = self.place_of(ack);
        if self.reaches != Some(at - 1) {
            self.reach(at);
        }
    }

    /// Something that it says beside what it says.
    pub(super) fn aside(&mut self, place: Place) {
        self.others.push(place);
    }

    fn reach(&mut self, at: i64) {
        self.reaches = Some(self.reaches.map_or(at, |so_far| so_far.max(at)));
    }

    /// Takes what a packet says.
    pub(super) fn take(&mut self, seq: u32, bytes: &[u8], place: Place) {
        if bytes.is_empty() {
            return;
        }
        let at = self.place_of(seq);
        let end = at + bytes.len() as i64;
        let newest = self.newest.map_or(end, |(_, newest)| newest);
        self.pieces.push((at, place));
        // A look whether the other side is there repeats one byte, with any content.
        if bytes.len() == 1 && at + 1 == newest && !self.heard.is_empty() {
            return;
        }
        if self.newest.is_none_or(|(_, newest)| end > newest) {
            self.newest = Some((seq.wrapping_add(bytes.len() as u32), end));
        }
        self.lay(at, bytes, place);
    }

    /// Where the byte with this number stands. Numbers turn over: the nearest place to the newest byte is meant.
    fn place_of(&mut self, seq: u32) -> i64 {
        let (newest, at) = *self.newest.get_or_insert((seq, 0));
        at + i64::from(seq.wrapping_sub(newest).cast_signed())
    }

    /// Fills what is free of a piece's place; what is not must say the same.
    fn lay(&mut self, at: i64, bytes: &[u8], place: Place) {
        let end = at + bytes.len() as i64;
        let before = self.heard.range(..at).next_back();
        let from = before.map_or(at, |(start, _)| *start);
        let known: Vec<Range<i64>> = self
            .heard
            .range(from..end)
            .map(|(start, held)| *start..*start + held.len() as i64)
            .filter(|held| held.end > at)
            .collect();
        let part = |from: i64, to: i64| {
            bytes
                .get((from - at) as usize..(to - at) as usize)
                .unwrap_or_default()
        };
        let mut free = at;
        let mut fresh = Vec::new();
        let mut differs = false;
        for held in known {
            if held.start > free {
                fresh.push((free, part(free, held.start).to_vec()));
            }
            let (over, to) = (held.start.max(at), held.end.min(end));
            let old = self
                .heard
                .get(&held.start)
                .and_then(|old| old.get((over - held.start) as usize..(to - held.start) as usize));
            differs |= old != Some(part(over, to));
            free = free.max(to);
        }
        if free < end {
            fresh.push((free, part(free, end).to_vec()));
        }
        self.heard.extend(fresh);
        if differs {
            self.others.push(place);
        }
    }

    /// All of it.
    pub(super) fn said(self) -> Said {
        let first = self.heard.keys().next().copied();
        // Bytes before the SYN are of nobody; they are kept all the same, as others.
        let zero = self.begins.or(first).unwrap_or(0);
        let mut said = Said {
            others: self.others,
            ..Said::default()
        };
        let mut next = zero;
        for (at, bytes) in self.heard {
            if at < zero {
                continue;
            }
            said.missing += (at - next) as u64;
            next = at + bytes.len() as i64;
            match said.runs.last_mut() {
                Some(run) if run.at + run.bytes.len() as u64 == (at - zero) as u64 => {
                    run.bytes.extend_from_slice(&bytes);
                }
                _ => said.runs.push(Run {
                    at: (at - zero) as u64,
                    bytes,
                }),
            }
        }
        if let Some(reaches) = self.reaches {
            said.missing += u64::try_from(reaches - next).unwrap_or(0);
        }
        for (at, place) in self.pieces {
            match u64::try_from(at - zero) {
                Ok(at) => said.pieces.push((at, place)),
                Err(_) => said.others.push(place),
            }
        }
        said.pieces.sort_by_key(|(at, place)| (*at, place.packet));
        said
    }
}

/// What one side said in datagrams: one run each.
pub(super) fn datagrams(packets: &[(Place, &[u8])]) -> Said {
    let mut said = Said::default();
    let mut at = 0;
    for (place, bytes) in packets.iter().filter(|(_, bytes)| !bytes.is_empty()) {
        said.runs.push(Run {
            at,
            bytes: bytes.to_vec(),
        });
        said.pieces.push((at, *place));
        at += bytes.len() as u64;
    }
    said
}
