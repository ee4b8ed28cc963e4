//! How many runs go on side by side: as many as asked for, or as the computer has room for.
//!
//! Devices mostly wait for themselves, some of them for minutes on a lock of their own, others keep a core busy. A
//! fixed number is too many for the one kind and too few for the other. So a few go on always, and more of them while
//! the cores stand idle: what else the computer does comes first.

use proofhouse_runner::Cancel;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long the cores are looked at before one more run begins; its start shows in the next look.
const LOOK: Duration = Duration::from_secs(2);
/// Percent of that time in which they must have been idle.
const IDLE: u64 = 10;

/// A limit of runs at a time.
#[derive(Debug)]
pub struct AtOnce {
    always: usize,
    most: usize,
    looking: Mutex<()>,
}

impl AtOnce {
    /// As asked for (at least one), else some for each core: `always`, and up to `most` while cores are idle.
    #[must_use]
    pub fn new(asked: Option<usize>, always: usize, most: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let (always, most) = asked.map_or((always * cores, most * cores), |n| (n, n));
        Self {
            always: always.max(1),
            most: most.max(1),
            looking: Mutex::new(()),
        }
    }

    /// Workers to start for `jobs` jobs, at least one.
    #[must_use]
    pub fn workers(&self, jobs: usize) -> usize {
        self.most.clamp(1, jobs.max(1))
    }

    /// Returns when worker `number` (from 0) may begin a run, or when `over` says that there is none left to begin.
    pub fn wait_for_room(&self, number: usize, cancel: &Cancel, over: impl Fn() -> bool) {
        if number < self.always {
            return;
        }
        // One looks at a time: what it begins is to be seen by the next.
        let _looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let mut before = Times::now();
        while !over() && !cancel.pause(LOOK) {
            let now = Times::now();
            if idle_percent(before, now) >= IDLE {
                return;
            }
            before = now;
        }
    }
}

/// What the cores of this computer did since it was started, in ticks.
#[derive(Debug, Clone, Copy, Default)]
struct Times {
    idle: u64,
    all: u64,
}

impl Times {
    /// Nothing where the system does not say: then the cores count as busy.
    fn now() -> Self {
        let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
        Self::read(&text)
    }

    /// Of the first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal; guests are in user.
    fn read(text: &str) -> Self {
        let line = text.lines().next().unwrap_or_default();
        let ticks = line.strip_prefix("cpu ").unwrap_or_default();
        let ticks: Vec<u64> = ticks
            .split_whitespace()
            .take(8)
            .map_while(|t| t.parse().ok())
            .collect();
        Self {
            idle: ticks.iter().skip(3).take(2).sum(),
            all: ticks.iter().sum(),
        }
    }
}

fn idle_percent(before: Times, now: Times) -> u64 {
    let all = now.all.saturating_sub(before.all);
    let idle = now.idle.saturating_sub(before.idle);
    (idle * 100).checked_div(all).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_is_read_from_the_sum_of_all_cores() {
        let at = |line: &str| Times::read(&format!("{line}\ncpu0 9 9 9 9 9 9 9 9 9 9\n"));
        let before = at("cpu  100 0 50 800 50 0 0 0 0 0");
        let now = at("cpu  150 0 100 870 80 0 0 0 7 0");
        assert_eq!(idle_percent(before, now), 50);
        assert_eq!(idle_percent(now, now), 0, "nothing went by");
        assert_eq!(
            idle_percent(at("no such line"), at("")),
            0,
            "unknown is busy"
        );
    }

    #[test]
    fn those_that_always_go_on_do_not_wait_and_the_others_end_with_the_jobs() {
        let room = AtOnce::new(Some(3), 4, 12);
        assert_eq!(
            (room.workers(100), room.workers(2), room.workers(0)),
            (3, 2, 1)
        );
        let (idle, cancel) = (AtOnce::new(None, 1, 2), Cancel::new());
        idle.wait_for_room(0, &cancel, || unreachable!("the first begins at once"));
        let number = idle.always;
        idle.wait_for_room(number, &cancel, || true);
        cancel.cancel("the test is over");
        idle.wait_for_room(number, &cancel, || false);
    }
}
