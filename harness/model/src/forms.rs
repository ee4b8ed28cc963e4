//! The forms in which a value travels and is stored: one list, for whoever masks secrets and whoever looks for them.

mod alphabets;

use crate::bytes::to_hex;
use crate::readings::How;
use alphabets::letters;
pub use alphabets::{alphabet, base64_value, from_base64};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// One form, by its name in records and finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// As it is.
    Plain,
    /// Between the quotes of JSON; ASCII alone, `/` escaped, or all of it as `\u` escapes.
    Json(u8),
    /// C escapes: what needs one, or `\x` for all.
    C(u8),
    /// Percent-encoded. Bit 0: small hex digits. Bits 1 and 2: 0 all but unreserved, 1 `!*'()` left too, 2 `/` left
    /// too, 3 everything. Bit 3: blanks as `+`.
    Percent(u8),
    /// HTML entities: 0 to 2 what needs one (`'` as `&#39;`, `&#x27;`, `&apos;`), 3 all decimal, 4 and 5 all hex.
    Html(u8),
    /// Base64 behind 0 to 2 bytes of something else: the characters that stand for the value alone.
    Base64(u8),
    /// The same in the alphabet of URLs.
    Base64Url(u8),
    /// Base32 in capitals behind 0 to 4 bytes of something else, in the same way.
    Base32(u8),
    /// The same in small letters.
    Base32Lower(u8),
    /// Small hex digits; with a separator: none, blank, `:`, `-`, `0x` and blank.
    Hex(u8),
    /// Capital hex digits, the same way.
    HexUpper(u8),
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// UTF-32, low byte first.
    Utf32Le,
    /// UTF-32, high byte first.
    Utf32Be,
    /// Last byte first.
    Reversed,
    /// Last character first.
    ReversedText,
    /// Capitals.
    Upper,
    /// Small letters.
    Lower,
    /// Without the hyphens, blanks and the like between its groups: as they are, in capitals, in small letters.
    Compact(u8),
    /// Small for capital letters, and capital for small ones.
    Swapped,
    /// Small hex digits of words, low byte first, as `od` and `hexdump` print them: 0 and 1 words of two bytes of
    /// which the first begins 0 or 1 bytes before the value, 2 to 5 the same of four bytes.
    HexWords(u8),
    /// With everything escaped that means something in a pattern.
    Regex,
    /// Found in a reading that cannot be written again: what stands there is told by no form.
    Within(How),
}

impl Form {
    /// Every form. Of equal ones the first counts.
    pub const ALL: [Self; 72] = [
        Self::Plain,
        Self::Json(0),
        Self::Json(1),
        Self::Json(2),
        Self::Json(3),
        Self::Hex(0),
        Self::HexUpper(0),
        Self::Reversed,
        Self::ReversedText,
        Self::Base64(0),
        Self::Base64Url(0),
        Self::Base64(1),
        Self::Base64Url(1),
        Self::Base64(2),
        Self::Base64Url(2),
        Self::Utf16Le,
        Self::Utf16Be,
        Self::Utf32Le,
        Self::Utf32Be,
        Self::Base32(0),
        Self::Base32Lower(0),
        Self::Base32(1),
        Self::Base32Lower(1),
        Self::Base32(2),
        Self::Base32Lower(2),
        Self::Base32(3),
        Self::Base32Lower(3),
        Self::Base32(4),
        Self::Base32Lower(4),
        Self::Upper,
        Self::Lower,
        Self::Compact(0),
        Self::Compact(1),
        Self::Compact(2),
        Self::Swapped,
        Self::HexWords(0),
        Self::HexWords(1),
        Self::HexWords(2),
        Self::HexWords(3),
        Self::HexWords(4),
        Self::HexWords(5),
        Self::Regex,
        Self::Percent(0),
        Self::Percent(1),
        Self::Percent(2),
        Self::Percent(3),
        Self::Percent(4),
        Self::Percent(5),
        Self::Percent(6),
        Self::Percent(7),
        Self::Percent(8),
        Self::Percent(9),
        Self::Percent(10),
        Self::Percent(11),
        Self::Percent(12),
        Self::Percent(13),
        Self::Html(0),
        Self::Html(1),
        Self::Html(2),
        Self::Html(3),
        Self::Html(4),
        Self::Html(5),
        Self::C(0),
        Self::C(1),
        Self::Hex(1),
        Self::Hex(2),
        Self::Hex(3),
        Self::Hex(4),
        Self::HexUpper(1),
        Self::HexUpper(2),
        Self::HexUpper(3),
        Self::HexUpper(4),
    ];

