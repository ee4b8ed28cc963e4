//! A unit on loopback whose tap hears what the bench and it say to each other.

use super::*;
use crate::lan::LanWire;
use proofhouse_model::event::SupplyMeasured;
use proofhouse_model::op::{HttpOp, StreamOp};
use proofhouse_model::{BlobId, Bytes, Dur, FaultKind, Route, TroubleKind, UnitName};
use proofhouse_transport::net::{Host, Turns};
use proofhouse_transport::tap::route;
use proofhouse_transport::{console, reset, uplink};
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpListener};
use std::ops::Range;
use std::time::Duration;

const HERE: [u8; 4] = [127, 77, 13, 1];
/// What the unit says to whoever asks.
const PAGE: &str =
    "HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n{\"wifi\":\"correct-horse-battery\"}";

/// Knows one secret.
struct Knows(&'static [u8]);

impl Listener for Knows {
    fn console_output(&self, _: &UnitName, _: &[u8], _: u64) {}
    fn port_changed(&self, _: &UnitName, _: console::PortChange) {}
    fn probe_awaited(&self, _: &UnitName, _: Dur, _: &str) {}
    fn button_touched(&self, _: &UnitName, _: reset::Touch) {}
    fn supply_measured(&self, _: &UnitName, _: SupplyMeasured) {}
    fn uplink_changed(&self, _: &UnitName, _: uplink::Change) {}
    fn secret(&self, _: &UnitName, _: &str, _: &str) {}
    fn secrets_in(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let windows = bytes.windows(self.0.len()).enumerate();
        let places = windows.filter(|(_, w)| *w == self.0);
        places.map(|(at, _)| at..at + self.0.len()).collect()
    }
    fn masked(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }
    fn fault_set_in(&self, _: &UnitName, _: FaultKind, _: &str) {}
}

/// A web server in clear, its port, its network through the tap, and the tap.
fn tapped(secret: &'static [u8]) -> (u16, LanWire, TapWire) {
    let here = IpAddr::from(HERE);
    let listener = TcpListener::bind((here, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while client.read(&mut buffer).is_ok_and(|n| n > 0) {
                    let _ = client.write_all(PAGE.as_bytes());
                }
            });
        }
    });
    let tap = Tap::of_bench(here);
    let (ear, _) = tap.of_relays().unwrap();
    let host = Host::from(here).by(Some(route(&ear, None, Route::default())), Turns::default());
    let wire = TapWire::new(tap, Arc::new(Knows(secret)));
    (port, LanWire::new(host), wire)
}

struct Kept(Vec<u8>);

fn perform(tap: &mut TapWire, lan: &LanWire, op: TapOp) -> (Result<Observation, Trouble>, Kept) {
    let budget = Budget::of(Duration::from_secs(600));
    let mut kept = Kept(Vec::new());
    let done = tap.perform(&op, Some(lan), &budget, &mut |bytes| {
        kept.0 = bytes.to_vec();
        BlobId::new("ab".repeat(32)).map_err(|e| Trouble::case(e.to_string()))
    });
    (done, kept)
}

fn get(port: u16, session: u32) -> HttpOp {
    HttpOp {
        method: "GET".to_owned(),
        port,
        tls: false,
        path: "/planted-canary".to_owned(),
        headers: Vec::new(),
        body: Bytes::default(),
        session,
        within: Dur::secs(60),
        leaves: None,
    }
}

fn stopped(tap: &mut TapWire, lan: &LanWire) -> (Capture, Kept) {
    perform(tap, lan, TapOp::Stop).0.unwrap();
    let (read, kept) = perform(tap, lan, TapOp::Read);
    match read.unwrap() {
        Observation::Captured(capture) => (capture, kept),
        saw => panic!("{saw:?}"),
    }
}

