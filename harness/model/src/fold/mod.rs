//! Verdicts as folds over the journal.

mod case;
mod provision;
#[cfg(test)]
mod tests;

pub use case::{CaseResult, fold_cases};
pub use provision::{Applicability, GuideResult, Pending, ProvisionResult, RunResult, fold_run};
