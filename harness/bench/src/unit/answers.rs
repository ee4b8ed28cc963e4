//! When a unit answered over the network: events of the device that place cuts where no console tells any.

use proofhouse_model::Op;
use std::time::{Duration, Instant};

/// Most answers whose time is kept between two looks.
const MOST: usize = 4096;

/// Times of answers since the last look.
pub struct Answers {
    since: Instant,
    at: Vec<Instant>,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            at: Vec::new(),
        }
    }
}

impl Answers {
    /// The unit answered. Times beyond 4,096 are not kept.
    pub fn came(&mut self, now: Instant) {
        if self.at.len() < MOST {
            self.at.push(now);
        }
    }

    /// From the last look to each answer; counts anew from now.
    pub fn take(&mut self, now: Instant) -> Vec<Duration> {
        let since = std::mem::replace(&mut self.since, now);
        let at = std::mem::take(&mut self.at);
        at.iter()
            .map(|at| at.saturating_duration_since(since))
            .collect()
    }
}

/// Whether the unit has answered once the op came to an observation.
pub const fn tells(op: &Op) -> bool {
    matches!(
        op,
        Op::Http(_) | Op::Coap(_) | Op::Observe(_) | Op::Stream(_) | Op::Datagram(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_timed_from_the_last_look_and_bounded() {
        let mut answers = Answers::default();
        let start = Instant::now();
        let later = |ms| start + Duration::from_millis(ms);
        answers.take(start);
        answers.came(later(4));
        answers.came(later(9));
        let ms = |at: Vec<Duration>| at.iter().map(Duration::as_millis).collect::<Vec<_>>();
        assert_eq!(ms(answers.take(later(10))), [4, 9]);
        assert!(answers.take(later(11)).is_empty());
        (0..5000).for_each(|_| answers.came(later(12)));
        assert_eq!(answers.take(later(13)).len(), MOST);
    }
}
