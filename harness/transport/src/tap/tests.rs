//! Relays and their ear, with real sockets at both ends.

mod gate;

use super::*;
use crate::budget::Budget;
use crate::lan::{coap, datagram, http, stream};
use crate::net::{Host, Turns};
use crate::peers::mqtt::{Broker, Listen};
use proofhouse_model::op::DatagramOp;
use proofhouse_model::{Dur, Observation, Route, SocketKind, TroubleKind};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 77, 12, 1));

/// A CONNECT of MQTT 3.1.1 by the client `plug`.
const CONNECT: &[u8] = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04plug";

/// A service that says back what it hears, then closes.
fn echo(listener: TcpListener) -> SocketAddr {
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let mut from = client.try_clone().unwrap();
            let mut to = client;
            let _ = std::io::copy(&mut from, &mut to);
        }
    });
    at
}

fn say(to: SocketAddr, text: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect_timeout(&to, LONG).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.write_all(text).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut back = Vec::new();
    stream.read_to_end(&mut back).unwrap();
    back
}

fn tapped() -> (Tap, Route) {
    let tap = Tap::of_bench(HERE);
    let (ear, _) = tap.of_relays().unwrap();
    let way = route(&ear, None, Route::default());
    (tap, way)
}

fn recording(tap: &Tap) -> Arc<Recording> {
    tap.stop().unwrap();
    tap.recording().unwrap()
}

/// Whether these bytes stand in a packet of that direction.
fn heard(recording: &Recording, by_unit: bool, text: &[u8]) -> bool {
    let mut of_side = recording.packets.iter().filter(|p| p.by_unit == by_unit);
    of_side.any(|p| p.bytes.windows(text.len()).any(|w| w == text))
}

/// Until the relay has told what it carried: its own thread does.
fn until(tap: &Tap, by_unit: bool, text: &[u8]) {
    let (ear, _) = tap.of_relays().unwrap();
    let until = Instant::now() + LONG;
    while !ear.holds(by_unit, text) {
        assert!(Instant::now() < until, "it was not heard");
        std::thread::yield_now();
    }
}

#[test]
fn a_connection_is_heard_both_ways_and_nothing_of_it_is_changed() {
    let at = echo(TcpListener::bind((HERE, 0)).unwrap());
    let (tap, way) = tapped();
    assert_eq!(
        way.of(SocketKind::Tcp, at),
        at,
        "straight while nobody listens"
    );
    tap.start().unwrap();
    let by = way.of(SocketKind::Tcp, at);
    assert_ne!(by, at);
    let long = b"planted in clear ".repeat(5_000);
    assert_eq!(say(by, &long), long);
    until(&tap, true, b"planted in clear");
    let recording = recording(&tap);
    assert_eq!(recording.link, Link::Ip);
    assert!(recording.lost.is_empty(), "{:?}", recording.lost);
    assert!(heard(&recording, false, b"planted in clear"));
    let said = |by_unit: bool| {
        let packets = recording.packets.iter().filter(|p| p.by_unit == by_unit);
        packets.map(|p| p.bytes.len() - 40).sum::<usize>()
    };
    assert_eq!((said(false), said(true)), (long.len(), long.len()));
    assert!(recording.hears.contains("the bench and the unit"));
    assert_eq!(way.of(SocketKind::Tcp, at), at);
}

#[test]
fn what_refuses_refuses_and_what_breaks_breaks() {
    let (tap, way) = tapped();
    tap.start().unwrap();
    let closed = TcpListener::bind((HERE, 0)).unwrap().local_addr().unwrap();
    let by = way.of(SocketKind::Tcp, closed);
    let refused = TcpStream::connect_timeout(&by, LONG).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let by = way.of(SocketKind::Udp, closed);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(LONG)).unwrap();
    socket.connect(by).unwrap();
    socket.send(b"anybody?").unwrap();
    let refused = socket.recv(&mut [0; 9]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    // A unit that breaks a connection off: its unread bytes make the system reset it.
    let listener = TcpListener::bind((HERE, 0)).unwrap();
    let at = listener.local_addr().unwrap();
    let mut client = TcpStream::connect_timeout(&way.of(SocketKind::Tcp, at), LONG).unwrap();
    client.set_read_timeout(Some(LONG)).unwrap();
    client.write_all(b"unread").unwrap();
    let (unit, _) = listener.accept().unwrap();
    unit.peek(&mut [0; 6]).unwrap();
    drop(unit);
    let broken = client.read(&mut [0; 9]).unwrap_err();
    assert_eq!(broken.kind(), ErrorKind::ConnectionReset);
    assert!(recording(&tap).lost.is_empty());
}

#[test]
fn datagrams_are_heard_both_ways() {
    let unit = UdpSocket::bind((HERE, 0)).unwrap();
    let at = unit.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 100];
        while let Ok((n, from)) = unit.recv_from(&mut buffer) {
            let _ = unit.send_to(&[b"heard ", &buffer[..n]].concat(), from);
        }
    });
    let (tap, way) = tapped();
    tap.start().unwrap();
    let host = Host::from(HERE).by(Some(way), Turns::default());
    let op = DatagramOp {
        port: at.port(),
        bytes: "ping".into(),
        within: Dur::secs(60),
    };
    let answer = datagram::exchange(host, &op, &Budget::of(LONG)).unwrap();
    let wanted = Observation::Datagram {
        bytes: "heard ping".into(),
    };
    assert_eq!(answer, wanted);
    let recording = recording(&tap);
    assert!(heard(&recording, false, b"ping") && heard(&recording, true, b"heard ping"));
}

