//! A supply that is switched on only while the guard is there.

use super::Guard;
use proofhouse_model::Trouble;
use proofhouse_transport::budget::Cancel;
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
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        if !on {
            return self.power.switch(false);
        }
        self.guard.lease()?;
        let _told = self.guard.going_on();
        self.power.switch(true)
    }

    /// Asks as well where it is taken to be on: the guard may have switched it off meanwhile.
    fn on(&mut self) -> Result<(), Trouble> {
        self.guard.lease()?;
        let _told = self.guard.going_on();
        self.power.on()
    }

    fn on_unless(&mut self, called_off: &Cancel) -> Result<(), Trouble> {
        self.guard.lease()?;
        let _told = self.guard.going_on();
        self.power.on_unless(called_off)
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
