//! A case that was tried again: every attempt is told, and none of it is a pass.

use super::*;
use crate::fold::{TaskResult, fold_tasks};
use crate::{Finding as F, TroubleKind as T, Verdict as V};

fn result(journal: Journal) -> TaskResult {
    let (mut cases, _) = fold_tasks(&journal.0);
    cases.remove(0)
}

fn tried(first: Fact, second: Vec<Check>, end: Fact) -> TaskResult {
    let mut journal = Journal::default()
        .case("c", vec![check(F::Shown)], first)
        .fact(Some("c"), start(2))
        .op("c");
    for check in second {
        journal = journal.fact(Some("c"), Fact::Checked(check));
    }
    result(journal.fact(Some("c"), end))
}

#[test]
fn each_attempt_is_told_with_what_it_came_to_by_itself() {
    let case = tried(
        stopped(T::Bench),
        vec![check(F::Shown), check(F::Shown)],
        complete(),
    );
    let (verdict, why) = case.verdict_over(|_| true);
    assert_eq!(verdict, V::Inconclusive);
    assert!(case.is_flaky());
    assert!(why.starts_with("flaky: it took 2 attempts"), "{why}");
    assert!(why.contains("attempt 1: error: "), "{why}");
    assert!(why.ends_with("attempt 2: pass: 2 checks shown"), "{why}");
    let (number, verdict, _) = &case.earlier[0];
    assert_eq!((*number, *verdict), (1, V::Error));
}

#[test]
fn attempts_that_all_came_to_nothing_are_not_called_flaky() {
    for (second, end, want) in [
        (vec![], stopped(T::Bench), V::Error),
        (vec![], stopped(T::DeviceSilent), V::Inconclusive),
        (vec![check(F::NotObserved)], complete(), V::Inconclusive),
    ] {
        let case = tried(stopped(T::Bench), second, end);
        let (verdict, why) = case.verdict_over(|_| true);
        assert_eq!(verdict, want);
        assert!(!case.is_flaky(), "{why}");
        assert!(!why.contains("flaky"), "{why}");
        assert!(why.contains("attempt 1: error: "), "{why}");
        assert!(why.contains("ttempt"), "{why}");
    }
}

#[test]
fn a_finding_of_any_attempt_stands_and_is_not_flaky() {
    let case = tried(stopped(T::Bench), vec![check(F::Refuted)], complete());
    assert_eq!(case.verdict(), V::Fail);
    assert!(!case.is_flaky());
}

#[test]
fn one_attempt_needs_no_telling() {
    let case = result(Journal::default().case("c", vec![check(F::Shown)], complete()));
    assert!(case.attempts_told().is_empty());
    assert!(!case.is_flaky());
}
