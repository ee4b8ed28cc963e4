//! Bytes that come in pieces: how each stream ended, so that a secret cut anywhere is masked all the same.
//!
//! What a console says is held back while it may be the beginning of a secret, until it is decided or an op wants to
//! end; everything else is written piece by piece. Where a piece has to be written that ends in a secret's beginning,
//! that end is masked as a piece of it, whatever comes next: a few bytes too many are hidden, none too few.

use super::book::{Least, SecretBook, Span};
use proofhouse_model::seeded::fnv1a;
use proofhouse_model::{TaskId, UnitName};
use std::collections::HashMap;
use std::ops::Range;

/// Which stream: of what task, on what unit, of what kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Way {
    task: Option<TaskId>,
    unit: u64,
    kind: u32,
}

/// What consoles say.
const HEARD: u32 = 0;

impl Way {
    pub(super) fn new(task: Option<TaskId>, unit: Option<&UnitName>, kind: u32) -> Self {
        let unit = unit.map_or(0, |unit| fnv1a(unit.as_str().bytes()));
        Self { task, unit, kind }
    }

    /// What a unit's console says.
    pub(crate) fn heard(unit: Option<&UnitName>) -> Self {
        Self::new(None, unit, HEARD)
    }
}

/// The end of a stream that may be the beginning of a secret.
struct Open {
    raw: Vec<u8>,
    /// So many of them are written already.
    written: usize,
}

/// A piece with what stands for secrets in it.
pub(super) struct Piece {
    /// The end of the stream before, then the piece.
    pub(super) text: Vec<u8>,
    pub(super) spans: Vec<Span>,
    /// Where the piece begins.
    pub(super) from: usize,
}

/// Every stream of a run that ended in what may be the beginning of a secret.
#[derive(Default)]
pub(crate) struct Streams {
    open: HashMap<Way, Open>,
}

impl Streams {
    /// Takes what a console said; gives what of it, and of what was held back, can be written.
    pub(crate) fn push(
        &mut self,
        book: &SecretBook,
        way: Way,
        chunk: &[u8],
        torn: bool,
    ) -> Vec<u8> {
        let mut out = Vec::new();
        if torn {
            out = self.flush(book, way);
            self.open.remove(&way);
        }
        let (mut text, written) = match self.open.remove(&way) {
            Some(open) => (open.raw, open.written),
            None => (Vec::new(), 0),
        };
        text.extend_from_slice(chunk);
        let mut spans = book.spans(&text, None);
        if torn && let Some(head) = book.head(&text, Least::Bytes(4), None) {
            add_head(&mut spans, head);
        }
        let open = book.open_from(&text, None);
        spans.retain(|span| span.start < open);
        let decided = spans.last().map_or(open, |span| span.end.max(open));
        let end = decided.max(written);
        out.extend(book.render(&text, &spans, written, end));
        self.keep(way, &text, open, end);
        out
    }

    /// What is held back of what a console said: it has to be written now.
    pub(crate) fn flush(&mut self, book: &SecretBook, way: Way) -> Vec<u8> {
        let Some(open) = self.open.get_mut(&way) else {
            return Vec::new();
        };
        let spans = cover(book, &open.raw, Least::Bytes(2), None);
        let out = book.render(&open.raw, &spans, open.written, open.raw.len());
        open.written = open.raw.len();
        out
    }

    /// A piece that is written at once.
    pub(super) fn piece(
        &mut self,
        book: &SecretBook,
        way: Way,
        chunk: &[u8],
        least: Least,
    ) -> Piece {
        let before = self.open.remove(&way).map(|open| open.raw);
        let before = before.unwrap_or_default();
        let from = before.len();
        let text = [&before, chunk].concat();
        let spans = cover(book, &text, least, way.task);
        let open = book.open_from(&text, way.task);
        self.keep(way, &text, open, text.len());
        Piece { text, spans, from }
    }

    /// Nothing follows on this stream.
    pub(super) fn end(&mut self, way: Way) {
        self.open.remove(&way);
    }

