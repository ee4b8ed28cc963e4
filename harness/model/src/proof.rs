//! Proof that a suite can fail: which defects each of its cases was seen to catch.

use crate::CaseId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What `prove` found for one case. It holds for this text of the case only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseProof {
    /// SHA-256 of the case as it was proved, as in its head.
    pub sha256: String,
    /// Defects it failed on, `product:defect`.
    pub killed: Vec<String>,
    /// Defects it names in `caught_on` and missed. Not empty: the case is not proved.
    pub survived: Vec<String>,
    /// Blinds it names in `undecided_on` and under which it neither passed nor failed.
    pub undecided: Vec<String>,
    /// Blinds under which it passed all the same, or failed. Not empty: the case is not proved.
    pub decided: Vec<String>,
    /// Honest runs in which it passed, and honest runs in all.
    pub honest: (u32, u32),
}

impl CaseProof {
    /// Whether the case kept every promise of its head, caught something, and let honest devices pass.
    #[must_use]
    pub fn holds(&self) -> bool {
        !self.killed.is_empty()
            && self.survived.is_empty()
            && self.decided.is_empty()
            && self.honest.0 == self.honest.1
            && self.honest.1 > 0
    }
}

/// The last proof of a suite, as carried by a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// When, RFC 3339, UTC.
    pub at: String,
    /// Version of the harness that made it.
    pub tool: String,
    /// Products that were tried, honest and defective. Absent in proofs of harnesses that did not say it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<String>,
    /// Defects tried, over all products.
    pub defects: u32,
    /// Defects that at least one case caught.
    pub killed: u32,
    /// By case.
    pub cases: BTreeMap<CaseId, CaseProof>,
}
