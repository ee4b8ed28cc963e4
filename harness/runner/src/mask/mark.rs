//! What stands for a secret: `⟨name:hash⟩`, `⟨name:hash:form⟩`, `⟨name:hash:form/3-7⟩` for a piece of it.
//!
//! Base64 shares its outer characters with what stands beside the secret: they are taken along, and the bits that are
//! others' are told (`base64.1~2.9`), so that a stand-in can be put in their place.

use super::book::{SecretBook, Span};
use super::odd::OPAQUE;
use proofhouse_model::forms::Form;
use std::fmt;

/// How it begins and ends: bytes that no other text is likely to hold.
const OPENS: &[u8] = "⟨".as_bytes();
const CLOSES: &[u8] = "⟩".as_bytes();
/// Longest one, in bytes: what is longer is other text.
const LONGEST: usize = 512;

/// What stands for a secret, or for a piece of it.
pub(super) struct Mark<'b> {
    name: &'b str,
    hash: &'b str,
    form: Form,
    edges: (Option<u8>, Option<u8>),
    piece: Option<(usize, usize)>,
}

impl<'b> Mark<'b> {
    pub(super) fn of(book: &'b SecretBook, span: &Span) -> Self {
        let secret = &book.secrets[span.needle.secret];
        let shared = span.edges.0.is_some() as usize + span.edges.1.is_some() as usize;
        let len = span.end - span.start - shared;
        let to = (span.from + len).min(span.of);
        Self {
            name: &secret.name,
            hash: &secret.hash,
            form: span.needle.form,
            edges: span.edges,
            piece: ((span.from, to) != (0, span.of)).then_some((span.from, to)),
        }
    }
}

impl fmt::Display for Mark<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "⟨{}:{}", self.name, self.hash)?;
        if self.form != Form::Plain || self.piece.is_some() {
            write!(f, ":{}", self.form.name())?;
        }
        if self.form.variant() > 0 {
            write!(f, ".{}", self.form.variant())?;
        }
        let edge = |bits: Option<u8>| bits.map_or("-".to_owned(), |bits| bits.to_string());
        if self.edges != (None, None) {
            write!(f, "~{}.{}", edge(self.edges.0), edge(self.edges.1))?;
        }
        if let Some((from, to)) = self.piece {
            write!(f, "/{from}-{to}")?;
        }
        f.write_str("⟩")
    }
}

/// Longest piece of a secret that a word has by chance, in bytes.
const SHORT_PIECE: usize = 8;

/// A mark in a text.
struct Found<'t> {
    /// What it stands for.
    put: Vec<u8>,
    form: Form,
    /// It stands for a piece that a word has by chance. One of no bytes is none: nobody writes such a mark.
    is_short: bool,
    /// What follows it.
    behind: &'t [u8],
}

/// Shortest piece of a stand-in that is told from chance in a guess: two digits of an address.
const LEAST_PIECE: usize = 2;

/// A form of base64 or base32.
struct Coded {
    letters: &'static [u8],
    /// Bits of one character.
    bits: u32,
    /// Bits of the secret in the character before its own and in the one behind them.
    shared: (u32, u32),
}

impl Coded {
    fn of(form: Form, len: usize) -> Option<Self> {
        let letters = form.alphabet()?;
        let bits: usize = if letters.len() == 32 { 5 } else { 6 };
        let offset = usize::from(form.variant());
        let before = (offset * 8).div_ceil(bits) * bits - offset * 8;
        let behind = (offset + len) * 8 % bits;
        let short = |n: usize| u32::try_from(n).unwrap_or(0);
        Some(Self {
            letters,
            bits: short(bits),
            shared: (short(before), short(behind)),
        })
    }
}

/// Takes along the characters beside a form of base64 or base32 that hold bits of the secret; none before `free`.
pub(super) fn take_edges(span: &mut Span, value: &[u8], text: &[u8], free: usize) {
    let coded = Coded::of(span.needle.form, value.len());
    let (Some(coded), Some(first), Some(last)) = (coded, value.first(), value.last()) else {
        return;
    };
    let letters = coded.letters;
    let letter = |at: usize| {
        let byte = text.get(at)?;
        let at = letters.iter().position(|l| l == byte)?;
        u8::try_from(at).ok()
    };
    let (before, behind) = coded.shared;
    if before > 0
        && span.start > free
        && let Some(bits) = letter(span.start - 1)
        && bits & ((1 << before) - 1) == first >> (8 - before)
    {
        span.start -= 1;
        span.edges.0 = Some(bits >> before);
    }
    if behind > 0
        && let Some(bits) = letter(span.end)
        && bits >> (coded.bits - behind) == last & ((1 << behind) - 1)
    {
        span.end += 1;
        span.edges.1 = Some(bits & ((1 << (coded.bits - behind)) - 1));
    }
}

