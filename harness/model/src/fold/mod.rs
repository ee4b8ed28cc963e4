//! Verdicts as folds over the journal.

mod assessment;
mod findings;
mod guide;
mod ledger;
mod of;
mod pending;
mod provision;
mod rests;
mod task;
#[cfg(test)]
mod tests;
mod units;

pub use assessment::{Assessment, GroupVerdict, assess};
pub use findings::LooseFinding;
pub use guide::{GuideResult, GuideState};
pub use ledger::{LedgerRow, LedgerState, SubRow};
pub use pending::Pending;
pub use provision::{
    Applicability, ProductResult, ProvisionResult, RunResult, Served, fold_run, judge,
};
pub use rests::{EMPTY_STATEMENT, Ground};
pub use task::{TaskFold, TaskResult, fold_tasks};
