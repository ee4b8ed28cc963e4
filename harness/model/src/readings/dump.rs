//! Hex dumps in lines: the digits without offsets and without the column of characters, and that column.

use super::{How, Reading};

/// Fewest bytes of a line of a dump.
const FEWEST: usize = 4;
/// Longest line looked into.
const LONGEST: usize = 512;

/// Longest line of which the end may be missing.
const LONGEST_CUT: usize = 128;

/// Digits of all lines of a dump, then their characters; `None` where no line is one.
pub(super) fn dumped(text: &[u8]) -> Option<Reading> {
    let mut both = Both::new();
    let mut lines = 0;
    for (start, line) in lines_of(text) {
        match columns(line) {
            Some(found) => {
                lines += 1;
                both.push(line, start, found);
            }
            None => both.end_run(),
        }
    }
    let Both {
        mut digits,
        characters,
    } = both;
    if lines < 2 {
        return None;
    }
    digits.end_run();
    digits.bytes.extend(characters.bytes);
    digits.at.extend(characters.at);
    Some(digits)
}

/// The dump that the end of a text is in the middle of, as digits and as characters.
pub fn at_the_end(text: &[u8]) -> Vec<Reading> {
    let mut both = Both::new();
    let mut rest = None;
    for (start, line) in lines_of(text) {
        let is_cut = !line.ends_with(b"\n");
        match columns(line) {
            Some(found) => both.push(line, start, found),
            None if !is_cut => both = Both::new(),
            None => (),
        }
        // What stands behind the end is read with its offset.
        rest = (is_cut && may_be_one(line)).then(|| super::short(start));
    }
    let readings = [both.digits, both.characters];
    let open = readings.into_iter().map(|reading| Reading {
        is_open: true,
        rest,
        ..reading
    });
    open.filter(|reading| reading.rest.is_some() || !reading.bytes.is_empty())
        .collect()
}

/// Where the line begins that a place of a text is in.
#[must_use]
pub fn line_of(text: &[u8], at: u32) -> u32 {
    let before = text.get(..at as usize).unwrap_or_default();
    let last = before.iter().rposition(|b| *b == b'\n');
    last.map_or(0, |at| super::short(at + 1))
}

/// Each line with where it begins.
fn lines_of(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    text.split_inclusive(|b| *b == b'\n').scan(0, |next, line| {
        let start = *next;
        *next += line.len();
        Some((start, line))
    })
}

/// Whether a line that is not over may be one of a dump: its end is an offset, or what stands behind one.
fn may_be_one(line: &[u8]) -> bool {
    if line.len() > LONGEST_CUT {
        return false;
    }
    let digits = |end: usize| {
        let before = line[..end].iter().rev();
        before.take_while(|b| b.is_ascii_hexdigit()).count()
    };
    let blanks = |end: usize| {
        let before = line[..end].iter().rev();
        before.take_while(|b| matches!(b, b' ' | b'\t')).count()
    };
    let last = digits(line.len());
    let end = line.len() - last;
    let gap = blanks(end);
    let end = end - gap - usize::from(gap < end && line[end - gap - 1] == b':');
    last > 0 || digits(end) > 0 || columns(line).is_some()
}

/// The two columns of a dump.
struct Both {
    digits: Reading,
    characters: Reading,
}

impl Both {
    fn new() -> Self {
        let [digits, characters] = [Reading::new(How::Dump), Reading::new(How::Dump)];
        Self { digits, characters }
    }

    fn push(&mut self, line: &[u8], start: usize, (hex, behind): Columns) {
        for at in hex.filter(|at| line[*at].is_ascii_hexdigit()) {
            self.digits.push(line[at], start + at, start + at + 1);
        }
        for at in behind {
            self.characters.push(line[at], start + at, start + at + 1);
        }
    }

    fn end_run(&mut self) {
        self.digits.end_run();
        self.characters.end_run();
    }
}

/// Where in a line the digits stand, and where the characters.
type Columns = (std::ops::Range<usize>, std::ops::Range<usize>);

/// Where the digits and where the characters of a line of a dump stand: behind an offset groups of as many digits, and
/// behind two blanks what they say.
fn columns(line: &[u8]) -> Option<Columns> {
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
