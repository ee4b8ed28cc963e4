//! How many probes may be under way, and how long each may take.

use std::time::Duration;

/// Sockets at once, at most. Only silent ports stay open for long, so a device that answers never sees as many.
const MOST: usize = 2000;
/// Wait for an answer as long as the device has not answered anything, and the longest ever.
const UNKNOWN: Duration = Duration::from_secs(1);
/// Shortest wait, however quick the device has been.
const LEAST: Duration = Duration::from_millis(200);

/// Window and patience. Both start careful and follow what the network does.
#[derive(Debug)]
pub(super) struct Pace {
    window: usize,
    ceiling: usize,
    answers: u32,
    slowest: Duration,
}

impl Pace {
    /// Before anything is known.
    pub(super) fn new() -> Self {
        Self {
            window: 100,
            ceiling: MOST,
            answers: 0,
            slowest: Duration::ZERO,
        }
    }

    /// How many may be under way.
    pub(super) fn window(&self) -> usize {
        self.window
    }

    /// An answer or a refusal came so long after its probe.
    pub(super) fn answered(&mut self, after: Duration) {
        self.answers = self.answers.saturating_add(1);
        self.slowest = self.slowest.max(after);
        self.grow();
    }

    /// Whether the device answered or refused anything so far.
    pub(super) fn answered_anything(&self) -> bool {
        self.answers > 0
    }

    /// A probe ended without answer. Grows too, or a host that drops everything would take minutes.
    pub(super) fn grow(&mut self) {
        self.window = (self.window + 1).min(self.ceiling);
    }

    /// Sockets or ports ran out with so many open: never ask for that many again.
    pub(super) fn exhausted(&mut self, open: usize) {
        self.ceiling = (open * 3 / 4).max(1);
        self.window = self.window.min(self.ceiling);
    }

    /// The device does not keep up: half as many from now on.
    pub(super) fn slow_down(&mut self) {
        self.ceiling = (self.window / 2).max(1);
        self.window = self.ceiling;
    }

    /// How long the `attempt`-th try (from 1) may take. Later ones take longer where answers came so slowly that one
    /// may have been missed.
    pub(super) fn patience(&self, attempt: u8) -> Duration {
        if self.answers == 0 {
            return UNKNOWN;
        }
        let once = (self.slowest * 4 + Duration::from_millis(100)).clamp(LEAST, UNKNOWN);
        match once == LEAST {
            true => once,
            false => once * u32::from(attempt.min(2)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pace_follows_the_network() {
        let mut pace = Pace::new();
        assert_eq!(pace.patience(1), UNKNOWN);
        for _ in 0..5000 {
            pace.answered(Duration::from_millis(1));
        }
        assert_eq!(pace.window(), MOST);
        assert_eq!(pace.patience(1), LEAST);
        assert_eq!(pace.patience(2), LEAST, "nothing was late");
        pace.answered(Duration::from_millis(100));
        assert_eq!(pace.patience(1), Duration::from_millis(500));
        assert_eq!(pace.patience(2), Duration::from_millis(1000));
        pace.slow_down();
        pace.grow();
        assert_eq!(pace.window(), MOST / 2);
        pace.exhausted(200);
        pace.grow();
        assert_eq!(pace.window(), 150);
        pace.exhausted(0);
        assert_eq!(pace.window(), 1);
    }
}
