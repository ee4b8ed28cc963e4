//! Characters between which one separator stands, always the same: `s-e-c-r-e-t`, `s, e, c`, a zero behind each.

use super::{BREAK, How, Reading};

/// Longest separator: an escape such as `\u0000` is one.
const LONGEST: usize = 6;
/// Shortest run, in characters.
const SHORTEST: usize = 6;

/// The runs of such characters; `None` where there are none.
pub(super) fn spaced(text: &[u8]) -> Option<Reading> {
    let mut out = Reading::new(How::Spaced);
    for length in 1..=LONGEST {
        let mut at = 0;
        while at + length < text.len() {
            at = run(&mut out, text, at, length);
        }
    }
    (!out.bytes.is_empty()).then_some(out)
}

/// A run from there on, if there is one; where to look next.
fn run(out: &mut Reading, text: &[u8], begin: usize, length: usize) -> usize {
    let first = character(text, begin);
    let Some(between) = text.get(begin + first..begin + first + length) else {
        return text.len();
    };
    if between[0].is_ascii_alphanumeric() || between[0] == text[begin] {
        return begin + 1;
    }
    // Nearly every place is left here.
    let second = begin + first + length;
    let behind = second + character(text, second);
    if text.get(behind..behind + length) != Some(between) {
        return begin + 1;
    }
    let from = out.bytes.len();
    let (mut at, mut many, mut last) = (begin, 0, begin);
    while at < text.len() {
        let size = character(text, at);
        let Some(whole) = text.get(at..at + size) else {
            break;
        };
        for (n, byte) in whole.iter().enumerate() {
            out.push(*byte, at + n, at + n + 1);
        }
        (many, last) = (many + 1, at);
        if text.get(at + size..at + size + length) != Some(between) {
            break;
        }
        at += size + length;
    }
    if many < SHORTEST {
        out.drop_run(from);
        return begin + 1;
    }
    out.end_run();
    last.max(begin + 1)
}

/// Bytes of the character there.
fn character(text: &[u8], at: usize) -> usize {
    let size = match text.get(at) {
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        _ => return 1,
    };
    let whole = text.get(at..at + size);
    whole
        .filter(|w| std::str::from_utf8(w).is_ok())
        .map_or(1, <[u8]>::len)
}

/// What may be the beginning of such a run at the end of a text, `most` characters at most: one reading for each
/// separator, of which the last may be cut.
#[must_use]
pub fn at_the_end(text: &[u8], most: usize) -> Vec<Reading> {
    let mut out = Vec::new();
    for length in 1..=LONGEST {
        for over in 0..=length {
            out.extend(backwards(text, length, over, most));
        }
    }
    out
}

/// The run that ends with `over` bytes of its separator.
fn backwards(text: &[u8], length: usize, over: usize, most: usize) -> Option<Reading> {
    let mut end = text.len().checked_sub(over)?;
    let tail = &text[end..];
    // Of an escape such as `\u0000` any part may be there.
    if tail.first() != Some(&b'\\') && tail.iter().any(u8::is_ascii_alphanumeric) {
        return None;
    }
    let mut places: Vec<(usize, usize)> = Vec::new();
    let mut between: Option<&[u8]> = (over == length).then_some(tail);
    while places.len() < most {
        let begin = before(text, end)?;
        places.push((begin, end));
        let Some(separator) = begin.checked_sub(length).and_then(|at| text.get(at..begin)) else {
            break;
        };
        let same = between.is_none_or(|known| known == separator)
            && separator.starts_with(tail)
            && !separator[0].is_ascii_alphanumeric();
        if !same || begin == length {
            break;
        }
        between = Some(separator);
        end = begin - length;
    }
    // One character with nothing behind it is the text's own end.
    if places.len() < 2 && over == 0 {
        return None;
    }
    let mut reading = Reading::new(How::Spaced);
    reading.is_open = true;
    for (from, to) in places.into_iter().rev() {
        (from..to).for_each(|at| reading.push(text[at], at, at + 1));
    }
    (!reading.bytes.contains(&BREAK)).then_some(reading)
}

/// Where the character begins that ends there.
fn before(text: &[u8], end: usize) -> Option<usize> {
    let mut begin = end.checked_sub(1)?;
    while begin > 0 && end - begin < 4 && text[begin] & 0xc0 == 0x80 {
        begin -= 1;
    }
    Some(if character(text, begin) == end - begin {
        begin
    } else {
        end - 1
    })
}
