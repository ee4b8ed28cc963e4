//! The plan: everything decided before the first volt. Frozen, hashed, and enough for the report.

use crate::{BenchSpec, CaseMeta, Catalogue, Profile, Proof, UnitName};
use serde::{Deserialize, Serialize};

/// One case on its units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedCase {
    /// The case.
    pub case: CaseMeta,
    /// Units it will hold; as many as it asks for.
    pub units: Vec<UnitName>,
}

/// A case of the suite that is not run, and why. It leaves its units undone, which the report says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The case.
    pub case: CaseMeta,
    /// For a reader.
    pub why: String,
    /// `true` when the user's own filter left it out, `false` when the bench or profile lacks something.
    pub by_filter: bool,
}

/// Suite × profile × bench, decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Format of this file, major.minor.
    pub format: String,
    /// Version of the harness that made it.
    pub tool: String,
    /// Name of the suite, such as `en303645`.
    pub suite: String,
    /// Folder of the suite, as given. Empty in plans of the first version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suite_folder: String,
    /// The standard as data.
    pub catalogue: Catalogue,
    /// The product.
    pub profile: Profile,
    /// The bench.
    pub bench: BenchSpec,
    /// What runs, safe first.
    pub cases: Vec<PlannedCase>,
    /// What does not.
    pub left_out: Vec<LeftOut>,
    /// Seed of the run.
    pub seed: u64,
    /// A lab's whole assessment: what is pending counts against the run.
    pub complete: bool,
    /// How often a case that ended without a verdict is tried again. Every attempt stays on record, and a case that
    /// needed more than one is flaky, never passed.
    #[serde(default)]
    pub retries: u32,
    /// What is known of the suite's power to fail; only cases proved in this very text are in it.
    #[serde(default)]
    pub proof: Option<Proof>,
}
