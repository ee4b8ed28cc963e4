//! What an operation of a device script did on the wires of its unit. Its answer rests on that and on nothing else: one
//! that was made up without asking the unit is no observation.

use crate::offered::Word;
use crate::told::Told;
use crate::ways;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use proofhouse_model::bytes::to_hex;
use proofhouse_model::{Channel, Observation, Op, Trouble};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Shortest piece of an image that is looked for: framings put fewer bytes than this between pieces that they cut
/// shorter.
const PIECE: usize = 8;

/// An operation under way.
#[derive(Debug, Default)]
pub(crate) struct Operation {
    /// How often the unit itself was heard: an answer, or that it refused or kept silent.
    heard: usize,
    offered: Option<Offered>,
    word: Option<Word>,
    /// By which ways what it has to offer went, or all it did.
    ways: BTreeSet<String>,
    /// Whether every way counts.
    whole: bool,
    /// What each wire said, and what was said, for whoever asks who the unit is.
    told: Option<Told>,
}

impl Operation {
    /// One that is to offer these bytes to the unit.
    pub(crate) fn offering(image: &Arc<[u8]>) -> Self {
        Self {
            offered: Some(Offered::new(image)),
            ..Self::default()
        }
    }

    /// One that is to offer this password to the unit.
    pub(crate) fn logging_in(password: &str) -> Self {
        Self {
            word: Some(Word::new(password)),
            ..Self::default()
        }
    }

    /// One of which every op counts as a way in.
    pub(crate) fn working() -> Self {
        Self {
            whole: true,
            ..Self::default()
        }
    }

    /// The ways it took.
    pub(crate) fn ways(&self) -> BTreeSet<String> {
        self.ways.clone()
    }

    /// How much of what it has to offer was seen.
    fn seen(&self) -> usize {
        let bytes = self.offered.as_ref().map_or(0, |offered| offered.seen);
        bytes + usize::from(self.word.as_ref().is_some_and(Word::was_seen))
    }

    /// The script made a hash of something.
    pub(crate) fn derived(&mut self, from: &[u8], hash: &str) {
        if let Some(word) = &mut self.word {
            word.derived(from, hash);
        }
    }

    /// One that says who the unit is.
    pub(crate) fn identifying() -> Self {
        Self {
            told: Some(Told::default()),
            ..Self::default()
        }
    }

    /// An op is about to be carried out.
    pub(crate) fn sends(&mut self, op: &Op) {
        // What a capture is searched for goes nowhere.
        if matches!(op, Op::Tap(_)) {
            return;
        }
        let before = self.seen();
        if let Some(offered) = &mut self.offered {
            op.bytes().into_iter().for_each(|bytes| offered.sent(bytes));
        }
        if let Some(word) = &mut self.word {
            word.sends(op);
        }
        if let Some(told) = &mut self.told {
            told.sends(op);
        }
        if self.whole && !ways::only_reads(op) || self.seen() > before {
            self.ways.extend(ways::way(op));
        }
    }

    /// It was, on that wire.
    pub(crate) fn saw(&mut self, on: Option<Channel>, came: &Result<Observation, Trouble>) {
        let by_unit = matches!(
            on,
            Some(Channel::Console | Channel::Debug | Channel::Lan | Channel::Peers(_))
        );
        let heard = match came {
            Ok(
                Observation::Done
                | Observation::Mqtt(_)
                | Observation::Dns(_)
                | Observation::Dhcp(_),
            ) => false,
            Ok(_) => by_unit,
            Err(trouble) => by_unit && trouble.kind.is_device(),
        };
        self.heard += usize::from(heard);
        let (Some(told), Some(on), Ok(saw)) = (&mut self.told, on, came) else {
            return;
        };
        match saw {
            Observation::Text { text } if on == Channel::Label => told.gave(text),
            saw if heard => told.saw(on, saw),
            _ => {}
        }
    }

