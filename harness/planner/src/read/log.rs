//! Mistakes found in one file.

use proofhouse_model::Diagnostic;
use std::cell::{Cell, RefCell};
use std::ops::Range;

/// Most mistakes kept of one file; more are counted.
const MOST: usize = 100;
/// Most text kept in all places together, in bytes: every place carries the whole file.
const MOST_TEXT: usize = 16 * 1024 * 1024;

/// Collects mistakes while a file is read.
#[derive(Debug)]
pub struct Log {
    file: String,
    source: String,
    found: RefCell<Vec<Diagnostic>>,
    more: Cell<usize>,
}

impl Log {
    /// An empty log of a file.
    pub fn new(file: &str, source: &str) -> Self {
        Self {
            file: file.to_owned(),
            source: source.to_owned(),
            found: RefCell::new(Vec::new()),
            more: Cell::new(0),
        }
    }

    /// Path as given.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The text read.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Notes a mistake at a place; `finish` adds expectation, nearest name and help.
    pub fn note(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        finish: impl FnOnce(Diagnostic) -> Diagnostic,
    ) {
        let room = (MOST_TEXT / self.source.len().max(1)).clamp(1, MOST);
        if self.found.borrow().len() >= room {
            self.more.set(self.more.get() + 1);
            return;
        }
        let plain = Diagnostic::at(&self.file, &self.source, span, message.into());
        self.found.borrow_mut().push(finish(plain));
    }

    /// All mistakes in the file's order.
    pub fn into_found(self) -> Vec<Diagnostic> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|d| d.place.as_ref().map_or((0, 0), |p| p.span));
        if self.more.get() > 0 {
            let message = format!("has {} more mistakes, not shown", self.more.get());
            found.push(Diagnostic::whole(&self.file, message));
        }
        found
    }
}
