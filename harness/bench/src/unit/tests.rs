//! How long ops may take: their own time, and never more than their case has left.

use super::*;
use proofhouse_model::{Dur, TroubleKind};
use proofhouse_transport::Cancel;
use proofhouse_transport::power::Power;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(600);

/// A supply that always does as it is told.
struct Outlet(bool);

impl Power for Outlet {
    fn on(&mut self) -> Result<(), Trouble> {
        self.0 = true;
        Ok(())
    }

    fn off(&mut self) -> Result<(), Trouble> {
        self.0 = false;
        Ok(())
    }

    fn is_on(&self) -> Option<bool> {
        Some(self.0)
    }
}

/// A unit of which only supply and broker are wired.
fn unit() -> Unit {
    let here = "127.77.9.1".parse().unwrap();
    Unit {
        name: UnitName::new("plug-a").unwrap(),
        console_facts: None,
        label: BTreeMap::new(),
        power: Some(Arc::new(
            PowerControl::new(Box::new(Outlet(false))).unwrap(),
        )),
        _pty: None,
        console: None,
        lan: None,
        mqtt: Some(Broker::start(here, 0).unwrap()),
        debug: None,
        met: Met::default(),
        as_new: None,
        probe: None,
        front: None,
    }
}

fn perform(unit: &mut Unit, op: &Op, budget: &Budget) -> Result<Observation, Trouble> {
    unit.perform(op, budget, &mut |_| unreachable!("nothing is kept here"))
}

fn await_dial(within: Dur) -> Op {
    Op::Mqtt(proofhouse_model::op::MqttOp::AwaitDial { within })
}

#[test]
fn an_op_ends_with_its_own_time_and_with_that_of_its_case() {
    let began = Instant::now();
    let mut unit = unit();
    let soon = Budget::of(Duration::from_millis(30));
    for (op, budget) in [
        (await_dial(Dur::ms(30)), Budget::of(LONG)),
        (await_dial(Dur::secs(600)), soon.clone()),
    ] {
        let seen = perform(&mut unit, &op, &budget).unwrap();
        assert!(matches!(seen, Observation::Unseen { .. }), "{seen:?}");
    }
    let idle = Op::Idle {
        length: Dur::secs(600),
    };
    let late = perform(&mut unit, &idle, &soon).unwrap_err();
    assert_eq!(late.kind, TroubleKind::Deadline);
    let (after, off) = (Dur::secs(600), Dur::ms(1));
    let arm = Op::Power(PowerOp::CutIn { after, off });
    perform(&mut unit, &arm, &Budget::of(LONG)).unwrap();
    let cut = Op::Power(PowerOp::AwaitCut);
    let late = perform(&mut unit, &cut, &soon).unwrap_err();
    assert_eq!(late.kind, TroubleKind::Deadline);
    assert!(began.elapsed() < LONG);
}

#[test]
fn every_wait_ends_when_the_run_is_called_off() {
    let mut unit = unit();
    let (after, off) = (Dur::secs(600), Dur::ms(1));
    let arm = Op::Power(PowerOp::CutIn { after, off });
    perform(&mut unit, &arm, &Budget::of(LONG)).unwrap();
    let waits = [
        Op::Idle {
            length: Dur::secs(600),
        },
        await_dial(Dur::secs(600)),
        Op::Power(PowerOp::AwaitCut),
    ];
    for op in waits {
        let cancel = Cancel::new();
        let budget = Budget::new(LONG, &cancel);
        let unit = &mut unit;
        let trouble = std::thread::scope(|scope| {
            let waiting = scope.spawn(move || perform(unit, &op, &budget).unwrap_err());
            cancel.cancel("enough");
            waiting.join().unwrap()
        });
        assert_eq!(trouble.kind, TroubleKind::Cancelled, "{trouble}");
    }
}
