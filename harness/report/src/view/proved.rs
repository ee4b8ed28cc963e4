//! How far the cases of a run are proved to be able to fail.

use crate::text::count;
use proofhouse_model::{CaseId, Plan, Proof};

/// Planned cases by what the last proof of the suite says of them. It changes no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved<'a> {
    proof: Option<&'a Proof>,
    /// Planned cases that kept every promise in this very text.
    pub proved: usize,
    /// The others.
    pub missing: Vec<&'a CaseId>,
}

/// Most cases that are named; `proofhouse list cases` has them all.
const MOST_NAMES: usize = 6;

impl<'a> Proved<'a> {
    /// Looks up every planned case.
    #[must_use]
    pub fn of(plan: &'a Plan) -> Self {
        let proof = plan.proof.as_ref();
        let holds = |id: &CaseId| {
            let of_case = proof.and_then(|p| p.cases.get(id));
            of_case.is_some_and(proofhouse_model::CaseProof::holds)
        };
        let planned = plan.cases().into_keys();
        let (proved, missing): (Vec<_>, Vec<_>) = planned.partition(|id| holds(id));
        Self {
            proof,
            proved: proved.len(),
            missing,
        }
    }

    /// Whether every planned case is proved, and there is one.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.proved > 0 && self.missing.is_empty()
    }

    /// The same in one sentence or two, with the next step.
    #[must_use]
    pub fn summary(&self) -> String {
        let Some(proof) = self.proof else {
            return "none: nobody has seen these cases fail on a device with a defect. Run `proofhouse prove`."
                .to_owned();
        };
        let all = self.proved + self.missing.len();
        let day = proof.at.get(..10).unwrap_or(&proof.at);
        let mut out = format!(
            "{} of {} proved{}, {} of {} caught, {day}",
            self.proved,
            count(all, "case"),
            on_products(&proof.products),
            proof.killed,
            count(proof.defects as usize, "defect"),
        );
        if !self.missing.is_empty() {
            let names: Vec<_> = self.missing.iter().map(|id| id.as_str()).collect();
            let more = names.len().saturating_sub(MOST_NAMES);
            let mut names = names
                .into_iter()
                .take(MOST_NAMES)
                .collect::<Vec<_>>()
                .join(", ");
            if more > 0 {
                names.push_str(&format!(" and {more} more"));
            }
            out.push_str(&format!(
                ". Not proved in this version: {names}. Run `proofhouse prove`."
            ));
        }
        out
    }
}

/// On what: a proof on one product says nothing of another one.
fn on_products(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => format!(" on {one}"),
        [most @ .., last] => format!(" on {} and {last}", most.join(", ")),
    }
}
