//! Mistakes of a bench file are told with the line they are in, and in such a line may stand a password: of the label,
//! of a switch, or of something that was to be one. Here it is covered, before anybody prints it.
//!
//! What is wrong may be the very comma behind it, so this reads on whatever is wrong, and shows the values of keys that
//! are known to hold no secret, in tables that are known. All others are covered, and what has no key with them.

mod names;
mod pieces;
#[cfg(test)]
mod tests;

use names::{is_known_table, is_name, is_plain, parts};
use pieces::{Kind, Piece, line_end, next};
use proofhouse_model::Diagnostic;
use std::collections::BTreeSet;
use std::ops::Range;

/// Stands for what is covered in a message.
const COVER: &str = "***";
/// A covered value of so many bytes stands in a message for no other reason.
const LONG: usize = 8;
/// Where a table begins anew, whatever was left open before it.
const HEADERS: [&str; 3] = ["[unit", "[power", "[labgrid"];
/// What stands behind a value whose end is missing, or that ends at another one's quote.
const BEHIND: &str = ",{}=#'\"\n";

/// Covers what stands in mistakes of that file.
pub(super) fn cover(found: &mut [Diagnostic], file: &str) {
    let mut last: Option<(String, Covered)> = None;
    for mistake in found.iter_mut().filter(|mistake| mistake.file == file) {
        let Some(place) = &mut mistake.place else {
            continue;
        };
        let covered = match last.take() {
            Some((source, covered)) if source == place.source => covered,
            _ => Covered::of(&place.source),
        };
        let (from, to) = place.span;
        mistake.message = covered.message(&mistake.message, from..to);
        let source = std::mem::replace(&mut place.source, covered.text.clone());
        last = Some((source, covered));
    }
}

/// A file as it may be shown, each byte at its place.
struct Covered {
    text: String,
    at: Vec<Range<usize>>,
    /// What was covered.
    values: BTreeSet<String>,
    /// Keys that are shown.
    keys: BTreeSet<String>,
}

impl Covered {
    fn of(source: &str) -> Self {
        let mut reader = Reader::new(source);
        reader.read();
        let Reader {
            mut at,
            values,
            keys,
            ..
        } = reader;
        at.sort_by_key(|range| range.start);
        let (mut text, mut done) = (String::with_capacity(source.len()), 0);
        for range in &at {
            let from = range.start.max(done);
            text.push_str(source.get(done..from).unwrap_or_default());
            for c in source.get(from..range.end).unwrap_or_default().chars() {
                match c.is_whitespace() && c.is_ascii() {
                    true => text.push(c),
                    // Spans count bytes.
                    false => text.push_str(&"*".repeat(c.len_utf8())),
                }
            }
            done = range.end.max(done);
        }
        text.push_str(source.get(done..).unwrap_or_default());
        Self {
            text,
            at,
            values,
            keys,
        }
    }

    /// A message about that place without what is covered.
    fn message(&self, message: &str, about: Range<usize>) -> String {
        let is_covered = |at: &Range<usize>| at.start < about.end && about.start < at.end;
        let about_covered = self.at.iter().any(is_covered);
        let hides = |quoted: &str| {
            let is_value = self.values.contains(quoted);
            !is_name(quoted) && (is_value || about_covered && !self.keys.contains(quoted))
        };
        let pieces = message.split('`').enumerate();
        let shown: Vec<&str> = pieces
            .map(|(n, piece)| match n % 2 == 1 && hides(piece) {
                true => COVER,
                false => piece,
            })
            .collect();
        let long = self.values.iter().filter(|value| value.len() >= LONG);
        let long = long.filter(|value| !is_name(value));
        long.fold(shown.join("`"), |text, value| text.replace(value, COVER))
    }
}

/// A table or a list that is open.
#[derive(Debug, Default)]
struct Level {
    is_list: bool,
    path: Vec<String>,
    /// The key whose value comes; in a list that of the list.
    key: Option<Vec<String>>,
    /// Whether that value may be shown.
    shows: bool,
    /// There was one: what follows without a comma is no part of it.
    taken: bool,
}

