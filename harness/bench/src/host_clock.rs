//! The clock of the bench PC, held against one that nobody can set.
//!
//! Times of the record are that clock's at the beginning of a run, and the steady one's from there on. A clock that is
//! set meanwhile makes them wrong by as much, and whoever asks how old a trial is goes by it.

use crate::faulty::Faulty;
use proofhouse_model::observation::HostClock as Seen;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Both clocks are read again where so much lies between: another process had the processor.
const NARROW: Duration = Duration::from_micros(200);
/// How often at most; the narrowest reading counts.
const TRIES: usize = 10;
/// What may be dated later: a clock that is kept in step moves a little.
const LEEWAY_MS: i64 = 1000;

/// Something that is over.
pub struct Dated {
    /// What it is and of when, for a reader.
    pub what: String,
    /// Milliseconds since 1970, UTC.
    pub unix_ms: i64,
}

/// Tells what is over for sure; asked when somebody looks at the clock.
pub type Past = Arc<dyn Fn() -> Vec<Dated> + Send + Sync>;

/// The clock since a bench was opened.
pub(crate) struct HostClock {
    began: Instant,
    /// Microseconds by which it was ahead of the steady clock at the beginning.
    ahead_us: i64,
    /// Milliseconds by which it moved at most, forwards or back.
    furthest_ms: Mutex<i64>,
    past: Past,
    fault: Option<Arc<Faulty>>,
}

impl HostClock {
    /// From now on.
    pub(crate) fn new(past: Past, fault: Option<Arc<Faulty>>) -> Self {
        let began = Instant::now();
        Self {
            began,
            ahead_us: ahead_us(began),
            furthest_ms: Mutex::new(0),
            past,
            fault,
        }
    }

    /// Remembers how far it moved: one that is set and set back again would else be missed.
    pub(crate) fn glance(&self) {
        let moved = (ahead_us(self.began) - self.ahead_us) / 1000;
        self.remember(moved.saturating_add(self.set_by_ms()));
    }

    fn remember(&self, moved_ms: i64) -> i64 {
        let furthest = self.furthest_ms.lock();
        let mut furthest = furthest.unwrap_or_else(PoisonError::into_inner);
        if moved_ms.unsigned_abs() > furthest.unsigned_abs() {
            *furthest = moved_ms;
        }
        *furthest
    }

    /// What is known of it now.
    pub(crate) fn look(&self) -> Seen {
        self.glance();
        let now_ms = (unix_us() / 1000).saturating_add(self.set_by_ms());
        let (in_step, error_us) = kept().unzip();
        Seen {
            moved_ms: self.remember(0),
            later: later(now_ms, (self.past)()),
            in_step,
            error_us: error_us.flatten(),
        }
    }

    fn set_by_ms(&self) -> i64 {
        self.fault.as_ref().map_or(0, |f| f.clock_set_by_ms())
    }
}

/// What is dated later than a moment.
fn later(now_ms: i64, past: Vec<Dated>) -> Vec<String> {
    let is_later = |dated: &Dated| dated.unix_ms > now_ms.saturating_add(LEEWAY_MS);
    let later = past.into_iter().filter(is_later);
    later.map(|dated| dated.what).collect()
}

/// Microseconds by which the clock is ahead of the steady one, which began then.
fn ahead_us(began: Instant) -> i64 {
    let (mut narrowest, mut ahead) = (Duration::MAX, 0);
    for _ in 0..TRIES {
        let before = began.elapsed();
        let wall = unix_us();
        let between = began.elapsed().saturating_sub(before);
        if between < narrowest {
            narrowest = between;
            ahead = wall.saturating_sub(micros(before + between / 2));
        }
        if between <= NARROW {
            break;
        }
    }
    ahead
}

/// Microseconds since 1970; less than nothing before it, as on a computer whose battery is empty.
fn unix_us() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => micros(since),
        Err(before) => -micros(before.duration()),
    }
}

fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}

/// Whether the system keeps its clock in step with another, and the error in microseconds that it estimates; nothing
/// where it does not tell, as in some containers.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)] // Neither std nor nix asks the kernel for it.
fn kept() -> Option<(bool, Option<u64>)> {
    use nix::libc;
    // SAFETY: `timex` is numbers alone, for which zeroes are values; with no bit of `modes` set nothing is changed; and
    // the kernel writes to it during the call only.
    let (state, told) = unsafe {
        let mut told: libc::timex = std::mem::zeroed();
        (libc::adjtimex(&raw mut told), told)
    };
    let in_step = state != libc::TIME_ERROR && told.status & libc::STA_UNSYNC == 0;
    (state >= 0).then(|| (in_step, u64::try_from(told.esterror).ok()))
}

#[cfg(not(target_os = "linux"))]
fn kept() -> Option<(bool, Option<u64>)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> HostClock {
        HostClock::new(Arc::new(Vec::new), None)
    }

    #[test]
    fn the_furthest_of_all_glances_counts_whichever_way_it_was() {
        let clock = clock();
        assert_eq!(clock.remember(300), 300);
        assert_eq!(clock.remember(-200), 300);
        assert_eq!(clock.remember(-301), -301);
        assert_eq!(clock.remember(0), -301);
        assert_eq!(clock.look().moved_ms, -301);
    }

    #[test]
    fn what_is_over_is_dated_later_only_by_a_clock_that_is_wrong() {
        let dated = |what: &str, unix_ms| Dated {
            what: what.to_owned(),
            unix_ms,
        };
        let past = || vec![dated("build", 10_000), dated("run", 20_000)];
        assert_eq!(later(20_000, past()), Vec::<String>::new());
        assert_eq!(later(19_500, past()), Vec::<String>::new());
        assert_eq!(later(18_000, past()), ["run"]);
        assert_eq!(later(0, past()), ["build", "run"]);
    }

    #[test]
    fn it_is_asked_what_is_over_when_somebody_looks() {
        let far = Dated {
            what: "the end of days".to_owned(),
            unix_ms: i64::MAX,
        };
        let far = Mutex::new(Some(far));
        let past: Past = Arc::new(move || far.lock().unwrap().take().into_iter().collect());
        let clock = HostClock::new(past, None);
        assert_eq!(clock.look().later, ["the end of days"]);
        assert_eq!(clock.look().later, Vec::<String>::new());
    }
}