#[test]
fn dial_ins_at_the_broker_are_heard_from_the_middle_too() {
    let tap = Tap::of_bench(HERE);
    let listen = Listen {
        tls: false,
        ..Listen::at(HERE, 0)
    };
    let broker = Broker::open_with(&listen, None, tap.of_relays()).unwrap();
    let at = SocketAddr::new(HERE, broker.facts().port);
    let mut early = TcpStream::connect(at).unwrap();
    early.write_all(CONNECT).unwrap();
    early.set_read_timeout(Some(LONG)).unwrap();
    early.read_exact(&mut [0; 4]).unwrap();
    tap.start().unwrap();
    // Asks whether the broker is there.
    early.write_all(b"\xc0\x00").unwrap();
    early.read_exact(&mut [0; 2]).unwrap();
    let mut late = TcpStream::connect(at).unwrap();
    late.write_all(CONNECT).unwrap();
    late.set_read_timeout(Some(LONG)).unwrap();
    late.read_exact(&mut [0; 4]).unwrap();
    until(&tap, true, b"MQTT");
    let recording = recording(&tap);
    assert!(heard(&recording, true, b"\xc0\x00"), "of the early one");
    assert!(heard(&recording, false, b"\xd0\x00"));
    let mut unit = recording.packets.iter().filter(|p| p.by_unit);
    // The source of an IPv4 packet: the unit's own address, though on loopback it comes from another one.
    assert!(unit.all(|p| p.bytes[12..16] == [127, 77, 12, 1]));
}

#[test]
fn what_there_is_no_room_for_is_told() {
    let (tap, _) = tapped();
    tap.start().unwrap();
    let (ear, _) = tap.of_relays().unwrap();
    for _ in 0..17 {
        ear.packet(true, vec![0; 1 << 20]);
    }
    let full = recording(&tap);
    assert_eq!(full.packets.len(), 16);
    assert!(full.lost[0].contains("16 MiB"), "{:?}", full.lost);
    assert!(
        full.lost[0].contains("1 packets of 1048576 bytes"),
        "{:?}",
        full.lost
    );
    tap.start().unwrap();
    for _ in 0..=MOST_PACKETS {
        ear.packet(false, vec![0]);
    }
    for n in 0..100 {
        ear.missed(format!("reason {n}"));
    }
    let many = recording(&tap);
    assert_eq!(many.packets.len(), MOST_PACKETS);
    assert!(many.lost.len() <= 18, "{}", many.lost.len());
}

#[test]
fn a_tap_is_started_before_it_is_stopped_and_read_after() {
    let tap = Tap::of_bench(HERE);
    let case = |trouble: Trouble| assert_eq!(trouble.kind, TroubleKind::Case);
    case(tap.stop().unwrap_err());
    case(tap.recording().unwrap_err());
    tap.start().unwrap();
    case(tap.start().unwrap_err());
    case(tap.recording().unwrap_err());
    let deaf = recording(&tap);
    assert!(deaf.packets.is_empty() && deaf.lost.is_empty() && deaf.number == 1);
    tap.start().unwrap();
    tap.rest();
    case(tap.recording().unwrap_err());
    let (ear, _) = tap.of_relays().unwrap();
    assert!(!ear.is_on(), "it is deaf at rest");
}

/// Whoever opens connections to a unit goes by the relay: the clients of the harness do.
#[test]
fn clients_of_the_bench_go_by_the_relay() {
    let at = echo(TcpListener::bind((HERE, 0)).unwrap());
    let (tap, way) = tapped();
    tap.start().unwrap();
    let host = Host::from(HERE).by(Some(way), Turns::default());
    let streams = stream::Streams::new(host.clone());
    let budget = Budget::of(LONG);
    let (number, _) = streams.open(at.port(), false, &budget).unwrap();
    streams.send(number, b"through a stream", &budget).unwrap();
    streams.expect(number, None, &budget).unwrap();
    assert_eq!(streams.count(), 1);
    let _ = (
        http::Client::new(host.clone()),
        coap::observe::Observations::new(host).count(),
    );
    assert!(heard(&recording(&tap), true, b"through a stream"));
}

#[cfg(target_os = "linux")]
#[test]
fn an_interface_that_is_not_there_is_named_with_those_that_are() {
    let wire = |interface: &str| Wire {
        driver: INTERFACE.to_owned(),
        settings: proofhouse_model::settings::Settings(
            [("interface", interface), ("mac", "02:00:00:00:00:17")]
                .map(|(key, text)| {
                    let text = proofhouse_model::settings::Setting::Text(text.to_owned());
                    (key.to_owned(), text)
                })
                .into(),
        ),
        switch: None,
    };
    let unit = proofhouse_model::UnitName::new("lamp").unwrap();
    let context = Context::bare(&unit);
    let trouble = open(&wire("nosuch0"), &context).map(drop).unwrap_err();
    assert!(trouble.what.contains("nosuch0"), "{trouble}");
    assert!(trouble.try_next.unwrap().contains("lo"));
    let tap = open(&wire("lo"), &context).unwrap();
    // Whether raw packets may be heard is this user's right; without it the trouble says how to get it.
    match tap.start() {
        Ok(()) => {
            let quiet = recording(&tap);
            assert!(quiet.packets.is_empty(), "nobody has that address");
            assert!(quiet.hears.contains("02:00:00:00:00:17 on lo"));
        }
        Err(trouble) => {
            assert_eq!(trouble.kind, TroubleKind::Bench);
            assert!(trouble.try_next.unwrap().contains("CAP_NET_RAW"));
        }
    }
}
