//! A text without what shows it: line breaks with the prompt of the next line, tags, escape codes of terminals, and
//! what joins two strings of a program.

use super::{How, Reading};

/// Longest tag or escape code.
const LONGEST: usize = 64;

/// The text without them; `None` where there are none.
pub(super) fn joined(text: &[u8]) -> Option<Reading> {
    if !text
        .iter()
        .any(|b| matches!(b, b'\n' | b'\r' | b'<' | b'"' | b'\'' | 0x1b))
    {
        return None;
    }
    let mut out = Reading::new(How::Joined);
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let rest = &text[at..];
        let left_out = match byte {
            b'\n' | b'\r' | b'\\' | b'=' => line_break(rest),
            b'<' => tag(rest),
            0x1b => code(rest),
            b'"' | b'\'' => joint(rest),
            _ => 0,
        };
        if left_out == 0 {
            out.push(*byte, at, at + 1);
        }
        at += left_out.max(1);
    }
    out.is_open = true;
    (out.bytes.len() < text.len()).then_some(out)
}

/// A line break, `=` or `\` before it that continues the line, and the prompt behind it.
fn line_break(rest: &[u8]) -> usize {
    let continued = usize::from(matches!(rest.first(), Some(b'=' | b'\\')));
    let behind = rest.get(continued..).unwrap_or_default();
    let breaks = behind.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
    let breaks = breaks.count();
    if breaks == 0 {
        return 0;
    }
    let prompt = match behind.get(breaks..breaks + 2) {
        Some(b"> " | b"| " | b"# ") => 2,
        _ => usize::from(behind.get(breaks) == Some(&b'>')),
    };
    continued + breaks + prompt
}

/// `" + "`, which joins two strings; one that may go on behind the text counts as one.
fn joint(rest: &[u8]) -> usize {
    let within = &rest[..rest.len().min(LONGEST)];
    let blanks = |from: usize| {
        let rest = within.get(from..).unwrap_or_default().iter();
        from + rest.take_while(|b| b.is_ascii_whitespace()).count()
    };
    let sign = blanks(1);
    if !matches!(within.get(sign), Some(b'+' | b'.' | b'&') | None) {
        return 0;
    }
    let end = blanks(sign + 1);
    match within.get(end) {
        Some(b'"' | b'\'') => end + 1,
        None if within.len() < LONGEST => within.len(),
        _ => 0,
    }
}

/// A tag; one that may go on behind the text counts as one.
fn tag(rest: &[u8]) -> usize {
    let opens = match rest.get(1) {
        Some(b) => b.is_ascii_alphabetic() || matches!(b, b'/' | b'!'),
        None => true,
    };
    let within = &rest[..rest.len().min(LONGEST)];
    let ends = within.iter().skip(1).position(|b| matches!(b, b'>' | b'<'));
    match ends {
        _ if !opens => 0,
        Some(end) if rest.get(end + 1) == Some(&b'>') => end + 2,
        Some(_) => 0,
        None if within.len() < LONGEST => within.len(),
        None => 0,
    }
}

/// An escape code of a terminal; one that may go on behind the text counts as one.
fn code(rest: &[u8]) -> usize {
    let within = &rest[..rest.len().min(LONGEST)];
    match within.get(1) {
        Some(b'[') => {
            let inner = within
                .iter()
                .skip(2)
                .take_while(|b| matches!(b, 0x20..=0x3f));
            (inner.count() + 3).min(within.len())
        }
        Some(b']') => {
            let end = within.iter().position(|b| *b == 0x07);
            end.map_or(within.len(), |end| end + 1)
        }
        Some(b'(' | b')') => within.len().min(3),
        _ => within.len().min(2),
    }
}