fn sought(tap: &mut TapWire, lan: &LanWire, capture: u32, value: &str) -> usize {
    let needles = vec![("n".to_owned(), value.into())];
    let search = TapOp::Search { capture, needles };
    match perform(tap, lan, search).0.unwrap() {
        Observation::Sought(sought) => sought.finds.len(),
        saw => panic!("{saw:?}"),
    }
}

#[test]
fn what_is_said_in_clear_is_found_and_its_secrets_are_not_in_the_file() {
    let (port, lan, mut tap) = tapped(b"correct-horse-battery");
    let budget = Budget::of(Duration::from_secs(60));
    perform(&mut tap, &lan, TapOp::Start).0.unwrap();
    lan.http.exchange(&get(port, 0), &budget).unwrap();
    let (capture, kept) = stopped(&mut tap, &lan);
    assert!(capture.lost.is_empty(), "{:?}", capture.lost);
    assert_eq!(
        (capture.flows.len(), capture.size),
        (1, kept.0.len() as u64)
    );
    let flow = &capture.flows[0];
    assert_eq!((flow.own_port, flow.sent), (port, PAGE.len() as u64));
    assert_eq!(
        flow.begun_by,
        Some(proofhouse_model::observation::Side::Peer)
    );
    assert_eq!(sought(&mut tap, &lan, 1, "planted-canary"), 1);
    assert_eq!(sought(&mut tap, &lan, 1, "correct-horse-battery"), 1);
    assert_eq!(sought(&mut tap, &lan, 1, "never-said-at-all"), 0);
    let holds = |what: &[u8]| kept.0.windows(what.len()).any(|w| w == what);
    assert!(holds(b"planted-canary") && !holds(b"correct-horse-battery"));
    assert!(holds(b"{\"wifi\":\"*********************\"}"));
}

#[test]
fn a_deaf_tap_is_told_and_what_it_could_not_hear_too() {
    let (port, lan, mut tap) = tapped(b"secret");
    let budget = Budget::of(Duration::from_secs(60));
    // Kept for later, and let go when the tap starts: the next request is heard.
    lan.http.exchange(&get(port, 1), &budget).unwrap();
    perform(&mut tap, &lan, TapOp::Start).0.unwrap();
    let (deaf, _) = stopped(&mut tap, &lan);
    assert!(deaf.is_silent() && deaf.flows.is_empty() && deaf.lost.is_empty());
    perform(&mut tap, &lan, TapOp::Start).0.unwrap();
    lan.http.exchange(&get(port, 1), &budget).unwrap();
    let (heard, _) = stopped(&mut tap, &lan);
    assert!(!heard.is_silent() && heard.lost.is_empty());
    let open = StreamOp::Open {
        port,
        tls: false,
        within: Dur::secs(60),
    };
    lan.stream(&open, &budget).unwrap();
    perform(&mut tap, &lan, TapOp::Start).0.unwrap();
    let (past, _) = stopped(&mut tap, &lan);
    assert!(past.lost[0].contains("1 connections that the bench had opened"));
}

#[test]
fn a_capture_is_searched_before_the_next_one() {
    let (_, lan, mut tap) = tapped(b"secret");
    let search = |capture: u32| TapOp::Search {
        capture,
        needles: vec![("n".to_owned(), "needle".into())],
    };
    let refused = |done: Result<Observation, Trouble>| {
        let trouble = done.unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Case, "{trouble}");
    };
    refused(perform(&mut tap, &lan, search(1)).0);
    refused(perform(&mut tap, &lan, TapOp::Stop).0);
    perform(&mut tap, &lan, TapOp::Start).0.unwrap();
    refused(perform(&mut tap, &lan, TapOp::Read).0);
    stopped(&mut tap, &lan);
    perform(&mut tap, &lan, search(1)).0.unwrap();
    perform(&mut tap, &lan, TapOp::Start).0.unwrap();
    refused(perform(&mut tap, &lan, search(1)).0);
    tap.rest();
    refused(perform(&mut tap, &lan, TapOp::Stop).0);
}
