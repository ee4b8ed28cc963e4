//! Each kind of outcome of each rule that has no broken statement of its own, and the edges of those that compute.

use super::*;
use crate::profile::Claim;
use crate::statement::tests as statement;
use crate::{Level, Support};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn catalogue() -> Catalogue {
    let mut catalogue = statement::catalogue(Vec::new());
    catalogue.figures.least_bits = 40;
    catalogue.figures.guessing_years = 10;
    catalogue.figures.cryptography.name = "a list".to_owned();
    catalogue.figures.cryptography.best = vec!["Ed25519".to_owned()];
    catalogue.figures.cryptography.broken = vec!["MD5".to_owned()];
    catalogue
}

fn said(unit: &str, tables: Value) -> Outcome {
    let mut profile = statement::silent();
    let tables: BTreeMap<String, _> = serde_json::from_value(tables).unwrap();
    profile.ixit = tables;
    let unit = UnitRef::new(unit).unwrap();
    decide(&catalogue(), &profile, &unit).unwrap().outcome
}

fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Holds(_) => "holds",
        Outcome::Refuted { .. } => "refuted",
        Outcome::Missing(_) => "missing",
        Outcome::Person(_) => "person",
    }
}

fn one(table: &str, facts: Value) -> Value {
    json!({table: [{"id": "R", "bench": facts}]})
}

fn password(facts: Value) -> Value {
    one("1-AuthMech", facts)
}

/// A unit, a table of one row, and how it comes out.
fn over_one_row() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        (
            "5.1-2-1.d",
            password(json!({"label": "password", "bits": 40})),
            "holds",
        ),
        (
            "5.1-2-1.d",
            password(json!({"label": "password", "bits": 39})),
            "refuted",
        ),
        (
            "5.1-2-1.d",
            password(json!({"label": "password"})),
            "missing",
        ),
        (
            "5.1-2-1.d",
            password(json!({"factor": "password-user"})),
            "holds",
        ),
        ("5.1-2-1.d", json!({}), "missing"),
        (
            "5.1-2-1.a",
            password(json!({"factor": "password-user"})),
            "person",
        ),
        (
            "5.3-7-1.c",
            one("7-UpdMech", json!({"crypto": "Ed25519"})),
            "holds",
        ),
        (
            "5.3-7-1.c",
            one("7-UpdMech", json!({"crypto": ["Ed25519", "MD5"]})),
            "refuted",
        ),
        (
            "5.3-7-1.d",
            one("7-UpdMech", json!({"crypto": "Ours"})),
            "missing",
        ),
        (
            "5.3-7-1.d",
            one("7-UpdMech", json!({"crypto": "MD5"})),
            "refuted",
        ),
    ]
}

fn more_over_one_row() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        (
            "5.3-12-1.a",
            one("7-UpdMech", json!({"disruptive": false})),
            "holds",
        ),
        (
            "5.3-12-1.a",
            one("7-UpdMech", json!({"disruptive": true})),
            "missing",
        ),
        (
            "5.4-4-1.a",
            one("10-SecParam", json!({"class": "public"})),
            "holds",
        ),
        (
            "5.4-4-1.a",
            one("10-SecParam", json!({"class": "critical"})),
            "missing",
        ),
        (
            "5.6-4-1.b",
            one(
                "15-Intf",
                json!({"debug": true, "reachable": true, "default": "permanent"}),
            ),
            "holds",
        ),
        (
            "5.6-4-1.c",
            one(
                "15-Intf",
                json!({"debug": true, "reachable": true, "default": "off"}),
            ),
            "missing",
        ),
        ("5.10-1-1.b", one("24-TelData", json!({})), "person"),
    ]
}

#[test]
fn rules_over_one_row() {
    for (unit, tables, wanted) in over_one_row().into_iter().chain(more_over_one_row()) {
        let outcome = said(unit, tables.clone());
        assert_eq!(kind(&outcome), wanted, "{unit} {tables}: {outcome:?}");
    }
}

/// Twenty bits, a guess a second: half of them in six days. A pause of ten hours makes it centuries.
#[test]
fn guesses_are_reckoned_over_years() {
    let limited = |wait: &str| {
        let facts =
            json!({"label": "password", "bits": 20, "guesses-before-limit": 5, "wait": wait});
        kind(&said("5.1-5-1.a", one("1-AuthMech", facts)))
    };
    assert_eq!((limited("1s"), limited("10h")), ("refuted", "holds"));
}

#[test]
fn a_component_is_as_good_as_its_best_mechanism() {
    let tables = |automatic: [Value; 2]| {
        let row = |(n, facts): (usize, &Value)| json!({"id": format!("U{n}"), "bench": facts});
        let mechanisms: Vec<_> = automatic.iter().enumerate().map(row).collect();
        json!({"7-UpdMech": mechanisms, "6-SoftComp": [{"id": "C", "bench": {"updates": ["U0", "U1"]}}]})
    };
    let yes = json!({"automatic": true});
    let no = json!({"automatic": false});
    let cases = [
        ([yes.clone(), no.clone()], "holds"),
        ([no.clone(), yes], "holds"),
        ([no.clone(), no.clone()], "refuted"),
        ([no, json!({})], "missing"),
    ];
    for (automatic, wanted) in cases {
        assert_eq!(
            kind(&said("5.3-4-1.a", tables(automatic.clone()))),
            wanted,
            "{automatic:?}"
        );
    }
}

/// Other tables imply a parameter; one that does not say what it is for may be it.
#[test]
fn a_parameter_that_says_nothing_may_be_the_one_that_is_missing() {
    let tables = |facts: Value| {
        json!({"7-UpdMech": [{"id": "U"}], "1-AuthMech": [{"bench": {"factor": "key"}}],
        "10-SecParam": [{"id": "P", "bench": facts}]})
    };
    assert_eq!(kind(&said("5.4-1-1.d", tables(json!({})))), "missing");
    assert_eq!(
        kind(&said("5.4-1-1.d", tables(json!({"used-for": "storage"})))),
        "refuted"
    );
    assert_eq!(
        kind(&said("5.4-1-1.d", tables(json!({"used-for": "updates"})))),
        "holds"
    );
}

#[test]
fn recommendations_not_met_have_reasons() {
    let unit = UnitRef::new("4-1-1.a").unwrap();
    let mut catalogue = catalogue();
    catalogue.provisions = vec![statement::provision("5.3-16", Level::R, &[])];
    let id = catalogue.provisions[0].id.clone();
    let mut profile = statement::silent();
    let said = |profile: &Profile| kind(&decide(&catalogue, profile, &unit).unwrap().outcome);
    assert_eq!(said(&profile), "missing");
    for (detail, wanted) in [(" ", "missing"), ("it has no label", "holds")] {
        profile.claims = vec![Claim {
            provision: id.clone(),
            support: Support::No,
            detail: detail.to_owned(),
        }];
        assert_eq!(said(&profile), wanted);
    }
}

#[test]
fn a_table_that_says_why_it_is_empty_leaves_nothing_to_refute() {
    let mut profile = statement::silent();
    let unit = UnitRef::new("5.10-1-1.a").unwrap();
    let of = |profile: &Profile| kind(&decide(&catalogue(), profile, &unit).unwrap().outcome);
    assert_eq!(of(&profile), "missing");
    let why = ("24-TelData".to_owned(), "there is no telemetry".to_owned());
    profile.without_rows = BTreeMap::from([why]);
    assert_eq!(of(&profile), "holds");
}
