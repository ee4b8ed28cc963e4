//! A mistake in somebody's file, with the place and what would be right.

use serde::{Deserialize, Serialize};

/// One configuration mistake. Found before anything is touched; ends in exit code 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Path as the user gave or wrote it.
    pub file: String,
    /// Where in the file; `None` when the file as a whole is the trouble (missing, a directory).
    pub place: Option<Place>,
    /// What is wrong, one lower-case clause without a full stop.
    pub message: String,
    /// What was expected there.
    pub expected: Option<String>,
    /// The nearest name that exists.
    pub nearest: Option<String>,
    /// What to do next, when it is not obvious.
    pub help: Option<String>,
}

/// A span in a file, with the text needed to show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Line from 1.
    pub line: usize,
    /// Column in characters from 1.
    pub column: usize,
    /// Byte range in `source`.
    pub span: (usize, usize),
    /// The whole text of the file.
    pub source: String,
}

impl Place {
    /// Place of a byte range in a text. Ranges outside the text are clipped to it.
    #[must_use]
    pub fn of(source: &str, span: std::ops::Range<usize>) -> Self {
        let mut start = span.start.min(source.len());
        while !source.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = span.end.clamp(start, source.len());
        while !source.is_char_boundary(end) {
            end += 1;
        }
        let before = &source[..start];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            span: (start, end),
            source: source.to_owned(),
        }
    }
}

impl Diagnostic {
    /// A mistake at a place.
    #[must_use]
    pub fn at(file: &str, source: &str, span: std::ops::Range<usize>, message: String) -> Self {
        let place = Some(Place::of(source, span));
        Self {
            file: file.to_owned(),
            place,
            message,
            expected: None,
            nearest: None,
            help: None,
        }
    }

    /// Trouble with a file as a whole.
    #[must_use]
    pub fn whole(file: &str, message: String) -> Self {
        Self {
            file: file.to_owned(),
            place: None,
            message,
            expected: None,
            nearest: None,
            help: None,
        }
    }

    /// Adds what was expected.
    #[must_use]
    pub fn expected(mut self, text: impl Into<String>) -> Self {
        self.expected = Some(text.into());
        self
    }

    /// Adds the nearest existing name, if there is one.
    #[must_use]
    pub fn nearest(mut self, name: Option<String>) -> Self {
        self.nearest = name;
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}