    /// Its name: `plain`, `hex`, `hex-upper`, `base64`, ... Variants of one form share it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Json(_) => "json",
            Self::C(_) => "c",
            Self::Percent(_) => "percent",
            Self::Html(_) => "html",
            Self::Base64(_) => "base64",
            Self::Base64Url(_) => "base64url",
            Self::Base32(_) => "base32",
            Self::Base32Lower(_) => "base32-lower",
            Self::Hex(_) => "hex",
            Self::HexUpper(_) => "hex-upper",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Utf32Le => "utf-32le",
            Self::Utf32Be => "utf-32be",
            Self::Reversed => "reversed",
            Self::ReversedText => "reversed-text",
            Self::Upper => "upper",
            Self::Lower => "lower",
            Self::Compact(_) => "compact",
            Self::Swapped => "case-swapped",
            Self::HexWords(_) => "hex-words",
            Self::Regex => "regex",
            Self::Within(how) => how.name(),
        }
    }

    /// Which of the forms of that name, from 0.
    #[must_use]
    pub const fn variant(self) -> u8 {
        match self {
            Self::Json(n)
            | Self::C(n)
            | Self::Percent(n)
            | Self::Html(n)
            | Self::Base64(n)
            | Self::Base64Url(n)
            | Self::Base32(n)
            | Self::Base32Lower(n)
            | Self::Compact(n)
            | Self::HexWords(n)
            | Self::Hex(n)
            | Self::HexUpper(n) => n,
            _ => 0,
        }
    }

    /// The value in this form; `None` where it has none, such as UTF-16 of what is no text.
    #[must_use]
    pub fn of(self, value: &[u8]) -> Option<Vec<u8>> {
        let text = || std::str::from_utf8(value).ok();
        Some(match self {
            Self::Plain | Self::Within(_) => value.to_vec(),
            Self::Json(n) => json(text()?, n).into_bytes(),
            Self::C(n) => c(value, n == 1).into_bytes(),
            Self::Percent(n) => percent(value, n).into_bytes(),
            Self::Html(n) => html(text()?, n).into_bytes(),
            Self::Base64(n) | Self::Base64Url(n) | Self::Base32(n) | Self::Base32Lower(n) => {
                letters(value, usize::from(n), self.alphabet()?)
            }
            Self::Hex(n) => hex(value, n).into_bytes(),
            Self::HexUpper(n) => hex(value, n).to_uppercase().replace('X', "x").into_bytes(),
            Self::Utf16Le => text()?.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => text()?.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Utf32Le => chars(text()?).flat_map(u32::to_le_bytes).collect(),
            Self::Utf32Be => chars(text()?).flat_map(u32::to_be_bytes).collect(),
            Self::Reversed => value.iter().rev().copied().collect(),
            Self::ReversedText => text()?.chars().rev().collect::<String>().into_bytes(),
            Self::Upper => text()?.to_uppercase().into_bytes(),
            Self::Lower => text()?.to_lowercase().into_bytes(),
            Self::Compact(n) => compact(text()?, n)?.into_bytes(),
            Self::Swapped => text()?
                .chars()
                .map(swapped)
                .collect::<String>()
                .into_bytes(),
            Self::HexWords(n) => words(value, n)?.into_bytes(),
            Self::Regex => regex_syntax::escape(text()?).into_bytes(),
        })
    }
}

impl Form {
    /// The characters of base64 or base32, where it is one of these.
    #[must_use]
    pub const fn alphabet(self) -> Option<&'static [u8]> {
        Some(match self {
            Self::Base64(_) => alphabet(false),
            Self::Base64Url(_) => alphabet(true),
            Self::Base32(_) => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            Self::Base32Lower(_) => b"abcdefghijklmnopqrstuvwxyz234567",
            _ => return None,
        })
    }

    /// Whether it is another form with something between its characters, which `readings` finds.
    #[must_use]
    pub const fn is_spaced(self) -> bool {
        matches!(self, Self::Hex(1..) | Self::HexUpper(1..))
    }
}

/// Between the groups of a value that is written in groups.
pub(crate) const fn groups(byte: u8) -> bool {
    matches!(byte, b'-' | b'_' | b' ' | b'.' | b':' | b'/' | b',')
}

