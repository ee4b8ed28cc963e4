//! Text of unknown origin, made fit for terminals, XML and tables.

use proofhouse_model::{Channel, Plan, Trouble, UnitName};
use std::borrow::Cow;
use std::time::Duration;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Makes control characters visible as `\x{1b}`; line feeds and tabs stay.
///
/// Also made visible: what XML 1.0 cannot hold (U+FFFE, U+FFFF), and what makes a terminal show
/// text other than it is (C1 controls, direction overrides, separators, zero-width spaces).
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    replace(text, |c| c != '\n' && c != '\t' && is_hidden(c))
}

/// As [`visible`], for places that hold one line: line feeds and tabs become visible too.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    replace(text, is_hidden)
}

/// What of a unit may still be on by the trouble of its relay, and what is to be done by hand now, both as clauses.
#[must_use]
pub fn may_be_on_by(unit: &UnitName, trouble: &Trouble) -> (String, &'static str) {
    match trouble.channel {
        Some(Channel::Reset) => (
            format!("the reset button of {unit} may still be pressed"),
            "release it by hand",
        ),
        Some(Channel::Uplink) => (
            format!("the network of {unit} may still be cut"),
            "restore it by hand",
        ),
        _ => (format!("{unit} may still be on"), "switch it off by hand"),
    }
}

/// Whether a terminal acts on it, or shows nothing of it.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{feff}')
        || matches!(
            c,
            '\u{200b}' | '\u{2060}' | '\u{200e}' | '\u{200f}' | '\u{61c}'
        )
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn replace(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    let Some(at) = text.find(&hidden) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..at]);
    for c in text[at..].chars() {
        match c {
            '\n' if hidden(c) => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' if hidden(c) => out.push_str("\\t"),
            c if hidden(c) => out.push_str(&format!("\\x{{{:02x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// At most `most` characters, and then how much was left out.
#[must_use]
pub fn shorten(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some((at, _)) => {
            let rest = text.len() - at;
            Cow::Owned(format!(
                "{}… ({rest} more bytes in the journal)",
                &text[..at]
            ))
        }
    }
}

/// Columns a text takes on a terminal.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.width()
}

/// Cuts to a number of columns, ending in `…` when something was cut.
#[must_use]
pub fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if columns(text) <= width {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    Cow::Owned(out)
}

/// Fills with spaces up to a number of columns.
#[must_use]
pub fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(missing))
}

/// Breaks text into lines of at most `width` columns, at spaces where it can. Never empty.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let gap = usize::from(!line.is_empty());
        if columns(&line) + gap + columns(word) <= width {
            line.push_str(&" "[..gap]);
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        line = split_long(word, width, &mut lines);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Puts all full lines of a word into `lines` and gives its rest.
fn split_long(word: &str, width: usize, lines: &mut Vec<String>) -> String {
    let mut line = String::new();
    let mut used = 0;
    for c in word.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > width && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        line.push(c);
        used += wide;
    }
    line
}

/// Numbers as people list them: `3, 5–8, 12`. Sorted and without repetitions; at most `most` runs
/// are named.
#[must_use]
pub fn ranges(numbers: &[u64], most: usize) -> String {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for n in sorted {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == n => *end = n,
            _ => runs.push((n, n)),
        }
    }
    let shown: Vec<_> = runs
        .iter()
        .take(most)
        .map(|(a, b)| match b - a {
            0 => a.to_string(),
            1 => format!("{a}, {b}"),
            _ => format!("{a}–{b}"),
        })
        .collect();
    let more = if runs.len() > most { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Microseconds as people read them: `340 ms`, `2.3 s`, `1 min 12 s`, `2 h 5 min`.
#[must_use]
pub fn duration(us: u64) -> String {
    let seconds = us / 1_000_000;
    match seconds {
        _ if us < 1_000_000 => format!("{} ms", us / 1000),
        0..60 => format!("{}.{} s", seconds, us % 1_000_000 / 100_000),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A length of time as people read it, as [`duration`] tells it.
#[must_use]
pub fn took(length: Duration) -> String {
    duration(u64::try_from(length.as_micros()).unwrap_or(u64::MAX))
}

/// `2026-11-20T15:04:05.678Z` as `2026-11-20 15:04:05 UTC`; anything else as it is.
#[must_use]
pub fn wall(stamp: &str) -> String {
    match (stamp.get(..10), stamp.get(11..19), stamp.ends_with('Z')) {
        (Some(day), Some(time), true) => format!("{day} {time} UTC"),
        _ => shorten(stamp, 40).into_owned(),
    }
}

/// `1 check`, `2 checks`.
#[must_use]
pub fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// What it means for a run that the bench cannot switch some of its units, for a reader; nothing where it switches all.
#[must_use]
pub fn not_switched(plan: &Plan) -> Option<String> {
    let names: Vec<_> = plan.not_switched().map(UnitName::as_str).collect();
    (!names.is_empty()).then(|| {
        format!(
            "{} not switched by this bench: on before the run and after it, by somebody else's doing",
            match names.as_slice() {
                [one] => format!("{one} is"),
                all => format!("{} are", all.join(", ")),
            }
        )
    })
}

/// That nobody is asked to reset units which a person resets, for a reader; nothing where that is not so.
#[must_use]
pub fn not_asked(plan: &Plan) -> Option<String> {
    let names = plan.mode.without_operator.iter().map(UnitName::as_str);
    let names: Vec<_> = names.collect();
    (!names.is_empty()).then(|| {
        let names = names.join(", ");
        format!("nobody is asked to reset {names} (--no-operator): used without that reset")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hidden_stays_hidden() {
        let nasty = "a\u{1b}[31m\0\u{7f}\u{9b}\u{fffe}\u{ffff}\u{202e}\r\n\tb";
        assert_eq!(
            visible(nasty),
            "a\\x{1b}[31m\\x{00}\\x{7f}\\x{9b}\\x{fffe}\\x{ffff}\\x{202e}\\r\n\tb"
        );
        assert!(one_line(nasty).ends_with("\\r\\n\\tb"));
        for good in ["plain", "größer 🔌 👩\u{200d}🔧", ""] {
            assert!(matches!(visible(good), Cow::Borrowed(_)), "{good}");
        }
    }

    #[test]
    fn widths_count_columns_not_bytes() {
        assert_eq!(cut("größer", 6), "größer");
        assert_eq!(cut("größeres", 6), "größe…");
        assert_eq!(cut("電源が切れた", 6), "電源…");
        assert_eq!(pad("電", 4), "電  ");
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(shorten("äbc", 2), "äb… (1 more bytes in the journal)");
    }

    #[test]
    fn numbers_read_like_prose() {
        assert_eq!(ranges(&[9, 3, 5, 6, 7, 10, 3], 9), "3, 5–7, 9, 10");
        assert_eq!(ranges(&[1, 3, 5], 2), "1, 3, …");
        let shown = [0, 340_000, 2_300_000, 72_000_000, 7_500_000_000].map(duration);
        assert_eq!(
            shown,
            ["0 ms", "340 ms", "2.3 s", "1 min 12 s", "2 h 5 min"]
        );
    }
}
