//! One pattern looked for in a stream that still grows.

use super::store::Store;
use proofhouse_model::Pattern;

/// What came before a match is kept up to this many bytes.
const BEFORE: usize = 4 << 10;
/// A match or group is handed out up to this many bytes.
const LONGEST: usize = 64 << 10;

/// A match, at absolute positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) text: Vec<u8>,
    pub(crate) groups: Vec<Vec<u8>>,
    pub(crate) before: Vec<u8>,
}

/// A look for a pattern from a place on. Each byte is looked at about once, however small the
/// pieces are.
pub(crate) struct Search {
    pattern: Pattern,
    from: u64,
    searched: u64,
}

impl Search {
    pub(crate) fn new(pattern: Pattern, from: u64) -> Self {
        Self {
            pattern,
            from,
            searched: from,
        }
    }

    /// Looks at what is new.
    pub(crate) fn step(&mut self, store: &Store) -> Option<Hit> {
        let (at, bytes) = store.from(self.from);
        let done = (self.searched.max(at) - at) as usize;
        let start = self.pattern.resume(bytes, done.min(bytes.len()));
        self.searched = store.end();
        let found = self.pattern.regex().find_at(bytes, start)?.start();
        let captures = self.pattern.regex().captures_at(bytes, found)?;
        let whole = captures.get(0)?;
        let cut = |b: &[u8]| b[..b.len().min(LONGEST)].to_vec();
        let start = at + whole.start() as u64;
        Some(Hit {
            start,
            end: at + whole.end() as u64,
            text: cut(whole.as_bytes()),
            groups: captures
                .iter()
                .skip(1)
                .map(|g| g.map_or(vec![], |g| cut(g.as_bytes())))
                .collect(),
            before: store.before(start, self.from, BEFORE).to_vec(),
        })
    }

    /// Goes on behind a match; behind an empty one, one byte further.
    pub(crate) fn go_on(&mut self, after: &Hit) {
        self.from = after.end.max(after.start + 1);
        self.searched = self.from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(pattern: &str, pieces: &[&[u8]]) -> Option<Hit> {
        let mut store = Store::default();
        let mut search = Search::new(Pattern::new(pattern).unwrap(), 0);
        pieces.iter().find_map(|piece| {
            store.push(piece);
            search.step(&store)
        })
    }

    #[test]
    fn a_match_in_pieces_is_found_as_in_one() {
        let text = b"noise\r\nboot v1.4.2 ok\r\nplug> ";
        for pattern in [
            "plug> $",
            r"v(\d)\.(\d+)\.(\d+) ok",
            r"ok\s+plug",
            r"(?m)^boot.*ok\r?$",
        ] {
            let whole = fed(pattern, &[text]).unwrap();
            let bytes: Vec<&[u8]> = text.chunks(1).collect();
            let pieces = fed(pattern, &bytes).unwrap();
            assert_eq!(whole.start, pieces.start, "{pattern}");
            assert_eq!(whole.groups, pieces.groups, "{pattern}");
        }
        assert_eq!(
            fed("plug> $", &[text]).unwrap().before,
            b"noise\r\nboot v1.4.2 ok\r\n"
        );
    }

    #[test]
    fn go_on_finds_each_once() {
        let mut store = Store::default();
        store.push(b"panic panic panic");
        let mut search = Search::new(Pattern::new("panic").unwrap(), 0);
        let mut at = vec![];
        while let Some(hit) = search.step(&store) {
            at.push(hit.start);
            search.go_on(&hit);
        }
        assert_eq!(at, [0, 6, 12]);
    }
}
