//! What the run as a whole came to, for exit codes.

use crate::view::{Folded, RunView, Standing, TaskView, View};
use proofhouse_model::event::{CaseEnd, RunEnd};
use proofhouse_model::fold::Served;
use proofhouse_model::{Event, Plan, Verdict};

/// What the run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Every planned case passed and nothing judged failed. Exit code 0.
    Passed,
    /// A provision or a guide row failed, or a claim is wrong. Exit code 1.
    Failed,
    /// Bench trouble, something not shown, a missing claim; with `--complete` also anything
    /// pending. Exit code 3.
    Undecided,
    /// The run did not get to its end. Exit code 130.
    Interrupted,
}

impl Outcome {
    /// The exit code that goes with it.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Undecided => 3,
            Self::Interrupted => 130,
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Undecided => "undecided",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What a run came to.
#[must_use]
pub fn outcome(plan: &Plan, events: &[Event]) -> Outcome {
    run_outcome(&Folded::new(plan, events).view())
}

/// The run as a whole: the gravest of its products. A run without a product has shown nothing.
pub(crate) fn run_outcome(run: &RunView<'_>) -> Outcome {
    if run.end != Some(RunEnd::Finished) {
        return Outcome::Interrupted;
    }
    let products = run.products.iter().map(outcome_of);
    let gravest = products.max_by_key(|o| match o {
        Outcome::Passed => 0,
        Outcome::Undecided => 1,
        Outcome::Failed => 2,
        Outcome::Interrupted => 3,
    });
    gravest.unwrap_or(Outcome::Undecided)
}

pub(crate) fn outcome_of(view: &View<'_>) -> Outcome {
    use Standing as S;
    let any = |wanted: &[Standing]| view.rows.iter().any(|r| wanted.contains(&r.standing));
    let guide = |wanted: Verdict| view.guides.iter().any(|g| g.verdict == wanted);
    if view.end != Some(RunEnd::Finished) {
        return Outcome::Interrupted;
    }
    if any(&[S::Failed, S::BadClaim]) || guide(Verdict::Fail) {
        return Outcome::Failed;
    }
    let unsettled = any(&[S::Error, S::Inconclusive, S::NoClaim])
        || view.guides.iter().any(|g| g.verdict != Verdict::Pass);
    let waiting = view.plan.complete && view.rows.iter().any(|r| !r.open.is_empty());
    // A run without a case has shown nothing.
    let empty = view.tasks.is_empty();
    let doubtful = view.tasks.iter().any(|c| !is_settled(view, c));
    if unsettled || waiting || empty || doubtful {
        Outcome::Undecided
    } else {
        Outcome::Passed
    }
}

/// Whether a task leaves no question that its provisions and guide rows do not already ask.
fn is_settled(view: &View<'_>, task: &TaskView<'_>) -> bool {
    let id = task.planned.id;
    let serves = |served: &[Served]| served.iter().any(|s| s.task == id);
    let rows = view.rows.iter().filter(|r| serves(&r.result.served));
    let rows: Vec<_> = rows.collect();
    let guided = view.guides.iter().any(|g| serves(&g.result.served));
    if guided || rows.iter().any(|r| r.is_judged()) {
        return true;
    }
    // A recommendation that the maker says is not met may well be refuted.
    let owned_up = !rows.is_empty() && rows.iter().all(|r| r.standing == Standing::NotMet);
    let complete = task.result.end == Some(CaseEnd::Complete);
    task.result.verdict() == Verdict::Pass || owned_up && complete
}
