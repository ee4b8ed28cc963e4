//! Small reproducible random numbers: the same seed brings the same numbers on every machine. Not for secrets.

/// What the state grows by at each number.
pub const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A stream of numbers from a seed (SplitMix64; Steele, Lea, Flood 2014).
#[derive(Debug, Clone)]
pub struct Seeded(u64);

impl Seeded {
    /// The stream of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// One of many streams of a seed, each its own.
    #[must_use]
    pub fn stream(seed: u64, index: u32) -> Self {
        let first = Self(seed).next();
        Self(first ^ u64::from(index).wrapping_mul(0xd6e8_feb8_6659_fd93))
    }

    /// The next 64 bits.
    #[allow(clippy::should_implement_trait, reason = "it never ends")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number below `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end64 = end as u64;
        self.next().checked_rem(end64).map_or(0, |n| n as usize)
    }

    /// One of a list; `None` when it is empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    /// Brings a list into an order of its own.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for end in (1..list.len()).rev() {
            list.swap(end, self.below(end + 1));
        }
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }
}

/// The number of a state: every bit of it depends on every bit of the state.
#[must_use]
pub const fn mix(state: u64) -> u64 {
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// FNV-1a: a number from bytes that spreads well and needs no key.
#[must_use]
pub fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u64 {
    let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, fnv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_and_repeat() {
        let take = |seed, index| {
            let mut s = Seeded::stream(seed, index);
            [s.next(), s.next()]
        };
        assert_eq!(take(1, 2), take(1, 2));
        assert_ne!(take(1, 2), take(1, 3));
        assert_ne!(take(1, 2), take(2, 2));
        assert_eq!(Seeded::new(0).below(0), 0);
    }

    #[test]
    fn the_numbers_are_those_of_the_published_algorithms() {
        assert_eq!(Seeded::new(0).next(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(fnv1a(*b"a"), 0xaf63_dc4c_8601_ec8c);
    }
}
