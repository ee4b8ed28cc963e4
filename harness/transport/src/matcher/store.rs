//! The last bytes of a stream, at absolute positions.

/// Bytes kept for looking back, at least.
pub(crate) const KEEP: usize = 1 << 20;

/// A bounded record of a byte stream. Position 0 is the first byte ever received.
#[derive(Default)]
pub(crate) struct Store {
    bytes: Vec<u8>,
    /// Position of `bytes[0]`.
    base: u64,
}

impl Store {
    /// Adds bytes; drops the oldest ones beyond the bound, in steps large enough to cost next to
    /// nothing.
    pub(crate) fn push(&mut self, chunk: &[u8]) {
        self.bytes.extend_from_slice(chunk);
        if self.bytes.len() >= 2 * KEEP {
            let drop = self.bytes.len() - KEEP;
            self.bytes.drain(..drop);
            self.base += drop as u64;
        }
    }

    /// Position after the last byte.
    pub(crate) fn end(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }

    /// What is kept from a position on, and the position it really begins at.
    pub(crate) fn from(&self, at: u64) -> (u64, &[u8]) {
        let at = at.clamp(self.base, self.end());
        (at, &self.bytes[(at - self.base) as usize..])
    }

    /// The last bytes before a position, at most `most`, not before `from`.
    pub(crate) fn before(&self, end: u64, from: u64, most: usize) -> &[u8] {
        let (begin, bytes) = self.from(from.max(end.saturating_sub(most as u64)));
        &bytes[..(end.max(begin) - begin).min(bytes.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_stay_true_when_the_oldest_bytes_go() {
        let mut store = Store::default();
        for i in 0..3 * KEEP / 1000 {
            store.push(&[(i % 251) as u8; 1000]);
        }
        let end = store.end();
        assert_eq!(end, (3 * KEEP / 1000 * 1000) as u64);
        let (at, kept) = store.from(0);
        assert!(at > 0 && kept.len() >= KEEP && kept.len() < 2 * KEEP);
        assert_eq!(at + kept.len() as u64, end);
        assert_eq!(kept[0], ((at / 1000) % 251) as u8);
        assert_eq!(store.before(end, end - 3, 10), &kept[kept.len() - 3..]);
        assert_eq!(store.before(end, 0, 7).len(), 7);
        assert_eq!(store.before(10, 0, 7), b"");
    }
}
