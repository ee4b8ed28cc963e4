//! Instruments at a device that takes one connection at a time.

use proofhouse_instruments::fuzz::{self, Campaign, NoWitness, fuzz};
use proofhouse_instruments::{assess_tls, scan_ports};
use proofhouse_model::profile::Pace;
use proofhouse_model::{Bytes, Dur, Trouble, TroubleKind};
use proofhouse_transport::Budget;
use proofhouse_transport::net::{Turns, Way};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant, SystemTime};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(50);

fn one_at_a_time(between: Dur) -> Way {
    Way {
        turns: Turns::of(Pace {
            one_at_a_time: true,
            between,
        }),
        ..Way::default()
    }
}

fn campaign(count: u32) -> Campaign {
    Campaign {
        seeds: vec![Bytes::from("hello\n")],
        seed: 1,
        first: 0,
        count,
        patience: LONG,
    }
}

fn fuzz_tcp(at: SocketAddr, count: u32, way: &Way, budget: &Budget) -> Result<u32, Trouble> {
    let mut met = fuzz::Met::default();
    let wire = fuzz::Wire::Tcp {
        addr: at,
        met: &mut met,
    };
    fuzz(&campaign(count), wire, &NoWitness, way, budget).map(|batch| batch.sent)
}

/// Each of them would connect at once, and does not while somebody else is connected.
#[test]
fn every_instrument_waits_for_its_turn() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let at = listener.local_addr().unwrap();
    let way = one_at_a_time(Dur::default());
    let _held = way.turns.take(&Budget::of(LONG)).unwrap();
    let soon = || Budget::of(SHORT);
    let http = fuzz::Wire::Http {
        addr: at,
        tls: false,
    };
    let ended = [
        scan_ports(at.ip(), &[(at.port(), at.port())], &[], 1, &way, &soon()).map(drop),
        assess_tls(at, None, 1, SystemTime::now(), &way, &soon()).map(drop),
        fuzz(&campaign(1), http, &NoWitness, &way, &soon()).map(drop),
        fuzz_tcp(at, 1, &way, &soon()).map(drop),
    ];
    for trouble in ended.map(Result::unwrap_err) {
        assert_eq!(trouble.kind, TroubleKind::Deadline, "{trouble}");
        assert!(
            trouble.what.contains("one connection at a time"),
            "{trouble}"
        );
    }
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "somebody connected");
}

#[test]
fn a_scan_pauses_after_connections_alone() {
    let listener = TcpListener::bind(("127.9.2.1", 0)).unwrap();
    let at = listener.local_addr().unwrap();
    let way = one_at_a_time(Dur::secs(3600));
    // Some hundred refusals would take days.
    let ports = (at.port() - 300, at.port() - 1);
    let seen = scan_ports(at.ip(), &[ports], &[], 1, &way, &Budget::of(LONG)).unwrap();
    assert_eq!(
        seen.tcp_refused + u32::try_from(seen.tcp_open.len()).unwrap(),
        300
    );
    let found = [(at.port(), at.port())];
    let seen = scan_ports(at.ip(), &found, &[], 1, &way, &Budget::of(LONG)).unwrap();
    assert_eq!(seen.tcp_open.len(), 1);
    let late = way.turns.take(&Budget::of(SHORT)).unwrap_err();
    assert_eq!(
        late.kind,
        TroubleKind::Deadline,
        "the pause after the open one"
    );
}

/// An echo that serves one connection after another.
#[test]
fn a_campaign_keeps_the_pause() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut said) = (stream.unwrap(), [0; 4096]);
            while let Ok(n @ 1..) = stream.read(&mut said) {
                // Whoever gave up must not end the device.
                let _ = stream.write_all(&said[..n]);
            }
        }
    });
    let way = one_at_a_time(Dur::ms(10));
    let begun = Instant::now();
    assert_eq!(fuzz_tcp(at, 10, &way, &Budget::of(LONG)).unwrap(), 10);
    assert!(begun.elapsed() >= Duration::from_millis(100));
}

#[test]
fn a_service_that_refuses_is_told_what_may_be_behind_it() {
    let listener = TcpListener::bind(("127.9.2.2", 0)).unwrap();
    let at = listener.local_addr().unwrap();
    drop(listener);
    let way = Way::default();
    let refused = assess_tls(at, None, 1, SystemTime::now(), &way, &Budget::of(LONG)).unwrap_err();
    assert_eq!(refused.kind, TroubleKind::DeviceRefused);
    assert!(refused.try_next.unwrap().contains("[pace]"));
}
