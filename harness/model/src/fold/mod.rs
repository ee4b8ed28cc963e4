//! Verdicts as folds over the journal.

mod provision;
mod rests;
mod task;
#[cfg(test)]
mod tests;

pub use provision::{
    Applicability, GuideResult, Pending, ProductResult, ProvisionResult, RunResult, Served,
    fold_run, judge,
};
pub use rests::{EMPTY_STATEMENT, Ground};
pub use task::{TaskFold, TaskResult, fold_tasks};
