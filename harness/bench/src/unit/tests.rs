//! How long ops may take: their own time, and never more than their case has left.

use super::*;
use proofhouse_model::op::PowerOp;
use proofhouse_model::{Dur, TroubleKind};
use proofhouse_transport::Cancel;
use proofhouse_transport::power::Power;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(600);

/// A supply that always does as it is told.
struct Outlet(bool);

impl Power for Outlet {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        self.0 = on;
        Ok(())
    }

    fn is_on(&self) -> Option<bool> {
        Some(self.0)
    }
}

/// A unit of which only supply and broker are wired.
pub(super) fn unit() -> Unit {
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
        uplink: None,
        mqtt: Some(Broker::start(here, 0).unwrap()),
        dns: None,
        dhcp: None,
        tap: None,
        debug: None,
        reset: None,
        answers: Answers::default(),
        always_on: None,
        met: Met::default(),
        as_new: None,
        clock: Arc::new(HostClock::new(Arc::new(Vec::new), None)),
        probe: None,
        front: None,
    }
}

pub(super) fn perform(unit: &mut Unit, op: &Op, budget: &Budget) -> Result<Observation, Trouble> {
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

/// A unit that gets another address from its network whenever it starts.
#[test]
fn a_name_is_looked_up_again_after_the_supply_was_switched() {
    let mut unit = unit();
    let host = proofhouse_transport::net::Host::new("localhost".parse().unwrap()).unwrap();
    unit.lan = Some(LanWire::new(host));
    let budget = Budget::of(LONG);
    let asked = |unit: &mut Unit| perform(unit, &Op::Address, &budget).unwrap();
    let first = asked(&mut unit);
    assert!(matches!(&first, Observation::Text { text } if text == "127.0.0.1" || text == "::1"));
    assert!(unit.lan.as_ref().unwrap().host.is_known());
    perform(&mut unit, &Op::Power(PowerOp::On), &budget).unwrap();
    assert!(!unit.lan.as_ref().unwrap().host.is_known());
    asked(&mut unit);
    unit.rest().unwrap();
    assert!(!unit.lan.as_ref().unwrap().host.is_known());
}

/// A device that takes what comes and says nothing, on a unit whose supply obeys.
fn silent_device() -> (Unit, std::net::TcpListener) {
    let listener = std::net::TcpListener::bind(("127.77.9.3", 0)).unwrap();
    let at = listener.local_addr().unwrap();
    let mut unit = unit();
    unit.lan = Some(LanWire::new(at.ip().into()));
    (unit, listener)
}

/// Every wait on the network that a device at that port does not end.
fn waits(port: u16) -> [Op; 3] {
    use proofhouse_model::op::{DatagramOp, HttpOp, StreamOp};
    let within = Dur::secs(600);
    [
        Op::Http(HttpOp {
            method: "POST".to_owned(),
            port,
            tls: false,
            path: "/update".to_owned(),
            headers: Vec::new(),
            body: vec![0; 1 << 20].into(),
            session: 0,
            within,
            leaves: None,
        }),
        Op::Stream(StreamOp::Open {
            port,
            tls: true,
            within,
        }),
        Op::Datagram(DatagramOp {
            port,
            bytes: vec![1].into(),
            within,
        }),
    ]
}

#[test]
fn a_wait_on_the_network_ends_with_the_cut_that_was_planned() {
    let (mut unit, listener) = silent_device();
    let at = listener.local_addr().unwrap();
    let _datagrams = std::net::UdpSocket::bind(at).unwrap();
    for op in waits(at.port()) {
        let began = Instant::now();
        perform(&mut unit, &Op::Power(PowerOp::On), &Budget::of(LONG)).unwrap();
        let (after, off) = (Dur::ms(20), Dur::ms(10));
        let arm = Op::Power(PowerOp::CutIn { after, off });
        perform(&mut unit, &arm, &Budget::of(LONG)).unwrap();
        let ended = perform(&mut unit, &op, &Budget::of(LONG)).unwrap_err();
        assert_eq!(ended.kind, TroubleKind::DeviceSilent);
        assert!(
            ended.what.contains("the supply of plug-a was cut"),
            "{ended}"
        );
        assert!(began.elapsed() < Duration::from_secs(300));
        let cut = perform(&mut unit, &Op::Power(PowerOp::AwaitCut), &Budget::of(LONG));
        assert!(matches!(cut, Ok(Observation::Cut { .. })), "{cut:?}");
    }
}

#[test]
fn a_planned_cut_that_is_far_changes_no_wait() {
    let (mut unit, listener) = silent_device();
    let (after, off) = (Dur::secs(600), Dur::ms(1));
    let arm = Op::Power(PowerOp::CutIn { after, off });
    perform(&mut unit, &arm, &Budget::of(LONG)).unwrap();
    let [http, ..] = waits(listener.local_addr().unwrap().port());
    let late = perform(&mut unit, &http, &Budget::of(Duration::from_millis(30))).unwrap_err();
    assert_eq!(late.kind, TroubleKind::DeviceSilent);
    assert!(!late.what.contains("cut"), "{late}");
    let cancel = Cancel::new();
    let budget = Budget::new(LONG, &cancel);
    let ended = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| perform(&mut unit, &http, &budget));
        // It has begun when it connects a second time.
        let _both = [listener.accept().unwrap(), listener.accept().unwrap()];
        cancel.cancel("the run ends");
        waiting.join().unwrap()
    });
    assert_eq!(ended.unwrap_err().kind, TroubleKind::Cancelled);
}

