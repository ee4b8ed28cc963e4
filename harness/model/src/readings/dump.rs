//! Hex dumps in lines: the digits without offsets and without the column of characters, and that column.

use super::{How, Reading};

/// Fewest bytes of a line of a dump.
const FEWEST: usize = 4;
/// Longest line looked into.
const LONGEST: usize = 512;

/// Digits of all lines of a dump, then their characters; `None` where no line is one.
pub(super) fn dumped(text: &[u8]) -> Option<Reading> {
    let mut digits = Reading::new(How::Dump);
    let mut characters = Reading::new(How::Dump);
    let (mut start, mut lines) = (0, 0);
    for line in text.split_inclusive(|b| *b == b'\n') {
        match columns(line) {
            Some((hex, behind)) => {
                lines += 1;
                for at in hex.filter(|at| line[*at].is_ascii_hexdigit()) {
                    digits.push(line[at], start + at, start + at + 1);
                }
                for at in behind {
                    characters.push(line[at], start + at, start + at + 1);
                }
            }
            None => {
                digits.end_run();
                characters.end_run();
            }
        }
        start += line.len();
    }
    if lines < 2 {
        return None;
    }
    digits.end_run();
    digits.bytes.extend(characters.bytes);
    digits.at.extend(characters.at);
    Some(digits)
}

/// Where the digits and where the characters of a line of a dump stand: behind an offset groups of as many digits, and
/// behind two blanks what they say.
fn columns(line: &[u8]) -> Option<(std::ops::Range<usize>, std::ops::Range<usize>)> {
    let line = line.get(..line.len().min(LONGEST))?.trim_ascii_end();
    let word = |from: usize| {
        let size = line
            .get(from..)?
            .iter()
            .take_while(|b| b.is_ascii_hexdigit());
        Some(size.count()).filter(|size| *size > 0)
    };
    let blanks = |from: usize| {
        let rest = line.get(from..).unwrap_or_default();
        rest.iter()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count()
    };
    // An offset: at least four digits, at the start or behind a log's own head.
    let mut at = 0;
    let (begin, size) = loop {
        let size = word(at).unwrap_or(0);
        let behind = at + size + usize::from(line.get(at + size) == Some(&b':'));
        let gap = blanks(behind);
        let next = word(behind + gap).unwrap_or(0);
        if size >= 4 && gap > 0 && matches!(next, 2 | 4 | 8) {
            break (behind + gap, next);
        }
        at += size.max(1);
        if at >= line.len() {
            return None;
        }
    };
    let (mut end, mut bytes) = (begin, 0);
    let mut from = begin;
    while word(from) == Some(size)
        || bytes > 0 && word(from).is_some_and(|w| w < size && w % 2 == 0)
    {
        let this = word(from)?;
        bytes += this / 2;
        end = from + this;
        let gap = blanks(end);
        if gap == 0 || bytes >= 64 {
            break;
        }
        from = end + gap;
        // The characters stand behind two blanks, and so does the second half of some dumps.
        if gap > 2 || gap == 2 && bytes >= 16 {
            break;
        }
    }
    if bytes < FEWEST {
        return None;
    }
    let gap = blanks(end);
    let mut behind = end + gap..line.len();
    if line.get(behind.start) == Some(&b'|') && line.last() == Some(&b'|') && behind.len() >= 2 {
        behind = behind.start + 1..behind.end - 1;
    }
    // As many characters as bytes, at the end.
    if behind.len() > bytes {
        behind.start = behind.end - bytes;
    }
    Some((begin..end, behind))
}
