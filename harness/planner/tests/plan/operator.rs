//! Units that a person resets, and a run without that person.

use super::{case, good, inputs, order, why};
use proofhouse_model::drivers::OPERATOR;
use proofhouse_model::settings::Settings;
use proofhouse_model::{CaseMeta, Channel, Effect, Plan, RunMode, Wire};
use proofhouse_planner::PlanInputs;

/// A person resets `a`; a case that has to have them, one that may, one that may write its flash alone.
fn desk() -> PlanInputs {
    let resets = |id: &str| CaseMeta {
        effects: vec![Effect::FactoryReset],
        ..case(id, 1)
    };
    let cases = vec![
        CaseMeta {
            needs: vec![Channel::Lan, Channel::Reset],
            ..resets("needs")
        },
        CaseMeta {
            wants: vec![Channel::Reset],
            ..resets("wants")
        },
        CaseMeta {
            wants: vec![Channel::Reset],
            effects: vec![Effect::WearsFlash],
            ..case("looks", 1)
        },
    ];
    let mut with = inputs(cases);
    let person = Wire {
        driver: OPERATOR.to_owned(),
        settings: Settings::default(),
        switch: None,
    };
    with.bench.units[0].wires.insert(Channel::Reset, person);
    // On another unit nobody would be asked.
    with.bench.units.truncate(1);
    with
}

/// As `--no-operator` does, before anything is planned.
fn without(mut with: PlanInputs) -> PlanInputs {
    with.mode = RunMode {
        without_operator: vec![with.bench.units[0].name.clone()],
        ..RunMode::default()
    };
    let used: Vec<_> = with
        .bench
        .units
        .iter()
        .map(|u| with.mode.as_used(u))
        .collect();
    with.bench.units = used;
    with
}

fn asked(plan: &Plan) -> Vec<String> {
    let all = plan.may_ask_operator();
    all.map(|(task, unit)| format!("{} on {unit}", task.case.id))
        .collect()
}

#[test]
fn a_person_may_be_asked_by_what_may_reset_their_unit_and_by_nothing_else() {
    let plan = good(desk());
    assert_eq!(plan.tasks.len(), 3);
    assert_eq!(asked(&plan), ["needs on a", "wants on a"]);
    let mut by_program = desk();
    let reset = by_program.bench.units[0].wires.get_mut(&Channel::Reset);
    "command".clone_into(&mut reset.unwrap().driver);
    assert_eq!(asked(&good(by_program)), [""; 0]);
}

#[test]
fn without_the_person_a_case_that_needs_them_is_left_out_with_the_reason() {
    let plan = good(without(desk()));
    assert_eq!(order(&plan), ["looks on a", "wants on a"]);
    assert_eq!(asked(&plan), [""; 0]);
    assert_eq!(
        why(&plan, "needs"),
        "no production unit suits it: a has no reset (--no-operator: the person who resets it is not asked)"
    );
}

#[test]
fn only_the_wire_of_the_person_is_left_out() {
    let mut with = desk();
    let reset = with.bench.units[0].wires.get_mut(&Channel::Reset);
    "command".clone_into(&mut reset.unwrap().driver);
    let before = with.bench.units.clone();
    assert_eq!(without(with).bench.units, before);
}
