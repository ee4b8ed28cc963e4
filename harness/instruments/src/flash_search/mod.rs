//! Secrets in flash, in the forms firmware stores them.
//!
//! One pass with all forms of all needles over each region, and one over the same region with the bytes of every
//! aligned 32-bit word reversed (what a dump or a big-endian writer makes of text).

mod forms;

use aho_corasick::{AhoCorasick, MatchKind};
use forms::Form;
use proofhouse_model::observation::Find;
use proofhouse_model::readings;
use proofhouse_model::{Bytes, Observation, Trouble};
use std::collections::{BTreeMap, BTreeSet};

/// Shortest needle: below, chance finds in a megabyte of code are to be expected.
pub const SHORTEST: usize = 6;
/// Longest needle.
pub const LONGEST: usize = 4096;
/// Most finds reported for one needle, and in one form.
pub const FINDS_PER_NEEDLE: usize = 16;
/// How much longer than its form a value may be where something stands between its characters.
const STRETCH: usize = 8;
/// Name of the form found in reversed words.
const SWAPPED: &str = "word-swapped";

/// What a search brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlashFinds {
    /// At most [`FINDS_PER_NEEDLE`] for each needle, by address.
    pub finds: Vec<Find>,
    /// Bytes searched.
    pub searched: u64,
    /// Share of them that are neither 0x00 nor 0xff, in parts per thousand. A little above 0 still says that nearly
    /// nothing was there to be searched.
    pub filled_permille: u32,
}

impl From<FlashFinds> for Observation {
    fn from(found: FlashFinds) -> Self {
        Self::Found {
            finds: found.finds,
            searched: found.searched,
            filled_permille: found.filled_permille,
        }
    }
}

/// Looks for named needles in regions given as address and content. Regions that touch are searched as one.
///
/// Forms, by the name in [`Find::encoding`]: `plain`, `hex`, `hex-upper`, `base64` (any of the three alignments),
/// `base64url`, `base32`, `utf-16le`, `utf-16be`, `utf-32le` and `utf-32be` (for needles that are UTF-8), `reversed`,
/// `word-swapped`. Each is found in groups, in lines and between separators too, and, where it is not found so, as
/// `in-base64`, `in-hex`, `in-escapes` and `in-list`, encoded once more. The address of a base64 find is where its
/// first unambiguous character lies, at most two before the whole.
///
/// # Errors
/// `Case` when there is no needle, a needle is shorter than [`SHORTEST`] or longer than [`LONGEST`] bytes, or a
/// region runs over the end of the address space.
pub fn search_flash(
    regions: &[(u64, &[u8])],
    needles: &[(String, Bytes)],
) -> Result<FlashFinds, Trouble> {
    let forms = all_forms(needles)?;
    let patterns = forms.iter().map(|f| &f.bytes);
    let matcher = build(patterns)?;
    let plain = build(needles.iter().map(|(_, value)| value))?;
    let mut finds = Finds::default();
    let (mut searched, mut filled) = (0_u64, 0_u64);
    for (start, mut bytes) in joined(regions)? {
        searched += bytes.len() as u64;
        filled += bytes.iter().filter(|b| !matches!(b, 0x00 | 0xff)).count() as u64;
        for hit in matcher.find_overlapping_iter(&bytes) {
            let form = &forms[hit.pattern().as_usize()];
            finds.add(form.needle, form.name, start + hit.start() as u64);
        }
        in_readings(&matcher, &forms, &bytes, start, &mut finds);
        swap_words(&mut bytes, start);
        for hit in plain.find_overlapping_iter(&bytes) {
            finds.add(
                hit.pattern().as_usize(),
                SWAPPED,
                start + hit.start() as u64,
            );
        }
    }
    let permille = (filled * 1000).checked_div(searched).unwrap_or(0);
    Ok(FlashFinds {
        finds: finds.report(needles),
        searched,
        filled_permille: permille as u32,
    })
}

