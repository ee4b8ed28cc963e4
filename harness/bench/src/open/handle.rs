//! A unit of an opened bench, as cases use it.

use crate::faulty::Faulty;
use crate::faulty::swap::Swap;
use crate::unit::Unit;
use crate::wired::Keep;
use proofhouse_model::event::Agreed;
use proofhouse_model::{Channel, Observation, Op, Trouble, UnitName};
use proofhouse_transport::Budget;
use proofhouse_transport::power::PowerControl;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A unit to be used by one case at a time; cloning shares it.
#[derive(Clone)]
pub struct UnitHandle {
    /// Its name on the bench.
    pub name: UnitName,
    pub(super) channels: Vec<Channel>,
    pub(super) unit: Arc<Mutex<Unit>>,
    pub(super) power: Option<Arc<PowerControl>>,
    /// What presses its reset button.
    pub(super) button: Option<Arc<PowerControl>>,
    /// What cuts it off the network.
    pub(super) uplink: Option<Arc<PowerControl>>,
    pub(super) fault: Option<Arc<Faulty>>,
    pub(super) swap: Option<Arc<Swap>>,
}

impl UnitHandle {
    /// Whether a channel is wired.
    #[must_use]
    pub fn has(&self, channel: Channel) -> bool {
        self.channels.contains(&channel)
    }

    /// Carries out an op within its own time and the budget.
    ///
    /// # Errors
    /// As [`Unit::perform`].
    pub fn perform(
        &self,
        op: &Op,
        budget: &Budget,
        keep: &mut Keep<'_>,
    ) -> Result<Observation, Trouble> {
        if let Some(fault) = &self.fault {
            fault.before(&self.name, op);
        }
        if let Some(swap) = &self.swap {
            swap.settle();
        }
        self.lock().perform(op, budget, keep)
    }

    fn lock(&self) -> MutexGuard<'_, Unit> {
        self.unit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a person may take whom an op asks; nothing where it asks nobody.
    #[must_use]
    pub fn person_within(&self, op: &Op) -> Option<Duration> {
        self.lock().person_within(op)
    }

    /// Whether the person who was to reset it was asked the last time, and nobody answered.
    #[must_use]
    pub fn nobody_answered(&self) -> bool {
        self.lock().nobody_answered()
    }

    /// What its peers heard since this was asked last and nobody may read: name and value.
    #[must_use]
    pub fn new_secrets(&self) -> Vec<(&'static str, Vec<u8>)> {
        self.lock().new_secrets()
    }

    /// Whether its console's second recorder has what came over it; see [`Unit::agrees`].
    ///
    /// # Errors
    /// As [`Unit::agrees`].
    pub fn agrees(&self, budget: &Budget) -> Result<Option<Agreed>, Trouble> {
        self.lock().agrees(budget)
    }

    /// Brings the unit to rest after a case.
    ///
    /// # Errors
    /// As [`Unit::rest`].
    pub fn rest(&self) -> Result<(), Trouble> {
        self.lock().rest()
    }
}