#[test]
fn a_dump_is_searched_until_its_unit_is_used() {
    use proofhouse_model::settings::{Setting, Settings};
    use proofhouse_transport::open::Context;
    use proofhouse_transport::{power::Strips, swd};
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("flash.bin"), b"the secret lies here").unwrap();
    let file = ("file".to_owned(), Setting::Text("./flash.bin".to_owned()));
    let wire = proofhouse_model::Wire {
        driver: "dump".to_owned(),
        settings: Settings([file].into()),
        switch: None,
    };
    let mut unit = unit();
    let context = Context {
        unit: &unit.name.clone(),
        folder: folder.path(),
        console: Default::default(),
        debug: Default::default(),
        strips: &Strips::default(),
        made: None,
    };
    unit.debug = Some(swd::open(&wire, &context).unwrap());
    let search = Op::Instrument(InstrumentOp::SearchFlash {
        regions: vec![(0, 20)],
        needles: vec![("password".to_owned(), b"secret".to_vec().into())],
    });
    let budget = Budget::of(LONG);
    let found = perform(&mut unit, &search, &budget).unwrap();
    assert!(format!("{found:?}").contains("at: 4"), "{found:?}");
    let lock = perform(&mut unit, &Op::Debug(DebugOp::Grade), &budget).unwrap_err();
    assert_eq!(
        lock.kind,
        TroubleKind::Bench,
        "silence would look like a lock"
    );
    perform(&mut unit, &search, &budget).unwrap();
    perform(&mut unit, &Op::Power(PowerOp::On), &budget).unwrap();
    let stale = perform(&mut unit, &search, &budget).unwrap_err();
    assert!(stale.what.contains("before the unit was used"), "{stale}");
}

/// Where no console tells what a device does, its answers set cuts off, and what the bench does by itself sets none.
#[test]
fn an_answer_over_the_network_sets_a_cut_off() {
    use proofhouse_model::op::StreamOp;
    let (mut unit, listener) = silent_device();
    let budget = Budget::of(LONG);
    let port = listener.local_addr().unwrap().port();
    let open = || {
        Op::Stream(StreamOp::Open {
            port,
            tls: false,
            within: Dur::secs(600),
        })
    };
    let mut done = |op: Op| perform(&mut unit, &op, &budget).unwrap();
    done(Op::Power(PowerOp::On));
    done(Op::Answers);
    done(Op::Power(PowerOp::CutAtAnswer {
        answer: 2,
        after: Dur::ms(0),
        off: Dur::ms(1),
        within: Dur::secs(600),
    }));
    done(open());
    done(Op::Answers);
    done(Op::Idle { length: Dur::ms(1) });
    done(open());
    let answers = done(Op::Answers);
    assert!(matches!(&answers, Observation::Lines { at } if at.len() == 1));
    let cut = done(Op::Power(PowerOp::AwaitCut));
    assert!(matches!(cut, Observation::Cut { .. }), "{cut:?}");
}
