//! What a run needs of a bench. The real one is `proofhouse_bench::Bench`; tests of this floor bring one of their own.

use proofhouse_bench::{Bench, Budget, Keep, MayBeOn, UnitHandle};
use proofhouse_model::event::GuardActed;
use proofhouse_model::{Channel, Observation, Op, Trouble, UnitName};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Facts about a unit that are no secrets, name to value.
pub type UnitFacts = (UnitName, BTreeMap<String, String>);

/// A bench as the dispatcher uses it.
pub trait BenchControl: Send + Sync {
    /// The unit of that name.
    fn unit(&self, name: &UnitName) -> Option<Arc<dyn UnitControl>>;
    /// What was found out about each unit while opening it.
    fn facts(&self) -> Vec<UnitFacts>;
    /// Switches one unit off, whatever holds it.
    fn power_off(&self, name: &UnitName);
    /// Switches every supply off that is not known to be off; gives those that may still be on.
    fn make_safe(&self) -> Vec<MayBeOn>;
    /// What the guard of its supplies did by itself.
    fn guard_acted(&self) -> Option<GuardActed>;
}

/// A unit as a task uses it.
pub trait UnitControl: Send + Sync {
    /// Its name on the bench.
    fn name(&self) -> &UnitName;
    /// Whether a channel is wired.
    fn has(&self, channel: Channel) -> bool;
    /// Carries out an op within its own time and the budget.
    ///
    /// # Errors
    /// Trouble of the device, the bench or the case.
    fn perform(
        &self,
        op: &Op,
        budget: &Budget,
        keep: &mut Keep<'_>,
    ) -> Result<Observation, Trouble>;
    /// What its peers heard since this was asked last and nobody may read: name and value.
    fn new_secrets(&self) -> Vec<(&'static str, Vec<u8>)> {
        Vec::new()
    }
    /// Whether whatever else records its wires has what came over them.
    ///
    /// # Errors
    /// Bench trouble: they differ; what was found in the task is nobody's then.
    fn agrees(&self, _budget: &Budget) -> Result<(), Trouble> {
        Ok(())
    }
    /// Brings the unit to rest after a task: off, its channels cleared.
    ///
    /// # Errors
    /// Bench trouble; the unit is out of service then.
    fn rest(&self) -> Result<(), Trouble>;
}

impl BenchControl for Bench {
    fn unit(&self, name: &UnitName) -> Option<Arc<dyn UnitControl>> {
        let unit = Self::unit(self, name)?;
        Some(Arc::new(unit))
    }

    fn facts(&self) -> Vec<UnitFacts> {
        Self::facts(self)
    }

    fn power_off(&self, name: &UnitName) {
        Self::power_off(self, name);
    }

    fn make_safe(&self) -> Vec<MayBeOn> {
        Self::make_safe(self)
    }

    fn guard_acted(&self) -> Option<GuardActed> {
        Self::guard_acted(self)
    }
}

impl UnitControl for UnitHandle {
    fn name(&self) -> &UnitName {
        &self.name
    }

    fn has(&self, channel: Channel) -> bool {
        Self::has(self, channel)
    }

    fn perform(
        &self,
        op: &Op,
        budget: &Budget,
        keep: &mut Keep<'_>,
    ) -> Result<Observation, Trouble> {
        Self::perform(self, op, budget, keep)
    }

    fn new_secrets(&self) -> Vec<(&'static str, Vec<u8>)> {
        Self::new_secrets(self)
    }

    fn agrees(&self, budget: &Budget) -> Result<(), Trouble> {
        Self::agrees(self, budget)
    }

    fn rest(&self) -> Result<(), Trouble> {
        Self::rest(self)
    }
}
