//! What encodings in a text stand for. What is found in these cannot be put back byte by byte.

use super::{How, Reading};
use crate::forms::base64_value;

/// Shortest run of digits or characters that is decoded: that of six bytes.
const SHORTEST_DIGITS: usize = 12;
const SHORTEST_LETTERS: usize = 8;
/// Shortest list.
const SHORTEST_LIST: usize = 6;
/// Longest that stands between two numbers of a list.
const LONGEST_GAP: usize = 16;

fn digit(byte: Option<&u8>, radix: u32) -> Option<u32> {
    char::from(*byte?).to_digit(radix)
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    digits.iter().try_fold(0_u32, |all, b| {
        Some((all * radix).saturating_add(digit(Some(b), radix)?))
    })
}

/// The text with its escapes read; `None` where there are none.
pub(super) fn unescaped(text: &[u8]) -> Option<Reading> {
    let may_begin = |b: &u8| matches!(b, b'%' | b'\\' | b'&' | b'=' | b'+');
    if !text.iter().any(may_begin) && text.last() != Some(&b'U') {
        return None;
    }
    let mut out = Reading::new(How::Escapes);
    let (mut at, mut any) = (0, false);
    while at < text.len() {
        let rest = &text[at..];
        if is_begun(rest) {
            out.rest = Some(super::short(at));
            any = true;
            break;
        }
        match escape(rest) {
            Some((said, length)) => {
                any |= length > 0;
                let mut buffer = [0; 4];
                let said: &[u8] = match said {
                    Said::Byte(byte) => {
                        buffer[0] = byte;
                        &buffer[..1]
                    }
                    Said::Char(c) => c.encode_utf8(&mut buffer).as_bytes(),
                };
                said.iter().for_each(|b| out.push(*b, at, at + length));
                at += length;
            }
            None => {
                out.push(text[at], at, at + 1);
                at += 1;
            }
        }
    }
    out.is_open = true;
    any.then_some(out)
}

enum Said {
    Byte(u8),
    Char(char),
}

/// Whether the whole rest of the text is the beginning of an escape.
fn is_begun(rest: &[u8]) -> bool {
    let longest = match rest.first() {
        Some(b'%' | b'=') => 3,
        Some(b'U') => return rest.len() < 6 && (rest == b"U" || is_of(rest, b"U+", 4)),
        // Of a style sheet; the first digits alone are those of a zero of C.
        Some(b'\\') if rest.len() >= 4 && is_of(rest, b"\\000", 3) => return rest.len() < 7,
        Some(b'\\') => 6,
        Some(b'&') => 8,
        _ => return false,
    };
    rest.len() < longest
        && escape(rest).is_none()
        && rest[1..]
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || *b == b'#')
        && rest.len() < 4.max(longest)
}

/// Whether a text is that beginning and then at most so many hex digits.
fn is_of(text: &[u8], begin: &[u8], most: usize) -> bool {
    let digits = text.strip_prefix(begin);
    digits.is_some_and(|d| d.len() <= most && d.iter().all(u8::is_ascii_hexdigit))
}

fn escape(rest: &[u8]) -> Option<(Said, usize)> {
    let byte = |value: Option<u32>, length| {
        let byte = u8::try_from(value?).ok()?;
        Some((Said::Byte(byte), length))
    };
    match rest.first()? {
        b'%' | b'=' => byte(number(rest.get(1..3)?, 16), 3),
        b'&' => entity(rest),
        b'U' => code_point(rest),
        b'\\' if rest.starts_with(b"\\0000") => {
            of_a_style_sheet(rest).or_else(|| byte(number(&rest[1..4], 8), 4))
        }
        b'\\' => match rest.get(1)? {
            b'x' => byte(number(rest.get(2..4)?, 16), 4),
            b'u' => unit(rest),
            b'n' => byte(Some(10), 2),
            b'r' => byte(Some(13), 2),
            b't' => byte(Some(9), 2),
            b'0'..=b'3' if rest.len() >= 4 && number(&rest[1..4], 8).is_some() => {
                byte(number(&rest[1..4], 8), 4)
            }
            b'"' | b'\\' | b'/' | b'\'' => byte(rest.get(1).map(|b| u32::from(*b)), 2),
            _ => None,
        },
        _ => None,
    }
}

/// `\u0041`, or two of them for one character.
fn unit(rest: &[u8]) -> Option<(Said, usize)> {
    let one = |at: usize| number(rest.get(at..at + 4)?, 16);
    let first = one(2)?;
    if let Some(c) = char::from_u32(first) {
        return Some((Said::Char(c), 6));
    }
    let second = one(8).filter(|_| rest.get(6..8) == Some(b"\\u"))?;
    let both = 0x1_0000 + (first.checked_sub(0xd800)? << 10) + second.checked_sub(0xdc00)?;
    Some((Said::Char(char::from_u32(both)?), 12))
}

/// `U+0041`, with what stands between it and the next one.
fn code_point(rest: &[u8]) -> Option<(Said, usize)> {
    let digits = rest.strip_prefix(b"U+")?.iter().take(6);
    let many = digits.take_while(|b| b.is_ascii_hexdigit()).count();
    let digits = rest.get(2..2 + many).filter(|_| many >= 4)?;
    let c = char::from_u32(number(digits, 16)?)?;
    let behind = &rest[2 + many..];
    let between = behind
        .iter()
        .take(2)
        .take_while(|b| matches!(b, b' ' | b',' | b';'));
    let between = between.count();
    // The next one may be cut by the end of the text.
    let length = match &behind[between..] {
        [] => between,
        [b'U'] => between + 1,
        [b'U', b'+', ..] => between,
        _ => 0,
    };
    Some((Said::Char(c), 2 + many + length))
}

