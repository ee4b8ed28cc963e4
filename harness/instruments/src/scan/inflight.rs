//! How many probes may be under way, and how long each may take.

use nix::sys::resource::{Resource, getrlimit};
use std::time::Duration;

/// Sockets at once, at most. Only silent ports stay open for long, so a device that answers never sees as many.
const MOST: usize = 16_000;
/// Sockets at once where the process may have few, or does not know how many.
const FEWEST: usize = 100;
/// First wait for an answer as long as the device has not answered anything.
const UNKNOWN: Duration = Duration::from_millis(250);
/// Shortest wait, however quick the device has been.
const LEAST: Duration = Duration::from_millis(100);
/// Longest one of a first try, however slow it has been.
const LONGEST: Duration = Duration::from_secs(1);
/// The longest wait ever.
const LAST: Duration = Duration::from_secs(2);

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
        Self::up_to(most())
    }

    /// The same, with so many at once at most.
    pub(super) fn up_to(ceiling: usize) -> Self {
        Self {
            window: FEWEST.min(ceiling),
            ceiling,
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
        self.grow_by(1);
    }

    /// A probe ended without answer. Grows too, or a host that drops everything would take minutes; quicker where
    /// nothing answers at all, because each wait is longer then.
    pub(super) fn grow(&mut self) {
        self.grow_by(if self.answers == 0 { 3 } else { 1 });
    }

    fn grow_by(&mut self, more: usize) {
        self.window = (self.window + more).min(self.ceiling);
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

    /// How long the `attempt`-th try (from 1) may take: what the slowest answer took with room to spare, then twice and
    /// four times that, because an answer that came too late for one try looks like none.
    pub(super) fn patience(&self, attempt: u8) -> Duration {
        let once = match self.answers {
            0 => UNKNOWN,
            _ => long_enough(self.slowest),
        };
        (once * (1_u32 << attempt.saturating_sub(1).min(2))).min(LAST)
    }
}

/// How long an answer is waited for where the slowest one took so long: four times that, and a little.
pub(super) fn long_enough(slowest: Duration) -> Duration {
    (slowest * 4 + LEAST).min(LONGEST)
}

/// Half of the files that this process may have open: others of it open some too.
fn most() -> usize {
    let soft = getrlimit(Resource::RLIMIT_NOFILE).map_or(0, |(soft, _)| soft / 2);
    usize::try_from(soft).unwrap_or(MOST).clamp(FEWEST, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pace_follows_the_network() {
        let mut pace = Pace::up_to(2000);
        assert_eq!(pace.patience(1), UNKNOWN);
        for _ in 0..5000 {
            pace.answered(Duration::from_millis(1));
        }
        assert_eq!(pace.window(), 2000);
        let once = LEAST + Duration::from_millis(4);
        assert_eq!(pace.patience(1), once);
        pace.answered(Duration::from_millis(100));
        assert_eq!(pace.patience(1), Duration::from_millis(500));
        assert_eq!(pace.patience(2), Duration::from_millis(1000));
        assert_eq!(pace.patience(3), LAST);
        pace.slow_down();
        pace.grow();
        assert_eq!(pace.window(), 1000);
        pace.exhausted(200);
        pace.grow();
        assert_eq!(pace.window(), 150);
        pace.exhausted(0);
        assert_eq!(pace.window(), 1);
    }

    /// One answer is enough to know how long answers take: a device behind a firewall has no more.
    #[test]
    fn one_answer_shortens_every_later_wait() {
        let mut pace = Pace::up_to(2000);
        let unknown: Vec<_> = (1..=4).map(|attempt| pace.patience(attempt)).collect();
        assert_eq!(unknown, [250, 500, 1000, 1000].map(Duration::from_millis));
        pace.answered(Duration::ZERO);
        let known: Vec<_> = (1..=4).map(|attempt| pace.patience(attempt)).collect();
        assert_eq!(known, [100, 200, 400, 400].map(Duration::from_millis));
    }

    /// The time that 65,535 dropped ports take, reckoned from windows and waits alone: every silent port is asked three
    /// times. What the processor takes comes on top.
    #[test]
    fn ports_that_are_dropped_take_seconds() {
        for (answered, seconds) in [(true, 6), (false, 10)] {
            let mut pace = Pace::up_to(MOST);
            if answered {
                pace.answered(Duration::from_millis(1));
            }
            let mut took = Duration::ZERO;
            for attempt in 1..=3 {
                let mut left = 65_535_usize;
                while left > 0 {
                    let now = left.min(pace.window());
                    took += pace.patience(attempt);
                    (0..now).for_each(|_| pace.grow());
                    left -= now;
                }
            }
            assert!(took < Duration::from_secs(seconds), "{answered}: {took:?}");
        }
    }
}
