//! One flag that ends a run in order, and lets waits be woken by it.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shared by everything that may have to stop. Cloning shares the flag.
#[derive(Clone, Default)]
pub struct Cancel {
    inner: Arc<(Mutex<Option<String>>, Condvar)>,
}

impl Cancel {
    /// A flag that is not set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks everything to stop. The first reason stays.
    pub fn cancel(&self, why: &str) {
        let (lock, bell) = &*self.inner;
        let mut reason = lock.lock().unwrap_or_else(PoisonError::into_inner);
        if reason.is_none() {
            *reason = Some(why.to_owned());
        }
        bell.notify_all();
    }

    /// Why everything is to stop, if it is.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        self.inner
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits for a length of time, or less when cancelled meanwhile. Returns whether it was cancelled.
    #[must_use]
    pub fn pause(&self, length: Duration) -> bool {
        let (lock, bell) = &*self.inner;
        let until = Instant::now() + length;
        let mut reason = lock.lock().unwrap_or_else(PoisonError::into_inner);
        while reason.is_none() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            reason = bell
                .wait_timeout(reason, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_early_when_cancelled_and_the_first_reason_stays() {
        let cancel = Cancel::new();
        let other = cancel.clone();
        let waiting = std::thread::spawn(move || other.pause(Duration::from_secs(3600)));
        cancel.cancel("first");
        cancel.cancel("second");
        assert!(waiting.join().unwrap());
        assert_eq!(cancel.reason().as_deref(), Some("first"));
    }

    #[test]
    fn a_pause_that_is_not_cancelled_says_so() {
        assert!(!Cancel::new().pause(Duration::from_millis(1)));
    }
}