    /// Why an answer shows nothing; `None` where it rests on what the unit did.
    pub(crate) fn lacks(&self) -> Option<String> {
        if self.heard == 0 {
            return Some(
                "the unit was not asked for it, so it is no answer of the unit".to_owned(),
            );
        }
        if self.word.as_ref().is_some_and(|word| !word.was_seen()) {
            let what = "the password it was given to offer was not seen on its way to the unit, as it is or in a form \
                        that is known";
            return Some(what.to_owned());
        }
        match &self.offered {
            Some(offered) if !offered.all() => Some(format!(
                "of the {} bytes it was given to offer, {} were seen on their way to the unit",
                offered.image.len(),
                offered.seen
            )),
            _ => None,
        }
    }

    /// Whether a value was told by the unit on that wire, and neither to it nor by its label before.
    pub(crate) fn was_told(&self, on: Channel, value: &str) -> bool {
        let told = self.told.as_ref();
        told.is_some_and(|told| told.was_told(on, value))
    }
}

/// Bytes that a unit is offered, and how many of them went by.
#[derive(Debug)]
struct Offered {
    image: Arc<[u8]>,
    seen: usize,
}

impl Offered {
    fn new(image: &Arc<[u8]>) -> Self {
        Self {
            image: Arc::clone(image),
            seen: 0,
        }
    }

    fn all(&self) -> bool {
        self.seen == self.image.len()
    }

    /// Bytes on their way: whole inside them, as base64 or hex, or the next pieces of it in order, whatever a framing
    /// puts between them.
    fn sent(&mut self, bytes: &[u8]) {
        if self.all() {
            return;
        }
        if self.whole_in(bytes) {
            self.seen = self.image.len();
            return;
        }
        let mut left = bytes;
        while !self.all() {
            let rest = &self.image[self.seen..];
            let Some(at) = memmem::find(left, &rest[..rest.len().min(PIECE)]) else {
                return;
            };
            let from = &left[at..];
            let same = from.iter().zip(rest).take_while(|(a, b)| a == b).count();
            self.seen += same;
            left = &from[same..];
        }
    }

    fn whole_in(&self, bytes: &[u8]) -> bool {
        let image = &self.image;
        if memmem::find(bytes, image).is_some() {
            return true;
        }
        // As text it is longer.
        let (base64, hex) = (image.len() / 3 * 4, image.len() * 2);
        let is_text = |least: usize| bytes.len() >= least && bytes.is_ascii();
        (is_text(base64)
            && memmem::find(
                bytes,
                STANDARD.encode(image).trim_end_matches('=').as_bytes(),
            )
            .is_some())
            || (is_text(hex)
                && memmem::find(&bytes.to_ascii_lowercase(), to_hex(image).as_bytes()).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> Arc<[u8]> {
        (0..5000_u32)
            .flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes())
            .collect()
    }

    fn all_of(image: &Arc<[u8]>, sent: &[Vec<u8>]) -> bool {
        let mut offered = Offered::new(image);
        sent.iter().for_each(|bytes| offered.sent(bytes));
        offered.all()
    }

    #[test]
    fn an_image_is_seen_in_every_usual_framing() {
        let image = image();
        let framed = |piece: &[u8]| [b"\x01\x7f", piece, b"\xaa\x55"].concat();
        let pieces = |size: usize| image.chunks(size).map(framed).collect::<Vec<_>>();
        for sent in [
            vec![image.to_vec()],
            vec![[b"--form\r\n\r\n", &image[..], b"\r\n--form--"].concat()],
            pieces(16),
            pieces(128),
            pieces(1024),
            vec![pieces(1024).concat()],
            vec![format!("{{\"image\":\"{}\"}}", STANDARD.encode(&image)).into_bytes()],
            vec![to_hex(&image).to_uppercase().into_bytes()],
        ] {
            assert!(all_of(&image, &sent), "{} messages", sent.len());
        }
    }

    #[test]
    fn another_image_or_a_part_of_it_is_not_the_one() {
        let image = image();
        let mut other = image.to_vec();
        other[9000] ^= 1;
        let without_the_end = image[..image.len() - 1].to_vec();
        let twisted: Vec<Vec<u8>> = image.chunks(1024).rev().map(<[u8]>::to_vec).collect();
        for sent in [
            vec![],
            vec![vec![0; 30_000]],
            vec![other],
            vec![without_the_end],
            twisted,
        ] {
            assert!(!all_of(&image, &sent));
        }
    }
}
