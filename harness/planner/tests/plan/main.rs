//! Which case runs where, in which order, and why another does not.

#[path = "../common/mod.rs"]
mod common;
mod left_out;
mod operator;
mod products;
mod shard;
mod uplink;

use common::{Desk, shown, suite};
use proofhouse_model::settings::{Setting, Settings};
use proofhouse_model::{
    CaseId, CaseMeta, Channel, Dur, Effect, GuideId, Per, Plan, ProvisionId, RunMode, Samples,
    SuiteSource, Task, UnitRef, Wire,
};
use proofhouse_planner::{
    Filter, PlanInputs, ProductInputs, plan, plan_hash, plan_json, read_bench, read_profile,
};
use std::collections::BTreeMap;

const BENCH: &str = r#"
name = "b"
profile = "profile"
[unit.a]
virtual = "plug"
grants = ["may-brick"]
identity = { serial = "1" }
[unit.b]
virtual = "plug"
power = { driver = "virtual" }
console = { driver = "virtual" }
lan = { driver = "virtual" }
[unit.open]
virtual = "plug"
sample = "open"
"#;

fn case(id: &str, takes: u64) -> CaseMeta {
    CaseMeta {
        id: CaseId::new(id).unwrap(),
        title: id.to_owned(),
        file: format!("cases/{id}.star"),
        sha256: "0".repeat(64),
        provisions: vec![ProvisionId::new("5.6-1").unwrap()],
        units: Vec::new(),
        guides: Vec::new(),
        needs: vec![Channel::Lan],
        wants: Vec::new(),
        cuts: Vec::new(),
        device_ops: Vec::new(),
        device_wants: Vec::new(),
        ixit: Vec::new(),
        effects: Vec::new(),
        sample: Samples::Production,
        specimens: 1,
        per: Per::Product,
        within: Dur::secs(600),
        takes: Dur::secs(takes),
        caught_on: Vec::new(),
        undecided_on: Vec::new(),
    }
}

fn inputs(cases: Vec<CaseMeta>) -> PlanInputs {
    let desk = Desk::new();
    let suite = suite("V2.1.1");
    let profile = read_profile(&desk.path("profile"), &suite).unwrap();
    let mut bench = read_bench(&desk.write("bench.toml", BENCH.as_bytes())).unwrap();
    bench.file = "bench.toml".to_owned(); // not where this desk happens to stand
    PlanInputs {
        suite_source: SuiteSource::Embedded {
            sha256: "5".repeat(64),
        },
        suite,
        cases,
        products: vec![ProductInputs {
            profile,
            device_ops: ["factory_reset", "ready", "identity"]
                .map(str::to_owned)
                .into(),
        }],
        bench,
        mode: RunMode::default(),
        filter: Filter::default(),
        seed: 7,
        complete: false,
        retries: 0,
        proof: None,
        tool: "0.1.0".to_owned(),
    }
}

fn good(inputs: PlanInputs) -> Plan {
    plan(inputs).unwrap_or_else(|d| panic!("{}", shown(&d)))
}

fn order(plan: &Plan) -> Vec<String> {
    let line = |p: &Task| {
        let units: Vec<_> = p.units.iter().map(|u| u.as_str()).collect();
        format!("{} on {}", p.case.id, units.join("+"))
    };
    plan.tasks.iter().map(line).collect()
}

fn why(plan: &Plan, id: &str) -> String {
    let left = plan.left_out.iter().find(|l| l.case.id.as_str() == id);
    let left = left.unwrap_or_else(|| panic!("{id} is not left out"));
    format!(
        "{}{}",
        if left.by_filter { "(filter) " } else { "" },
        left.why
    )
}

fn refused(inputs: PlanInputs) -> String {
    shown(&plan(inputs).unwrap_err())
}

#[test]
fn safe_cases_come_first_and_each_runs_once() {
    let with = |id: &str, effects: &[Effect]| CaseMeta {
        effects: effects.to_vec(),
        ..case(id, 1)
    };
    let plan = good(inputs(vec![
        with("bricks", &[Effect::Reversible, Effect::MayBrick]),
        with("resets", &[Effect::FactoryReset]),
        with("wears", &[Effect::WearsFlash]),
        with("looks", &[]),
    ]));
    let ids: Vec<_> = plan.tasks.iter().map(|p| p.case.id.as_str()).collect();
    assert_eq!(ids, ["looks", "wears", "resets", "bricks"]);
    assert_eq!(plan.tasks[3].units[0].as_str(), "a", "only a grants it");
    assert!(plan.left_out.is_empty());
}

#[test]
fn units_are_busy_about_equally_long() {
    let takes = [50, 31, 30, 29, 20, 11, 9, 8, 7, 5];
    let cases = takes.iter().enumerate();
    let plan = good(inputs(
        cases.map(|(n, t)| case(&format!("c{n}"), *t)).collect(),
    ));
    let mut load = BTreeMap::new();
    for planned in &plan.tasks {
        let unit = planned.units[0].as_str().to_owned();
        *load.entry(unit).or_insert(0) += planned.case.takes.std().as_secs();
    }
    assert_eq!(load.values().sum::<u64>(), 200);
    assert_eq!(
        load.len(),
        2,
        "the open sample takes no case for units as sold"
    );
    assert!(load["a"].abs_diff(load["b"]) <= 5, "{load:?}");
}

