//! Patterns over bytes: compiled the same when a case is checked and when it runs.

use crate::Trouble;
use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, HirKind};
use std::fmt;
use std::sync::Arc;

/// A match longer than this may be missed when it comes in pieces and can span lines.
pub const WINDOW: usize = 16 << 10;

/// Largest compiled pattern, bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// A regular expression over bytes: `.` is any byte but a line feed, classes are ASCII, no flag is
/// set (write `(?m)` for `^` and `$` at lines). Clones are cheap.
///
/// A match is taken as soon as it is there: `\d+` matches the first digit of a number that is still
/// coming, so end a pattern with what must follow.
#[derive(Clone)]
pub struct Pattern(Arc<Compiled>);

struct Compiled {
    regex: Regex,
    reach: Reach,
    text: String,
}

/// A text that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPattern {
    text: String,
    /// What is wrong with it, one line.
    pub why: String,
}

impl BadPattern {
    fn new(text: &str, why: &impl fmt::Display) -> Self {
        // The last line of the library's message says what is wrong; those before draw carets.
        let whole = why.to_string();
        let last = whole.lines().last().unwrap_or("not understood");
        Self {
            text: text.to_owned(),
            why: last.trim_start_matches("error: ").to_owned(),
        }
    }
}

impl fmt::Display for BadPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this is no regular expression: {}", self.why)
    }
}

impl std::error::Error for BadPattern {}

impl From<BadPattern> for Trouble {
    fn from(bad: BadPattern) -> Self {
        Self::case(format!("`{}` is no valid pattern: {}", bad.text, bad.why))
    }
}

/// Where a match that is not complete yet can have begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// At most so many bytes back.
    Bytes(usize),
    /// Not before the last line feed, nor before [`WINDOW`].
    Line,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// It is no valid pattern, or too large.
    pub fn new(text: &str) -> Result<Self, BadPattern> {
        let regex = RegexBuilder::new(text)
            .unicode(false)
            .size_limit(SIZE_LIMIT)
            .build()
            .map_err(|e| BadPattern::new(text, &e))?;
        let hir = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build()
            .parse(text)
            .map_err(|e| BadPattern::new(text, &e))?;
        Ok(Self(Arc::new(Compiled {
            regex,
            reach: reach(&hir),
            text: text.to_owned(),
        })))
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The compiled form.
    #[must_use]
    pub fn regex(&self) -> &Regex {
        &self.0.regex
    }

    /// First index from which a new look at a growing text has to start, when everything before `done` was looked at.
    #[must_use]
    pub fn resume(&self, bytes: &[u8], done: usize) -> usize {
        let floor = done.saturating_sub(WINDOW);
        match self.0.reach {
            Reach::Bytes(n) => floor.max(done.saturating_sub(n + 1)),
            Reach::Line => {
                // A line feed at the very end may itself be what `$` or `\b` looked ahead to.
                let seen = &bytes[floor..done.saturating_sub(1).max(floor)];
                floor + seen.iter().rposition(|b| *b == b'\n').unwrap_or(0)
            }
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?}, {:?})", self.0.text, self.0.reach)
    }
}

fn reach(hir: &Hir) -> Reach {
    match hir.properties().maximum_len() {
        Some(n) if n < WINDOW => Reach::Bytes(n),
        _ if crosses_lines(hir) => Reach::Bytes(WINDOW),
        _ => Reach::Line,
    }
}

/// Whether a match can hold a line feed.
fn crosses_lines(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => literal.0.contains(&b'\n'),
        HirKind::Class(regex_syntax::hir::Class::Bytes(class)) => {
            class.iter().any(|r| (r.start()..=r.end()).contains(&b'\n'))
        }
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => {
            class.iter().any(|r| (r.start()..=r.end()).contains(&'\n'))
        }
        HirKind::Repetition(repetition) => crosses_lines(&repetition.sub),
        HirKind::Capture(capture) => crosses_lines(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(crosses_lines),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_look_covers_no_more_than_the_pattern_needs() {
        let reach = |text: &str| Pattern::new(text).unwrap().0.reach;
        assert_eq!(reach("plug> "), Reach::Bytes(6));
        assert_eq!(reach(r"(?m)^v\d{1,3}$"), Reach::Bytes(4));
        assert_eq!(reach(r"version (\d+)\.(.*)x"), Reach::Line);
        assert_eq!(reach(r"a\s+b"), Reach::Bytes(WINDOW));
        assert_eq!(reach(r"(?s)a.*b"), Reach::Bytes(WINDOW));
        assert_eq!(reach(r"[^>]+>"), Reach::Bytes(WINDOW));
    }

    #[test]
    fn a_bad_pattern_is_the_case_s_mistake() {
        let trouble = Trouble::from(Pattern::new("(oops").unwrap_err());
        assert_eq!(trouble.kind, crate::TroubleKind::Case);
        assert!(trouble.what.contains("(oops"), "{trouble}");
        assert!(
            Pattern::new(r"(a{1000}){1000}").is_err(),
            "a huge pattern must be refused"
        );
    }

    #[test]
    fn any_byte_is_a_byte() {
        let p = Pattern::new("a.b").unwrap();
        assert!(p.regex().is_match(b"a\xffb"));
    }

    #[test]
    fn classes_are_ascii_and_letters_beyond_are_no_class() {
        for text in [r"[é]", r"\pL\d", r"[é]|\pL\d"] {
            let bad = Pattern::new(text).unwrap_err();
            assert!(!bad.why.contains('\n'), "{bad}");
        }
        let word = Pattern::new(r"^\w+é$").unwrap();
        assert!(word.regex().is_match("caf\u{e9}".as_bytes()));
        assert!(!word.regex().is_match("ä\u{e9}".as_bytes()));
    }
}
