//! Whether a case is tried again. Only where the lab asks for it, and never to make a finding go away.

use crate::executor::Executor;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::fold::TaskResult;
use proofhouse_model::{Plan, TaskId, TroubleKind, Verdict};
use std::collections::BTreeMap;

/// Attempts made so far.
#[derive(Default)]
pub struct Attempts {
    made: BTreeMap<TaskId, u32>,
}

impl Attempts {
    /// Goes on counting in a run that was taken up again.
    pub fn after(made: BTreeMap<TaskId, u32>) -> Self {
        Self { made }
    }

    /// The number of the attempt that begins now, from 1.
    pub fn begin(&mut self, task: TaskId) -> u32 {
        let made = self.made.entry(task).or_default();
        *made = made.saturating_add(1);
        *made
    }

    /// An attempt had no result, because its unit left the run: what begins in its place has its number.
    pub fn had_no_result(&mut self, task: TaskId) {
        if let Some(made) = self.made.get_mut(&task) {
            *made = made.saturating_sub(1);
        }
    }

    /// Whether an attempt that ended is to be followed by another: it came to no verdict, another one could, and the
    /// plan allows it. A fail stands: trying again until it passes would be fishing.
    pub fn again(&self, plan: &Plan, task: TaskId, executor: &Executor, end: &CaseEnd) -> bool {
        let made = self.made.get(&task).copied().unwrap_or_default();
        may_follow(plan, made, verdict(task, executor, end), end)
    }
}

/// Whether the harness died before it could try a case again that had ended without a verdict.
pub fn is_due(plan: &Plan, result: &TaskResult) -> bool {
    let verdict = result.last_attempt().0;
    let due = |end| may_follow(plan, result.attempts, verdict, end);
    result.not_run.is_none() && result.end.as_ref().is_some_and(due)
}

fn may_follow(plan: &Plan, made: u32, verdict: Verdict, end: &CaseEnd) -> bool {
    let open = matches!(verdict, Verdict::Error | Verdict::Inconclusive);
    made <= plan.retries && open && !is_hopeless(end)
}

/// The attempt by itself, folded as every report folds it.
fn verdict(task: TaskId, executor: &Executor, end: &CaseEnd) -> Verdict {
    let checks = executor.checks_made().into_iter().map(|c| (0, c));
    TaskResult {
        checks: checks.collect(),
        end: Some(end.clone()),
        attempts: 1,
        ..TaskResult::blank(task)
    }
    .verdict()
}

/// Ends that come again whatever is tried: a mistake in a script, or the end of the run.
fn is_hopeless(end: &CaseEnd) -> bool {
    match end {
        CaseEnd::Stopped { trouble, .. } => {
            matches!(trouble.kind, TroubleKind::Case | TroubleKind::Cancelled)
        }
        CaseEnd::Complete | CaseEnd::Skipped { .. } => false,
    }
}
