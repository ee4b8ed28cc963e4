//! Until when something may take, and whether somebody called it off: one type, handed to every wait.

mod cancel;
#[cfg(test)]
mod tests;

pub use cancel::{Cancel, OwnCancel, Registration};

use proofhouse_model::{Channel, Dur, Trouble, TroubleKind};
use std::time::{Duration, Instant};

/// Longest that anything may take: what [`Dur`] accepts. Longer ones are cut to it.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// A deadline and the flag that ends waits early.
///
/// A case has one; each op gets the part of it that it asked for ([`Budget::at_most`]), and so does each step of an op.
/// No wait may outlast its budget, whatever a device sends meanwhile.
#[derive(Debug, Clone)]
pub struct Budget {
    until: Instant,
    given: Duration,
    cancel: Cancel,
}

impl Budget {
    /// From now, for so long.
    #[must_use]
    pub fn new(within: Duration, cancel: &Cancel) -> Self {
        let given = within.min(LONGEST);
        Self {
            until: Instant::now() + given,
            given,
            cancel: cancel.clone(),
        }
    }

    /// From now, for so long; nobody can call it off.
    #[must_use]
    pub fn of(within: Duration) -> Self {
        Self::new(within, &Cancel::new())
    }

    /// Up to a moment.
    #[must_use]
    pub fn until(until: Instant, cancel: &Cancel) -> Self {
        Self {
            given: until.saturating_duration_since(Instant::now()),
            until,
            cancel: cancel.clone(),
        }
    }

    /// The same, but from now on no longer than `within`: the one place where a wait is cut to what is left.
    #[must_use]
    pub fn at_most(&self, within: Duration) -> Self {
        let now = Instant::now();
        let left = self.until.saturating_duration_since(now);
        let given = within.min(left);
        Self {
            until: if within < left {
                now + within
            } else {
                self.until
            },
            given,
            cancel: self.cancel.clone(),
        }
    }

    /// The same, ended early by another flag.
    #[must_use]
    pub fn ended_by(&self, cancel: &Cancel) -> Self {
        Self {
            cancel: cancel.clone(),
            ..*self
        }
    }

    /// The same with a later end, for a step that may finish what was begun in time.
    #[must_use]
    pub fn with_grace(&self, grace: Duration) -> Self {
        Self {
            until: self.until + grace,
            given: self.given + grace,
            cancel: self.cancel.clone(),
        }
    }

    /// The whole time it was given, to the millisecond: for messages.
    #[must_use]
    pub fn given(&self) -> Dur {
        let us = u64::try_from(self.given.as_micros()).unwrap_or(u64::MAX);
        Dur::ms(us.div_ceil(1000))
    }

    /// When it is over.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.until
    }

    /// Time left; zero when over.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Whether the time is over, or the wait was called off.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.left().is_zero() || self.cancel.is_cancelled()
    }

    /// What ends it early.
    #[must_use]
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Nothing while work may go on.
    ///
    /// # Errors
    /// [`TroubleKind::Cancelled`] when it was called off, [`TroubleKind::Deadline`] when the time is over; `doing` says
    /// what was cut short.
    pub fn check(&self, channel: Channel, doing: impl FnOnce() -> String) -> Result<(), Trouble> {
        if let Some(why) = self.cancel.reason() {
            let what = format!("{} was cut short: {why}", doing());
            return Err(Trouble::new(TroubleKind::Cancelled, channel, what));
        }
        if self.left().is_zero() {
            let mut trouble = self.overrun(&doing());
            trouble.channel = Some(channel);
            return Err(trouble);
        }
        Ok(())
    }

    /// Lets time pass.
    ///
    /// # Errors
    /// [`TroubleKind::Cancelled`] as soon as it is called off; [`TroubleKind::Deadline`] when less than `length` was
    /// left, at the deadline.
    pub fn pause(&self, length: Duration) -> Result<(), Trouble> {
        let left = self.left();
        if self.cancel.pause(length.min(left)) {
            return self.cancel.check();
        }
        match length <= left {
            true => Ok(()),
            false => Err(self.overrun(&format!("a pause of {}", Dur::from(length)))),
        }
    }

    fn overrun(&self, doing: &str) -> Trouble {
        Trouble {
            kind: TroubleKind::Deadline,
            channel: None,
            what: format!("{doing} took longer than {}", self.given()),
            try_next: Some("give it a longer `within`".to_owned()),
        }
    }
}
