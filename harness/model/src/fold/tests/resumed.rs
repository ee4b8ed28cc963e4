//! Verdicts of runs whose harness died and that were taken up again.

use super::*;
use crate::fold::{TaskResult, fold_tasks};
use crate::{Finding as F, TroubleKind as T, Verdict as V};

fn resumed(journal: Journal) -> Journal {
    let fact = Fact::RunResumed {
        tool: "test".to_owned(),
        host: "lab".to_owned(),
        tasks: vec![tid("c")],
        open: Vec::new(),
    };
    journal.fact(None, fact)
}

/// An attempt that made these checks, and no end.
fn died_after(attempt: u32, checks: &[F]) -> Journal {
    further(Journal::default(), attempt, checks)
}

fn further(journal: Journal, attempt: u32, checks: &[F]) -> Journal {
    let started = journal.fact(Some("c"), start(attempt)).op("c");
    checks.iter().fold(started, |journal, finding| {
        journal.fact(Some("c"), Fact::Checked(check(*finding)))
    })
}

fn result(journal: &Journal) -> TaskResult {
    fold_tasks(&journal.0).0.remove(0)
}

#[test]
fn a_case_begun_again_after_a_crash_passes_by_its_new_attempt_alone() {
    let journal = further(
        resumed(died_after(1, &[F::Shown])),
        1,
        &[F::Shown, F::Shown],
    );
    let journal = journal.fact(Some("c"), complete());
    let result = result(&journal);
    let (verdict, why) = result.verdict_over(|_| true);
    assert_eq!(verdict, V::Pass);
    assert!(
        why.starts_with("2 checks shown") && why.contains("after event 4"),
        "{why}"
    );
    assert_eq!(
        (result.attempts, result.broken_off.as_slice()),
        (1, &[4][..])
    );
    assert_eq!(result.set_aside.len(), 1);
}

#[test]
fn what_a_broken_off_attempt_had_shown_is_no_pass() {
    let journal = further(resumed(died_after(1, &[F::Shown; 5])), 1, &[]);
    let journal = journal.fact(Some("c"), complete());
    assert_eq!(result(&journal).verdict(), V::Inconclusive);
}

#[test]
fn what_a_broken_off_attempt_had_refuted_stands() {
    let journal = further(
        resumed(died_after(1, &[F::Shown, F::Refuted])),
        1,
        &[F::Shown],
    );
    let journal = journal.fact(Some("c"), complete());
    assert_eq!(result(&journal).verdict(), V::Fail);
}

#[test]
fn what_a_broken_off_attempt_did_not_observe_stays_open() {
    let journal = further(resumed(died_after(1, &[F::NotObserved])), 1, &[F::Shown]);
    let journal = journal.fact(Some("c"), complete());
    assert_eq!(result(&journal).verdict(), V::Inconclusive);
}

/// Nothing is judged until the new attempt has ended, wherever the harness dies again.
#[test]
fn every_cut_of_a_resumed_journal_is_no_pass() {
    let whole = further(resumed(died_after(1, &[F::Shown])), 1, &[F::Shown]);
    let whole = further(resumed(whole), 1, &[F::Shown]).fact(Some("c"), complete());
    assert_eq!(result(&whole).verdict(), V::Pass);
    assert_eq!(result(&whole).broken_off, [4, 9]);
    for len in 1..whole.0.len() {
        let cut = Journal(whole.0[..len].to_vec());
        assert_ne!(result(&cut).verdict(), V::Pass, "after {len} events");
    }
}

#[test]
fn a_case_that_had_ended_keeps_its_result() {
    let ended = Journal::default().case("c", vec![check(F::Shown)], complete());
    let result = result(&resumed(ended));
    assert_eq!(result.verdict(), V::Pass);
    assert!(result.broken_off.is_empty() && result.set_aside.is_empty());
}

/// A crash must not turn a retry into a first attempt: it is flaky with and without one.
#[test]
fn a_retry_that_was_broken_off_is_still_a_retry() {
    let first = Journal::default().case("c", vec![check(F::Shown)], stopped(T::Bench));
    let journal = resumed(further(first, 2, &[F::Shown]));
    let journal = further(journal, 2, &[F::Shown]).fact(Some("c"), complete());
    let result = result(&journal);
    assert_eq!((result.verdict(), result.attempts), (V::Inconclusive, 2));
    assert_eq!(
        result.checks.len(),
        2,
        "of the ended attempt and of the last one"
    );
}

/// Only the death of a harness excuses a second start.
#[test]
fn a_second_start_without_a_resumption_is_flaky() {
    let journal = further(died_after(1, &[F::Shown]), 1, &[F::Shown]);
    let journal = journal.fact(Some("c"), complete());
    assert_eq!(result(&journal).verdict(), V::Inconclusive);
}

/// What an interrupted run left out or cut short is begun again; what had ended by itself is not.
#[test]
fn an_interrupted_run_that_goes_on_is_judged_by_what_was_run_since() {
    let left_out = Fact::TaskNotRun {
        why: "interrupted".to_owned(),
    };
    let cut = died_after(1, &[F::Shown, F::NotObserved]).fact(Some("c"), stopped(T::Cancelled));
    let cut = cut.fact(Some("d"), left_out).ended(RunEnd::Interrupted);
    let goes_on = further(resumed(cut), 1, &[F::Shown]).fact(Some("c"), complete());
    let (results, end) = fold_tasks(&goes_on.0);
    assert_eq!(end, None);
    let [cut, later] = &results[..] else {
        panic!("{results:?}")
    };
    assert_eq!((cut.attempts, cut.set_aside.len()), (1, 1));
    assert_eq!(
        cut.verdict(),
        V::Inconclusive,
        "what it did not observe stays"
    );
    assert_eq!(later.not_run, None);
    assert_eq!(later.verdict(), V::Error, "it has not run yet");
    let run = goes_on.case("d", vec![check(F::Shown)], complete());
    assert_eq!(fold_tasks(&run.0).0[1].verdict(), V::Pass);
}

#[test]
fn a_cancelled_case_is_begun_again_unless_the_run_came_to_its_end() {
    let stopped = || died_after(1, &[F::Shown]).fact(Some("c"), stopped(T::Cancelled));
    let finished = result(&resumed(stopped().ended(RunEnd::Finished)));
    assert!(finished.end.is_some() && finished.broken_off.is_empty());
    // A second signal, or a kill, may come before the end of the run is told.
    for cut_short in [stopped(), stopped().ended(RunEnd::Interrupted)] {
        let result = result(&resumed(cut_short));
        assert!(result.end.is_none() && result.broken_off.len() == 1);
    }
}

#[test]
fn a_resumed_run_has_not_ended() {
    let journal = resumed(Journal::default().run_started().ended(RunEnd::Interrupted));
    assert_eq!(fold_tasks(&journal.0).1, None);
}
