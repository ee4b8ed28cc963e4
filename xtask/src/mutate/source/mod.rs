//! What can be cut out of a script, by kind: checks, rows of the maker beyond the first, controls.

mod checks;
mod controls;
mod rows;
mod text;

use std::collections::BTreeSet;
use std::fmt;

/// What a mutant lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A check, or all that a case does.
    Checks,
    /// All but the first of what a loop with checks goes over.
    Rows,
    /// What shows that a check means something: `require`, and the second look with its wire and state.
    Controls,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Checks, Self::Rows, Self::Controls];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Checks => "checks",
            Self::Rows => "rows",
            Self::Controls => "controls",
        }
    }

    /// Whether a survivor is a mistake of the suite. A control tells what went wrong beside the device: of that `prove`
    /// has the blinds only.
    pub const fn is_owed(self) -> bool {
        !matches!(self, Self::Controls)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A piece of a script, and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// What it is.
    pub kind: Kind,
    /// From byte, to byte.
    span: (usize, usize),
    /// Line of its beginning, from 1.
    pub line: usize,
    /// What it is, in short.
    pub what: String,
    /// What stands in its place. What was there stands in it, not run, wherever that can be: the loader refuses a case
    /// that does not use what its head names, and that would kill no check.
    instead: String,
}

impl Cut {
    fn new(kind: Kind, text: &str, span: (usize, usize), what: String, instead: String) -> Self {
        Self {
            kind,
            span,
            line: text[..span.0].matches('\n').count() + 1,
            what,
            instead,
        }
    }

    /// A call that is made no more.
    fn unmade(kind: Kind, text: &str, span: (usize, usize), what: String) -> Self {
        let instead = format!("False and {}", &text[span.0..span.1]);
        Self::new(kind, text, span, what, instead)
    }

    /// The script with the cut made; lines keep their numbers, unless `run` does nothing.
    pub fn made_in(&self, text: &str) -> String {
        format!(
            "{}{}{}",
            &text[..self.span.0],
            self.instead,
            &text[self.span.1..]
        )
    }
}

/// Every cut of a script, in its order. `checking` are the functions of the suite that check something.
pub fn cuts(text: &str, is_case: bool, checking: &BTreeSet<String>) -> Vec<Cut> {
    let mut out = checks::cuts(text, is_case);
    out.extend(rows::cuts(text, checking));
    out.extend(controls::cuts(text));
    out.sort_by_key(|cut| (cut.kind, cut.span));
    out
}

pub use rows::checking;

#[cfg(test)]
mod tests;
