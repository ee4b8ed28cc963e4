//! Verdicts as folds over the journal.

mod case;
mod provision;
mod rests;
#[cfg(test)]
mod tests;

pub use case::{CaseResult, fold_cases};
pub use provision::{Applicability, GuideResult, Pending, ProvisionResult, RunResult, fold_run};
pub use rests::{EMPTY_STATEMENT, Ground};
