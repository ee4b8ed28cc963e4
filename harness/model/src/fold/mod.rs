//! Verdicts as folds over the journal.

mod case;
mod provision;

pub use case::{CaseResult, fold_cases};
pub use provision::{Applicability, GuideResult, Pending, ProvisionResult, RunResult, fold_run};
