//! Hex digits and characters of base64 without what groups them.

use super::{How, Reading};
use crate::forms::{base64_value, groups, wide_groups};

/// Longest that stands between two groups of letters, in characters.
const LONGEST_GROUPING: usize = 3;
/// Longest that stands between two groups.
const LONGEST_GAP: usize = 16;

/// Hex digits, without `0x`, `\x` and whatever else that is no letter or digit stands between them.
pub(super) fn digits(text: &[u8]) -> Option<Reading> {
    let hex = |at: usize| text.get(at).is_some_and(u8::is_ascii_hexdigit);
    let gap = |at: usize, from: usize| match text[at] {
        // `0x`, or the beginning of it at the end of the text.
        b'0' => {
            let before = at.checked_sub(1).and_then(|at| text.get(at));
            let apart = before.is_none_or(|b| !b.is_ascii_alphanumeric());
            let x = matches!(text.get(at + 1), Some(b'x' | b'X'));
            apart && (x || at + 1 == text.len() && at > from)
        }
        b'x' | b'X' => {
            let before = at.checked_sub(1).and_then(|at| text.get(at));
            matches!(before, Some(b'0' | b'\\' | b'%' | b'#'))
        }
        byte => !byte.is_ascii_alphanumeric(),
    };
    runs(How::Digits, text, hex, gap)
}

/// Characters of base64, without blanks and line breaks.
pub(super) fn base64(text: &[u8]) -> Option<Reading> {
    let letter = |at: usize| text.get(at).is_some_and(|b| base64_value(*b).is_some());
    let gap = |at: usize, _| matches!(text[at], b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'|');
    runs(How::Letters, text, letter, gap)
}

/// Letters and digits, without what stands between groups of them.
pub(super) fn grouped(text: &[u8]) -> Option<Reading> {
    let letter = |at: usize| text[at].is_ascii_alphanumeric() || !text[at].is_ascii();
    let gap = |at: usize, since: usize| {
        let between = match text[at].is_ascii() {
            true => groups(text[at]),
            false => is_wide(text, at),
        };
        let begins = |b: &&u8| **b & 0xc0 != 0x80;
        between && text[at - since..=at].iter().filter(begins).count() <= LONGEST_GROUPING
    };
    runs(How::Grouped, text, letter, gap)
}

/// Whether a byte is of a character beyond ASCII that stands between groups, or of one that the end of the text cuts:
/// what it is shows when the rest comes.
fn is_wide(text: &[u8], at: usize) -> bool {
    let mut before = (at.saturating_sub(2)..=at).rev();
    let Some(begin) = before.find(|at| text[*at] & 0xc0 != 0x80) else {
        return false;
    };
    let size = match text[begin] {
        0xc2 => 2,
        0xe2 | 0xe3 | 0xef => 3,
        _ => return false,
    };
    let Some(whole) = text.get(begin..begin + size) else {
        return true;
    };
    let character = std::str::from_utf8(whole)
        .ok()
        .and_then(|c| c.chars().next());
    at < begin + size && character.is_some_and(wide_groups)
}

/// Runs of bytes that are kept, over gaps; those without a gap are found in the text itself.
fn runs(
    how: How,
    text: &[u8],
    kept: impl Fn(usize) -> bool,
    gap: impl Fn(usize, usize) -> bool,
) -> Option<Reading> {
    let mut out = Reading::new(how);
    let (mut begin, mut gaps, mut since) = (0, 0, 0);
    for (at, byte) in text.iter().enumerate() {
        if gap(at, since) {
            since += 1;
            if since <= LONGEST_GAP {
                continue;
            }
        } else if kept(at) {
            gaps += usize::from(since > 0 && out.bytes.len() > begin);
            since = 0;
            out.push(*byte, at, at + 1);
            continue;
        }
        if out.bytes.len() > begin {
            end(&mut out, begin, gaps);
            begin = out.bytes.len();
        }
        (gaps, since) = (0, 0);
    }
    out.is_open = out.bytes.len() > begin;
    if !out.is_open {
        out.drop_run(begin);
    }
    (!out.bytes.is_empty()).then_some(out)
}

/// A run is over: one in a single piece, or too short to be one, is dropped.
fn end(out: &mut Reading, begin: usize, gaps: usize) {
    if gaps == 0 || out.bytes.len() - begin < super::SHORTEST {
        out.drop_run(begin);
    }
    out.end_run();
}
