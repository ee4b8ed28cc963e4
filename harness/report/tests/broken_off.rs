//! What a run that was broken off says of relays that may not be at rest.

mod common;

use common::plans;
use common::runs::Run;
use proofhouse_model::event::{CaseEnd, GuardActed};
use proofhouse_model::op::{DebugOp, PowerOp};
use proofhouse_model::settings::Settings;
use proofhouse_model::{
    Channel, CutKind, Dur, Event, Fact, LeftBecause, Observation, Op, Plan, Trouble, UnitName, Wire,
};
use proofhouse_report::{Folded, Outcome, outcome};
use std::collections::BTreeMap;

const A: &str = "plug-a";
const NONE: [Channel; 0] = [];

/// The plan of the other tests, with a real relay on each channel of one unit.
fn plan() -> Plan {
    let mut plan = plans::plan();
    let mut units = plan.bench.units.iter_mut();
    let unit = units.find(|unit| unit.name.as_str() == A).unwrap();
    for channel in [Channel::Power, Channel::Reset, Channel::Uplink] {
        let wire = Wire {
            driver: "command".to_owned(),
            settings: Settings::default(),
            switch: None,
        };
        unit.wires.insert(channel, wire);
    }
    plan
}

/// A case of the unit under way, with what happened in it.
fn broken_off(happened: impl FnOnce(&mut Run)) -> (Plan, Vec<Event>) {
    let mut run = Run::of(plan());
    run.case("factory-reset", A);
    happened(&mut run);
    (run.plan, run.events)
}

fn power(run: &mut Run, op: PowerOp, ends: bool) {
    let of = run.add(Fact::OpStarted { op: Op::Power(op) });
    if ends {
        run.add(Fact::OpEnded {
            of,
            saw: Observation::Done,
            took: std::time::Duration::from_millis(3).into(),
        });
    }
}

/// Channels of which something may not be at rest.
fn left((plan, events): &(Plan, Vec<Event>), guard: Option<&GuardActed>) -> Vec<Channel> {
    let run = Folded::new(plan, events).broken_off(guard);
    let left = run.view().facts.may_be_on.clone();
    assert_eq!(outcome(&run) == Outcome::MayBeOn, !left.is_empty());
    left.into_iter()
        .filter_map(|(.., why)| why.channel)
        .collect()
}

fn acted(why: &str) -> GuardActed {
    let all = vec![UnitName::new(A).unwrap()];
    GuardActed {
        why: why.to_owned(),
        units: all.clone(),
        released: all.clone(),
        restored: all,
        may_be_on: BTreeMap::new(),
        may_be_pressed: BTreeMap::new(),
        may_be_cut: BTreeMap::new(),
    }
}

#[test]
fn what_was_switched_on_and_not_off_again_may_be_on() {
    let all_on = |run: &mut Run| {
        power(run, PowerOp::On, true);
        run.add(Fact::ButtonPressed { read_back: false });
        let what = CutKind::Link;
        let read_back = false;
        run.add(Fact::UplinkCut { what, read_back });
    };
    let all = [Channel::Power, Channel::Uplink, Channel::Reset];
    assert_eq!(left(&broken_off(all_on), None), all);
    assert_eq!(left(&broken_off(|_| ()), None), NONE);
    let raced = broken_off(|run| {
        let (length, off) = (Dur::ms(500), Dur::ms(500));
        let op = Op::Debug(DebugOp::Race { length, off });
        run.add(Fact::OpStarted { op });
    });
    assert_eq!(left(&raced, None), [Channel::Power]);
    for (ends, wanted) in [(true, &NONE[..]), (false, &[Channel::Power][..])] {
        let off = broken_off(|run| {
            power(run, PowerOp::On, false);
            power(run, PowerOp::Off, ends);
        });
        assert_eq!(left(&off, None), wanted, "off had its end: {ends}");
    }
    let rested = broken_off(|run| {
        all_on(run);
        run.complete();
    });
    assert_eq!(left(&rested, None), NONE);
    let called_off = broken_off(|run| {
        power(run, PowerOp::On, true);
        let trouble = Trouble {
            kind: proofhouse_model::TroubleKind::Cancelled,
            ..Trouble::case("interrupted")
        };
        let place = None;
        run.end(CaseEnd::Stopped { trouble, place });
    });
    assert_eq!(left(&called_off, None), [Channel::Power]);
    let (plan, mut events) = called_off;
    let last = events.last().unwrap().clone();
    let trouble = Trouble::case("the place is somebody else's");
    events.push(Event {
        seq: last.seq + 1,
        fact: Fact::UnitLeft {
            why: LeftBecause::TakenBack,
            trouble,
            tasks: Vec::new(),
        },
        unit: Some(UnitName::new(A).unwrap()),
        task: None,
        ..last
    });
    assert_eq!(left(&(plan, events), None), NONE);
}

#[test]
fn what_its_guard_noted_goes_before_and_only_once() {
    let on = |run: &mut Run| power(run, PowerOp::On, true);
    let mut guard = acted("the harness died");
    assert_eq!(left(&broken_off(on), Some(&guard)), NONE);
    let why = BTreeMap::from([(UnitName::new(A).unwrap(), "welded".to_owned())]);
    guard.may_be_cut = why;
    assert_eq!(left(&broken_off(on), Some(&guard)), [Channel::Uplink]);
    // One that is in the journal was of a death before this one.
    let again = broken_off(|run| {
        run.add(Fact::GuardActed(guard.clone()));
        on(run);
    });
    assert_eq!(left(&again, Some(&guard)), [Channel::Power]);
}

#[test]
fn a_virtual_unit_ends_with_its_harness() {
    let (mut plan, events) = broken_off(|run| power(run, PowerOp::On, true));
    for unit in &mut plan.bench.units {
        unit.wires.clear();
    }
    assert_eq!(left(&(plan, events), None), NONE);
}
