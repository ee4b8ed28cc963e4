//! A supply that is switched on only while the guard is there.

use super::Guard;
use proofhouse_model::Trouble;
use proofhouse_transport::power::Power;
use std::sync::Arc;
use std::time::Duration;

/// See [`Guard::lease`].
pub struct Leased {
    power: Box<dyn Power>,
    guard: Arc<Guard>,
}

impl Leased {
    /// The supply, under that guard.
    #[must_use]
    pub fn new(power: Box<dyn Power>, guard: Arc<Guard>) -> Self {
        Self { power, guard }
    }
}

impl Power for Leased {
    fn on(&mut self) -> Result<(), Trouble> {
        self.guard.lease()?;
        self.power.on()
    }

    fn off(&mut self) -> Result<(), Trouble> {
        self.power.off()
    }

    fn is_on(&self) -> Option<bool> {
        self.power.is_on()
    }

    fn slowest(&self) -> Duration {
        self.power.slowest()
    }

    fn exited(&mut self) -> Option<String> {
        self.power.exited()
    }
}
