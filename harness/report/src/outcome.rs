//! What the run as a whole came to, for exit codes.

use crate::view::{Folded, RunView, Standing, TaskView, View};
use proofhouse_model::event::{CaseEnd, RunEnd};
use proofhouse_model::fold::Served;
use proofhouse_model::{TaskId, UnitName, Verdict};
use std::collections::BTreeMap;

/// What the run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Every planned case passed and nothing judged failed. Exit code 0.
    Passed,
    /// Of one part of a run: its own cases passed. It says nothing about those of other parts. Exit code 0.
    PartGood,
    /// A provision or a guide row failed, or a claim is wrong. Exit code 1.
    Failed,
    /// Bench trouble, something not shown, a missing claim; with `--complete` also anything
    /// pending. Exit code 3.
    Undecided,
    /// Somebody ended the run before its end. Exit code 130.
    Interrupted,
    /// The run did not get to its end, and nobody had asked for that: its harness died, or the bench was lost. Exit
    /// code 3.
    BrokenOff,
    /// The run is over, and a unit may still be on. Exit code 4.
    MayBeOn,
}

impl Outcome {
    /// The exit code that goes with it.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Passed | Self::PartGood => 0,
            Self::Failed => 1,
            Self::Undecided | Self::BrokenOff => 3,
            Self::MayBeOn => 4,
            Self::Interrupted => 130,
        }
    }

    /// Whether the run did not get to its end, and may be taken up again.
    #[must_use]
    pub const fn can_go_on(self) -> bool {
        matches!(self, Self::Interrupted | Self::BrokenOff)
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::PartGood => "part good",
            Self::Failed => "failed",
            Self::Undecided => "undecided",
            Self::Interrupted => "interrupted",
            Self::BrokenOff => "broken off",
            Self::MayBeOn => "a unit may still be on, its button pressed or its network cut",
        }
    }
}

/// What a run came to.
#[must_use]
pub fn outcome(run: &Folded<'_>) -> Outcome {
    run_outcome(&run.view())
}

/// The run as a whole: the gravest of its products. A run without a product has shown nothing.
pub(crate) fn run_outcome(run: &RunView<'_>) -> Outcome {
    if !run.facts.may_be_on.is_empty() {
        return Outcome::MayBeOn;
    }
    if let Some(short) = cut_short(run.end) {
        return short;
    }
    // A part without a case of its own has shown nothing.
    if run.plan.shard.is_some() && run.plan.here().next().is_none() {
        return Outcome::Undecided;
    }
    let products = run.products.iter().map(outcome_of);
    let gravest = products.max_by_key(|o| match o {
        Outcome::Passed | Outcome::PartGood => 0,
        Outcome::Undecided => 1,
        Outcome::Failed => 2,
        Outcome::Interrupted | Outcome::BrokenOff | Outcome::MayBeOn => 3,
    });
    gravest.unwrap_or(Outcome::Undecided)
}

/// What a run came to that did not get to its end.
fn cut_short(end: Option<RunEnd>) -> Option<Outcome> {
    match end {
        Some(RunEnd::Finished) => None,
        Some(RunEnd::Interrupted) => Some(Outcome::Interrupted),
        Some(RunEnd::BrokenOff) | None => Some(Outcome::BrokenOff),
    }
}

pub(crate) fn outcome_of(view: &View<'_>) -> Outcome {
    use Standing as S;
    let any = |wanted: &[Standing]| view.rows.iter().any(|r| wanted.contains(&r.standing));
    let guide = |wanted: Verdict| view.guides.iter().any(|g| g.verdict == wanted);
    if let Some(short) = cut_short(view.end) {
        return short;
    }
    if any(&[S::Failed, S::BadClaim]) || guide(Verdict::Fail) {
        return Outcome::Failed;
    }
    let unsettled = any(&[S::Error, S::Inconclusive, S::NoClaim])
        || view.guides.iter().any(|g| g.verdict != Verdict::Pass);
    let waiting = view.plan.counts_open() && view.rows.iter().any(|r| !r.open.is_empty());
    // A run without a case has shown nothing; a part may have none of one product.
    let empty = view.tasks.is_empty() && view.plan.shard.is_none();
    // What was put together of some parts only says nothing of the others.
    let in_part = !view.facts.missing_shards().is_empty();
    let asked = asked(view);
    let doubtful = |t: &TaskView<'_>| !is_settled(t, asked.get(&t.planned.id));
    let doubtful = view.tasks.iter().any(doubtful);
    let broken = out_of_service(view).next().is_some();
    match unsettled || waiting || empty || doubtful || broken || in_part {
        true => Outcome::Undecided,
        false if view.plan.shard.is_some() => Outcome::PartGood,
        false => Outcome::Passed,
    }
}

/// Its units that went out of service: nobody knows since when, and the last case on one was not followed by the
/// question who it is.
pub(crate) fn out_of_service<'a>(view: &'a View<'_>) -> impl Iterator<Item = &'a UnitName> {
    let broken = view.facts.broken.iter().map(|(_, unit, _)| unit);
    broken.filter(|unit| view.product.units.contains(unit))
}

/// What the rows that a task serves ask already.
struct Asked {
    /// A row that is judged, or one of a guide.
    judged: bool,
    /// All that its maker says is not met.
    owned_up: bool,
}

/// For every task that serves a row, in one pass over the rows.
fn asked(view: &View<'_>) -> BTreeMap<TaskId, Asked> {
    let mut asked = BTreeMap::new();
    let mut add = |served: &[Served], judged: bool, not_met: bool| {
        for s in served {
            let of_task = asked.entry(s.task).or_insert(Asked {
                judged: false,
                owned_up: true,
            });
            of_task.judged |= judged;
            of_task.owned_up &= not_met;
        }
    };
    for row in &view.rows {
        let not_met = row.standing == Standing::NotMet;
        add(&row.result.served, row.is_judged(), not_met);
    }
    for guide in &view.guides {
        add(&guide.result.served, true, false);
    }
    asked
}

/// Whether a task leaves no question that its provisions and guide rows do not already ask.
fn is_settled(task: &TaskView<'_>, asked: Option<&Asked>) -> bool {
    if asked.is_some_and(|a| a.judged) {
        return true;
    }
    // A recommendation that the maker says is not met may well be refuted.
    let owned_up = asked.is_some_and(|a| a.owned_up);
    let complete = task.result.end == Some(CaseEnd::Complete);
    task.result.verdict() == Verdict::Pass || owned_up && complete
}
