//! The time a case goes by.

use proofhouse_bench::Cancel;
#[cfg(test)]
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The machine's clock; in tests one that a pause moves on without taking any time.
#[derive(Debug, Default)]
pub(crate) enum Clock {
    #[default]
    Machine,
    #[cfg(test)]
    Leaps(Mutex<Duration>),
}

impl Clock {
    /// One that leaps.
    #[cfg(test)]
    pub fn leaping() -> Self {
        Self::Leaps(Mutex::default())
    }

    pub fn now(&self) -> Instant {
        match self {
            Self::Machine => Instant::now(),
            #[cfg(test)]
            Self::Leaps(ahead) => {
                Instant::now() + *ahead.lock().unwrap_or_else(PoisonError::into_inner)
            }
        }
    }

    /// Lets time pass, or less when cancelled meanwhile.
    pub fn pause(&self, length: Duration, cancel: &Cancel) {
        match self {
            // Who asks looks at the flag by itself.
            Self::Machine => drop(cancel.pause(length)),
            #[cfg(test)]
            Self::Leaps(ahead) => {
                *ahead.lock().unwrap_or_else(PoisonError::into_inner) += length;
                std::thread::yield_now();
            }
        }
    }
}
