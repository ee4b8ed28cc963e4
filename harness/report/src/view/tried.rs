//! How far the bench of a run was tried before it.

use crate::text::{shorten, wall};
use proofhouse_model::{Fitness, Plan, Trial};
use std::collections::BTreeMap;

/// Units of a run by what `proofhouse doctor` last found of their bench. It changes no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried<'a> {
    fitness: &'a Fitness,
    untried: Vec<&'a str>,
}

impl<'a> Tried<'a> {
    /// Looks up every unit; nothing where the plan's harness did not look, or the run is such a trial itself.
    #[must_use]
    pub fn of(plan: &'a Plan) -> Option<Self> {
        let fitness = plan.fitness.as_ref()?;
        let untried = fitness.untried(plan).map(|unit| unit.as_str()).collect();
        Some(Self { fitness, untried })
    }

    /// Whether every unit was tried and found fit.
    #[must_use]
    pub fn is_fit(&self) -> bool {
        self.untried.is_empty() && self.fitness.unfit().next().is_none()
    }

    /// The same in a few sentences, with the next step.
    #[must_use]
    pub fn summary(&self) -> String {
        if self.fitness.units.is_empty() {
            return "nobody tried this bench as it is wired now. Run `proofhouse doctor`."
                .to_owned();
        }
        let mut out = Vec::new();
        for (run, (trial, units)) in self.by_run() {
            let at = wall(&trial.at);
            out.push(format!("{} found fit at {at} ({run})", units.join(", ")));
        }
        for (unit, trial, why) in self.fitness.unfit() {
            out.push(format!(
                "{unit} found NOT FIT ({}): {}",
                trial.run,
                shorten(why, 200)
            ));
        }
        if !self.untried.is_empty() {
            out.push(format!(
                "not tried as wired now: {}",
                self.untried.join(", ")
            ));
        }
        let next = match self.is_fit() {
            true => "",
            false => ". Run `proofhouse doctor`.",
        };
        out.join("; ") + next
    }

    /// Units that are fit, by the run that says so.
    fn by_run(&self) -> BTreeMap<&'a str, (&'a Trial, Vec<&'a str>)> {
        let mut out = BTreeMap::new();
        let fit = self.fitness.units.iter().filter(|(_, t)| t.unfit.is_none());
        for (unit, trial) in fit {
            let of_run = out.entry(trial.run.as_str()).or_insert((trial, Vec::new()));
            of_run.1.push(unit.as_str());
        }
        out
    }
}
