//! Named values in every form in which they may be stored or sent: what the searches of flash and of captures share.

use aho_corasick::{AhoCorasick, MatchKind};
use proofhouse_model::forms;
use proofhouse_model::readings;
use proofhouse_model::{Bytes, Trouble};
use std::collections::{BTreeMap, BTreeSet};

/// Shortest needle: below, chance finds in a megabyte of code are to be expected.
pub const SHORTEST: usize = 6;
/// Longest needle.
pub const LONGEST: usize = 4096;
/// Most finds reported for one needle, and in one form.
pub const FINDS_PER_NEEDLE: usize = 16;
/// How much longer than its form a value may be where something stands between its characters.
const STRETCH: usize = 8;

/// One form of one needle.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Form {
    /// Index of the needle.
    needle: usize,
    /// Which it is.
    form: forms::Form,
    /// Name in reports.
    name: &'static str,
    /// What to look for.
    bytes: Vec<u8>,
}

/// All forms of all needles, ready to be looked for in one pass.
pub(crate) struct Needles {
    forms: Vec<Form>,
    matcher: AhoCorasick,
}

impl Needles {
    /// Of named values; `place` is where they are looked for, such as `in flash`.
    ///
    /// # Errors
    /// `Case` when there is no needle, or one is shorter than [`SHORTEST`] or longer than [`LONGEST`] bytes.
    pub(crate) fn of(needles: &[(String, Bytes)], place: &str) -> Result<Self, Trouble> {
        if needles.is_empty() {
            return Err(Trouble::case(format!("no needle to look for {place}")));
        }
        let mut forms = Vec::new();
        for (index, (name, value)) in needles.iter().enumerate() {
            let len = value.len();
            if !(SHORTEST..=LONGEST).contains(&len) {
                let what = format!(
                    "needle `{name}` has {len} bytes; {SHORTEST} to {LONGEST} can be told from chance {place}"
                );
                return Err(Trouble::case(what));
            }
            forms.extend(forms_of(index, value));
        }
        let matcher = build(forms.iter().map(|form| &form.bytes))?;
        Ok(Self { forms, matcher })
    }

    /// Tells each find in a text as it is: needle, form, place.
    pub(crate) fn each(&self, text: &[u8], mut found: impl FnMut(usize, &'static str, usize)) {
        for hit in self.matcher.find_overlapping_iter(text) {
            let form = &self.forms[hit.pattern().as_usize()];
            found(form.needle, form.name, hit.start());
        }
    }

    /// The same through every reading: between separators, in groups and lines, encoded twice. Needles that are known
    /// to be there are left out: they would be found in a reading once more.
    pub(crate) fn each_read(
        &self,
        text: &[u8],
        known: &BTreeSet<usize>,
        mut found: impl FnMut(usize, &'static str, usize),
    ) {
        let longest = self.forms.iter().map(|form| form.bytes.len()).max();
        for (begin, block) in readings::blocks(text, longest.unwrap_or(0) * STRETCH) {
            for reading in readings::sure(block) {
                for hit in self.matcher.find_overlapping_iter(&reading.bytes) {
                    let form = &self.forms[hit.pattern().as_usize()];
                    let exact = reading.how.is_exact();
                    let apart = !exact || reading.has_gap(hit.start(), hit.end());
                    let at = reading.at[hit.start()].0 as usize;
                    let new = !known.contains(&form.needle);
                    if new && reading.how.takes(form.form) && apart && at < readings::BLOCK {
                        let name = if exact { form.name } else { reading.how.name() };
                        found(form.needle, name, begin + at);
                    }
                }
            }
        }
    }
}

/// All forms; of equal ones (hex without letters, palindromes) only the first.
fn forms_of(needle: usize, value: &[u8]) -> Vec<Form> {
    let form = |(form, bytes): (forms::Form, Vec<u8>)| Form {
        needle,
        form,
        name: form.name(),
        bytes,
    };
    forms::all(value, SHORTEST).into_iter().map(form).collect()
}

/// A search for all of these at once.
///
/// # Errors
/// `Case`: too many.
pub(crate) fn build<B: AsRef<[u8]>>(
    patterns: impl Iterator<Item = B>,
) -> Result<AhoCorasick, Trouble> {
    AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .build(patterns)
        .map_err(|e| Trouble::case(format!("too many needles for one search: {e}")))
}

/// Finds, bounded per needle and per form: a needle that is everywhere in plain must not push out its base64.
pub(crate) struct Finds<P>(BTreeMap<(usize, &'static str), Vec<P>>);

impl<P> Default for Finds<P> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<P: Copy + Ord> Finds<P> {
    pub(crate) fn add(&mut self, needle: usize, form: &'static str, at: P) {
        let held = self.0.entry((needle, form)).or_default();
        if held.len() < FINDS_PER_NEEDLE && !held.contains(&at) {
            held.push(at);
        }
    }

    /// Needles that were found, by their index.
    pub(crate) fn found(&self) -> BTreeSet<usize> {
        self.0.keys().map(|(needle, _)| *needle).collect()
    }

    /// Needle, form and place of each: the first find of each form always, then by place up to the bound.
    pub(crate) fn report(self, needles: usize) -> Vec<(usize, &'static str, P)> {
        let mut out = Vec::new();
        for needle in 0..needles {
            let mut of_needle = Vec::new();
            for ((_, form), places) in self.0.range((needle, "")..(needle + 1, "")) {
                let ranked = places.iter().enumerate();
                of_needle.extend(ranked.map(|(rank, at)| (rank.min(1), *at, *form)));
            }
            of_needle.sort_unstable();
            of_needle.truncate(FINDS_PER_NEEDLE);
            of_needle.sort_unstable_by_key(|(_, at, form)| (*at, *form));
            out.extend(
                of_needle
                    .into_iter()
                    .map(|(_, at, form)| (needle, form, at)),
            );
        }
        out
    }
}
