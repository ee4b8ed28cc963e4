//! A relay that sticks or is late, and a supply that takes the tty along.

mod later;

use super::Faulty;
use super::dice::Dice;
use later::{Later, Shared, hold, shared};
use proofhouse_model::{FaultKind, Trouble};
use proofhouse_transport::power::Power;
use std::sync::Arc;
use std::time::Duration;

/// A supply around a supply.
pub(crate) struct FaultyPower {
    inner: Shared,
    faulty: Arc<Faulty>,
    /// The state it was asked for last.
    said: Option<bool>,
    dice: Dice,
    /// Switches later what was said to be switched; made when first needed.
    later: Option<Later>,
}

impl FaultyPower {
    pub(crate) fn new(inner: Box<dyn Power>, faulty: Arc<Faulty>) -> Self {
        Self {
            said: inner.is_on(),
            inner: shared(inner),
            dice: faulty.dice(20),
            faulty,
            later: None,
        }
    }

    fn late(&mut self, on: bool, changes: bool) -> Result<(), Trouble> {
        if !self.faulty.active() {
            // A switching under way comes first.
            if let Some(later) = &self.later {
                later.drained();
            }
            return later::switch(&self.inner, on);
        }
        let delay = self.dice.ms(50, 3000);
        if changes {
            let word = if on { "on" } else { "off" };
            self.faulty.felt(&format!(
                "the relay switches {word} {} ms late",
                delay.as_millis()
            ));
        }
        // Half of the seeds have a relay that says at once that it is done.
        if self.faulty.dice(21).one_in(2) {
            let inner = &self.inner;
            let later = match &mut self.later {
                Some(later) => later,
                none => none.insert(Later::start(inner)?),
            };
            later.add(delay, on);
            return Ok(());
        }
        std::thread::sleep(delay);
        later::switch(&self.inner, on)
    }

    fn with_tty(&mut self, on: bool) -> Result<(), Trouble> {
        if !on && self.faulty.active() {
            self.faulty.cable.unplug();
        }
        later::switch(&self.inner, on)?;
        if on {
            let enumerated = self.dice.ms(20, 600).max(Duration::from_millis(20));
            self.faulty.cable.plug(enumerated);
        }
        Ok(())
    }
}

impl Power for FaultyPower {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        self.said = Some(on);
        let changes = hold(&self.inner).is_on() != Some(on);
        match self.faulty.fault.kind {
            FaultKind::RelayStuck if self.faulty.active() => {
                if changes {
                    let state = if on { "off" } else { "on" };
                    self.faulty.felt(&format!("the relay stays {state}"));
                }
                Ok(())
            }
            FaultKind::RelayLate => self.late(on, changes),
            FaultKind::TtyGoesWithPower => self.with_tty(on),
            _ => later::switch(&self.inner, on),
        }
    }

    /// What it said that it did, it may not have done.
    fn on(&mut self) -> Result<(), Trouble> {
        self.switch(true)
    }

    fn is_on(&self) -> Option<bool> {
        self.said
    }

    fn slowest(&self) -> Duration {
        hold(&self.inner).slowest()
    }

    fn exited(&mut self) -> Option<String> {
        hold(&self.inner).exited()
    }
}
