//! The secrets of a run and where their forms stand in bytes.
//!
//! No automaton: one over all secrets has to be built anew for each that is learnt, which made a run quadratic in
//! their number. Here the forms are sorted, and a bitmap of their first four bytes keeps nearly every position of a
//! text away from them; to learn one more is a few insertions.

use super::grams::{Grams, PIECE};
use super::mark::Mark;
use proofhouse_model::forms::{self, Form};
use proofhouse_model::{SecretKind, TaskId, bytes::to_hex};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

/// Shorter values would be found everywhere by chance, and would garble the record.
pub(crate) const SHORTEST: usize = 4;
/// Bits of a bitmap of first (or last) bytes.
const FILTER_BITS: usize = 1 << 21;
/// Forms looked at that begin the same way, when one is wanted that is to be seen by a task.
const MOST_ALIKE: usize = 64;

/// A secret in memory.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) name: String,
    pub(super) hash: String,
    pub(super) value: Vec<u8>,
    /// It stands on a label, in the bench file or in a profile.
    pub(super) given: bool,
    /// The only task in whose events it is masked, beside events of no task.
    scope: Option<TaskId>,
}

/// A form of a secret.
#[derive(Clone, Copy)]
pub(super) struct Needle {
    pub(super) secret: usize,
    pub(super) form: Form,
}

/// A run of bytes that is a form of a secret, or a piece of one.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) needle: Needle,
    /// Which bytes of the form these are; `start` lies `from` behind its beginning.
    pub(super) from: usize,
    /// Bytes of the whole form.
    pub(super) of: usize,
    /// Bits of others in the base64 characters before and behind, which are taken along.
    pub(super) edges: (Option<u8>, Option<u8>),
}

/// How much of a secret has to stand at the end of a piece for it to be masked there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Least {
    /// So many of its bytes.
    Bytes(usize),
    /// Half of it, four bytes at least and six at most.
    Half,
}

/// The secrets of a run, known in memory only. On disk each is a name and a salted hash, so that equal secrets
/// stay recognisable within the run and nothing can be guessed from it. The salt is never written.
#[derive(Clone)]
pub struct SecretBook {
    salt: [u8; 16],
    pub(super) secrets: Vec<Known>,
    pub(super) by_mark: HashMap<String, usize>,
    needles: BTreeMap<Vec<u8>, Vec<Needle>>,
    /// The same, each read from its end.
    backwards: BTreeMap<Vec<u8>, Needle>,
    /// Lengths of the forms that begin with these bytes, longest first.
    lengths: HashMap<[u8; 4], Vec<usize>>,
    starts: Vec<u64>,
    ends: Vec<u64>,
    longest: usize,
    grams: Grams,
}

impl SecretBook {
    /// An empty book with its salt.
    #[must_use]
    pub fn new(salt: [u8; 16]) -> Self {
        Self {
            salt,
            secrets: Vec::new(),
            by_mark: HashMap::new(),
            needles: BTreeMap::new(),
            backwards: BTreeMap::new(),
            lengths: HashMap::new(),
            starts: vec![0; FILTER_BITS / 64],
            ends: vec![0; FILTER_BITS / 64],
            longest: 0,
            grams: Grams::new(),
        }
    }

    /// Learns a secret in every form in which it may travel. Gives the hash by which it goes from now on; `None`
    /// when it is too short to be masked.
    pub fn learn(
        &mut self,
        name: &str,
        kind: SecretKind,
        value: &[u8],
        scope: Option<TaskId>,
    ) -> Option<String> {
        let mut hash = Sha256::new();
        hash.update(self.salt);
        hash.update(value);
        let hash = to_hex(&hash.finalize())[..8].to_owned();
        self.learn_as((name, &hash), kind, value, scope)
            .then_some(hash)
    }

