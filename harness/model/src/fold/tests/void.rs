//! Verdicts of tasks whose findings were taken back.

use super::*;
use crate::fold::{TaskResult, fold_tasks};
use crate::{Finding as F, TroubleKind as T, Verdict as V};

/// An attempt that found these, then took them back, with this end.
fn voided(journal: Journal, checks: &[F], end: Fact) -> Journal {
    let started = journal.fact(Some("c"), start(1)).op("c");
    let checked = checks.iter().fold(started, |journal, finding| {
        journal.fact(Some("c"), Fact::Checked(check(*finding)))
    });
    let why = "its wires lead to another unit".to_owned();
    let void = checked.fact(Some("c"), Fact::FindingsVoid { why });
    void.fact(Some("c"), end)
}

fn result(journal: &Journal) -> TaskResult {
    fold_tasks(&journal.0).0.remove(0)
}

#[test]
fn what_was_taken_back_is_neither_a_fail_nor_a_pass() {
    for end in [stopped(T::Bench), complete(), stopped(T::DeviceSilent)] {
        for found in [F::Refuted, F::Shown, F::NotObserved] {
            let result = result(&voided(Journal::default(), &[F::Shown, found], end.clone()));
            let (verdict, why) = result.verdict_over(|_| true);
            assert_eq!(verdict, V::Error, "{found:?}: {why}");
            assert!(why.contains("taken back by event 5"), "{why}");
            assert_eq!((result.checks.len(), result.set_aside.len()), (0, 2));
        }
    }
}

/// An attempt speaks for itself: what one refuted another one does not take back.
#[test]
fn an_earlier_attempt_keeps_what_it_refuted() {
    let first = Journal::default().fact(Some("c"), start(1)).op("c");
    let first = first.fact(Some("c"), Fact::Checked(check(F::Refuted)));
    let first = first.fact(Some("c"), stopped(T::Bench));
    let both = voided(first, &[F::Shown], stopped(T::Bench));
    assert_eq!(result(&both).verdict(), V::Fail);
}

/// A second attempt is never a pass.
#[test]
fn an_attempt_after_it_is_looked_at_by_itself() {
    let first = voided(Journal::default(), &[F::Refuted], stopped(T::Bench));
    let again = first.fact(Some("c"), start(2)).op("c");
    let again = again.fact(Some("c"), Fact::Checked(check(F::Shown)));
    let result = result(&again.fact(Some("c"), complete()));
    assert_eq!(result.verdict(), V::Inconclusive);
    assert!(result.is_flaky() && result.void.is_none());
}
