//! Why a case is left out, and what to add.

use super::{case, good, inputs, order, refused, why};
use proofhouse_model::{CaseId, CaseMeta, Channel, Effect, Sample, Samples};

/// Cases that lack something, each something else.
fn lacking() -> Vec<CaseMeta> {
    let base = |id: &str| case(id, 1);
    vec![
        base("fine"),
        CaseMeta {
            device_ops: vec!["login".to_owned(), "factory_reset".to_owned()],
            ..base("ops")
        },
        CaseMeta {
            ixit: vec!["1-AuthMech".to_owned(), "7-UpdMech".to_owned()],
            ..base("ixit")
        },
        CaseMeta {
            needs: vec![Channel::Debug],
            specimens: 2,
            ..base("wires")
        },
        CaseMeta {
            device_ops: vec!["login".to_owned()],
            ixit: vec!["7-UpdMech".to_owned()],
            needs: vec![Channel::Debug, Channel::Reset],
            ..base("all")
        },
        CaseMeta {
            specimens: 3,
            ..base("three")
        },
        CaseMeta {
            effects: vec![Effect::BurnsFuses],
            ..base("fuses")
        },
        CaseMeta {
            needs: vec![Channel::Debug, Channel::MQTT],
            effects: vec![Effect::MayBrick],
            sample: Samples::Open,
            ..base("open")
        },
    ]
}

#[test]
fn what_cannot_run_is_left_out_with_what_to_add() {
    let plan = good(inputs(lacking()));
    assert_eq!(order(&plan), ["fine on a"]);
    assert_eq!(
        why(&plan, "ops"),
        "the profile's device script has no `login`: add it to device.star of profile; and the profile has no limit \
         `reset`: add it to [limits] in profile.toml, such as reset = \"30s\""
    );
    assert_eq!(
        why(&plan, "ixit"),
        "without IXIT 7-UpdMech nothing can be concluded: add [[ixit.7-UpdMech]] to profile.toml"
    );
    assert_eq!(
        why(&plan, "wires"),
        "it holds 2 production units at the same time, and 1 of this bench suits it: b has no debug"
    );
    assert_eq!(
        why(&plan, "all"),
        "the profile's device script has no `login`: add it to device.star of profile; and without IXIT 7-UpdMech \
         nothing can be concluded: add [[ixit.7-UpdMech]] to profile.toml; and no production unit suits it: a has no \
         reset; b has no debug and reset",
        "everything at once"
    );
    assert_eq!(
        why(&plan, "three"),
        "it holds 3 production units at the same time, and 2 of this bench suit it: add another"
    );
    assert_eq!(
        why(&plan, "fuses"),
        "no production unit suits it: a does not grant burns-fuses (if it may suffer that, write grants = \
         [\"may-brick\", \"burns-fuses\"] below [unit.a] in bench.toml); b does not grant burns-fuses (if it \
          may suffer \
         that, write grants = [\"burns-fuses\"] and identity = { serial = \"...\" } below [unit.b] in bench.toml)"
    );
    assert_eq!(
        why(&plan, "open"),
        "no open unit suits it: open does not grant may-brick (if it may suffer that, write grants = \
         [\"may-brick\"] and \
         identity = { serial = \"...\" } below [unit.open] in bench.toml)"
    );
    let mut bench = inputs(vec![
        case("fine", 1),
        CaseMeta {
            sample: Samples::Open,
            ..case("open", 1)
        },
    ]);
    bench.bench.units.retain(|u| u.sample == Sample::Production);
    assert!(why(&good(bench), "open").starts_with("no open sample is on this bench"));
}

