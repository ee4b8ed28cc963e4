//! Faults of the bench, injected on purpose at the driver boundary: under none of them may a verdict be wrong.

mod kind;
mod text;

pub use kind::FaultKind;
pub use text::FaultSyntax;

use crate::UnitName;
use serde::{Deserialize, Serialize};

/// One fault of one run. Never in a file: drawn from a seed by `chaos`, or given with `--fault`.
///
/// As text: `relay-stuck:plug-a:from=3:lasts=2:seed=9`, and `with=plug-b` where two units are mixed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What breaks.
    pub kind: FaultKind,
    /// Whose wire.
    pub unit: UnitName,
    /// The other unit, where two are mixed up.
    pub with: Option<UnitName>,
    /// Ops on the fault's channel of that unit before it sets in.
    pub from: u32,
    /// Ops it lasts, 1 or more; to the end of the run when absent.
    pub lasts: Option<u32>,
    /// Seed of its details: which bytes, how late.
    pub seed: u64,
}
