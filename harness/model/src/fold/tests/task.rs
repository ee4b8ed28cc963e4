//! Verdict of one case.

use super::*;
use crate::fold::fold_tasks;
use crate::{Finding as F, TroubleKind as T, Verdict as V};

fn verdict(journal: Journal) -> (V, String) {
    let (cases, _) = fold_tasks(&journal.0);
    assert_eq!(cases.len(), 1);
    cases[0].verdict_over(|_| true)
}

fn of(checks: Vec<Check>, end: Fact) -> V {
    verdict(Journal::default().case("c", checks, end)).0
}

const ALL_TROUBLE: [T; 7] = [
    T::DeviceSilent,
    T::DeviceRefused,
    T::DeviceGarbled,
    T::Bench,
    T::Case,
    T::Deadline,
    T::Cancelled,
];

#[test]
fn shown_and_complete_is_the_one_way_to_pass() {
    let (v, why) = verdict(Journal::default().case("c", vec![check(F::Shown)], complete()));
    assert_eq!((v, why.as_str()), (V::Pass, "1 check shown"));
}

#[test]
fn a_case_without_any_check_is_not_a_pass() {
    let (v, why) = verdict(Journal::default().case("c", vec![], complete()));
    assert_eq!(v, V::Inconclusive);
    assert!(why.contains("nothing was shown"), "{why}");
}

#[test]
fn one_check_that_saw_nothing_outweighs_all_shown() {
    for place in 0..3 {
        let mut checks = vec![check(F::Shown); 3];
        checks[place] = check(F::NotObserved);
        assert_eq!(of(checks, complete()), V::Inconclusive, "at {place}");
    }
}

#[test]
fn one_refuted_check_outweighs_everything_wherever_it_stands() {
    for place in 0..3 {
        let mut checks = vec![check(F::Shown), check(F::NotObserved), check(F::Shown)];
        checks[place] = check(F::Refuted);
        assert_eq!(of(checks, complete()), V::Fail, "at {place}");
    }
}

#[test]
fn trouble_after_shown_checks_is_never_a_pass_and_names_whose_it_is() {
    for kind in ALL_TROUBLE {
        let want = match kind {
            T::Bench | T::Case | T::Cancelled => V::Error,
            _ => V::Inconclusive,
        };
        assert_eq!(
            of(vec![check(F::Shown); 5], stopped(kind)),
            want,
            "{kind:?}"
        );
        assert_eq!(of(vec![], stopped(kind)), want, "{kind:?} without checks");
    }
}

#[test]
fn refuted_stays_a_fail_whatever_broke_afterwards() {
    for kind in ALL_TROUBLE {
        let checks = vec![check(F::Refuted), check(F::Shown)];
        assert_eq!(of(checks, stopped(kind)), V::Fail, "{kind:?}");
    }
    assert_eq!(of(vec![check(F::Refuted)], skipped()), V::Fail);
}

#[test]
fn the_reason_of_a_fail_is_its_first_refuted_check() {
    let mut later = check(F::Refuted);
    later.otherwise = "something else".to_owned();
    let checks = vec![check(F::Shown), check(F::Refuted), later];
    let (_, why) = verdict(Journal::default().case("c", checks, complete()));
    assert_eq!(why, "the old login still opens the device: wanted refused");
}

#[test]
fn a_skipped_case_is_open_even_after_shown_checks() {
    assert_eq!(of(vec![check(F::Shown)], skipped()), V::Inconclusive);
}

#[test]
fn a_journal_that_stops_before_the_end_is_an_error() {
    let cut = Journal::default()
        .fact(Some("c"), start(1))
        .op("c")
        .fact(Some("c"), Fact::Checked(check(F::Shown)));
    assert_eq!(verdict(cut).0, V::Error);
}

#[test]
fn every_cut_of_a_passing_journal_is_no_pass() {
    let whole = Journal::default().case("c", vec![check(F::Shown); 3], complete());
    for len in 1..whole.0.len() {
        let cut = Journal(whole.0[..len].to_vec());
        assert_ne!(verdict(cut).0, V::Pass, "after {len} events");
    }
}

