//! Small reproducible random numbers: the same seed brings the same campaign on every machine.

/// SplitMix64 (Steele, Lea, Flood 2014). Not for secrets.
#[derive(Debug, Clone)]
pub(crate) struct Seeded(u64);

impl Seeded {
    /// A stream of its own for every pair.
    pub(crate) fn new(seed: u64, index: u32) -> Self {
        let mut first = Self(seed);
        Self(first.next() ^ u64::from(index).wrapping_mul(0xd6e8_feb8_6659_fd93))
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 when `end` is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end64 = end as u64;
        self.next().checked_rem(end64).map_or(0, |n| n as usize)
    }

    /// One of a non-empty list.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    /// A byte.
    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_and_repeat() {
        let take = |seed, index| {
            let mut s = Seeded::new(seed, index);
            [s.next(), s.next()]
        };
        assert_eq!(take(1, 2), take(1, 2));
        assert_ne!(take(1, 2), take(1, 3));
        assert_ne!(take(1, 2), take(2, 2));
        assert_eq!(Seeded::new(0, 0).below(0), 0);
    }
}
