//! What was refuted for or against a provision without naming a unit of it: no row of the ledger can show it.

use super::of::Of;
use crate::{Check, Finding, ProvisionId, Seq, TaskId};
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

impl Of<'_> {
    /// All of them about a provision, in planned order.
    pub(super) fn findings(&self, id: &ProvisionId) -> Vec<LooseFinding> {
        let found = self.tasks.iter().flat_map(|(task, result)| {
            let serves = task.case.answers_for(id);
            let loose = result.checks.iter().filter(|(_, c)| is_loose(c, id));
            let loose = loose.filter(move |(_, c)| serves || c.speaks_against(id));
            loose.map(|(event, check)| LooseFinding {
                provision: id.clone(),
                what: check.told(),
                by: task.id,
                event: *event,
                rows: check.rows.clone(),
            })
        });
        found.collect()
    }
}

fn is_loose(check: &Check, provision: &ProvisionId) -> bool {
    let of_it = |unit: &crate::UnitRef| unit.provision() == *provision;
    check.finding == Finding::Refuted
        && check.speaks_for(provision)
        && !check.units.iter().any(of_it)
}
