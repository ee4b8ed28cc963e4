//! What becomes of units that are settled by reading.

use super::*;
use crate::fold::{LedgerRow, LedgerState, fold_run};
use crate::statement::How;
use crate::{Finding as F, Support as S};

const CONCEPTUAL: [&str; 3] = ["5.3-9-1.c", "5.3-9-1.b", "5.3-9-1.d"];

/// A provision of three conceptual units and a functional one, with facts of 7-UpdMech.
fn of(facts: serde_json::Value) -> Plan {
    let mut plan = plan(
        vec![provision("5.3-9", &CONCEPTUAL, &["5.3-9-2.a"])],
        vec![meta("c", &["5.3-9"], &["5.3-9-2.a"])],
    );
    claim(&mut plan, "5.3-9", S::Yes);
    let row =
        serde_json::json!({"id": "UpdMech-1", "cryptographic-details": "Ed25519", "bench": facts});
    let rows = vec![serde_json::from_value(row).unwrap()];
    let profile = &mut plan.products.get_mut(&product()).unwrap().profile;
    profile.ixit.insert("7-UpdMech".to_owned(), rows);
    plan
}

fn told(plan: &Plan, finding: F) -> Vec<LedgerRow> {
    let check = Check {
        units: vec![unit("5.3-9-2.a")],
        ..check(finding)
    };
    let run = fold_run(
        plan,
        &Journal::default().case("c", vec![check], complete()).0,
    );
    run.products[0].ledger().cloned().collect()
}

fn row<'a>(rows: &'a [LedgerRow], unit: &str) -> &'a LedgerRow {
    rows.iter().find(|row| row.unit.as_str() == unit).unwrap()
}

#[test]
fn a_rule_decides_both_ways_or_says_what_it_lacks() {
    let plan = of(serde_json::json!({"verified-by": "nobody", "verified-before": "install"}));
    let rows = told(&plan, F::Shown);
    let refuted = row(&rows, "5.3-9-1.c");
    assert_eq!(
        (refuted.state, refuted.how),
        (LedgerState::Refuted, How::Computed)
    );
    assert_eq!(refuted.rule.unwrap().name(), "device-verifies");
    assert!(
        refuted.reason.contains("7-UpdMech UpdMech-1"),
        "{}",
        refuted.reason
    );
    assert_eq!(row(&rows, "5.3-9-1.d").state, LedgerState::Holds);
    let rest = row(&rows, "5.3-9-1.b");
    assert_eq!(
        (rest.state, rest.how),
        (LedgerState::ForPerson, How::PreChecked)
    );
    assert!(rest.reason.contains("Ed25519"), "{}", rest.reason);

    let silent = told(
        &of(serde_json::json!({"verified-before": "install"})),
        F::Shown,
    );
    let missing = row(&silent, "5.3-9-1.c");
    assert_eq!(missing.state, LedgerState::ForPerson);
    let wanted = "a fact is missing: 7-UpdMech UpdMech-1 does not say `verified-by`";
    assert_eq!(missing.reason, wanted);
}

#[test]
fn nothing_holds_as_declared_where_the_device_was_seen_otherwise() {
    let plan = of(serde_json::json!({"verified-by": "device", "verified-before": "install"}));
    assert_eq!(
        row(&told(&plan, F::Shown), "5.3-9-1.c").state,
        LedgerState::Holds
    );
    let seen = told(&plan, F::Refuted);
    let contradicted = row(&seen, "5.3-9-1.c");
    assert_eq!(contradicted.state, LedgerState::Inconclusive);
    assert!(
        contradicted.reason.contains("seen otherwise"),
        "{}",
        contradicted.reason
    );
}

#[test]
fn a_claim_that_leaves_the_provision_out_leaves_its_papers_out() {
    let mut plan = of(serde_json::json!({"verified-by": "nobody"}));
    claims(&mut plan).clear();
    claim(&mut plan, "5.3-9", S::No);
    let row = told(&plan, F::NotObserved);
    assert!(
        row.iter()
            .all(|row| row.how == How::Claim || row.state != LedgerState::NotMet)
    );
}

#[test]
fn every_unit_has_one_row_and_one_state() {
    for facts in [
        serde_json::json!({}),
        serde_json::json!({"verified-by": "device"}),
    ] {
        let plan = of(facts);
        let rows = told(&plan, F::Shown);
        let units = plan.catalogue.provisions.iter().flat_map(|p| &p.units);
        let units: Vec<_> = units.map(|unit| &unit.id).collect();
        assert_eq!(rows.iter().map(|row| &row.unit).collect::<Vec<_>>(), units);
        let by_state = |state: &LedgerState| rows.iter().filter(|row| row.state == *state).count();
        assert_eq!(
            LedgerState::ALL.iter().map(by_state).sum::<usize>(),
            units.len()
        );
        assert!(rows.iter().all(|row| !row.reason.is_empty()));
    }
}
