//! Secrets in odd forms: between separators, in groups and lines, encoded twice. The finder of whole forms runs over
//! readings of the text (`model::readings`), and what it finds is carried back to where it stands.

use super::book::{Least, Needle, SecretBook, Span};
use proofhouse_model::TaskId;
use proofhouse_model::forms::Form;
use proofhouse_model::readings::{self, BLOCK, BREAK, How, Reading};

/// So much longer than its form a secret may be where something stands between its characters.
const STRETCH: usize = 8;
/// And as much again of tags and codes.
const MARGIN: usize = 256;
/// Least of a secret masked at an end where something may stand between.
const LEAST: usize = 4;
/// Longest end of a text that is looked at for the beginning of one.
const LONGEST_END: usize = 32 << 10;

impl SecretBook {
    /// Spans of secrets in odd forms, beside those that are taken; all of them in order.
    pub(super) fn with_odd(
        &self,
        text: &[u8],
        mut taken: Vec<Span>,
        task: Option<TaskId>,
    ) -> Vec<Span> {
        if self.secrets.is_empty() || text.len() < readings::SHORTEST + 1 {
            return taken;
        }
        for (begin, block) in readings::blocks(text, self.reach()) {
            for reading in readings::of(block) {
                let found = self.in_reading(&reading, task).into_iter();
                // What begins behind belongs to the next block.
                for part in found.filter(|parts| parts[0].start < BLOCK).flatten() {
                    let (start, end) = (part.start + begin, part.end + begin);
                    add(&mut taken, text, Span { start, end, ..part });
                }
            }
        }
        taken
    }

    /// Whether there is a secret in an odd form.
    pub(super) fn touches_odd(&self, text: &[u8], task: Option<TaskId>) -> bool {
        !self.with_odd(text, Vec::new(), task).is_empty()
    }

    /// Bytes over which a secret in an odd form may reach.
    fn reach(&self) -> usize {
        (self.longest() * STRETCH + MARGIN).min(LONGEST_END)
    }

    /// Each find in a reading, as the parts of the text that it stands in.
    fn in_reading(&self, reading: &Reading, task: Option<TaskId>) -> Vec<Vec<Span>> {
        let takes = |form: Form| reading.how.takes(form);
        let found = self.whole_of(&reading.bytes, task, takes).into_iter();
        let long = found.filter(|span| span.end - span.start >= reading.how.shortest());
        let apart =
            long.filter(|span| !reading.how.is_exact() || reading.has_gap(span.start, span.end));
        apart
            .map(|span| parts(reading, &span))
            .filter(|parts| !parts.is_empty())
            .collect()
    }

    /// Where the earliest secret in an odd form begins that is not over at the end of a text.
    pub(super) fn odd_open_from(&self, text: &[u8], task: Option<TaskId>) -> usize {
        let (tail, from) = self.end_of(text);
        let open = self.at_the_end(tail).into_iter().filter_map(|reading| {
            let takes = |form: Form| reading.how.takes(form);
            let held = runs_at_the_end(&reading)
                .into_iter()
                .filter_map(|(begin, end)| {
                    let bytes = &reading.bytes[begin..end];
                    let (at, ..) = self.goes_on_from(bytes, None, task, takes)?;
                    // What is decoded is decoded again from there: four characters earlier the bits lie the same way.
                    let earlier = match reading.how {
                        How::Base64 | How::GroupedInCode => 3,
                        _ => 0,
                    };
                    let at = reading.at[begin + at.saturating_sub(earlier)].0;
                    // A line of a dump is one by its offset.
                    Some(match reading.how {
                        How::Dump => readings::line_of(tail, at),
                        _ => at,
                    })
                });
            held.chain(reading.rest).min()
        });
        open.min().map_or(text.len(), |at| from + at as usize)
    }

    /// The beginning of a secret in an odd form at the end of a text.
    pub(super) fn odd_tail(&self, text: &[u8], least: Least, task: Option<TaskId>) -> Vec<Span> {
        let least = match least {
            Least::Bytes(bytes) => Least::Bytes(bytes.max(LEAST)),
            Least::Half => Least::Half,
        };
        let (end, from) = self.end_of(text);
        let tails = self.at_the_end(end).into_iter().filter_map(|reading| {
            let takes = |form: Form| reading.how.takes(form);
            let begun = runs_at_the_end(&reading)
                .into_iter()
                .find_map(|(begin, end)| {
                    let bytes = &reading.bytes[begin..end];
                    let (at, of, needle) = self.goes_on_from(bytes, Some(least), task, takes)?;
                    Some(Span {
                        start: begin + at,
                        end: reading.bytes.len(),
                        needle,
                        from: 0,
                        of,
                        edges: (None, None),
                    })
                });
            Some((reading.how.is_exact(), parts(&reading, &begun?)))
        });
        // The beginning of a form is that of others, too: the one that can be put back goes first.
        let longest = tails.max_by_key(|(exact, parts)| {
            let length = parts.first().map_or(0, |part| end.len() - part.start);
            (length, *exact)
        });
        let longest = longest.map(|(_, parts)| parts);
        let moved = longest.into_iter().flatten().map(|part| {
            let (start, end) = (part.start + from, part.end + from);
            Span { start, end, ..part }
        });
        moved.collect()
    }

