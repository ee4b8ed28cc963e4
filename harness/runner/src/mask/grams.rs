//! Pieces of secrets that begin anywhere: somebody who has half of a password guesses the rest.
//!
//! Whole forms and their beginnings are found as such. This is for what is left: six bytes and more out of the middle
//! of a long secret, as a script or a device may cut it.

use super::book::{Needle, Span};
use proofhouse_model::forms::Form;
use std::collections::{HashMap, HashSet};

/// Shortest piece that is masked wherever it stands.
pub(super) const PIECE: usize = 6;
/// Of a shorter secret no piece is: it would be half of it, and words are full of them.
const LONG: usize = 12;
/// The same of hex digits that a device made up: there are many of them, and hashes and numbers are made of nothing
/// else.
const PIECE_OF_DIGITS: usize = 12;
/// Kinds of bytes in a piece: `000000` stands in much else.
const KINDS: usize = 4;
/// Bits of the bitmap of pieces.
const FILTER_BITS: usize = 1 << 20;

type Gram = [u8; PIECE];

/// Where each piece stands: of which secret, from which byte on.
#[derive(Clone)]
pub(super) struct Grams {
    at: HashMap<Gram, Vec<(usize, usize)>>,
    filter: Vec<u64>,
    /// Secrets of which longer pieces only are masked.
    digits: HashSet<usize>,
}

impl Grams {
    pub(super) fn new() -> Self {
        Self {
            at: HashMap::new(),
            filter: Vec::new(),
            digits: HashSet::new(),
        }
    }

    /// `found`: nobody gave or made it.
    pub(super) fn add(&mut self, secret: usize, value: &[u8], found: bool) {
        if value.len() < LONG {
            return;
        }
        if found && value.iter().all(u8::is_ascii_hexdigit) {
            self.digits.insert(secret);
        }
        self.filter.resize(FILTER_BITS / 64, 0);
        for (from, gram) in value.windows(PIECE).enumerate() {
            let Some(gram) = gram.first_chunk::<PIECE>().filter(|g| is_telling(g, found)) else {
                continue;
            };
            let place = place(gram);
            self.filter[place / 64] |= 1 << (place % 64);
            let places = self.at.entry(*gram).or_default();
            if !places.iter().any(|(known, _)| *known == secret) {
                places.push((secret, from));
            }
        }
    }

    /// The first piece within `from..to` of a text, of a secret that `sees` lets be seen; `value` gives the bytes of a
    /// secret.
    pub(super) fn next<'v>(
        &self,
        text: &[u8],
        (from, to): (usize, usize),
        sees: impl Fn(usize) -> bool,
        value: impl Fn(usize) -> &'v [u8],
    ) -> Option<Span> {
        let within = text.get(from..to).filter(|_| !self.filter.is_empty())?;
        within.windows(PIECE).enumerate().find_map(|(n, gram)| {
            let gram = gram.first_chunk::<PIECE>()?;
            let place = place(gram);
            if self.filter[place / 64] & 1 << (place % 64) == 0 {
                return None;
            }
            let places = self.at.get(gram)?.iter();
            let (secret, at) = places.copied().find(|(secret, _)| sees(*secret))?;
            let (start, value) = (from + n, value(secret));
            let (here, there) = (text[start..to].iter(), value[at..].iter());
            let same = here.zip(there).take_while(|(a, b)| a == b).count();
            if self.digits.contains(&secret) && same < PIECE_OF_DIGITS {
                return None;
            }
            Some(Span {
                start,
                end: start + same,
                needle: Needle {
                    secret,
                    form: Form::Plain,
                },
                from: at,
                of: value.len(),
                edges: (None, None),
            })
        })
    }
}

/// What nobody gave or made may hold a word, which is no piece of a secret: `no-password-7f3a`.
fn is_telling(gram: &Gram, found: bool) -> bool {
    let is_word = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_punctuation();
    if found && gram.iter().all(is_word) {
        return false;
    }
    let kinds = gram.iter().enumerate();
    let kinds = kinds.filter(|(n, byte)| !gram[..*n].contains(byte));
    kinds.count() >= KINDS
}

fn place(gram: &Gram) -> usize {
    let [a, b, c, d, e, f] = gram.map(u64::from);
    let whole = a << 40 | b << 32 | c << 24 | d << 16 | e << 8 | f;
    let mixed = whole.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 44;
    usize::try_from(mixed).unwrap_or(0)
}
