//! Dice of a fault: everything it does follows from its seed.

use proofhouse_model::seeded::Seeded;
use std::time::Duration;

/// A stream of numbers from a seed.
#[derive(Debug, Clone)]
pub(super) struct Dice(Seeded);

impl Dice {
    /// Number `stream` of the streams of a seed; each is its own.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut dice = Self(Seeded::new(
            seed ^ stream.wrapping_mul(0xa076_1d64_78bd_642f),
        ));
        dice.next();
        dice
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0.next()
    }

    /// From 0 to `n - 1`; 0 when `n` is 0.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    /// True once in `n`.
    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of a few.
    pub(super) fn of<T: Copy>(&mut self, choices: &[T], or: T) -> T {
        let at = usize::try_from(self.below(choices.len() as u64)).unwrap_or(0);
        choices.get(at).copied().unwrap_or(or)
    }

    /// Milliseconds, each octave as likely as the next; both ends 1 or more.
    pub(super) fn ms(&mut self, from: u64, to: u64) -> Duration {
        let (low, high) = (from.max(1), to.max(from.max(1)));
        let octaves = u64::from((high / low).max(1).ilog2()) + 1;
        let base = low << self.below(octaves);
        let length = base + self.below(base);
        Duration::from_millis(length.min(high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_falls_the_same_and_another_one_does_not() {
        let of = |seed, stream| {
            let mut dice = Dice::new(seed, stream);
            [(); 8].map(|()| dice.next())
        };
        assert_eq!(of(7, 1), of(7, 1));
        assert_ne!(of(7, 1), of(7, 2));
        assert_ne!(of(7, 1), of(8, 1));
    }

    #[test]
    fn times_stay_within_their_ends() {
        let mut dice = Dice::new(3, 0);
        for _ in 0..2000 {
            let ms = dice.ms(10, 600).as_millis();
            assert!((10..=600).contains(&ms), "{ms}");
        }
    }
}
