//! How long an instrument may work, and how it is called back.

use proofhouse_model::{Channel, Detour, Trouble, TroubleKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A deadline and a flag that ends the work early. Instruments look at it between steps of at most some
/// hundred milliseconds, or the patience they were given.
#[derive(Debug, Clone)]
pub struct Leash {
    until: Instant,
    within: Duration,
    stop: Option<Arc<AtomicBool>>,
    detour: Detour,
}

impl Leash {
    /// From now, for so long.
    #[must_use]
    pub fn new(within: Duration) -> Self {
        Self {
            until: Instant::now() + within,
            within,
            stop: None,
            detour: Detour::default(),
        }
    }

    /// The same, ended early when the flag turns true.
    #[must_use]
    pub fn stopped_by(mut self, stop: Arc<AtomicBool>) -> Self {
        self.stop = Some(stop);
        self
    }

    /// The same, with sockets opened by another way, for a bench that is faulty on purpose.
    #[must_use]
    pub fn around(mut self, detour: Detour) -> Self {
        self.detour = detour;
        self
    }

    /// The way its sockets go.
    #[must_use]
    pub fn detour(&self) -> &Detour {
        &self.detour
    }

    /// The whole time it was given.
    #[must_use]
    pub fn within(&self) -> Duration {
        self.within
    }

    /// Time left; zero when over.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// A wait cut to the time left.
    #[must_use]
    pub fn at_most(&self, wait: Duration) -> Duration {
        wait.min(self.left())
    }

    /// Nothing while work may go on.
    ///
    /// # Errors
    /// [`TroubleKind::Cancelled`] when the flag is up, [`TroubleKind::Deadline`] when the time is over; `doing` says
    /// what was cut short.
    pub fn check(&self, channel: Channel, doing: impl FnOnce() -> String) -> Result<(), Trouble> {
        let stopped = self
            .stop
            .as_ref()
            .is_some_and(|s| s.load(Ordering::Relaxed));
        if stopped {
            let what = format!("{} was cut short: the run is being ended", doing());
            return Err(Trouble::new(TroubleKind::Cancelled, channel, what));
        }
        if self.left().is_zero() {
            let what = format!("{} took longer than {:?}", doing(), self.within);
            let mut trouble = Trouble::new(TroubleKind::Deadline, channel, what);
            trouble.try_next = Some("give it a longer `within`".to_owned());
            return Err(trouble);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leash_ends_by_time_and_by_flag() {
        let doing = || "a test".to_owned();
        let over = Leash::new(Duration::ZERO);
        let kind = |l: &Leash| l.check(Channel::Lan, doing).unwrap_err().kind;
        assert_eq!(kind(&over), TroubleKind::Deadline);
        let flag = Arc::new(AtomicBool::new(false));
        let long = Leash::new(Duration::from_secs(600)).stopped_by(Arc::clone(&flag));
        assert!(long.check(Channel::Lan, doing).is_ok());
        flag.store(true, Ordering::Relaxed);
        assert_eq!(kind(&long), TroubleKind::Cancelled);
    }
}
