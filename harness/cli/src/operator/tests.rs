//! When a run may begin that may ask a person, and what is told of them.

use super::*;
use crate::smallest;
use proofhouse_model::settings::Setting;
use proofhouse_model::{CaseMeta, Effect, ProductId, Task, TaskId};
use smallest::{case, plan, profile, unit, wire};
use std::sync::Arc;

/// One case on one unit, which a person or a program resets.
fn one(driver: &str, effect: Effect) -> Plan {
    let name = UnitName::new("box-1").unwrap();
    let mut plan = plan(profile("p"), vec![name.clone()]);
    let say = Setting::Text("hold the button".to_owned());
    let reset = (Channel::Reset, wire(driver, [("say", say)]));
    plan.bench.units.push(unit("box-1", [reset]));
    plan.tasks.push(Task {
        id: TaskId::at(0),
        case: Arc::new(CaseMeta {
            effects: vec![effect],
            ..case("resets")
        }),
        product: ProductId::new("p").unwrap(),
        units: vec![name],
    });
    plan
}

#[test]
fn no_run_begins_that_may_ask_a_person_whom_nobody_can_ask() {
    let asks = one("operator", Effect::FactoryReset);
    let why = refused(&asks, false).unwrap();
    assert_eq!(why.file, "bench.toml");
    assert!(
        why.message.starts_with("box-1 is reset by a person"),
        "{why:?}"
    );
    assert!(why.help.unwrap().contains("--no-operator"));
    assert!(refused(&asks, true).is_none());
    // Nobody would be asked.
    for plan in [
        one("command", Effect::FactoryReset),
        one("operator", Effect::WearsFlash),
    ] {
        assert!(refused(&plan, false).is_none());
    }
}

#[test]
fn a_plan_tells_of_whom_it_may_ask_and_of_whom_not() {
    let mut plan = one("operator", Effect::FactoryReset);
    let asked = told(&plan);
    assert_eq!(
        asked,
        [
            "box-1: 1 case may ask for \"hold the button\"; a run needs a terminal, or `--no-operator`"
        ]
    );
    assert_eq!(of_bench(&plan.bench), [UnitName::new("box-1").unwrap()]);
    plan.mode.without_operator = of_bench(&plan.bench);
    let used: Vec<_> = plan
        .bench
        .units
        .iter()
        .map(|u| plan.mode.as_used(u))
        .collect();
    plan.bench.units = used;
    let asked = told(&plan);
    assert_eq!(
        asked,
        ["nobody is asked to reset box-1 (--no-operator): used without that reset"]
    );
    assert!(refused(&plan, false).is_none());
}
