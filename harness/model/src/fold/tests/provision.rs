//! Verdict of a provision: cases, claim and what is still pending.

use super::*;
use crate::fold::{Applicability, Pending, ProvisionResult, fold_run};
use crate::{Finding as F, Support as S, TroubleKind as T, Verdict as V};

/// One provision without papers, one case that does its one unit, claimed Y: the only shape that can pass.
fn simple() -> Plan {
    let mut plan = plan(
        vec![provision("5.12-2", &[], &["5.12-2-1.a"])],
        vec![meta("c", &["5.12-2"], &["5.12-2-1.a"])],
    );
    claim(&mut plan, "5.12-2", S::Yes);
    plan
}

fn shown() -> Journal {
    Journal::default().case("c", vec![part(F::Shown)], complete())
}

fn first(plan: &Plan, journal: &Journal) -> ProvisionResult {
    fold_run(plan, &journal.0)
        .products
        .remove(0)
        .provisions
        .swap_remove(0)
}

#[test]
fn claimed_shown_and_nothing_pending_passes() {
    let result = first(&simple(), &shown());
    assert_eq!(result.verdict(), Some(V::Pass));
    assert_eq!(result.pending, []);
}

#[test]
fn papers_not_read_keep_a_provision_open() {
    let mut plan = simple();
    plan.catalogue.provisions = vec![provision("5.12-2", &["5.12-2-2.a"], &["5.12-2-1.a"])];
    let result = first(&plan, &shown());
    assert_eq!(result.functional, Some(V::Pass));
    assert_eq!(result.verdict(), Some(V::Inconclusive));
    assert_eq!(result.pending, [Pending::Papers(vec![unit("5.12-2-2.a")])]);
}

#[test]
fn a_unit_no_case_carries_out_keeps_it_open() {
    let mut plan = simple();
    plan.catalogue.provisions = vec![provision("5.12-2", &[], &["5.12-2-1.a", "5.12-2-1.b"])];
    let result = first(&plan, &shown());
    assert_eq!(result.verdict(), Some(V::Inconclusive));
    let want = Pending::NotTested(vec![unit("5.12-2-1.b")]);
    assert_eq!(result.pending, [want]);
}

#[test]
fn a_case_left_out_keeps_it_open_with_its_reason() {
    let mut plan = simple();
    plan.catalogue.provisions = vec![provision("5.12-2", &[], &["5.12-2-1.a", "5.12-2-1.b"])];
    leave_out(&mut plan, meta("other", &["5.12-2"], &["5.12-2-1.b"]));
    let result = first(&plan, &shown());
    assert_eq!(result.verdict(), Some(V::Inconclusive));
    assert_eq!(result.pending, [Pending::LeftOut(0)]);
}

#[test]
fn a_case_left_out_counts_even_when_another_did_its_units() {
    let mut plan = simple();
    leave_out(&mut plan, meta("other", &["5.12-2"], &["5.12-2-1.a"]));
    assert_eq!(first(&plan, &shown()).verdict(), Some(V::Inconclusive));
}

#[test]
fn a_case_left_out_for_what_the_product_has_not_leaves_no_question_where_all_else_is_done() {
    let mut plan = simple();
    let mut other = meta("other", &["5.12-2"], &["5.12-2-1.a"]);
    other.ixit = vec!["13-SoftServ".to_owned()];
    leave_out(&mut plan, other);
    assert_eq!(first(&plan, &shown()).verdict(), Some(V::Pass));
    plan.catalogue.provisions = vec![provision("5.12-2", &[], &["5.12-2-1.a", "5.12-2-1.b"])];
    let Plan { left_out, .. } = &mut plan;
    Arc::make_mut(&mut left_out[0].case).units = vec![unit("5.12-2-1.b")];
    assert_eq!(first(&plan, &shown()).pending, [Pending::LeftOut(0)]);
}

#[test]
fn what_a_bench_reaches_in_part_keeps_a_provision_open() {
    let mut plan = simple();
    plan.catalogue.provisions[0].units[0].reach = Some(Reach::Part);
    let result = first(&plan, &shown());
    assert_eq!(
        (result.functional, result.verdict()),
        (Some(V::Pass), Some(V::Inconclusive))
    );
    assert_eq!(result.pending, [Pending::InPart(vec![unit("5.12-2-1.a")])]);
}

#[test]
fn a_check_that_names_no_unit_settles_none() {
    let journal = Journal::default().case("c", vec![check(F::Shown)], complete());
    let result = first(&simple(), &journal);
    assert_eq!(
        (result.functional, result.verdict()),
        (Some(V::Pass), Some(V::Inconclusive))
    );
    let why = "5.12-2-1.a: c on unit-a ended without a check that names it".to_owned();
    let want = Pending::NotSettled(vec![unit("5.12-2-1.a")], why);
    assert_eq!(result.pending, [want]);
}