/// `\000041`, with the blank that may end it.
fn of_a_style_sheet(rest: &[u8]) -> Option<(Said, usize)> {
    let c = char::from_u32(number(rest.get(1..7)?, 16)?).filter(|c| !c.is_control())?;
    let ends = matches!(rest.get(7..), Some([b' '] | [b' ', b'\\', ..]));
    Some((Said::Char(c), 7 + usize::from(ends)))
}

fn entity(rest: &[u8]) -> Option<(Said, usize)> {
    let end = rest.iter().take(10).position(|b| *b == b';')?;
    let c = match &rest[1..end] {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        b"nbsp" => '\u{a0}',
        b"shy" => '\u{ad}',
        b"ensp" | b"emsp" | b"thinsp" => '\u{2002}',
        b"zwnj" | b"zwj" => '\u{200c}',
        b"hyphen" | b"dash" => '\u{2010}',
        b"ndash" => '\u{2013}',
        b"mdash" => '\u{2014}',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => return None,
    };
    Some((Said::Char(c), end + 1))
}

/// Numbers to 255 with something between them that is no letter; `0x73` too.
pub(super) fn listed(text: &[u8]) -> Option<Reading> {
    let mut out = Reading::new(How::List);
    let (mut at, mut begin, mut gap) = (0, 0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let before = at.checked_sub(1).map(|at| text[at]);
        let apart = before.is_none_or(|b| !b.is_ascii_alphanumeric() && b != b'.');
        let size = rest
            .iter()
            .take(4)
            .take_while(|b| b.is_ascii_digit())
            .count();
        let value = number(&rest[..size], 10).and_then(|n| u8::try_from(n).ok());
        let behind = rest.get(size);
        if size > 0 && apart && size <= 3 && behind.is_none_or(|b| !b.is_ascii_alphabetic()) {
            if behind.is_none() {
                // More of its digits may follow.
                out.rest = Some(super::short(at));
            }
            if let Some(value) = value {
                out.push(value, at, at + size);
                (at, gap) = (at + size, 0);
                continue;
            }
        } else if size == 0 && !rest[0].is_ascii_alphabetic() && gap < LONGEST_GAP {
            (at, gap) = (at + 1, gap + 1);
            continue;
        }
        end(&mut out, begin, SHORTEST_LIST);
        begin = out.bytes.len();
        (at, gap) = (at + size.max(1), 0);
    }
    out.is_open = out.bytes.len() > begin;
    out.rest = out.rest.filter(|_| out.is_open);
    (!out.bytes.is_empty()).then_some(out)
}

/// Bytes of hex digits, each pair from an even or an odd digit on.
pub(super) fn from_hex(text: &[u8]) -> Vec<Reading> {
    decoded(text, How::Hex, 2, SHORTEST_DIGITS, |b| {
        digit(Some(&b), 16).and_then(|value| u8::try_from(value).ok())
    })
}

/// Bytes of base64, from each of four characters on.
pub(super) fn from_base64(text: &[u8]) -> Vec<Reading> {
    decoded(text, How::Base64, 4, SHORTEST_LETTERS, base64_value)
}

/// Runs of at least so many characters decoded, over line breaks, once for each place where the first may begin.
fn decoded(
    text: &[u8],
    how: How,
    phases: usize,
    shortest: usize,
    value: impl Fn(u8) -> Option<u8>,
) -> Vec<Reading> {
    let bits = if phases == 2 { 4 } else { 6 };
    let mut out = vec![Reading::new(how); phases];
    let mut run: Vec<(usize, u8)> = Vec::new();
    for at in 0..=text.len() {
        let byte = text.get(at).copied();
        if let Some(value) = byte.and_then(&value) {
            run.push((at, value));
            continue;
        }
        let over = matches!(byte, Some(b'\r' | b'\n' | b' '));
        if over && run.last().is_some_and(|(last, _)| at - last <= 2) {
            continue;
        }
        if run.len() >= shortest || byte.is_none() {
            // Too few for a byte yet, wherever the first may begin.
            let rest = run
                .get(run.len().saturating_sub(phases - 1))
                .filter(|_| byte.is_none());
            let rest = rest.map(|(at, _)| super::short(*at));
            for (phase, reading) in out.iter_mut().enumerate() {
                decode(reading, run.get(phase..).unwrap_or_default(), bits);
                reading.is_open = byte.is_none() && !run.is_empty();
                reading.rest = rest;
                reading.end_run_unless(byte.is_none());
            }
        }
        run.clear();
    }
    out.retain(|reading| !reading.bytes.is_empty() || reading.is_open);
    out
}

fn decode(reading: &mut Reading, run: &[(usize, u8)], bits: u32) {
    let (mut held, mut many, mut from) = (0_u32, 0, 0);
    for (at, value) in run {
        if many == 0 {
            from = *at;
        }
        held = held << bits | u32::from(*value);
        many += bits;
        if many >= 8 {
            many -= 8;
            let byte = u8::try_from(held >> many & 0xff).unwrap_or(0);
            reading.push(byte, from, at + 1);
            from = *at;
        }
    }
}

impl Reading {
    fn end_run_unless(&mut self, open: bool) {
        if !open {
            self.end_run();
        }
    }
}

/// A run is over: one too short is dropped.
fn end(out: &mut Reading, begin: usize, shortest: usize) {
    if out.bytes.len() - begin < shortest {
        out.drop_run(begin);
    }
    out.end_run();
}