#[test]
fn an_end_without_a_start_is_an_error() {
    let odd = Journal::default()
        .op("c")
        .fact(Some("c"), Fact::Checked(check(F::Shown)))
        .fact(Some("c"), complete());
    assert_eq!(verdict(odd).0, V::Error);
}

#[test]
fn a_case_not_run_is_an_error_and_says_why() {
    let why = "unit-a is out of service".to_owned();
    let (v, said) = verdict(Journal::default().fact(Some("c"), Fact::TaskNotRun { why }));
    assert_eq!(v, V::Error);
    assert_eq!(said, "not run: unit-a is out of service");
}

#[test]
fn a_retry_that_worked_the_second_time_is_not_a_pass() {
    let journal = Journal::default()
        .case("c", vec![check(F::Shown)], stopped(T::Bench))
        .fact(Some("c"), start(2))
        .op("c")
        .fact(Some("c"), Fact::Checked(check(F::Shown)))
        .fact(Some("c"), complete());
    let (v, why) = verdict(journal);
    assert_eq!(v, V::Inconclusive);
    assert!(why.contains("2 attempts"), "{why}");
}

#[test]
fn an_attempt_number_above_one_is_enough_to_know_of_a_retry() {
    let journal = Journal::default()
        .fact(Some("c"), start(2))
        .op("c")
        .fact(Some("c"), Fact::Checked(check(F::Shown)))
        .fact(Some("c"), complete());
    assert_eq!(verdict(journal).0, V::Inconclusive);
}

#[test]
fn a_refuted_first_attempt_is_not_washed_away_by_a_second() {
    let journal = Journal::default()
        .case("c", vec![check(F::Refuted)], stopped(T::Bench))
        .fact(Some("c"), start(2))
        .op("c")
        .fact(Some("c"), Fact::Checked(check(F::Shown)))
        .fact(Some("c"), complete());
    assert_eq!(verdict(journal).0, V::Fail);
}

#[test]
fn a_second_attempt_that_never_ended_is_an_error() {
    let journal = Journal::default()
        .case("c", vec![check(F::Shown)], complete())
        .fact(Some("c"), start(2));
    assert_eq!(verdict(journal).0, V::Error);
}

#[test]
fn a_case_put_off_by_one_run_and_started_by_its_resumption_is_a_first_attempt() {
    let why = "the run was interrupted".to_owned();
    let journal = Journal::default()
        .fact(Some("c"), Fact::TaskNotRun { why })
        .case("c", vec![check(F::Shown)], complete());
    assert_eq!(verdict(journal).0, V::Pass);
}

#[test]
fn cases_that_run_side_by_side_keep_their_checks_apart() {
    let journal = Journal::default()
        .fact(Some("good"), start(1))
        .op("good")
        .fact(Some("bad"), start(1))
        .op("bad")
        .fact(Some("good"), Fact::Checked(check(F::Shown)))
        .fact(Some("bad"), Fact::Checked(check(F::Refuted)))
        .fact(Some("bad"), complete())
        .fact(Some("good"), complete());
    let (cases, end) = fold_tasks(&journal.0);
    let got: Vec<_> = cases.iter().map(|c| (c.task, c.verdict())).collect();
    assert_eq!(got, [(tid("good"), V::Pass), (tid("bad"), V::Fail)]);
    assert_eq!(end, None, "the run has not ended");
    assert_eq!((cases[0].first, cases[0].last), (0, 9));
    assert_eq!(cases[0].took_us, 9000);
}

#[test]
fn the_last_end_of_the_run_counts_and_taking_it_up_again_undoes_it() {
    let end = |journal: &Journal| fold_tasks(&journal.0).1;
    let journal = Journal::default().run_started().ended(RunEnd::Interrupted);
    assert_eq!(end(&journal), Some(RunEnd::Interrupted));
    let journal = journal.run_started();
    assert_eq!(end(&journal), None);
    assert_eq!(
        end(&journal.ended(RunEnd::Finished)),
        Some(RunEnd::Finished)
    );
}
