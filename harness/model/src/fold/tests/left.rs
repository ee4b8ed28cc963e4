//! Verdicts of tasks whose unit left the run in the middle of them.

use super::*;
use crate::fold::{TaskResult, fold_tasks};
use crate::{Finding as F, LeftBecause, TroubleKind as T, Verdict as V};

/// An attempt with these checks and this end.
fn tried(journal: Journal, checks: &[F], end: Fact) -> Journal {
    let started = journal.fact(Some("c"), start(1)).op("c");
    let checked = checks.iter().fold(started, |journal, finding| {
        journal.fact(Some("c"), Fact::Checked(check(*finding)))
    });
    checked.fact(Some("c"), end)
}

fn left(journal: Journal) -> Journal {
    let fact = Fact::UnitLeft {
        why: LeftBecause::Trouble { cases: 2 },
        trouble: trouble(T::Bench),
        tasks: vec![tid("c")],
    };
    journal.fact(None, fact)
}

fn result(journal: &Journal) -> TaskResult {
    fold_tasks(&journal.0).0.remove(0)
}

#[test]
fn a_case_that_another_unit_begins_again_passes_by_that_attempt_alone() {
    let journal = left(tried(Journal::default(), &[F::Shown], stopped(T::Bench)));
    let journal = tried(journal, &[F::Shown, F::Shown], complete());
    let result = result(&journal);
    let (verdict, why) = result.verdict_over(|_| true);
    assert_eq!(verdict, V::Pass);
    assert!(
        why.starts_with("2 checks shown") && why.contains("by event 5"),
        "{why}"
    );
    assert_eq!((result.attempts, result.set_aside.len()), (1, 1));
    assert_eq!(
        (result.unit_left.as_slice(), result.earlier.len()),
        (&[5][..], 0)
    );
}

#[test]
fn what_was_refuted_or_not_observed_on_the_unit_that_left_stands() {
    for (finding, verdict) in [(F::Refuted, V::Fail), (F::NotObserved, V::Inconclusive)] {
        let journal = left(tried(Journal::default(), &[finding], stopped(T::Bench)));
        let journal = tried(journal, &[F::Shown], complete());
        assert_eq!(result(&journal).verdict(), verdict);
    }
}

#[test]
fn a_case_that_nobody_begins_again_is_an_error() {
    let journal = left(tried(Journal::default(), &[F::Shown], stopped(T::Bench)));
    assert_eq!(result(&journal).verdict(), V::Error);
    let why = "no other unit".to_owned();
    let journal = journal.fact(Some("c"), Fact::TaskNotRun { why });
    assert_eq!(result(&journal).verdict(), V::Error);
    // It is begun again by whoever takes the run up.
    let journal = tried(journal, &[F::Shown], complete());
    assert_eq!(result(&journal).verdict(), V::Pass);
}

/// An end that the device had a part in is no result that a bench may take back.
#[test]
fn a_case_that_had_an_end_of_its_own_keeps_it() {
    for end in [stopped(T::DeviceSilent), complete(), skipped()] {
        let journal = left(tried(Journal::default(), &[F::Shown], end));
        let journal = tried(journal, &[F::Shown], complete());
        let result = result(&journal);
        assert_eq!((result.attempts, result.earlier.len()), (2, 1));
        assert!(result.unit_left.is_empty() && result.set_aside.is_empty());
    }
}
