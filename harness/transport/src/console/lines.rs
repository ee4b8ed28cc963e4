//! When the lines of a console came.

use std::time::{Duration, Instant};

/// Most lines whose time is kept between two looks.
const MOST: usize = 4096;

/// Times of lines since the last look.
pub(crate) struct Lines {
    since: Instant,
    at: Vec<Instant>,
    /// The last byte was a carriage return: a line that ended, unless a line feed follows.
    returned: bool,
}

impl Lines {
    pub(crate) fn new() -> Self {
        Self {
            since: Instant::now(),
            at: Vec::new(),
            returned: false,
        }
    }

    /// Bytes came; says how many lines ended with them, by a line feed, a carriage return or both. Times beyond 4,096
    /// are not kept.
    pub(crate) fn push(&mut self, bytes: &[u8], now: Instant) -> usize {
        let mut ended = 0;
        for byte in bytes {
            // A bare carriage return is known for one when something else follows.
            ended += usize::from(*byte == b'\n' || self.returned);
            self.returned = *byte == b'\r';
        }
        let room = MOST - self.at.len();
        self.at.extend(std::iter::repeat_n(now, ended.min(room)));
        ended
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
        assert_eq!(lines.push(b"boot\r", later(4)), 0);
        assert_eq!(lines.push(b"\nself-te", later(5)), 1);
        assert_eq!(lines.push(b"st\r10 %\r20 %\nok", later(9)), 3);
        let ms = |at: Vec<Duration>| at.iter().map(Duration::as_millis).collect::<Vec<_>>();
        assert_eq!(ms(lines.take(later(10))), [5, 9, 9, 9]);
        assert!(lines.take(later(11)).is_empty());
        assert_eq!(lines.push(&[b'\n'; 5000], later(12)), 5000);
        assert_eq!(lines.push(b"\n", later(13)), 1);
        assert_eq!(lines.take(later(20)).len(), MOST);
    }
}