#[test]
fn a_case_for_several_specimens_holds_distinct_ones() {
    let pair = CaseMeta {
        specimens: 2,
        ..case("pair", 5)
    };
    let plan = good(inputs(vec![case("one", 60), pair]));
    assert_eq!(order(&plan), ["pair on a+b", "one on a"]);
}

#[test]
fn an_open_sample_is_for_cases_that_ask_for_one() {
    let open = CaseMeta {
        sample: Samples::Open,
        needs: vec![Channel::Debug],
        ..case("search", 5)
    };
    let plan = good(inputs(vec![open, case("scan", 5)]));
    assert_eq!(order(&plan), ["scan on a", "search on open"]);
}

#[test]
fn evidence_comes_before_speed() {
    let wants = CaseMeta {
        wants: vec![Channel::Debug],
        ..case("wants", 10)
    };
    let again = CaseMeta {
        id: CaseId::new("again").unwrap(),
        ..wants.clone()
    };
    // Both on `a`, the one with a probe, although `b` is idle; the third then goes to `b`.
    let plan = good(inputs(vec![wants, again, case("plain", 1)]));
    assert_eq!(order(&plan), ["again on a", "wants on a", "plain on b"]);
}

#[test]
fn the_filter_narrows_by_name() {
    let other = CaseMeta {
        provisions: vec![ProvisionId::new("5.13-1").unwrap()],
        ..case("fuzz", 1)
    };
    let pick = |filter: Filter| {
        let mut with = inputs(vec![case("scan", 1), case("look", 1), other.clone()]);
        with.filter = filter;
        with
    };
    let names = |list: &[&str]| list.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let cases = names(&["scan"]);
    let plan = good(pick(Filter {
        cases,
        ..Filter::default()
    }));
    assert_eq!(order(&plan), ["scan on a"]);
    assert_eq!(why(&plan, "look"), "(filter) --case picks others");
    let provisions = names(&["5.13"]);
    let plan = good(pick(Filter {
        provisions,
        ..Filter::default()
    }));
    assert_eq!(order(&plan), ["fuzz on a"]);
    assert_eq!(why(&plan, "look"), "(filter) --provision picks others");
    let units = names(&["b"]);
    let plan = good(pick(Filter {
        units,
        ..Filter::default()
    }));
    assert_eq!(order(&plan), ["fuzz on b", "look on b", "scan on b"]);
    let (cases, provisions) = (names(&["scan"]), names(&["5.13-1"]));
    let both = Filter {
        cases,
        provisions,
        ..Filter::default()
    };
    let got = refused(pick(both));
    assert_eq!(
        got,
        "file scan cannot run: --provision picks others | - | -\n"
    );
}

#[test]
fn a_unit_filter_that_leaves_too_few_is_the_users_doing() {
    let pair = CaseMeta {
        specimens: 2,
        ..case("pair", 1)
    };
    let mut with = inputs(vec![pair, case("one", 1)]);
    with.filter.units = vec!["b".to_owned()];
    let want = "(filter) --unit leaves 1 of the 2 units it could use, and it needs 2";
    assert_eq!(why(&good(with), "pair"), want);
}

#[test]
fn names_nobody_has_are_mistakes_with_the_nearest() {
    let mut with = inputs(vec![case("factory_reset", 1)]);
    with.filter = Filter {
        products: Vec::new(),
        units: vec!["opne".to_owned()],
        cases: vec!["factory-reset".to_owned()],
        provisions: vec!["5.14".to_owned(), "5.11-9".to_owned()],
    };
    let want = "file there is no case `factory-reset` | one of factory_reset | factory_reset\n\
                file there is no unit `opne` | one of a, b, open | open\n\
                file there is no provision `5.14` | - | 5.1-4\n\
                file there is no provision `5.11-9` | - | 5.11-1\n";
    assert_eq!(refused(with.clone()), want);
    let found = plan(with).unwrap_err();
    let options: Vec<_> = found.iter().map(|d| d.file.as_str()).collect();
    assert_eq!(options, ["--case", "--unit", "--provision", "--provision"]);
}

#[test]
fn a_case_asked_for_by_name_that_cannot_run_is_a_mistake() {
    let needs = CaseMeta {
        ixit: vec!["7-UpdMech".to_owned()],
        ..case("update", 1)
    };
    let mut with = inputs(vec![needs, case("fine", 1)]);
    with.filter.cases = vec!["update".to_owned(), "fine".to_owned()];
    assert!(refused(with).starts_with("file update cannot run: without IXIT 7-UpdMech"));
}

#[test]
fn a_plan_without_a_case_is_refused() {
    assert_eq!(
        refused(inputs(vec![])),
        "file the suite has no case | - | -\n"
    );
    let fuses = CaseMeta {
        effects: vec![Effect::BurnsFuses],
        ..case("fuses", 1)
    };
    let found = plan(inputs(vec![fuses])).unwrap_err();
    assert_eq!(found[0].message, "none of 1 cases can run on this bench");
    assert!(found[0].help.as_ref().unwrap().contains("burns-fuses"));
    let mut with = inputs(vec![case("scan", 1)]);
    with.filter.provisions = vec!["5.13-1".to_owned()];
    let want = "file nothing is left of 1 cases when all filters are applied | - | -\n";
    assert_eq!(refused(with), want);
}