impl SecretBook {
    /// Bytes with every secret put back that stands in them by name: as it was learnt, in the form it had.
    #[must_use]
    pub fn put_back(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some(at) = find(rest, OPENS) {
            out.extend_from_slice(&rest[..at]);
            match self.mark_at(&rest[at..]) {
                Some(mark) => {
                    out.extend_from_slice(&mark.put);
                    rest = mark.behind;
                }
                // One that names no secret stays.
                None => {
                    out.extend_from_slice(OPENS);
                    rest = &rest[at + OPENS.len()..];
                }
            }
        }
        out.extend_from_slice(rest);
        out
    }

    /// Whether a text is the recorded one, where a short piece of a secret may stand for any bytes: a word that a case
    /// made up was taken for a secret's beginning by chance, and its stand-in begins otherwise.
    pub fn fits(&self, recorded: &[u8], text: &[u8]) -> bool {
        let Some(at) = find(recorded, OPENS) else {
            return recorded == text;
        };
        let mark = self.mark_at(&recorded[at..]);
        let Some((mark, rest)) = mark.zip(text.strip_prefix(&recorded[..at])) else {
            return recorded == text;
        };
        match rest.split_at_checked(mark.put.len()) {
            Some((these, rest)) if mark.is_short || these == mark.put => {
                self.fits(mark.behind, rest)
            }
            _ => false,
        }
    }

    /// The same of a report, which has marks of its own: how many short pieces of secrets stand in the recorded one
    /// where other bytes are now, or stand now where the recorded one has those bytes; `None` where it is another one.
    /// Only pieces as they are count.
    pub(crate) fn passed_over(&self, recorded: &[u8], now: &[u8]) -> Option<usize> {
        let (mut recorded, mut now, mut pieces) = (recorded, now, 0);
        loop {
            let same = recorded.iter().zip(now).take_while(|(a, b)| a == b).count();
            (recorded, now) = (&recorded[same..], &now[same..]);
            if recorded.is_empty() && now.is_empty() {
                return Some(pieces);
            }
            (recorded, now) = match (self.short_piece_at(recorded), self.short_piece_at(now)) {
                (Some(then), _) => (then.behind, now.get(then.put.len()..)?),
                // A stand-in begins by chance as a word does: the word is there then.
                (None, Some(mark)) => (recorded.strip_prefix(&*mark.put)?, mark.behind),
                (None, None) => return None,
            };
            pieces += 1;
        }
    }

