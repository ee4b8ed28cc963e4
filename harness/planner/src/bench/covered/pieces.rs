//! A bench file in pieces, whatever is wrong in it: no piece waits for one that is missing.

use std::ops::Range;

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Without quotes: a key, a number, or text that lacks them.
    Word,
    /// In so many quotes on each side, and whether those behind it are there.
    Quoted(usize, bool),
    Comment,
    Equals,
    Comma,
    /// `{`
    Table,
    /// `[`
    List,
    /// `}` or `]`
    Close,
    LineEnd,
}

/// One piece, with where it stands.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) at: Range<usize>,
}

impl Piece {
    /// Where its text stands, without quotes.
    pub(super) fn inner(&self) -> Range<usize> {
        match self.kind {
            Kind::Quoted(quotes, true) => self.at.start + quotes..self.at.end - quotes,
            Kind::Quoted(quotes, false) => self.at.start + quotes..self.at.end,
            _ => self.at.clone(),
        }
    }
}

/// The first piece from there on, blanks left out.
pub(super) fn next(source: &str, from: usize) -> Option<Piece> {
    let rest = source.get(from..)?;
    let start = from + rest.find(|c: char| !matches!(c, ' ' | '\t' | '\r'))?;
    let one = |kind| (kind, start + 1);
    let (kind, end) = match *source.as_bytes().get(start)? {
        b'\n' => one(Kind::LineEnd),
        b'=' => one(Kind::Equals),
        b',' => one(Kind::Comma),
        b'{' => one(Kind::Table),
        b'[' => one(Kind::List),
        b'}' | b']' => one(Kind::Close),
        b'#' => (Kind::Comment, line_end(source, start)),
        quote @ (b'"' | b'\'') => quoted(source, start, quote),
        _ => (Kind::Word, word_end(source, start)),
    };
    let at = start..end;
    Some(Piece { kind, at })
}

pub(super) fn line_end(source: &str, from: usize) -> usize {
    let rest = source.get(from..).unwrap_or_default();
    rest.find('\n').map_or(source.len(), |at| from + at)
}

fn word_end(source: &str, from: usize) -> usize {
    let ends = |c: char| " \t\r\n=,{}[]#\"'".contains(c);
    let rest = source.get(from..).unwrap_or_default();
    rest.find(ends).map_or(source.len(), |at| from + at)
}

fn quoted(source: &str, from: usize, quote: u8) -> (Kind, usize) {
    let bytes = source.as_bytes();
    let is_quote = |at: usize| bytes.get(at) == Some(&quote);
    let quotes = match is_quote(from + 1) && is_quote(from + 2) {
        true => 3,
        false => 1,
    };
    let mut at = from + quotes;
    while let Some(byte) = bytes.get(at) {
        let is_end = (at..at + quotes).all(is_quote);
        match byte {
            _ if is_end => return (Kind::Quoted(quotes, true), at + quotes),
            b'\n' if quotes == 1 => return (Kind::Quoted(quotes, false), at),
            b'\\' if quote == b'"' && bytes.get(at + 1).is_some_and(|b| *b != b'\n') => at += 2,
            _ => at += 1,
        }
    }
    (Kind::Quoted(quotes, false), source.len())
}