#[test]
fn a_case_may_only_name_what_exists() {
    let odd = CaseMeta {
        provisions: vec![ProvisionId::new("5.6-4A").unwrap()],
        units: vec![
            UnitRef::new("5.6-4-3.a").unwrap(),
            UnitRef::new("5.6-4-2.a").unwrap(),
            UnitRef::new("5.6-4-1.a").unwrap(),
        ],
        guides: vec![GuideId::new("acsc-6-g44").unwrap()],
        ixit: vec!["15-Inft".to_owned()],
        ..case("odd", 1)
    };
    let empty = CaseMeta {
        provisions: Vec::new(),
        specimens: 0,
        ..case("empty", 1)
    };
    let twin = case("odd", 1);
    let want = "file EN 303 645 V2.1.1 has no provision 5.6-4A | - | 5.6-4\n\
                file the test specification has no unit 5.6-4-3.a | - | 5.6-4-1.a\n\
                file 5.6-4-1.a is settled by a person who reads papers, not by a case | functional units only | -\n\
                file there is no guide row acsc-6-g44 | - | acsc-6-g4\n\
                file there is no IXIT table 15-Inft | - | 15-Intf\n\
                file it asks for no specimen | 1 or more | -\n\
                file it serves neither a provision nor a guide | `provisions` or `guides` with at least one row | -\n\
                file there are two cases named odd | - | -\n";
    assert_eq!(refused(inputs(vec![odd, empty, twin])), want);
}

#[test]
fn units_cannot_be_held_against_an_edition_whose_units_are_unknown() {
    let mut with = inputs(vec![CaseMeta {
        units: vec![UnitRef::new("5.6-1-2.a").unwrap()],
        ..case("scan", 1)
    }]);
    with.suite = suite("V3.1.3");
    assert_eq!(good(with).tasks.len(), 1);
}

#[test]
fn the_same_inputs_in_any_order_give_the_same_plan() {
    let cases = |turn: usize| {
        let mut all: Vec<_> = (0..12).map(|n| case(&format!("c{n}"), n % 4)).collect();
        all[3].specimens = 2;
        all[5].effects = vec![Effect::FactoryReset];
        all[7].needs = vec![Channel::Debug];
        all[9].specimens = 5;
        all.rotate_left(turn);
        all
    };
    let mut with = inputs(cases(0));
    let first = good(with.clone());
    assert_eq!(plan_hash(&first).len(), 64);
    for turn in 1..12 {
        with.cases = cases(turn);
        assert_eq!(
            plan_json(&good(with.clone())),
            plan_json(&first),
            "turned by {turn}"
        );
    }
    with.seed = 8;
    assert_ne!(plan_hash(&good(with)), plan_hash(&first));
}

#[test]
fn a_plan_reads_back_as_it_was_written() {
    let plan = good(inputs(vec![
        case("scan", 1),
        CaseMeta {
            specimens: 9,
            ..case("nine", 1)
        },
    ]));
    let bytes = plan_json(&plan);
    assert!(bytes.ends_with(b"}\n"));
    let back: Plan = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(plan_hash(&back), plan_hash(&plan));
    // All but what may be a credential.
    let mut written = plan;
    let products = written.products.values_mut();
    products.for_each(|p| p.profile.withhold_values());
    for unit in &mut written.bench.units {
        let wires = std::mem::take(&mut unit.wires).into_iter();
        unit.wires = wires.map(|(c, w)| (c, w.without_secrets(c))).collect();
    }
    assert_eq!(back, written);
}

#[test]
fn a_plan_holds_no_credential_of_profile_or_bench() {
    let mut plan = good(inputs(vec![case("scan", 1)]));
    let (maker, lab, outlet) = ("makers-own-1", "lab:hunter2secret", "outlet-seven");
    let product = plan.products.values_mut().next().unwrap();
    let values = &mut product.profile.values;
    values.insert("account".to_owned(), serde_json::json!({ "pw": maker }));
    let words = ["curl", "-u", lab, outlet].map(str::to_owned).to_vec();
    let settings = ["on", "off"].map(|key| (key.to_owned(), Setting::Words(words.clone())));
    let wire = Wire {
        driver: "command".to_owned(),
        settings: Settings(settings.into()),
        switch: None,
    };
    plan.bench.units[0].wires.insert(Channel::Power, wire);
    let text = String::from_utf8(plan_json(&plan)).unwrap();
    for secret in [maker, lab, "hunter2"] {
        assert!(!text.contains(secret), "{secret} stands in the plan");
    }
    let back: Plan = serde_json::from_str(&text).unwrap();
    let product = back.products.values().next().unwrap();
    assert_eq!(product.profile.values["account"], serde_json::Value::Null);
    assert!(back.bench.units[0].has(Channel::Power));
}
