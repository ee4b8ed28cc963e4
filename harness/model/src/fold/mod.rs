//! Verdicts as folds over the journal.

mod assessment;
mod findings;
mod guide;
mod ledger;
mod provision;
mod rests;
mod task;
#[cfg(test)]
mod tests;

pub use assessment::{Assessment, GroupVerdict, assess};
pub use findings::{LooseFinding, loose_findings};
pub use guide::{GuideResult, GuideState};
pub use ledger::{LedgerRow, LedgerState, SubRow, ledger};
pub use provision::{
    Applicability, Pending, ProductResult, ProvisionResult, RunResult, Served, fold_run, judge,
};
pub use rests::{EMPTY_STATEMENT, Ground};
pub use task::{TaskFold, TaskResult, fold_tasks};
