//! Secrets in flash, in the forms firmware stores them.
//!
//! One pass with all forms of all needles over each region, and one over the same region with the bytes of every
//! aligned 32-bit word reversed (what a dump or a big-endian writer makes of text).

use crate::needles::{Finds, Needles, build};
use proofhouse_model::observation::Find;
use proofhouse_model::{Bytes, Observation, Trouble};

pub use crate::needles::{FINDS_PER_NEEDLE, LONGEST, SHORTEST};

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
    let all = Needles::of(needles, "in flash")?;
    let plain = build(needles.iter().map(|(_, value)| value))?;
    let mut finds = Finds::default();
    let (mut searched, mut filled) = (0_u64, 0_u64);
    for (start, mut bytes) in joined(regions)? {
        searched += bytes.len() as u64;
        filled += bytes.iter().filter(|b| !matches!(b, 0x00 | 0xff)).count() as u64;
        all.each(&bytes, |needle, name, at| {
            finds.add(needle, name, start + at as u64);
        });
        // What is found as it is would be found in a reading once more.
        let known = finds.found();
        all.each_read(&bytes, &known, |needle, name, at| {
            finds.add(needle, name, start + at as u64);
        });
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
        finds: report(finds, needles),
        searched,
        filled_permille: permille as u32,
    })
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

fn report(finds: Finds<u64>, needles: &[(String, Bytes)]) -> Vec<Find> {
    let each = finds.report(needles.len()).into_iter();
    let named = each.filter_map(|(needle, form, at)| {
        Some(Find {
            needle: needles.get(needle)?.0.clone(),
            encoding: form.to_owned(),
            at,
        })
    });
    named.collect()
}

#[cfg(test)]
mod tests;