#[test]
fn where_a_provision_is_what_its_cases_are_they_decide_alone() {
    let mut plan = simple();
    plan.catalogue.by_cases = true;
    plan.catalogue.provisions = vec![provision("5.12-2", &[], &[])];
    assert_eq!(first(&plan, &shown()).verdict(), Some(V::Pass));
    plan.tasks.clear();
    let result = first(&plan, &Journal::default());
    assert_eq!(
        result.verdict(),
        Some(V::Inconclusive),
        "no case is no pass"
    );
}

#[test]
fn an_edition_whose_units_are_unknown_cannot_pass() {
    let mut plan = simple();
    plan.catalogue.provisions = vec![provision("5.12-2", &[], &[])];
    let result = first(&plan, &shown());
    assert_eq!(result.functional, Some(V::Pass));
    assert_eq!(result.verdict(), Some(V::Inconclusive));
}

#[test]
fn without_a_claim_nothing_passes_but_a_fail_is_seen() {
    let mut plan = simple();
    claims(&mut plan).clear();
    let result = first(&plan, &shown());
    assert_eq!(result.applicability, Applicability::NoClaim);
    assert_eq!(result.verdict(), Some(V::Inconclusive));
    let refuted = Journal::default().case("c", vec![part(F::Refuted)], complete());
    assert_eq!(first(&plan, &refuted).verdict(), Some(V::Fail));
    let broken = Journal::default().case("c", vec![], stopped(T::Bench));
    assert_eq!(first(&plan, &broken).verdict(), Some(V::Error));
    assert_eq!(
        first(&plan, &Journal::default()).verdict(),
        Some(V::Error),
        "planned, never started"
    );
}

#[test]
fn a_bad_claim_fails_whatever_the_device_shows() {
    for support in [S::No, S::NotApplicable] {
        let mut plan = simple();
        claims(&mut plan)[0].support = support;
        let result = first(&plan, &shown());
        assert!(matches!(result.applicability, Applicability::BadClaim(_)));
        assert_eq!(result.verdict(), Some(V::Fail), "{support:?}");
    }
}

#[test]
fn a_claim_without_a_reason_is_a_bad_claim() {
    for support in [S::Yes, S::No, S::NotApplicable] {
        let mut plan = simple();
        plan.catalogue.provisions[0].level = Level::R;
        plan.catalogue.provisions[0].conditions = vec![6];
        claims(&mut plan)[0].support = support;
        claims(&mut plan)[0].detail = "  ".to_owned();
        assert_eq!(
            first(&plan, &shown()).verdict(),
            Some(V::Fail),
            "{support:?}"
        );
    }
}

#[test]
fn not_applicable_is_open_to_conditional_and_feature_rows_only() {
    let mut plan = simple();
    claims(&mut plan)[0].support = S::NotApplicable;
    plan.catalogue.provisions[0].conditions = vec![6];
    assert_eq!(first(&plan, &shown()).verdict(), None);
    plan.catalogue.provisions[0].conditions.clear();
    plan.catalogue.provisions[0].feature = true;
    assert_eq!(first(&plan, &shown()).verdict(), None);
}

#[test]
fn not_applicable_does_not_hide_a_refuted_criterion() {
    let mut plan = simple();
    claims(&mut plan)[0].support = S::NotApplicable;
    plan.catalogue.provisions[0].conditions = vec![6];
    let refuted = Journal::default().case("c", vec![part(F::Refuted)], complete());
    assert_eq!(first(&plan, &refuted).verdict(), Some(V::Fail));
    let broken = Journal::default().case("c", vec![], stopped(T::Bench));
    assert_eq!(first(&plan, &broken).verdict(), None);
}

#[test]
fn a_recommendation_answered_no_is_not_judged_and_never_passes() {
    let mut plan = simple();
    claims(&mut plan)[0].support = S::No;
    plan.catalogue.provisions[0].level = Level::R;
    let result = first(&plan, &shown());
    assert!(matches!(result.applicability, Applicability::NotMet(_)));
    assert_eq!(result.verdict(), None);
}

#[test]
fn a_failing_recommendation_that_was_claimed_fails() {
    let mut plan = simple();
    plan.catalogue.provisions[0].level = Level::R;
    let refuted = Journal::default().case("c", vec![part(F::Refuted)], complete());
    assert_eq!(first(&plan, &refuted).verdict(), Some(V::Fail));
}

#[test]
fn a_provision_nobody_tests_is_open() {
    let mut plan = simple();
    plan.tasks.clear();
    let result = first(&plan, &Journal::default());
    assert_eq!(result.functional, None);
    assert_eq!(result.verdict(), Some(V::Inconclusive));
    plan.catalogue.provisions = vec![provision("5.12-2", &[], &[])];
    assert_eq!(
        first(&plan, &Journal::default()).verdict(),
        Some(V::Inconclusive)
    );
}

