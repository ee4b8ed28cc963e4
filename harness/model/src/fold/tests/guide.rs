//! Verdict of a guide's row: only what cases served directly.

use super::*;
use crate::fold::fold_run;
use crate::{Finding as F, TroubleKind as T, Verdict as V};

fn of(checks: Vec<Check>, end: Fact) -> Vec<(String, V)> {
    let mut case = meta("c", &["5.12-2"], &["5.12-2-1.a"]);
    case.guides = vec![gid("g-1"), gid("g-2")];
    let mut plan = plan(vec![provision("5.12-2", &[], &["5.12-2-1.a"])], vec![case]);
    guide(&mut plan, &["g-1", "g-2", "g-3"]);
    let run = fold_run(&plan, &Journal::default().case("c", checks, end).0);
    let rows = run.products[0].guides.iter();
    rows.map(|g| (g.row.id.to_string(), g.served[0].verdict))
        .collect()
}

fn rows(first: V, second: V) -> Vec<(String, V)> {
    vec![("g-1".to_owned(), first), ("g-2".to_owned(), second)]
}

#[test]
fn a_row_no_case_serves_has_no_result() {
    let got = of(vec![check(F::Shown)], complete());
    assert_eq!(got, rows(V::Pass, V::Pass), "g-3 is not there");
}

#[test]
fn a_check_narrowed_to_a_row_says_nothing_of_the_others() {
    let got = of(vec![check_for_guides(F::Shown, &["g-1"])], complete());
    assert_eq!(got, rows(V::Pass, V::Inconclusive));
    let checks = vec![check(F::Shown), check_for_guides(F::Refuted, &["g-2"])];
    assert_eq!(of(checks, complete()), rows(V::Pass, V::Fail));
}

#[test]
fn a_check_narrowed_to_provisions_says_nothing_of_guides() {
    let got = of(vec![check_for(F::Shown, &["5.12-2"])], complete());
    assert_eq!(got, rows(V::Inconclusive, V::Inconclusive));
}

#[test]
fn trouble_reaches_every_row() {
    let got = of(vec![check(F::Shown)], stopped(T::Bench));
    assert_eq!(got, rows(V::Error, V::Error));
}

#[test]
fn a_row_is_held_only_when_all_of_it_was_looked_at() {
    use crate::catalogue::RowReach;
    use crate::fold::GuideState as S;
    let state = |finding, change: fn(&mut Plan)| {
        let mut case = meta("c", &["5.12-2"], &["5.12-2-1.a"]);
        case.guides = vec![gid("g-1")];
        let mut plan = plan(vec![provision("5.12-2", &[], &["5.12-2-1.a"])], vec![case]);
        guide(&mut plan, &["g-1"]);
        change(&mut plan);
        let events = Journal::default()
            .case("c", vec![check(finding)], complete())
            .0;
        let run = fold_run(&plan, &events);
        let row = &run.products[0].guides[0];
        (row.state, row.missing.len())
    };
    assert_eq!(state(F::Shown, |_| {}), (S::Held, 0));
    assert_eq!(state(F::Refuted, |_| {}), (S::Contradicted, 0));
    assert_eq!(state(F::NotObserved, |_| {}), (S::NotObserved, 0));
    let partly = |plan: &mut Plan| plan.catalogue.guides[0].rows[0].bench = RowReach::Partly;
    assert_eq!(state(F::Shown, partly), (S::Partly, 1));
    let missing = |plan: &mut Plan| {
        plan.catalogue.guides[0].rows[0].missing = Some("apps".to_owned());
    };
    assert_eq!(state(F::Shown, missing), (S::Partly, 1));
    let left_out = |plan: &mut Plan| {
        let mut other = meta("d", &["5.12-2"], &["5.12-2-1.a"]);
        other.guides = vec![gid("g-1")];
        leave_out(plan, other);
    };
    assert_eq!(state(F::Shown, left_out), (S::Partly, 1));
}
