use super::*;
use crate::profile::{Claim, Product};
use crate::{Level, Provision, Support};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn provision(id: &str, level: Level, conditions: &[u8]) -> Provision {
    Provision {
        id: ProvisionId::new(id).unwrap(),
        title: String::new(),
        level,
        conditions: conditions.to_vec(),
        feature: false,
        units: Vec::new(),
        without_units: None,
    }
}

/// A catalogue of these provisions.
pub(super) fn catalogue(provisions: Vec<Provision>) -> Catalogue {
    Catalogue {
        standard: String::new(),
        edition: crate::Edition::new("V2.1.1").unwrap(),
        by_cases: false,
        allows: Vec::new(),
        conditions: vec![(13, "a debug port can be reached".to_owned())],
        provisions,
        guides: Vec::new(),
        figures: Default::default(),
    }
}

/// A profile that says nothing.
pub(super) fn silent() -> Profile {
    Profile {
        id: crate::ProductId::new("lamp").unwrap(),
        name: String::new(),
        folder: String::new(),
        sha256: String::new(),
        product: Product {
            maker: String::new(),
            model: String::new(),
            hardware: String::new(),
            software: String::new(),
            constrained: None,
        },
        claims: Vec::new(),
        ixit: BTreeMap::new(),
        console: None,
        debug: None,
        without_rows: Default::default(),
        public_labels: Vec::new(),
        pace: Default::default(),
        files: BTreeMap::new(),
        limits: BTreeMap::new(),
        values: BTreeMap::new(),
    }
}

/// A statement of some claims and rows; tables as `(table, rows)`.
fn found(claims: &[(&str, Support, &str)], tables: &[(&str, Value)]) -> Vec<Rule> {
    let catalogue = catalogue(vec![
        provision("5.1-1", Level::M, &[1]),
        provision("5.1-2", Level::M, &[2]),
        provision("5.1-3", Level::M, &[]),
        provision("5.3-6", Level::R, &[9, 12]),
        provision("5.4-3", Level::M, &[]),
        provision("5.5-7", Level::M, &[]),
        provision("5.6-4", Level::M, &[13]),
        provision("5.7-1", Level::R, &[]),
        provision("6-2", Level::M, &[7]),
        provision("6-3", Level::M, &[7]),
    ]);
    let claim = |(id, support, detail): &(&str, Support, &str)| Claim {
        provision: ProvisionId::new(*id).unwrap(),
        support: *support,
        detail: (*detail).to_owned(),
    };
    let rows = |value: &Value| serde_json::from_value(value.clone()).unwrap();
    let tables = tables.iter().map(|(t, v)| ((*t).to_owned(), rows(v)));
    let profile = Profile {
        claims: claims.iter().map(claim).collect(),
        ixit: tables.collect(),
        ..silent()
    };
    let faults = review(&catalogue, &profile);
    faults.into_iter().map(|f| f.rule).collect()
}

const WHY: &str = "for a reason of three words";

#[test]
fn a_condition_is_answered_by_the_rows_that_say_so() {
    use Support::NotApplicable as NA;
    let debug = |reachable: bool| {
        let bench = json!({ "debug": true, "reachable": reachable });
        json!([{ "id": "Intf-1", "bench": bench }])
    };
    assert_eq!(
        found(&[("5.6-4", NA, WHY)], &[("15-Intf", debug(true))]),
        [Rule::CONDITION_HOLDS]
    );
    assert_eq!(
        found(&[("5.6-4", NA, WHY)], &[("15-Intf", debug(false))]),
        []
    );
    assert_eq!(
        found(
            &[("5.6-4", Support::Yes, WHY)],
            &[("15-Intf", debug(false))]
        ),
        [Rule::CONDITION_DOES_NOT_HOLD]
    );
    // Prose says nothing.
    let prose = json!([{ "id": "Intf-1", "debug-interface": "yes, on the back" }]);
    assert_eq!(found(&[("5.6-4", NA, WHY)], &[("15-Intf", prose)]), []);
}

#[test]
fn of_two_conditions_both_must_hold() {
    let quiet = json!([{ "id": "U", "bench": { "automatic": false, "notifies": "none" } }]);
    let loud = json!([{ "id": "U", "bench": { "automatic": false, "notifies": "device" } }]);
    let claim = [("5.3-6", Support::NotApplicable, WHY)];
    assert_eq!(found(&claim, &[("7-UpdMech", quiet)]), []);
    assert_eq!(
        found(&claim, &[("7-UpdMech", loud)]),
        [Rule::CONDITION_HOLDS]
    );
}

