//! Every verdict names the events it rests on, and a check that rests on nothing shows nothing.

use super::*;
use crate::BlobId;
use crate::fold::{EMPTY_STATEMENT, TaskResult, fold_tasks};
use crate::observation::{Capture, Flow, FlowProtocol, HostClock, Side, Sought};
use crate::op::{DhcpOp, DnsOp, MqttOp, TapOp, UplinkOp};
use crate::{Finding as F, TroubleKind as T, Verdict as V};

fn only(journal: &Journal) -> TaskResult {
    let (mut cases, _) = fold_tasks(&journal.0);
    assert_eq!(cases.len(), 1);
    cases.remove(0)
}

/// Start 0, op 1 and 2, checks from 3 on, end.
fn checked(checks: Vec<Check>, end: Fact) -> TaskResult {
    only(&Journal::default().case("c", checks, end))
}

fn resting(finding: F, rests_on: &[u64]) -> Check {
    Check {
        rests_on: rests_on.to_vec(),
        ..check(finding)
    }
}

#[test]
fn an_empty_statement_shows_nothing() {
    // Nothing cited; the start of the case; an event of no journal.
    for nothing in [&[][..], &[0], &[99]] {
        let case = checked(
            vec![check(F::Shown), resting(F::Shown, nothing)],
            complete(),
        );
        let (verdict, why) = case.verdict_over(|_| true);
        assert_eq!(verdict, V::Inconclusive, "{nothing:?}");
        assert!(why.contains(EMPTY_STATEMENT), "{why}");
        assert_eq!(case.checks[1].1.finding, F::NotObserved);
    }
    // Both the start and the end of an op that was done stand for it.
    for something in [1, 2] {
        let case = checked(vec![resting(F::Shown, &[something])], complete());
        assert_eq!(case.verdict(), V::Pass, "{something}");
    }
}

#[test]
fn ops_of_other_cases_are_no_ground() {
    let journal = Journal::default()
        .case("other", vec![check(F::Shown)], complete())
        .fact(Some("c"), start(1))
        .fact(Some("c"), Fact::Checked(resting(F::Shown, &[1, 2])))
        .fact(Some("c"), complete());
    let (cases, _) = fold_tasks(&journal.0);
    assert_eq!(cases[0].verdict(), V::Pass);
    assert_eq!(cases[1].verdict(), V::Inconclusive);
}

#[test]
fn silence_alone_is_no_ground() {
    let failed = Fact::OpFailed {
        of: 1,
        trouble: trouble(T::DeviceSilent),
        took: Dur::ms(1),
    };
    let op = Fact::OpStarted {
        op: Op::Console(ConsoleOp::Send {
            bytes: b"hello".to_vec().into(),
        }),
    };
    let journal = Journal::default()
        .fact(Some("c"), start(1))
        .fact(Some("c"), op)
        .fact(Some("c"), failed)
        .fact(Some("c"), Fact::Checked(resting(F::Shown, &[1, 2])))
        .fact(Some("c"), complete());
    assert_eq!(only(&journal).verdict(), V::Inconclusive);
}

/// It came to an observation, but to none of the device: a case that looks at nothing else shows nothing.
#[test]
fn the_clock_of_the_bench_pc_is_no_ground() {
    let seen = Observation::HostClock(HostClock {
        moved_ms: 0,
        later: Vec::new(),
        in_step: Some(true),
        error_us: None,
    });
    let ended = Fact::OpEnded {
        of: 1,
        saw: seen,
        took: Dur::ms(1),
    };
    let looked = Fact::OpStarted { op: Op::HostClock };
    let journal = Journal::default()
        .fact(Some("c"), start(1))
        .fact(Some("c"), looked)
        .fact(Some("c"), ended)
        .fact(Some("c"), Fact::Checked(resting(F::Shown, &[1, 2])))
        .fact(Some("c"), complete());
    assert_eq!(only(&journal).verdict(), V::Inconclusive);
}

#[test]
fn what_was_refuted_stays_so_without_ground() {
    let case = checked(vec![resting(F::Refuted, &[])], complete());
    assert_eq!(case.verdict(), V::Fail);
    assert_eq!(case.rests_on(|_| true), [3]);
}

#[test]
fn a_verdict_cites_what_decides_it() {
    let all = |case: &TaskResult| case.rests_on(|_| true);
    let two = || vec![check(F::Shown), check(F::Shown)];
    assert_eq!(all(&checked(two(), complete())), [2, 3, 4]);
    let mut mixed = two();
    mixed.push(check(F::Refuted));
    assert_eq!(all(&checked(mixed.clone(), complete())), [2, 5]);
    assert_eq!(all(&checked(mixed, stopped(T::Bench))), [2, 5]);
    let mut open = two();
    open.push(check(F::NotObserved));
    assert_eq!(all(&checked(open.clone(), complete())), [2, 5]);
    // Trouble decides before a check that saw nothing.
    assert_eq!(all(&checked(open, stopped(T::Bench))), [6]);
    assert_eq!(all(&checked(Vec::new(), complete())), [3]);
    assert_eq!(all(&checked(two(), skipped())), [5]);
}

