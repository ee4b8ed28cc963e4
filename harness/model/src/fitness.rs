//! Whether the bench of a run was tried before it, unit by unit, and what came of it: `proofhouse doctor`.

use crate::{Plan, UnitName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The last trial of each unit of a run, as carried by its plan. A unit that is not in it was not tried as it is wired
/// now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fitness {
    /// By unit.
    pub units: BTreeMap<UnitName, Trial>,
}

/// The last trial of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Name of the trial's run folder.
    pub run: String,
    /// SHA-256 of its seal, hex; empty where it has none.
    pub seal: String,
    /// When it ended, RFC 3339, UTC; where that is not recorded, empty.
    pub at: String,
    /// Why the unit's bench is not fit; nothing where it is.
    pub unfit: Option<String>,
    /// What was measured on it, each with its spread.
    pub figures: Vec<String>,
}

impl Fitness {
    /// Units of a plan that were not tried.
    pub fn untried<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a UnitName> {
        let units = plan.products.values().flat_map(|p| &p.units);
        units.filter(|unit| plan.may_use(unit) && !self.units.contains_key(*unit))
    }

    /// Trials after which a unit is not fit.
    pub fn unfit(&self) -> impl Iterator<Item = (&UnitName, &Trial, &str)> {
        let why = |(unit, trial)| (unit, trial);
        let all = self.units.iter().map(why);
        all.filter_map(|(unit, trial)| Some((unit, trial, trial.unfit.as_deref()?)))
    }
}
