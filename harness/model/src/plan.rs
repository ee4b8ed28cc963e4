//! The plan: everything decided before the first volt. Frozen, hashed, and enough for the report.

mod file;
mod operator;
mod shard;

use crate::{
    BenchSpec, CaseId, CaseMeta, Catalogue, Fault, Fitness, ProductId, Profile, Proof, Task,
    TaskId, UnitName, UnitSpec,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use shard::Shard;

/// A case of the suite that is not run on a product, and why. It leaves its units undone, which the report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The case.
    pub case: Arc<CaseMeta>,
    /// The product on which it is not run.
    pub product: ProductId,
    /// For a reader.
    pub why: String,
    /// `true` when the user's own filter left it out, `false` when the bench or profile lacks something.
    pub by_filter: bool,
}

/// A product of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedProduct {
    /// What its maker says of it.
    pub profile: Profile,
    /// Its specimens on the bench, in the bench file's order.
    pub units: Vec<UnitName>,
}

/// What the command line adds to a run, and no file says: virtual products made wrong or spoken of wrongly, a bench
/// that is faulty on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunMode {
    /// Defects switched on in every unit of a virtual product. Only by `--defect`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub defects: BTreeMap<ProductId, Vec<String>>,
    /// What was taken from the profile of a virtual product, to see that no verdict comes of it. Only by `--blind`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub blinds: BTreeMap<ProductId, Vec<String>>,
    /// A fault of the bench itself, injected on purpose. Only by `--fault` and `chaos`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// After every case each virtual unit it held is again as its factory made it, so that no case meets what another
    /// one left. Only by `--renew`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub renew: bool,
    /// Units that a person would reset, and that nobody is asked about in this run. Only by `--no-operator`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without_operator: Vec<UnitName>,
}

/// Where a suite was read. The hash is over its files' names and bytes: the same suite has one hash in both places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SuiteSource {
    /// Built into the harness.
    Embedded {
        /// SHA-256, hex.
        sha256: String,
    },
    /// A folder.
    Folder {
        /// As given.
        path: String,
        /// SHA-256, hex; empty in plans of harnesses that did not take it.
        sha256: String,
    },
}

impl SuiteSource {
    /// The hash, if the plan says it.
    #[must_use]
    pub fn sha256(&self) -> Option<&str> {
        let (Self::Embedded { sha256 } | Self::Folder { sha256, .. }) = self;
        (!sha256.is_empty()).then_some(sha256)
    }
}

impl std::fmt::Display for SuiteSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Embedded { .. } => write!(f, "built into proofhouse")?,
            Self::Folder { path, .. } => write!(f, "folder {path}")?,
        }
        // Enough to tell two apart; the whole of it is in plan and report.json.
        let short = self.sha256().and_then(|sum| sum.get(..12));
        short.map_or(Ok(()), |short| write!(f, ", SHA-256 {short}"))
    }
}

/// Suite × products × bench, decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "file::PlanFile", into = "file::PlanFile")]
pub struct Plan {
    /// Format of this file, major.minor.
    pub format: String,
    /// Version of the harness that made it.
    pub tool: String,
    /// Name of the suite, such as `en303645`.
    pub suite: String,
    /// Where the suite was read.
    pub suite_source: SuiteSource,
    /// The standard as data.
    pub catalogue: Catalogue,
    /// The products by name; at least one.
    pub products: BTreeMap<ProductId, PlannedProduct>,
    /// The bench.
    pub bench: BenchSpec,
    /// What the command line added.
    pub mode: RunMode,
    /// What runs, safe first. The place of a task is its id.
    pub tasks: Vec<Task>,
    /// What does not.
    pub left_out: Vec<LeftOut>,
    /// Seed of the run.
    pub seed: u64,
    /// A lab's whole assessment: what is pending counts against the run.
    pub complete: bool,
    /// Units the user picked by name: no other one has a task. Empty: all may have.
    pub only_units: Vec<UnitName>,
    /// How often a case that ended without a verdict is tried again. Every attempt stays on record, and a case that
    /// needed more than one is flaky, never passed.
    pub retries: u32,
    /// What is known of the suite's power to fail; only cases proved in this very text are in it.
    pub proof: Option<Proof>,
    /// What is known of the bench; absent in plans of harnesses that did not look.
    pub fitness: Option<Fitness>,
    /// Which of its tasks are carried out here, where they are shared out among hosts; `None` where all are.
    pub shard: Option<Shard>,
}

impl Plan {
    /// The task of that id.
    #[must_use]
    pub fn task(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(id.index())
    }

    /// Cases that run, each once, by name.
    #[must_use]
    pub fn cases(&self) -> BTreeMap<&CaseId, &CaseMeta> {
        let all = self.tasks.iter().map(|t| (&t.case.id, &*t.case));
        all.collect()
    }

    /// Tasks that hold units of a product.
    pub fn tasks_of<'a>(&'a self, product: &'a ProductId) -> impl Iterator<Item = &'a Task> {
        self.tasks.iter().filter(move |t| &t.product == product)
    }

    /// The product a unit is a specimen of.
    #[must_use]
    pub fn product_of(&self, unit: &UnitName) -> Option<(&ProductId, &PlannedProduct)> {
        self.products.iter().find(|(_, p)| p.units.contains(unit))
    }

    /// Whether a unit is one of this run: of a product of it, and not left out by name.
    #[must_use]
    pub fn may_use(&self, unit: &UnitName) -> bool {
        let picked = self.only_units.is_empty() || self.only_units.contains(unit);
        picked && self.product_of(unit).is_some()
    }

    /// Units of this run that the bench cannot switch off.
    pub fn not_switched(&self) -> impl Iterator<Item = &UnitName> {
        let of_run = |u: &&UnitSpec| self.product_of(&u.name).is_some();
        let units = self.bench.units.iter().filter(of_run);
        units.filter(|u| !u.is_switched()).map(|u| &u.name)
    }

    /// How a task is named to people: its case, and what tells it from other tasks of the same case in this plan.
    #[must_use]
    pub fn task_name(&self, task: &Task) -> String {
        let mut others = self.tasks.iter();
        let twin =
            |t: &&Task| t.id != task.id && t.case.id == task.case.id && t.product == task.product;
        let mut out = task.case.id.to_string();
        if self.products.len() > 1 {
            out = format!("{out} ({})", task.product);
        }
        if task.case.per == crate::case::Per::Unit && others.any(|t| twin(&t)) {
            let units: Vec<_> = task.units.iter().map(UnitName::as_str).collect();
            out = format!("{out} on {}", units.join(" and "));
        }
        out
    }
}