#[test]
fn the_gravest_of_several_cases_decides() {
    let mut plan = simple();
    also_run(&mut plan, meta("d", &["5.12-2"], &[]));
    let ends = [
        (F::Shown, complete(), V::Pass),
        (F::NotObserved, complete(), V::Inconclusive),
        (F::Shown, stopped(T::Bench), V::Error),
        (F::Refuted, stopped(T::Bench), V::Fail),
    ];
    for (finding, end, want) in ends {
        let journal = shown().case("d", vec![part(finding)], end);
        assert_eq!(first(&plan, &journal).verdict(), Some(want));
    }
    assert_eq!(
        first(&plan, &shown()).verdict(),
        Some(V::Error),
        "d missing"
    );
}

/// One case for two provisions, both without papers, both claimed.
fn double() -> Plan {
    let mut plan = plan(
        vec![
            provision("5.12-2", &[], &["5.12-2-1.a"]),
            provision("5.12-3", &[], &["5.12-3-1.a"]),
        ],
        vec![meta(
            "c",
            &["5.12-2", "5.12-3"],
            &["5.12-2-1.a", "5.12-3-1.a"],
        )],
    );
    claim(&mut plan, "5.12-2", S::Yes);
    claim(&mut plan, "5.12-3", S::Yes);
    plan
}

fn verdicts(plan: &Plan, checks: Vec<Check>, end: Fact) -> Vec<Option<V>> {
    let journal = Journal::default().case("c", checks, end);
    verdicts_of(&fold_run(plan, &journal.0))
}

#[test]
fn when_every_check_speaks_for_one_provision_the_other_stays_open() {
    let checks = vec![part_for(F::Shown, &["5.12-2"]); 2];
    let got = verdicts(&double(), checks, complete());
    assert_eq!(got, [Some(V::Pass), Some(V::Inconclusive)]);
}

#[test]
fn a_narrowed_refutation_fails_its_provision_alone() {
    let checks = vec![part(F::Shown), part_for(F::Refuted, &["5.12-3"])];
    let got = verdicts(&double(), checks, complete());
    assert_eq!(got, [Some(V::Pass), Some(V::Fail)]);
}

#[test]
fn a_narrowed_gap_leaves_its_provision_alone_open() {
    let checks = vec![part(F::Shown), part_for(F::NotObserved, &["5.12-3"])];
    let got = verdicts(&double(), checks, complete());
    assert_eq!(got, [Some(V::Pass), Some(V::Inconclusive)]);
}

#[test]
fn trouble_at_the_end_concerns_every_provision_not_refuted() {
    let checks = vec![
        part_for(F::Refuted, &["5.12-2"]),
        part_for(F::Shown, &["5.12-3"]),
    ];
    let got = verdicts(&double(), checks, stopped(T::Bench));
    assert_eq!(got, [Some(V::Fail), Some(V::Error)]);
}

#[test]
fn a_check_for_guides_alone_shows_nothing_of_the_provisions() {
    let checks = vec![check_for_guides(F::Shown, &["acsc-1-g1"])];
    let got = verdicts(&double(), checks, complete());
    assert_eq!(got, [Some(V::Inconclusive), Some(V::Inconclusive)]);
}

#[test]
fn who_takes_credit_for_a_unit_answers_for_its_provision() {
    let mut plan = double();
    Arc::make_mut(&mut plan.tasks[0].case).provisions = vec![pid("5.12-2")];
    let got = verdicts(&plan, vec![part(F::Refuted)], complete());
    assert_eq!(got, [Some(V::Fail), Some(V::Fail)]);
    let got = verdicts(&plan, vec![part_for(F::Shown, &["5.12-2"])], complete());
    assert_eq!(got, [Some(V::Pass), Some(V::Inconclusive)]);
}

#[test]
fn cases_come_in_planned_order_and_strangers_are_not_believed() {
    let mut plan = double();
    also_run(&mut plan, meta("d", &["5.12-3"], &[]));
    let journal = Journal::default()
        .case("stranger", vec![part(F::Shown)], complete())
        .case("d", vec![part(F::Shown)], complete())
        .case("c", vec![part(F::Shown)], complete())
        .ended(RunEnd::Finished);
    let run = fold_run(&plan, &journal.0);
    let got: Vec<_> = run.tasks.iter().map(|t| t.task).collect();
    assert_eq!(got, [tid("c"), tid("d")]);
    assert_eq!(run.end, Some(RunEnd::Finished));
}

#[test]
fn every_cut_of_a_passing_run_is_no_pass() {
    let plan = simple();
    let whole = Journal::default()
        .run_started()
        .case("c", vec![part(F::Shown); 2], complete());
    assert_eq!(first(&plan, &whole).verdict(), Some(V::Pass));
    for len in 0..whole.0.len() {
        let cut = Journal(whole.0[..len].to_vec());
        assert_eq!(first(&plan, &cut).verdict(), Some(V::Error), "{len} events");
    }
}