    /// The streams of a task are over; its units' consoles go on.
    pub(super) fn end_all_of(&mut self, task: Option<TaskId>) {
        self.open
            .retain(|way, _| way.kind == HEARD || way.task != task);
    }

    fn keep(&mut self, way: Way, text: &[u8], open: usize, written: usize) {
        if open < text.len() {
            let raw = text[open..].to_vec();
            let written = written.saturating_sub(open).min(raw.len());
            self.open.insert(way, Open { raw, written });
        }
    }
}

impl Piece {
    /// Bytes of it, counted from its beginning, as they are to be written.
    pub(super) fn masked(&self, book: &SecretBook, from: usize, to: usize) -> Vec<u8> {
        book.render(&self.text, &self.spans, self.from + from, self.from + to)
    }

    /// A part of it that stands somewhere else too, such as the group of a match; `near` is where it was taken from,
    /// in bytes of the piece. `None` where nothing of it is a secret's.
    pub(super) fn part(&self, book: &SecretBook, part: &[u8], near: usize) -> Option<Vec<u8>> {
        let begin = self.from + near;
        if part.is_empty() || self.spans.iter().all(|s| s.end <= begin) {
            return None;
        }
        let whole = self.text.get(begin..)?.windows(part.len()).enumerate();
        let places = whole.filter(|(_, w)| *w == part).map(|(at, _)| begin + at);
        let (mut clear, mut hidden) = (None, None);
        for at in places {
            let touched = self
                .spans
                .iter()
                .any(|s| s.start < at + part.len() && s.end > at);
            let place = if touched { &mut hidden } else { &mut clear };
            place.get_or_insert(at);
        }
        // Few bytes that stand in clear too are more likely from there.
        let at = hidden.filter(|_| clear.is_none() || part.len() >= super::book::SHORTEST)?;
        Some(book.render(&self.text, &self.spans, at, at + part.len()))
    }

    pub(super) fn add_head(&mut self, book: &SecretBook, least: Least, task: Option<TaskId>) {
        if self.from == 0
            && let Some(head) = book.head(&self.text, least, task)
        {
            add_head(&mut self.spans, head);
        }
    }
}

impl SecretBook {
    /// Where secrets stand in a text of nobody's task, and pieces of them, its ends included.
    pub(crate) fn places_in(&self, text: &[u8]) -> Vec<Range<usize>> {
        if self.secrets.is_empty() {
            return Vec::new();
        }
        let spans = self.cover_ends(text, Least::Half, None);
        spans.iter().map(|span| span.start..span.end).collect()
    }

    /// Whole forms, and pieces of one at either end.
    pub(super) fn cover_ends(&self, text: &[u8], least: Least, task: Option<TaskId>) -> Vec<Span> {
        let mut spans = cover(self, text, least, task);
        if let Some(head) = self.head(text, least, task) {
            add_head(&mut spans, head);
        }
        spans
    }
}

/// Whole forms, and the beginning of one at the end.
pub(super) fn cover(
    book: &SecretBook,
    text: &[u8],
    least: Least,
    task: Option<TaskId>,
) -> Vec<Span> {
    let mut spans = book.spans(text, task);
    let odd = book.odd_tail(text, least, task);
    let Some(mut tail) = book.tail(text, least, task) else {
        super::odd::add_all(&mut spans, text, odd);
        return spans;
    };
    spans.retain(|span| span.start < tail.start);
    let taken = spans.last().map_or(0, |span| span.end);
    if taken > tail.start {
        let over = taken.min(tail.end) - tail.start;
        tail = Span {
            start: tail.start + over,
            from: tail.from + over,
            ..tail
        };
    }
    if tail.start < tail.end {
        spans.push(tail);
    }
    super::odd::add_all(&mut spans, text, odd);
    spans
}

/// The end of a form at the beginning, unless a whole form begins within.
fn add_head(spans: &mut Vec<Span>, head: Span) {
    if spans.first().is_none_or(|first| first.start >= head.end) {
        spans.insert(0, head);
    }
}