    /// The same under a hash that is known already: for what stands in for a secret where it is judged again. A value
    /// learnt later under the same name and hash is what is put back.
    pub fn learn_as(
        &mut self,
        (name, hash): (&str, &str),
        kind: SecretKind,
        value: &[u8],
        scope: Option<TaskId>,
    ) -> bool {
        if value.len() < SHORTEST {
            return false;
        }
        let known = Known {
            name: name.replace(['⟨', '⟩'], "?"),
            hash: hash.to_owned(),
            value: value.to_vec(),
            given: kind == SecretKind::Given,
            scope,
        };
        let called = format!("{}:{}", known.name, known.hash);
        let secret = match self.by_mark.get(&called).copied() {
            Some(at)
                if self.secrets[at].value == known.value && self.secrets[at].scope == scope =>
            {
                return true;
            }
            Some(at) => {
                // Seen by all from now on where either was.
                let scope = self.secrets[at].scope.filter(|old| Some(*old) == scope);
                self.secrets[at] = Known { scope, ..known };
                at
            }
            None => {
                self.secrets.push(known);
                self.by_mark.insert(called, self.secrets.len() - 1);
                self.secrets.len() - 1
            }
        };
        let found = matches!(kind, SecretKind::Found | SecretKind::Sent);
        self.grams.add(secret, value, found);
        let all = forms::all(value, SHORTEST).into_iter();
        for (form, bytes) in all.filter(|(form, _)| !form.is_spaced()) {
            let needle = Needle { secret, form };
            // Where a script reads it as text.
            if let Cow::Owned(text) = String::from_utf8_lossy(&bytes) {
                self.add(text.into_bytes(), needle);
            }
            self.add(bytes, needle);
        }
        true
    }