#[test]
fn a_verdict_for_a_provision_cites_its_own_checks() {
    let checks = vec![
        check_for(F::Shown, &["5.1-1"]),
        check_for(F::Refuted, &["5.1-2"]),
    ];
    let case = checked(checks, complete());
    let of = |id: &str| case.rests_on(|c| c.serves.contains(&pid(id)));
    assert_eq!(of("5.1-1"), [2, 3]);
    assert_eq!(of("5.1-2"), [2, 4]);
    // Nothing speaks for it: the end of the case is what is known.
    assert_eq!(of("5.1-3"), [5]);
}

#[test]
fn trouble_is_cited_with_its_op() {
    let failed = Fact::OpFailed {
        of: 3,
        trouble: trouble(T::DeviceSilent),
        took: Dur::ms(1),
    };
    let journal = Journal::default()
        .fact(Some("c"), start(1))
        .op("c")
        .fact(Some("c"), failed.clone())
        .fact(Some("c"), stopped(T::DeviceSilent));
    assert_eq!(only(&journal).rests_on(|_| true), [3, 4]);
    let cut = Journal(journal.0[..4].to_vec());
    assert_eq!(only(&cut).rests_on(|_| true), [3]);
}

#[test]
fn what_an_earlier_attempt_did_is_no_ground_for_a_later_one() {
    let journal = Journal::default()
        .fact(Some("c"), start(1))
        .op("c")
        .fact(Some("c"), start(2))
        .fact(Some("c"), Fact::Checked(resting(F::Shown, &[2])));
    assert_eq!(only(&journal).checks[0].1.finding, F::NotObserved);
}

/// A deaf tap hears nothing of the device, and a search of nothing finds nothing: neither shows that nothing went by.
#[test]
fn a_tap_on_which_the_unit_said_nothing_is_no_ground() {
    let flow = |sent: u64| Flow {
        peer: "192.0.2.1".to_owned(),
        port: 80,
        own_port: 40_000,
        protocol: FlowProtocol::Tcp,
        begun_by: Some(Side::Peer),
        first: Dur::ms(1),
        last: Dur::ms(2),
        sent,
        received: 9,
        tls: None,
    };
    let read = |flows: Vec<Flow>| {
        Observation::Captured(Capture {
            number: 1,
            hears: "all of it".to_owned(),
            lasted: Dur::ms(5),
            packets: flows.len() as u64,
            bytes: 9,
            flows,
            names: Vec::new(),
            lost: Vec::new(),
            blob: BlobId::new("ab".repeat(32)).unwrap(),
            size: 9,
        })
    };
    let sought = |by_unit: u64| {
        Observation::Sought(Sought {
            finds: Vec::new(),
            // What the bench sent is searched as well.
            searched: by_unit + 7,
            by_unit,
            unread: Vec::new(),
        })
    };
    let verdict = |op: TapOp, saw: Observation| {
        let took = Dur::ms(1);
        let journal = Journal::default()
            .fact(Some("c"), start(1))
            .fact(Some("c"), Fact::OpStarted { op: Op::Tap(op) })
            .fact(Some("c"), Fact::OpEnded { of: 1, saw, took })
            .fact(Some("c"), Fact::Checked(resting(F::Shown, &[1, 2])))
            .fact(Some("c"), complete());
        only(&journal).verdict()
    };
    let search = || TapOp::Search {
        capture: 1,
        needles: Vec::new(),
    };
    assert_eq!(verdict(TapOp::Start, Observation::Done), V::Inconclusive);
    assert_eq!(verdict(TapOp::Stop, Observation::Done), V::Inconclusive);
    assert_eq!(verdict(TapOp::Read, read(vec![])), V::Inconclusive);
    assert_eq!(verdict(TapOp::Read, read(vec![flow(0)])), V::Inconclusive);
    assert_eq!(verdict(TapOp::Read, read(vec![flow(1)])), V::Pass);
    assert_eq!(verdict(search(), sought(0)), V::Inconclusive);
    assert_eq!(verdict(search(), sought(1)), V::Pass);
}

/// What the bench itself was told to do, or tells of itself, says nothing of the unit.
#[test]
fn what_a_peer_or_an_uplink_was_told_is_no_ground() {
    let verdict = |op: Op| {
        let (saw, took) = (Observation::Done, Dur::ms(1));
        let journal = Journal::default()
            .fact(Some("c"), start(1))
            .fact(Some("c"), Fact::OpStarted { op })
            .fact(Some("c"), Fact::OpEnded { of: 1, saw, took })
            .fact(Some("c"), Fact::Checked(resting(F::Shown, &[1, 2])))
            .fact(Some("c"), complete());
        only(&journal).verdict()
    };
    let within = Dur::ms(1);
    for op in [
        Op::Uplink(UplinkOp::Restore),
        Op::Dns(DnsOp::Facts),
        Op::Dhcp(DhcpOp::Facts),
        Op::Mqtt(MqttOp::Facts),
        Op::Mqtt(MqttOp::Drop),
    ] {
        assert_eq!(verdict(op.clone()), V::Inconclusive, "{op:?}");
    }
    for op in [
        Op::Dns(DnsOp::AwaitQuestion { within }),
        Op::Dhcp(DhcpOp::AwaitLease { within }),
        Op::Mqtt(MqttOp::AwaitDial { within }),
    ] {
        assert_eq!(verdict(op.clone()), V::Pass, "{op:?}");
    }
}
