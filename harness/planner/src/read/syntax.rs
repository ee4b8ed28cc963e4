//! From text to a TOML tree with places, and its mistakes of form.

use super::shorten::shorten;
use super::{Log, Table};
use toml::de::{DeTable, Error};

/// Mistakes of form that concern one value and leave the rest of the file readable.
const HARMLESS: [&str; 3] = [
    "duplicate key",
    "string values must be quoted",
    "invalid boolean",
];

/// Parses the log's text and hands the root table to `read`. All mistakes of form are noted; when one
/// of them garbles the rest of the file, `read` is not called, since it would only find ghosts.
pub fn parse<T>(log: &Log, read: impl FnOnce(Table<'_>) -> Option<T>) -> Option<T> {
    let (root, mut errors) = DeTable::parse_recoverable(log.source());
    errors.sort_by_key(|e| e.span().map_or(0, |s| s.start));
    let mut told = 0;
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        // One mistake often brings several errors; the first is the one to mend.
        if span.start >= told {
            told = past(log.source(), span.start);
            note(log, error, span);
        }
    }
    let harmless = |e: &Error| HARMLESS.iter().any(|h| e.message().starts_with(h));
    if !errors.iter().all(harmless) {
        return None;
    }
    read(Table::root(log, root.get_ref())).filter(|_| errors.is_empty())
}

/// Where the errors that go with one at `at` end: with its line, or, when that is the header of a
/// table that was there before, with that table.
fn past(source: &str, at: usize) -> usize {
    let start = source
        .get(..at)
        .and_then(|t| t.rfind('\n'))
        .map_or(0, |i| i + 1);
    let header = |line: &str| line.trim_start().starts_with('[');
    let mut end = start;
    for (n, line) in source
        .get(start..)
        .unwrap_or_default()
        .split_inclusive('\n')
        .enumerate()
    {
        let in_table = n > 0 && header(&source[start..]) && !header(line);
        if n > 0 && !in_table {
            break;
        }
        end += line.len();
    }
    end
}

fn note(log: &Log, error: &Error, span: std::ops::Range<usize>) {
    let text = log.source().get(span.clone()).unwrap_or_default();
    let text = text.trim_matches(['"', '\'']);
    let (message, expected) = match error.message().split_once(", expected ") {
        Some((message, expected)) => (message, Some(expected)),
        None => (error.message(), None),
    };
    let message = match message {
        "duplicate key" => format!("`{}` is given twice", shorten(text)),
        other => other.to_owned(),
    };
    let expected = match expected {
        Some("nothing") | None => None,
        Some("literal string") => Some("text in quotes".to_owned()),
        Some(other) => Some(other.to_owned()),
    };
    log.note(span, message, |mut d| {
        d.expected = expected;
        d
    });
}
