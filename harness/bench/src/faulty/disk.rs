//! A slow disk under the journal.

use super::Faulty;
use proofhouse_model::FaultKind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What the journal is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskWork {
    /// Hand an event or a blob to the system.
    Write,
    /// Bring everything to the disk itself.
    Sync,
}

/// Called before the journal works, and returns when the disk got round to it.
pub type Brake = Box<dyn Fn(DiskWork) + Send + Sync>;

impl Faulty {
    /// The brake for a fault of the disk; `None` for any other.
    #[must_use]
    pub fn brake(self: &Arc<Self>) -> Option<Brake> {
        self.is(FaultKind::DiskSlow).then(|| {
            let (faulty, dice) = (Arc::clone(self), Mutex::new(self.dice(1)));
            let brake = move |work| {
                if faulty.active() {
                    let mut dice = dice.lock().unwrap_or_else(PoisonError::into_inner);
                    let length = match work {
                        DiskWork::Write => dice.ms(1, 30),
                        DiskWork::Sync => dice.ms(50, 500),
                    };
                    drop(dice);
                    std::thread::sleep(length.max(Duration::from_millis(1)));
                }
            };
            Box::new(brake) as Brake
        })
    }
}