#[test]
fn a_destructive_case_is_for_units_that_can_prove_who_they_are() {
    let with = |effect| CaseMeta {
        effects: vec![effect],
        ..case("does", 1)
    };
    // The nameless unit would be the idle one.
    let plan = good(inputs(vec![
        case("busy", 60),
        with(Effect::FactoryReset),
        CaseMeta {
            specimens: 2,
            id: CaseId::new("pair").unwrap(),
            ..with(Effect::FactoryReset)
        },
    ]));
    assert!(
        order(&plan).contains(&"does on a".to_owned()),
        "{:?}",
        order(&plan)
    );
    assert_eq!(
        why(&plan, "pair"),
        "it holds 2 production units at the same time, and 1 of this bench suits it: b cannot prove who it is before \
         factory-reset (write identity = { serial = \"...\" } below [unit.b] in bench.toml)"
    );
    // What only wears is not asked for a name.
    let mut open = inputs(vec![CaseMeta {
        sample: Samples::Open,
        ..with(Effect::WearsFlash)
    }]);
    assert_eq!(order(&good(open.clone())), ["does on open"]);
    open.cases[0].effects = vec![Effect::FactoryReset];
    assert!(refused(open).contains("none of 1 cases can run"));
}

#[test]
fn a_profile_that_cannot_tell_units_apart_gets_no_destructive_case() {
    let resets = CaseMeta {
        effects: vec![Effect::FactoryReset],
        ..case("resets", 1)
    };
    let mut with = inputs(vec![resets, case("looks", 1)]);
    with.products[0].device_ops.remove("identity");
    let want = "it is factory-reset, so a unit must first prove who it is, and the profile's device script has \
     no `identity`: \
                add it to device.star of profile";
    assert_eq!(why(&good(with.clone()), "resets"), want);
    with.filter.cases = vec!["resets".to_owned()];
    assert!(refused(with).starts_with(&format!("file resets cannot run: {want}")));
}

#[test]
fn a_grant_that_is_missing_is_told_with_its_place_when_asked_by_name() {
    let bricks = CaseMeta {
        effects: vec![Effect::MayBrick],
        ..case("bricks", 1)
    };
    let mut with = inputs(vec![bricks, case("looks", 1)]);
    with.bench.units[0].grants.clear();
    with.filter.cases = vec!["bricks".to_owned()];
    let told = refused(with);
    assert!(
        told.contains("write grants = [\"may-brick\"] below [unit.a] in bench.toml"),
        "{told}"
    );
}

#[test]
fn an_ixit_table_without_rows_is_no_ixit() {
    let needs = CaseMeta {
        ixit: vec!["1-AuthMech".to_owned()],
        ..case("needs", 1)
    };
    let mut with = inputs(vec![needs.clone(), case("fine", 1)]);
    assert_eq!(good(with.clone()).tasks.len(), 2);
    with.products[0]
        .profile
        .ixit
        .insert("1-AuthMech".to_owned(), Vec::new());
    assert!(why(&good(with), "needs").starts_with("without IXIT 1-AuthMech"));
}

#[test]
fn a_case_may_need_a_row_whose_bench_says_something() {
    let needs = |id: &str, need: &str| CaseMeta {
        ixit: vec![need.to_owned()],
        ..case(id, 1)
    };
    let mut with = inputs(vec![
        needs("text", "1-AuthMech[user=admin]"),
        needs("number", "1-AuthMech[guesses-before-limit=3]"),
        needs("other", "1-AuthMech[user=root]"),
        needs("absent", "1-AuthMech[speaks=coap]"),
    ]);
    let plan = good(with.clone());
    assert_eq!(plan.tasks.len(), 2);
    assert_eq!(
        why(&plan, "absent"),
        "no row of IXIT 1-AuthMech declares speaks = coap in its `bench = { ... }`: if one of them is of that kind, \
         add it there; else the case is not about this product"
    );
    assert!(why(&plan, "other").contains("user = root in its `bench = { ... }`: if one"));
    // Where each row says something else, the maker has said what it is.
    let rows = with.products[0].profile.ixit.get_mut("1-AuthMech").unwrap();
    rows.retain(|row| row.contains_key("bench"));
    let other = why(&good(with), "other");
    let each =
        "user = root in its `bench = { ... }` (each declares user = admin): if that is right";
    assert!(other.contains(each), "{other}");
}