    /// The end of a text that may hold the beginning of one, and where it begins.
    fn end_of<'t>(&self, text: &'t [u8]) -> (&'t [u8], usize) {
        let from = text.len().saturating_sub(self.reach());
        (&text[from..], from)
    }

    /// Readings that may go on behind a text.
    fn at_the_end(&self, text: &[u8]) -> Vec<Reading> {
        if self.secrets.is_empty() {
            return Vec::new();
        }
        let all = readings::of(text).into_iter().filter(|r| r.is_open);
        all.chain(readings::spaced_at_the_end(text, self.longest()))
            .chain(readings::dumped_at_the_end(text))
            .collect()
    }
}

/// The last run of a reading, as it is and without what may not be read to its end yet.
fn runs_at_the_end(reading: &Reading) -> Vec<(usize, usize)> {
    let last = reading.bytes.iter().rposition(|b| *b == BREAK);
    let (begin, end) = (last.map_or(0, |at| at + 1), reading.bytes.len());
    let read = reading
        .rest
        .map(|rest| reading.at.partition_point(|(from, _)| *from < rest));
    let read = read.map(|read| (begin, read.clamp(begin, end)));
    [(begin, end)].into_iter().chain(read).collect()
}

/// What a find in a reading stands in: pieces of its form where each byte is one of the text, else all of it.
fn parts(reading: &Reading, span: &Span) -> Vec<Span> {
    let Some(at) = reading
        .at
        .get(span.start..span.end)
        .filter(|at| !at.is_empty())
    else {
        return Vec::new();
    };
    if !reading.how.is_exact() {
        let (start, end) = (at[0].0 as usize, at[at.len() - 1].1 as usize);
        let needle = Needle {
            form: Form::Within(reading.how),
            ..span.needle
        };
        return vec![Span {
            start,
            end,
            needle,
            from: 0,
            of: end - start,
            edges: (None, None),
        }];
    }
    let (mut out, mut n): (Vec<Span>, usize) = (Vec::new(), 0);
    let before = usize::from(span.edges.0.is_some());
    while n < at.len() {
        let run = at[n..]
            .windows(2)
            .take_while(|pair| pair[0].1 == pair[1].0)
            .count()
            + 1;
        let (start, end) = (at[n].0 as usize, at[n + run - 1].1 as usize);
        let edges = (
            span.edges.0.filter(|_| n == 0),
            span.edges.1.filter(|_| n + run == at.len()),
        );
        out.push(Span {
            start,
            end,
            needle: span.needle,
            from: span.from + n.saturating_sub(before),
            of: span.of,
            edges,
        });
        n += run;
    }
    out
}

/// Adds what of a span is not taken yet, in order. What stands between pieces that are taken is nothing of a secret.
fn add(taken: &mut Vec<Span>, text: &[u8], span: Span) {
    if matches!(span.needle.form, Form::Within(_)) && is_whole(taken, &span) {
        return;
    }
    let mut start = span.start;
    while start < span.end {
        let at = taken.partition_point(|t| t.end <= start);
        let (next, behind) = match taken.get(at) {
            Some(t) => (t.start.min(span.end), t.end),
            None => (span.end, span.end),
        };
        let free = text.get(start..next).unwrap_or_default();
        let exact = !matches!(span.needle.form, Form::Within(_));
        if !free.is_empty() && (exact || free.iter().any(|b| b.is_ascii_alphanumeric())) {
            taken.insert(at, span.cut(start, next));
        }
        start = behind;
    }
}

/// Whether all of a span's secret is taken within it already, in pieces that can be put back: what stands between them
/// is nothing of it, and a mark in its place could not be.
fn is_whole(taken: &[Span], span: &Span) -> bool {
    let first = taken.partition_point(|t| t.start < span.start);
    let within = taken[first..].iter().take_while(|t| t.end <= span.end);
    let pieces = within.filter(|t| t.needle.secret == span.needle.secret);
    let mut exact = pieces
        .filter(|t| !matches!(t.needle.form, Form::Within(_)))
        .peekable();
    let of = exact.peek().map_or(usize::MAX, |t| t.of);
    exact.map(|t| t.end - t.start).sum::<usize>() >= of
}

/// The same of several.
pub(super) fn add_all(taken: &mut Vec<Span>, text: &[u8], spans: Vec<Span>) {
    spans.into_iter().for_each(|span| add(taken, text, span));
}

/// The ways that have a name of their own.
pub(super) const OPAQUE: [How; 5] = [
    How::Hex,
    How::Base64,
    How::Escapes,
    How::List,
    How::GroupedInCode,
];

#[cfg(test)]
mod tests;