/// The same through every reading: between separators, in groups and lines, encoded twice.
fn in_readings(matcher: &AhoCorasick, forms: &[Form], bytes: &[u8], start: u64, finds: &mut Finds) {
    let longest = forms.iter().map(|form| form.bytes.len()).max();
    // What is found as it is would be found in a reading once more.
    let known: BTreeSet<usize> = finds.0.keys().map(|(needle, _)| *needle).collect();
    for (begin, block) in readings::blocks(bytes, longest.unwrap_or(0) * STRETCH) {
        for reading in readings::sure(block) {
            for hit in matcher.find_overlapping_iter(&reading.bytes) {
                let form = &forms[hit.pattern().as_usize()];
                let exact = reading.how.is_exact();
                let apart = !exact || reading.has_gap(hit.start(), hit.end());
                let at = reading.at[hit.start()].0 as usize;
                let new = !known.contains(&form.needle);
                if new && reading.how.takes(form.form) && apart && at < readings::BLOCK {
                    let at = start + (begin + at) as u64;
                    let name = if exact { form.name } else { reading.how.name() };
                    finds.add(form.needle, name, at);
                }
            }
        }
    }
}

fn all_forms(needles: &[(String, Bytes)]) -> Result<Vec<Form>, Trouble> {
    if needles.is_empty() {
        return Err(Trouble::case("no needle to look for in flash"));
    }
    let mut all = Vec::new();
    for (index, (name, value)) in needles.iter().enumerate() {
        let len = value.len();
        if !(SHORTEST..=LONGEST).contains(&len) {
            let what = format!(
                "needle `{name}` has {len} bytes; {SHORTEST} to {LONGEST} can be told from chance in flash"
            );
            return Err(Trouble::case(what));
        }
        all.extend(forms::of(index, value));
    }
    Ok(all)
}

fn build<B: AsRef<[u8]>>(patterns: impl Iterator<Item = B>) -> Result<AhoCorasick, Trouble> {
    AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .build(patterns)
        .map_err(|e| Trouble::case(format!("too many needles for one search: {e}")))
}

/// Regions in order, touching and overlapping ones joined, so that nothing hides on a border or counts twice.
fn joined(regions: &[(u64, &[u8])]) -> Result<Vec<(u64, Vec<u8>)>, Trouble> {
    let mut sorted = regions.to_vec();
    sorted.sort_by_key(|(start, _)| *start);
    let mut out: Vec<(u64, Vec<u8>)> = Vec::new();
    for (start, bytes) in sorted {
        if start.checked_add(bytes.len() as u64).is_none() {
            let what = format!("the region at {start:#x} runs over the end of the address space");
            return Err(Trouble::case(what));
        }
        match out.last_mut() {
            Some((at, held)) if *at + held.len() as u64 >= start => {
                let known = (*at + held.len() as u64 - start) as usize;
                held.extend_from_slice(bytes.get(known..).unwrap_or_default());
            }
            _ => out.push((start, bytes.to_vec())),
        }
    }
    Ok(out)
}

/// Reverses the bytes of every whole word that is aligned in the address space.
fn swap_words(bytes: &mut [u8], start: u64) {
    let ahead = (start.wrapping_neg() % 4) as usize;
    if let Some(aligned) = bytes.get_mut(ahead..) {
        for word in aligned.chunks_exact_mut(4) {
            word.reverse();
        }
    }
}

/// Finds, bounded per needle and per form: a needle that fills flash in plain must not push out its base64.
#[derive(Default)]
struct Finds(BTreeMap<(usize, &'static str), Vec<u64>>);

impl Finds {
    fn add(&mut self, needle: usize, form: &'static str, at: u64) {
        let held = self.0.entry((needle, form)).or_default();
        if held.len() < FINDS_PER_NEEDLE && !held.contains(&at) {
            held.push(at);
        }
    }

    /// The first find of each form always, then by address up to the bound.
    fn report(self, needles: &[(String, Bytes)]) -> Vec<Find> {
        let mut out = Vec::new();
        for (index, (name, _)) in needles.iter().enumerate() {
            let mut of_needle = Vec::new();
            for ((_, form), places) in self.0.range((index, "")..(index + 1, "")) {
                let ranked = places.iter().enumerate();
                of_needle.extend(ranked.map(|(rank, at)| (rank.min(1), *at, *form)));
            }
            of_needle.sort_unstable();
            of_needle.truncate(FINDS_PER_NEEDLE);
            of_needle.sort_unstable_by_key(|(_, at, form)| (*at, *form));
            out.extend(of_needle.into_iter().map(|(_, at, form)| Find {
                needle: name.clone(),
                encoding: form.to_owned(),
                at,
            }));
        }
        out
    }
}

#[cfg(test)]
mod tests;
