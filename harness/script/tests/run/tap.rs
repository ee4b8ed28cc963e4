//! What a case sees of a capture, and what a search of it can show.

use super::*;
use proofhouse_model::observation::{
    Capture, Flow, FlowFind, FlowProtocol, HeardTls, Side, Sought,
};
use proofhouse_model::op::TapOp;
use proofhouse_model::{BlobId, Dur};

fn capture(lost: &[&str]) -> Capture {
    Capture {
        number: 3,
        hears: "all of it".to_owned(),
        lasted: Dur::ms(1500),
        flows: vec![Flow {
            peer: "198.51.100.9".to_owned(),
            port: 443,
            own_port: 50_123,
            protocol: FlowProtocol::Tcp,
            begun_by: Some(Side::Unit),
            first: Dur::ms(20),
            last: Dur::ms(900),
            sent: 700,
            received: 4000,
            tls: Some(HeardTls {
                sni: Some("cloud.example".to_owned()),
                offered: vec!["TLSv1.2".to_owned()],
                chosen: Some("TLSv1.2".to_owned()),
                suite: None,
                certificate: None,
            }),
        }],
        names: vec!["cloud.example".to_owned()],
        packets: 12,
        bytes: 5000,
        lost: lost.iter().map(|why| (*why).to_owned()).collect(),
        blob: BlobId::new("ab".repeat(32)).unwrap(),
        size: 6000,
    }
}

/// A unit whose tap heard this and in which that was found.
fn tapped(lost: &'static [&'static str], sought: Sought) -> Fake {
    Fake::answering(move |_, op| {
        Ok(match op {
            Op::Tap(TapOp::Read) => Observation::Captured(capture(lost)),
            Op::Tap(TapOp::Search { .. }) => Observation::Sought(sought.clone()),
            _ => Observation::Done,
        })
    })
}

fn nothing(searched: u64, unread: &[&str]) -> Sought {
    Sought {
        finds: Vec::new(),
        searched,
        by_unit: searched,
        unread: unread.iter().map(|why| (*why).to_owned()).collect(),
    }
}

#[test]
fn a_capture_tells_its_flows_and_is_searched_by_its_number() {
    let sought = Sought {
        finds: vec![FlowFind {
            needle: "key".to_owned(),
            encoding: "gzip base64".to_owned(),
            flow: Some(0),
            by: Side::Unit,
            at: 17,
        }],
        ..nothing(4700, &[])
    };
    let body = r#"
bench.tap.start()
heard = bench.tap.stop()
flow = heard.flows[0]
bench.note("%s %d %d %s %s" % (flow.peer, flow.port, flow.own_port, flow.protocol, flow.begun_by))
bench.note("%d-%d ms, %d out, %d in" % (flow.first_ms, flow.last_ms, flow.sent, flow.received))
bench.note("%s %s %s %s" % (flow.tls.sni, flow.tls.offered, flow.tls.chosen, flow.tls.suite))
bench.note("%s %s %s %d %d" % (heard.names, heard.lost, heard.silent, heard.packets, heard.lasted_ms))
find = heard.search({"key": "hunter2hunter2"}).finds[0]
bench.note("%s %s %s %s %d" % (find.needle, find.encoding, find.flow, find.by, find.at))
bench.note(str(find))
"#;
    let (end, host) = run(tapped(&[], sought), None, body);
    assert_eq!(end, CaseEnd::Complete);
    let wanted = [
        "198.51.100.9 443 50123 tcp unit",
        "20-900 ms, 700 out, 4000 in",
        "cloud.example [\"TLSv1.2\"] TLSv1.2 None",
        "[\"cloud.example\"] [] False 12 1500",
        "key gzip base64 0 unit 17",
        "<FlowFind key as gzip base64 by the unit at 17 of flow 0>",
    ];
    assert_eq!(host.notes(), wanted);
    let needles = vec![("key".to_owned(), "hunter2hunter2".into())];
    let search = TapOp::Search {
        capture: 3,
        needles,
    };
    let ops = [TapOp::Start, TapOp::Stop, TapOp::Read, search];
    assert_eq!(host.ops(), ops.map(Op::Tap));
}

#[test]
fn a_search_that_may_have_missed_something_is_not_clean() {
    let found = |lost: &'static [&'static str], sought: Sought| {
        let body = "bench.tap.start()\n\
                    heard = bench.tap.stop()\n\
                    found = heard.search({\"key\": \"hunter2hunter2\"})\n\
                    check.empty(found.finds, holds = \"not sent\", otherwise = \"sent\")";
        let (end, host) = run(tapped(lost, sought), None, body);
        assert_eq!(end, CaseEnd::Complete);
        host.checks()[0].finding
    };
    assert_eq!(found(&[], nothing(64, &[])), Finding::Shown);
    assert_eq!(found(&[], nothing(0, &[])), Finding::NotObserved, "deaf");
    assert_eq!(found(&["5 bytes"], nothing(64, &[])), Finding::NotObserved);
    assert_eq!(found(&[], nothing(64, &["a body"])), Finding::NotObserved);
    let one = Sought {
        finds: vec![FlowFind {
            needle: "key".to_owned(),
            encoding: "plain".to_owned(),
            flow: None,
            by: Side::Peer,
            at: 0,
        }],
        ..nothing(64, &[])
    };
    assert_eq!(
        found(&["5 bytes"], one),
        Finding::Refuted,
        "what is found is found"
    );
}

#[test]
fn a_case_that_listens_declares_the_tap() {
    let text = case_of("bench.tap.start()").replace(", \"tap\"]", "]");
    let told = mistakes(&[("cases/x.star", &text)]);
    assert!(
        told.contains("channel `tap` is used but not declared"),
        "{told}"
    );
}
