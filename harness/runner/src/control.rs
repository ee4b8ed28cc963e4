//! What a run needs of a bench. The real one is `proofhouse_bench::Bench`; tests of this floor bring one of their own.

use proofhouse_bench::{Bench, Budget, Keep, MayBeOn, UnitHandle};
use proofhouse_model::event::{Agreed, GuardActed};
use proofhouse_model::{Channel, Observation, Op, Trouble, UnitName};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

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
    /// Units whose places a farm took back since the run began, with what was said of it.
    fn taken_back(&self) -> Vec<(UnitName, Trouble)> {
        Vec::new()
    }
    /// Asked at the end of each case: whether what these units stand on was this run's until now.
    ///
    /// # Errors
    /// Bench trouble: it was not, or that is not known; what was found in the case is nobody's then.
    fn still_ours(&self, _units: &[UnitName]) -> Result<(), Trouble> {
        Ok(())
    }
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
    /// How long a person may take whom an op asks, on no time of its case; nothing where it asks nobody.
    fn person_within(&self, _op: &Op) -> Option<Duration> {
        None
    }
    /// Whether a person was asked by the last such op, and nobody answered.
    fn nobody_answered(&self) -> bool {
        false
    }
    /// What its peers heard since this was asked last and nobody may read: name and value.
    fn new_secrets(&self) -> Vec<(&'static str, Vec<u8>)> {
        Vec::new()
    }
    /// Whether whatever else records its wires has what came over them; nothing is told where nothing does.
    ///
    /// # Errors
    /// Bench trouble: they differ; what was found in the task is nobody's then.
    fn agrees(&self, _budget: &Budget) -> Result<Option<Agreed>, Trouble> {
        Ok(None)
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

    fn person_within(&self, op: &Op) -> Option<Duration> {
        Self::person_within(self, op)
    }

    fn nobody_answered(&self) -> bool {
        Self::nobody_answered(self)
    }

    fn new_secrets(&self) -> Vec<(&'static str, Vec<u8>)> {
        Self::new_secrets(self)
    }

    fn agrees(&self, budget: &Budget) -> Result<Option<Agreed>, Trouble> {
        Self::agrees(self, budget)
    }

    fn rest(&self) -> Result<(), Trouble> {
        Self::rest(self)
    }
}