#[test]
fn claims_by_themselves() {
    use Support::{No, NotApplicable as NA, Yes};
    assert_eq!(
        found(&[("5.4-3", NA, WHY)], &[]),
        [Rule::NOT_APPLICABLE_WITHOUT_CONDITION]
    );
    assert_eq!(found(&[("5.4-3", No, WHY)], &[]), [Rule::NO_ON_MANDATORY]);
    assert_eq!(found(&[("5.4-3", Yes, " ")], &[]), [Rule::REASON_MISSING]);
    assert_eq!(
        found(&[("5.7-1", No, "too dear")], &[]),
        [Rule::REASON_TOO_SHORT]
    );
    assert_eq!(found(&[("5.7-1", Yes, WHY)], &[]), [Rule::TABLE_EMPTY]);
    assert_eq!(
        found(&[("6-2", NA, WHY), ("6-3", Yes, WHY)], &[]),
        [Rule::ONE_CONDITION_TWO_ANSWERS]
    );
    assert_eq!(found(&[("6-2", NA, WHY), ("6-3", NA, WHY)], &[]), []);
}

#[test]
fn every_rule_that_finds_fault_is_listed_once() {
    let rules: Vec<Rule> = rules().collect();
    let names: std::collections::BTreeSet<Rule> = rules.iter().copied().collect();
    assert_eq!(names.len(), rules.len());
    assert!(rules.contains(&Rule::TABLE_EMPTY));
    assert!(rules.iter().any(|rule| rule.name() == "installs-by-itself"));
    assert!(!rules.iter().any(|rule| rule.name() == "read-by-a-person"));
}

/// What is found of one log-in, the service that takes it and what is spoken there, beside a claim.
fn of_a_log_in(claim: &str, log_in: Value, service: Value, way: Value) -> Vec<Rule> {
    let row = |id: &str, facts: Value| json!([{ "id": id, "bench": facts }]);
    let tables = [
        ("1-AuthMech", row("L", log_in)),
        ("13-SoftServ", row("S", service)),
        ("11-ComMech", row("W", way)),
    ];
    found(&[(claim, Support::Yes, WHY)], &tables)
}

#[test]
fn a_password_that_goes_in_clear_is_found_where_a_claim_forbids_it() {
    let password = || json!({ "factor": "password-user" });
    let on = |port: u64| json!({ "proto": "tcp", "port": port, "auth": "L" });
    let way = |port: u64, tls: bool| json!({ "port": port, "tls": tls });
    let clear = [Rule::LOG_IN_IN_CLEAR];
    let of = of_a_log_in;
    assert_eq!(of("5.1-3", password(), on(8080), way(8080, false)), clear);
    assert_eq!(of("5.1-3", password(), on(8080), way(8080, true)), []);
    // Known by its number, unless a row says that something is spoken there that hides it.
    assert_eq!(of("5.1-3", password(), on(23), json!({})), clear);
    assert_eq!(of("5.1-3", password(), on(23), way(23, true)), []);
    assert_eq!(of("5.1-3", password(), on(8080), json!({})), []);
    let ssh = json!({ "port": 22, "tls": false, "guarantees": ["confidentiality"] });
    assert_eq!(of("5.1-3", password(), on(22), ssh), []);
    // Only the log-in says where it is taken.
    let at = |at: &str| json!({ "factor": "password-user", "at": at });
    assert_eq!(of("5.1-3", at("Telnet:2323"), json!({}), json!({})), clear);
    assert_eq!(of("5.1-3", at("ssh:22"), json!({}), json!({})), []);
    // 5.5-7 is about what is reached from afar.
    let far = |remote: bool| json!({ "port": 80, "tls": false, "remote": remote });
    assert_eq!(of("5.5-7", password(), on(80), far(true)), clear);
    assert_eq!(of("5.5-7", password(), on(80), far(false)), []);
}

#[test]
fn a_log_in_that_shows_no_secret_to_the_network_is_not_in_clear() {
    let on = || json!({ "port": 80, "auth": "L" });
    let open = || json!({ "port": 80, "tls": false });
    let key = json!({ "factor": "key" });
    assert_eq!(of_a_log_in("5.1-3", key, on(), open()), []);
    let local = json!({ "factor": "password-user", "local": true });
    assert_eq!(of_a_log_in("5.1-3", local, on(), open()), []);
    let shut = json!({ "port": 80, "auth": "L", "states": [] });
    let password = json!({ "least-length": 8 });
    assert_eq!(of_a_log_in("5.1-3", password.clone(), shut, open()), []);
    assert_eq!(
        of_a_log_in("5.1-3", password, on(), open()),
        [Rule::LOG_IN_IN_CLEAR]
    );
}