/// The same beyond ASCII: blanks, hyphens, dashes and dots, as a label is typeset, and what is not seen.
pub(crate) const fn wide_groups(c: char) -> bool {
    let one = matches!(
        c,
        '\u{a0}' | '\u{ad}' | '\u{b7}' | '\u{2022}' | '\u{202f}' | '\u{205f}'
    );
    let other = matches!(c, '\u{2060}' | '\u{2212}' | '\u{3000}' | '\u{feff}');
    one || other || matches!(c, '\u{2000}'..='\u{2015}')
}

/// A value of letters and digits in groups without what stands between them; `None` for any other.
fn compact(text: &str, how: u8) -> Option<String> {
    let of_groups = |c: &char| c.is_ascii() && groups(*c as u8) || wide_groups(*c);
    let left: String = text.chars().filter(|c| !of_groups(c)).collect();
    let is_grouped = left.len() < text.len() && left.chars().all(char::is_alphanumeric);
    is_grouped.then(|| match how {
        0 => left,
        1 => left.to_uppercase(),
        _ => left.to_lowercase(),
    })
}

fn swapped(c: char) -> char {
    match c.is_ascii_lowercase() {
        true => c.to_ascii_uppercase(),
        false => c.to_ascii_lowercase(),
    }
}

/// Whole words of a value: bytes before the first and behind the last are left out.
fn words(value: &[u8], how: u8) -> Option<String> {
    let (size, before) = match how {
        0 | 1 => (2, usize::from(how)),
        n => (4, usize::from(n - 2)),
    };
    let whole = value.get((size - before) % size..)?.chunks_exact(size);
    let turned = whole.flat_map(|word| word.iter().rev().copied());
    Some(to_hex(&turned.collect::<Vec<u8>>()))
}

fn chars(text: &str) -> impl Iterator<Item = u32> {
    text.chars().map(u32::from)
}

/// All forms of a value that differ and have at least so many bytes.
#[must_use]
pub fn all(value: &[u8], shortest: usize) -> Vec<(Form, Vec<u8>)> {
    let mut seen = BTreeSet::new();
    let forms = Form::ALL.into_iter();
    let made = forms.filter_map(|form| Some((form, form.of(value)?)));
    made.filter(|(_, bytes)| bytes.len() >= shortest && seen.insert(bytes.clone()))
        .collect()
}

fn json(text: &str, how: u8) -> String {
    let escaped = serde_json::to_string(text).unwrap_or_default();
    let inner = escaped.get(1..escaped.len().saturating_sub(1));
    let inner = inner.unwrap_or_default();
    if how == 0 {
        return inner.to_owned();
    }
    let mut out = String::new();
    let taken = if how == 3 { text } else { inner };
    for c in taken.chars() {
        match c {
            '/' if how == 2 => out.push_str("\\/"),
            c if c.is_ascii() && how != 3 => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out
}

fn c(value: &[u8], all: bool) -> String {
    let mut out = String::new();
    for byte in value {
        match byte {
            b if all => drop(write!(out, "\\x{b:02x}")),
            b'"' | b'\\' | b'\'' => out.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => out.push(char::from(*byte)),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b => drop(write!(out, "\\x{b:02x}")),
        }
    }
    out
}

fn percent(value: &[u8], how: u8) -> String {
    let (small, left, plus) = (how & 1 == 1, how >> 1 & 3, how & 8 != 0);
    let mut out = String::new();
    for byte in value {
        let kept = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => left < 3,
            b'!' | b'*' | b'\'' | b'(' | b')' => left == 1,
            b'/' => left == 2,
            _ => false,
        };
        match byte {
            b' ' if plus => out.push('+'),
            b if kept => out.push(char::from(*b)),
            b if small => drop(write!(out, "%{b:02x}")),
            b => drop(write!(out, "%{b:02X}")),
        }
    }
    out
}

fn html(text: &str, how: u8) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match (how, c) {
            (3, c) => drop(write!(out, "&#{};", u32::from(c))),
            (4, c) => drop(write!(out, "&#x{:x};", u32::from(c))),
            (5.., c) => drop(write!(out, "&#x{:X};", u32::from(c))),
            (_, '&') => out.push_str("&amp;"),
            (_, '<') => out.push_str("&lt;"),
            (_, '>') => out.push_str("&gt;"),
            (0, '"') => out.push_str("&quot;"),
            (_, '"') => out.push_str("&#34;"),
            (0, '\'') => out.push_str("&#39;"),
            (1, '\'') => out.push_str("&#x27;"),
            (_, '\'') => out.push_str("&apos;"),
            (_, c) => out.push(c),
        }
    }
    out
}