    fn add(&mut self, bytes: Vec<u8>, needle: Needle) {
        let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) else {
            return;
        };
        set(&mut self.starts, *first);
        set(&mut self.ends, *last);
        self.longest = self.longest.max(bytes.len());
        let lengths = self.lengths.entry(*first).or_default();
        if let Err(at) = lengths.binary_search_by(|len| bytes.len().cmp(len)) {
            lengths.insert(at, bytes.len());
        }
        let back: Vec<u8> = bytes.iter().rev().copied().collect();
        self.backwards.entry(back).or_insert(needle);
        let alike = self.needles.entry(bytes).or_default();
        if !alike.iter().any(|n| n.secret == needle.secret) {
            alike.push(needle);
        }
    }

    fn sees(&self, needle: Needle, task: Option<TaskId>) -> bool {
        let scope = self.secrets[needle.secret].scope;
        task.is_none() || scope.is_none() || scope == task
    }

    /// Whether it is a secret by itself, as it stands.
    pub(crate) fn knows(&self, value: &[u8], task: Option<TaskId>) -> bool {
        let alike = self.needles.get(value).into_iter().flatten();
        let mut plain = alike.filter(|n| n.form == Form::Plain);
        plain.any(|n| self.sees(*n, task))
    }

    /// What is left of a value without the secrets in it; `None` when there is none.
    pub(crate) fn beside_secrets(&self, value: &[u8], task: Option<TaskId>) -> Option<Vec<u8>> {
        let spans = self.whole(value, task);
        let first = spans.first()?;
        let mut left = value[..first.start].to_vec();
        for (n, span) in spans.iter().enumerate() {
            let next = spans.get(n + 1).map_or(value.len(), |s| s.start);
            left.extend_from_slice(&value[span.end..next]);
        }
        Some(left)
    }

    /// Whether a text holds a secret, or a piece of one.
    pub(super) fn touches_piece(&self, bytes: &[u8], task: Option<TaskId>) -> bool {
        self.touches(bytes, task)
            || self.touches_odd(bytes, task)
            || self.piece_in(bytes, (0, bytes.len()), task).is_some()
    }

    /// The first piece of a long secret there.
    fn piece_in(&self, text: &[u8], within: (usize, usize), task: Option<TaskId>) -> Option<Span> {
        let sees = |secret: usize| {
            let form = Form::Plain;
            self.sees(Needle { secret, form }, task)
        };
        let value = |secret: usize| self.secrets[secret].value.as_slice();
        self.grams.next(text, within, sees, value)
    }

    /// Whether a text holds a secret.
    pub(crate) fn touches(&self, bytes: &[u8], task: Option<TaskId>) -> bool {
        let mut at = 0;
        while let Some(next) = self.next_start(bytes, at) {
            if self.longest_at(bytes, next, task).is_some() {
                return true;
            }
            at = next + 1;
        }
        false
    }

    /// Bytes of the longest form there is.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// Which secrets a text holds, as `name:hash`.
    pub(crate) fn named_in(&self, bytes: &[u8]) -> Vec<String> {
        let spans = self.spans(bytes, None).into_iter();
        let secrets = spans.map(|span| &self.secrets[span.needle.secret]);
        secrets.map(|s| format!("{}:{}", s.name, s.hash)).collect()
    }

    /// The first place from `at` on where a form may begin: one look at the bitmap a byte.
    fn next_start(&self, text: &[u8], at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        let windows = rest.windows(4).enumerate();
        for (n, four) in windows {
            if let [a, b, c, d] = four
                && is_set(&self.starts, [*a, *b, *c, *d])
            {
                return Some(at + n);
            }
        }
        None
    }

    /// Bytes with every secret replaced by its name and hash.
    #[must_use]
    pub fn mask_bytes<'b>(&self, bytes: &'b [u8], task: Option<TaskId>) -> Cow<'b, [u8]> {
        let spans = self.spans(bytes, task);
        if spans.is_empty() {
            return bytes.into();
        }
        self.render(bytes, &spans, 0, bytes.len()).into()
    }

    /// The same of whole forms alone.
    pub(super) fn mask_whole(&self, bytes: &[u8], task: Option<TaskId>) -> Vec<u8> {
        self.render(bytes, &self.whole(bytes, task), 0, bytes.len())
    }

    /// The longest form that begins there.
    fn longest_at(&self, text: &[u8], at: usize, task: Option<TaskId>) -> Option<(usize, Needle)> {
        let rest = text.get(at..)?;
        let first = rest.first_chunk::<4>()?;
        if !is_set(&self.starts, *first) {
            return None;
        }
        let lengths = self.lengths.get(first)?.iter();
        lengths.filter(|len| **len <= rest.len()).find_map(|len| {
            let alike = self.needles.get(&rest[..*len])?.iter();
            let mut seen = alike.filter(|n| self.sees(**n, task));
            seen.next().map(|n| (*len, *n))
        })
    }

    /// Every whole form, odd ones too, and between them what is a piece of a long secret.
    pub(super) fn spans(&self, text: &[u8], task: Option<TaskId>) -> Vec<Span> {
        let whole = self.with_odd(text, self.whole(text, task), task);
        let mut out = Vec::with_capacity(whole.len());
        let mut free = 0;
        let ends = whole.into_iter().map(Some).chain([None]);
        for span in ends {
            let to = span.map_or(text.len(), |s| s.start);
            while let Some(piece) = self.piece_in(text, (free, to), task) {
                free = piece.end;
                out.push(piece);
            }
            free = span.map_or(to, |s| s.end);
            out.extend(span);
        }
        out
    }

    /// Every whole form, from the left, longest first: a secret inside another does not leave the rest in clear.
    fn whole(&self, text: &[u8], task: Option<TaskId>) -> Vec<Span> {
        self.whole_of(text, task, |_| true)
    }

    /// The same of those forms alone.
    pub(super) fn whole_of(
        &self,
        text: &[u8],
        task: Option<TaskId>,
        takes: impl Fn(Form) -> bool,
    ) -> Vec<Span> {
        let mut out: Vec<Span> = Vec::new();
        let (mut at, mut free) = (0, 0);
        while let Some(next) = self.next_start(text, at) {
            at = next;
            let longest = self.longest_at(text, at, task);
            let Some((len, needle)) = longest.filter(|(_, needle)| takes(needle.form)) else {
                at += 1;
                continue;
            };
            let mut span = Span {
                start: at,
                end: at + len,
                needle,
                from: 0,
                of: len,
                edges: (None, None),
            };
            let value = &self.secrets[needle.secret].value;
            super::mark::take_edges(&mut span, value, text, free);
            (at, free) = (span.end, span.end);
            out.push(span);
        }
        out
    }

    /// A form that goes on after these bytes and begins with them.
    fn goes_on(
        &self,
        begun: &[u8],
        least: Option<Least>,
        task: Option<TaskId>,
        takes: impl Fn(Form) -> bool,
    ) -> Option<(usize, Needle)> {
        if let Some(first) = begun.first_chunk::<4>()
            && !is_set(&self.starts, *first)
        {
            return None;
        }
        let behind = (Bound::Excluded(begun), Bound::Unbounded);
        let alike = self.needles.range::<[u8], _>(behind);
        let alike = alike.take_while(|(form, _)| form.starts_with(begun));
        let all = alike.flat_map(|(form, n)| n.iter().map(|n| (form.len(), *n)));
        let mut seen = all.take(MOST_ALIKE).filter(|(len, n)| {
            let enough = least.is_none_or(|least| begun.len() >= self.need(least, *len, *n));
            enough && takes(n.form) && self.sees(*n, task)
        });
        seen.next()
    }

    /// The first place from which a text is the beginning of such a form; the form's length, and which it is.
    pub(super) fn goes_on_from(
        &self,
        text: &[u8],
        least: Option<Least>,
        task: Option<TaskId>,
        takes: impl Fn(Form) -> bool,
    ) -> Option<(usize, usize, Needle)> {
        let first = text.len().saturating_sub(self.longest.saturating_sub(1));
        (first..text.len()).find_map(|at| {
            let (of, needle) = self.goes_on(&text[at..], least, task, &takes)?;
            Some((at, of, needle))
        })
    }

    /// Bytes of a form that stand for so much of its secret.
    fn need(&self, least: Least, form: usize, needle: Needle) -> usize {
        let all = self.secrets[needle.secret].value.len().max(1);
        let bytes = match least {
            // Digits of a number begin one of so many words soon.
            Least::Bytes(bytes) if matches!(needle.form, Form::HexWords(_)) => bytes.max(SHORTEST),
            Least::Bytes(bytes) => bytes,
            Least::Half => (all / 2).clamp(SHORTEST, PIECE),
        };
        match needle.form {
            // Whole words alone: its length says nothing of the secret's.
            Form::HexWords(_) => 2 * bytes,
            _ => (form * bytes).div_ceil(all),
        }
    }

    /// Where the earliest form begins that is not over at the end of a text; its length when there is none.
    pub(super) fn open_from(&self, text: &[u8], task: Option<TaskId>) -> usize {
        let open = self.goes_on_from(text, None, task, |_| true);
        let open = open.map_or(text.len(), |(at, ..)| at);
        open.min(self.odd_open_from(text, task))
    }

    /// The beginning of a form at the end of a text.
    pub(super) fn tail(&self, text: &[u8], least: Least, task: Option<TaskId>) -> Option<Span> {
        let (start, of, needle) = self.goes_on_from(text, Some(least), task, |_| true)?;
        Some(Span {
            start,
            end: text.len(),
            needle,
            from: 0,
            of,
            edges: (None, None),
        })
    }

    /// The end of a form at the beginning of a text that was cut there.
    pub(super) fn head(&self, text: &[u8], least: Least, task: Option<TaskId>) -> Option<Span> {
        let longest = text.len().min(self.longest.saturating_sub(1));
        (SHORTEST..=longest).rev().find_map(|end| {
            let last = text[..end].last_chunk::<4>()?;
            if !is_set(&self.ends, *last) {
                return None;
            }
            let back: Vec<u8> = text[..end].iter().rev().copied().collect();
            let behind = (Bound::Excluded(back.as_slice()), Bound::Unbounded);
            let (form, needle) = self.backwards.range::<[u8], _>(behind).next()?;
            let whole = form.starts_with(&back) && self.sees(*needle, task);
            let enough = whole && end >= self.need(least, form.len(), *needle);
            enough.then(|| Span {
                start: 0,
                end,
                needle: *needle,
                from: form.len() - end,
                of: form.len(),
                edges: (None, None),
            })
        })
    }

    /// Bytes `from..to` of a text with what stands for the spans. A span that lies over an end is a piece here.
    pub(super) fn render(&self, text: &[u8], spans: &[Span], from: usize, to: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(to.saturating_sub(from));
        let mut at = from;
        for span in spans.iter().filter(|s| s.start < to && s.end > from) {
            out.extend_from_slice(text.get(at..span.start).unwrap_or_default());
            let piece = span.cut(from.max(at), to);
            out.extend_from_slice(Mark::of(self, &piece).to_string().as_bytes());
            at = span.end.min(to);
        }
        out.extend_from_slice(text.get(at..to).unwrap_or_default());
        out
    }
}

impl Span {
    /// The part of it within `from..to`.
    pub(super) fn cut(self, from: usize, to: usize) -> Self {
        let (start, end) = (self.start.max(from), self.end.min(to));
        let cut = (start, end) != (self.start, self.end);
        // Characters shared with others are no bytes of the form.
        let shared = usize::from(self.edges.0.is_some());
        let before = (start - self.start).saturating_sub(usize::from(start > self.start) * shared);
        Self {
            start,
            end,
            from: self.from + before,
            edges: if cut { (None, None) } else { self.edges },
            ..self
        }
    }
}

fn place(bytes: [u8; 4]) -> usize {
    let mixed = u32::from_le_bytes(bytes).wrapping_mul(0x9e37_79b1);
    usize::try_from(mixed >> 11).unwrap_or(0)
}

fn set(filter: &mut [u64], bytes: [u8; 4]) {
    let at = place(bytes);
    filter[at / 64] |= 1 << (at % 64);
}

fn is_set(filter: &[u64], bytes: [u8; 4]) -> bool {
    let at = place(bytes);
    filter[at / 64] & 1 << (at % 64) != 0
}
