//! The end of a run as the bench's own waits and the instruments see it.

use proofhouse_model::Trouble;
use proofhouse_transport::stop::Stop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One switch for drivers, instruments and waits. Clones are the same switch.
#[derive(Clone, Default)]
pub struct Halt {
    /// For the drivers.
    pub stop: Stop,
    flag: Arc<AtomicBool>,
    bell: Arc<(Mutex<()>, Condvar)>,
}

impl Halt {
    /// Ends every wait.
    pub fn raise(&self, why: &str) {
        self.stop.raise(why);
        self.flag.store(true, Ordering::SeqCst);
        let _turn = self.bell.0.lock().unwrap_or_else(PoisonError::into_inner);
        self.bell.1.notify_all();
    }

    /// For instruments.
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flag)
    }

    /// Lets time pass, unless the run is ended.
    ///
    /// # Errors
    /// Cancelled, with the reason.
    pub fn pause(&self, length: Duration) -> Result<(), Trouble> {
        let until = Instant::now() + length;
        let mut turn = self.bell.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            self.stop.check()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            turn = self
                .bell
                .1
                .wait_timeout(turn, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}