fn hex(value: &[u8], how: u8) -> String {
    let digits = to_hex(value);
    let between = match how {
        0 => return digits,
        1 => " ",
        2 => ":",
        3 => "-",
        _ => ", 0x",
    };
    let pairs: Vec<&str> = (0..digits.len() / 2)
        .filter_map(|n| digits.get(n * 2..n * 2 + 2))
        .collect();
    pairs.join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(form: Form, value: &str) -> String {
        String::from_utf8(form.of(value.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn forms_are_what_others_make_of_a_value() {
        let value = "k&R 7/é'";
        assert_eq!(of(Form::Percent(0), value), "k%26R%207%2F%C3%A9%27");
        assert_eq!(of(Form::Percent(9), value), "k%26R+7%2f%c3%a9%27");
        assert_eq!(of(Form::Percent(4), value), "k%26R%207/%C3%A9%27");
        assert_eq!(of(Form::Html(0), value), "k&amp;R 7/é&#39;");
        assert_eq!(of(Form::Html(3), "kR"), "&#107;&#82;");
        assert_eq!(of(Form::Json(1), value), "k&R 7/\\u00e9'");
        assert_eq!(of(Form::Json(2), value), "k&R 7\\/\\u00e9'");
        assert_eq!(of(Form::Json(3), "kR"), "\\u006b\\u0052");
        assert_eq!(of(Form::C(1), "kR"), "\\x6b\\x52");
        assert_eq!(of(Form::Hex(2), "kRz"), "6b:52:7a");
        assert_eq!(of(Form::Hex(4), "kR"), "6b, 0x52");
        assert_eq!(of(Form::HexUpper(4), "kz"), "6B, 0x7A");
        assert_eq!(of(Form::Base64(0), "abc"), "YWJj");
        // "x" and "xy" before it: eGFiYw==, eHlhYmM=.
        assert_eq!(of(Form::Base64(1), "abc"), "FiY");
        assert_eq!(of(Form::Base64(2), "abc"), "hYm");
        // "abc" alone and behind one to four of "x": MFRGG, PBQWEYY, PB4GCYTD, PB4HQYLCMM, PB4HQ6DBMJRQ.
        let base32 = ["MFRG", "QWEY", "CYTD", "YLCM", "BMJR"];
        for (n, letters) in (0..).zip(base32) {
            assert_eq!(of(Form::Base32(n), "abc"), letters);
            assert_eq!(of(Form::Base32Lower(n), "abc"), letters.to_lowercase());
        }
        assert_eq!(Form::Utf16Be.of(b"k").unwrap(), [0, b'k']);
        assert_eq!(Form::Utf32Le.of(b"k").unwrap(), [b'k', 0, 0, 0]);
    }

    /// A label may be typeset with dashes and with blanks that do not break.
    #[test]
    fn a_value_in_groups_is_made_compact_whatever_stands_between_them() {
        for between in [
            "-",
            " ",
            "\u{a0}",
            "\u{ad}",
            "\u{2011}",
            "\u{2013}",
            " \u{2014} ",
        ] {
            let value = ["vuk7", "Tz3m"].join(between);
            assert_eq!(of(Form::Compact(0), &value), "vuk7Tz3m", "{between:?}");
            assert_eq!(of(Form::Compact(1), &value), "VUK7TZ3M", "{between:?}");
        }
        for other in ["vuk7Tz3m", "vuk7+Tz3m", "vuk7\u{2192}Tz3m"] {
            assert_eq!(Form::Compact(0).of(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn equal_forms_stand_once_and_short_ones_not_at_all() {
        let forms = all(b"12345678", 4);
        assert!(!forms.iter().any(|(form, _)| *form == Form::Upper));
        let bytes: BTreeSet<_> = forms.iter().map(|(_, bytes)| bytes).collect();
        assert_eq!(bytes.len(), forms.len());
        assert!(all(b"ab", 6).iter().all(|(_, bytes)| bytes.len() >= 6));
    }
}
