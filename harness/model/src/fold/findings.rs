//! What was refuted for or against a provision without naming a unit of it: no row of the ledger can show it.

use super::provision::{ProductResult, RunResult};
use crate::{Check, Finding, Plan, ProvisionId, Seq, TaskId};
use serde::Serialize;

/// A refuted criterion of a provision that belongs to no unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LooseFinding {
    /// The provision.
    pub provision: ProvisionId,
    /// What was found, for a reader.
    pub what: String,
    /// The task that found it.
    pub by: TaskId,
    /// The event of its check.
    pub event: Seq,
    /// Rows of the statement that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<String>,
}

/// All of them of one product, in printed order of the provisions.
#[must_use]
pub fn loose_findings(plan: &Plan, run: &RunResult, product: &ProductResult) -> Vec<LooseFinding> {
    let mut out = Vec::new();
    for result in &product.provisions {
        let id = &result.provision.id;
        for task in plan.tasks_of(&product.product) {
            let Some(found) = run.task(task.id) else {
                continue;
            };
            let loose = found.checks.iter().filter(|(_, c)| is_loose(c, id));
            let serves = task.case.answers_for(id);
            out.extend(loose.filter(|(_, c)| serves || c.speaks_against(id)).map(
                |(event, check)| LooseFinding {
                    provision: id.clone(),
                    what: check.told(),
                    by: task.id,
                    event: *event,
                    rows: check.rows.clone(),
                },
            ));
        }
    }
    out
}

fn is_loose(check: &Check, provision: &ProvisionId) -> bool {
    let of_it = |unit: &crate::UnitRef| unit.provision() == *provision;
    check.finding == Finding::Refuted
        && check.speaks_for(provision)
        && !check.units.iter().any(of_it)
}
