//! When the lines of a console came.

use std::time::{Duration, Instant};

/// Most lines whose time is kept between two looks.
const MOST: usize = 4096;

/// Times of lines since the last look.
pub(crate) struct Lines {
    since: Instant,
    at: Vec<Instant>,
}

impl Lines {
    pub(crate) fn new() -> Self {
        Self {
            since: Instant::now(),
            at: Vec::new(),
        }
    }

    /// So many lines ended now; what is beyond 4,096 is not kept.
    pub(crate) fn push(&mut self, lines: usize, now: Instant) {
        let room = MOST - self.at.len();
        self.at.extend(std::iter::repeat_n(now, lines.min(room)));
    }

    /// From the last look to each line; counts anew from now.
    pub(crate) fn take(&mut self, now: Instant) -> Vec<Duration> {
        let since = std::mem::replace(&mut self.since, now);
        let at = std::mem::take(&mut self.at);
        at.iter()
            .map(|at| at.saturating_duration_since(since))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_timed_from_the_last_look_and_bounded() {
        let mut lines = Lines::new();
        let start = Instant::now();
        let later = |ms| start + Duration::from_millis(ms);
        lines.take(start);
        lines.push(1, later(5));
        lines.push(2, later(9));
        let ms = |at: Vec<Duration>| at.iter().map(Duration::as_millis).collect::<Vec<_>>();
        assert_eq!(ms(lines.take(later(10))), [5, 9, 9]);
        assert!(lines.take(later(11)).is_empty());
        lines.push(usize::MAX, later(12));
        lines.push(1, later(13));
        assert_eq!(lines.take(later(20)).len(), MOST);
    }
}