struct Reader<'a> {
    source: &'a str,
    levels: Vec<Level>,
    /// Words and texts of which nobody knows yet whether they are a key.
    pending: Vec<Piece>,
    at: Vec<Range<usize>>,
    values: BTreeSet<String>,
    keys: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str) -> Self {
        Self {
            source,
            levels: vec![Level::default()],
            pending: Vec::new(),
            at: Vec::new(),
            values: BTreeSet::new(),
            keys: BTreeSet::new(),
        }
    }

    fn read(&mut self) {
        let mut from = 0;
        let mut begins = true;
        while let Some(piece) = next(self.source, from) {
            from = match begins && piece.kind == Kind::List {
                true => self.header(piece.at.start).unwrap_or(piece.at.end),
                false => piece.at.end,
            };
            begins = piece.kind == Kind::LineEnd;
            if from == piece.at.end {
                self.piece(piece);
            }
        }
        self.end_of_value();
    }

    fn piece(&mut self, piece: Piece) {
        match piece.kind {
            Kind::Word | Kind::Quoted(..) => self.pending.push(piece),
            Kind::Comment => self.at.push(piece.at.start + 1..piece.at.end),
            Kind::Equals => self.equals(),
            Kind::Table | Kind::List => self.open(piece.kind == Kind::List),
            Kind::Close => {
                self.end_of_value();
                if self.levels.len() > 1 {
                    self.levels.pop();
                }
            }
            Kind::Comma | Kind::LineEnd => {
                self.end_of_value();
                let is_comma = piece.kind == Kind::Comma;
                let level = self.level();
                if !level.is_list {
                    level.key = None;
                    level.shows = false;
                } else if is_comma {
                    level.taken = false;
                }
            }
        }
    }

    /// `[unit.lamp]`; gives where it ends.
    fn header(&mut self, from: usize) -> Option<usize> {
        let source = self.source;
        let line = source.get(from..line_end(source, from))?;
        let is_one = self.levels.len() == 1 || HEADERS.iter().any(|h| line.starts_with(h));
        let inner = line.trim_start_matches('[');
        let inner = inner.split(']').next().filter(|_| is_one)?;
        if inner.contains(['=', '{', ',', '#']) {
            return None;
        }
        self.end_of_value();
        let path = parts(inner);
        let begin = line.len() - line.trim_start_matches('[').len();
        // A list that lacks its key looks the same.
        if inner.contains(['"', '\'']) && !is_known_table(&path) {
            self.values.extend(path.iter().cloned());
            self.at.push(from + begin..from + begin + inner.len());
        }
        self.levels = vec![Level {
            path,
            ..Level::default()
        }];
        let closed = line.get(begin + inner.len()..)?;
        let closes = closed.len() - closed.trim_start_matches(']').len();
        Some(from + begin + inner.len() + closes)
    }

    fn level(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    /// What stands right before `=` is a key; what is before that was a value.
    fn equals(&mut self) {
        let pairs = self.pending.windows(2).rev();
        let joined = pairs
            .take_while(|pair| pair[0].at.end == pair[1].at.start)
            .count();
        let Some(first) = self.pending.len().checked_sub(joined + 1) else {
            return;
        };
        let key = self.pending.split_off(first);
        let is_behind_value = !self.pending.is_empty();
        self.end_of_value();
        let (Some(begin), Some(end)) = (key.first(), key.last()) else {
            return;
        };
        let at = begin.at.start..end.at.end;
        let parts = parts(self.source.get(at.clone()).unwrap_or_default());
        let level = self.level();
        let is_known = is_known_table(&level.path);
        let in_order = !is_behind_value && level.key.is_none();
        let Some((last, tables)) = parts.split_last() else {
            return;
        };
        let table = [level.path.as_slice(), tables].concat();
        level.shows = is_known_table(&table) && is_plain(&table, last);
        level.taken = false;
        if is_known && in_order || is_name(last) {
            self.keys.insert(last.clone());
        } else {
            self.values.insert(last.clone());
            self.at.push(at);
        }
        self.level().key = Some(parts);
    }

    fn open(&mut self, is_list: bool) {
        self.end_of_value();
        let level = self.level();
        level.taken = true;
        let mut path = level.path.clone();
        if !level.is_list {
            // Without a key nobody knows what it is.
            let nameless = || vec![String::new()];
            path.extend(level.key.clone().unwrap_or_else(nameless));
        }
        let inner = Level {
            is_list,
            path,
            key: level.key.clone().filter(|_| is_list),
            shows: is_list && level.shows,
            taken: false,
        };
        self.levels.push(inner);
    }

    /// What came since the last key, comma or brace are values.
    fn end_of_value(&mut self) {
        let source = self.source;
        for piece in std::mem::take(&mut self.pending) {
            let level = self.level();
            let is_shown = level.shows && !level.taken;
            level.taken = true;
            let inner = piece.inner();
            let text = source.get(inner.clone()).unwrap_or_default();
            let shown = match is_shown {
                true => shown_of(text, piece.kind),
                false => 0,
            };
            if shown < text.len() {
                self.values.insert(text.to_owned());
                self.at.push(inner.start + shown..inner.end);
            }
        }
    }
}

/// How much of a value that may be shown is one.
fn shown_of(text: &str, kind: Kind) -> usize {
    // A login with its password in an address.
    let login = text
        .rsplit_once('@')
        .is_some_and(|(user, _)| user.contains(':'));
    let is_doubtful = matches!(kind, Kind::Quoted(_, false)) || text.contains(['=', '\n']);
    match (login, is_doubtful) {
        (true, _) => 0,
        (false, true) => text
            .find(|c: char| BEHIND.contains(c))
            .unwrap_or(text.len()),
        (false, false) => text.len(),
    }
}