    /// The mark that a text begins with, where it stands for a short piece as it is.
    fn short_piece_at<'t>(&self, text: &'t [u8]) -> Option<Found<'t>> {
        let mark = self.mark_at(text)?;
        (mark.is_short && mark.form == Form::Plain).then_some(mark)
    }

    /// Whether a guess that a case makes now is the recorded one. A word of the case's own may have been a secret, with
    /// a mark in the recording; and of a text of the label that holds a secret a case makes another word now, with a
    /// piece of the stand-in where the secret's was.
    pub fn is_guess(&self, recorded: &[u8], now: &[u8]) -> bool {
        let (mut recorded, mut now) = (recorded, now);
        while let Some(at) = find(recorded, OPENS) {
            let mark = self.mark_at(&recorded[at..]);
            let Some((mark, (before, rest))) = mark.zip(now.split_at_checked(at)) else {
                break;
            };
            let Some(behind) = rest.get(mark.put.len()..) else {
                return false;
            };
            if !self.is_same_but_stand_ins(&recorded[..at], before) {
                return false;
            }
            (recorded, now) = (mark.behind, behind);
        }
        self.is_same_but_stand_ins(recorded, now)
    }

    /// Whether a text is the recorded one wherever no piece of a stand-in is in it, in letters of either size.
    fn is_same_but_stand_ins(&self, recorded: &[u8], now: &[u8]) -> bool {
        if recorded.len() != now.len() {
            return false;
        }
        let is_piece = |piece: &[u8]| {
            let mut given = self.secrets.iter().filter(|secret| secret.given);
            given.any(|secret| {
                let mut all = secret.value.windows(piece.len());
                all.any(|other| other.eq_ignore_ascii_case(piece))
            })
        };
        let mut pairs = recorded.iter().zip(now).enumerate();
        pairs.all(|(at, (then, byte))| {
            let from = (at + 1).saturating_sub(LEAST_PIECE);
            let around = now.get(from..now.len().min(at + LEAST_PIECE));
            let mut pieces = around.unwrap_or_default().windows(LEAST_PIECE);
            then == byte || pieces.any(is_piece)
        })
    }

    /// The mark that a text begins with, where it names a secret.
    fn mark_at<'t>(&self, text: &'t [u8]) -> Option<Found<'t>> {
        let inner = text.strip_prefix(OPENS)?;
        let within = &inner[..inner.len().min(LONGEST)];
        let end = find(within, CLOSES)?;
        let (put, form, is_piece) = self.named(&inner[..end])?;
        Some(Found {
            is_short: is_piece && (1..=SHORT_PIECE).contains(&put.len()),
            put,
            form,
            behind: &inner[end + CLOSES.len()..],
        })
    }

    /// What the inside of a mark stands for, in which form, and whether that is a piece.
    fn named(&self, inner: &[u8]) -> Option<(Vec<u8>, Form, bool)> {
        let inner = std::str::from_utf8(inner).ok()?;
        if let Some(secret) = self.by_mark.get(inner) {
            return Some((self.secrets[*secret].value.clone(), Form::Plain, false));
        }
        let (called, how) = inner.rsplit_once(':')?;
        let value = &self.secrets[*self.by_mark.get(called)?].value;
        let (how, piece) = how
            .split_once('/')
            .map_or((how, None), |(h, p)| (h, Some(p)));
        let (how, edges) = how
            .split_once('~')
            .map_or((how, None), |(h, e)| (h, Some(e)));
        let form = form_named(how)?;
        let mut bytes = form.of(value)?;
        let range = piece.and_then(|p| p.split_once('-'));
        if let Some((from, to)) = range {
            let (from, to): (usize, usize) = (from.parse().ok()?, to.parse().ok()?);
            bytes = bytes
                .get(from.min(bytes.len())..to.min(bytes.len()))?
                .to_vec();
        }
        if let Some((before, behind)) = edges.and_then(|e| e.split_once('.')) {
            let (before, behind): (Option<u8>, Option<u8>) =
                (before.parse().ok(), behind.parse().ok());
            add_edges(&mut bytes, form, value, before, behind);
        }
        Some((bytes, form, range.is_some()))
    }
}

fn add_edges(
    bytes: &mut Vec<u8>,
    form: Form,
    value: &[u8],
    before: Option<u8>,
    behind: Option<u8>,
) {
    let coded = Coded::of(form, value.len());
    let (Some(coded), Some(first), Some(last)) = (coded, value.first(), value.last()) else {
        return;
    };
    let (own, own_behind) = coded.shared;
    let last_letter = (1 << coded.bits) - 1;
    let letter = |bits: u32| coded.letters[usize::try_from(bits & last_letter).unwrap_or(0)];
    if let Some(others) = before.filter(|_| own > 0) {
        let bits = u32::from(others) << own | u32::from(*first) >> (8 - own);
        bytes.insert(0, letter(bits));
    }
    if let Some(others) = behind.filter(|_| own_behind > 0) {
        let bits = u32::from(*last) << (coded.bits - own_behind) | u32::from(others);
        bytes.push(letter(bits));
    }
}

/// Whether a text has a mark that cannot be put back as it was.
pub(crate) fn is_opaque(text: &str) -> bool {
    let mut marks = text.split('⟨').skip(1);
    marks.any(|mark| {
        let mark = mark.split('⟩').next().unwrap_or_default();
        let how = mark.rsplit(':').next().unwrap_or_default();
        let name = how.split('/').next().unwrap_or_default();
        OPAQUE.iter().any(|opaque| opaque.name() == name)
    })
}

fn form_named(how: &str) -> Option<Form> {
    let (name, variant) = how.split_once('.').unwrap_or((how, "0"));
    let variant: u8 = variant.parse().ok()?;
    let all = OPAQUE.into_iter().map(Form::Within);
    let mut all = Form::ALL.into_iter().chain(all);
    all.find(|form| form.name() == name && form.variant() == variant)
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|w| w == what)
}
