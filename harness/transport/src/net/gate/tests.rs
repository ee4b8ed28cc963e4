//! What whoever connects meets at a gate: sockets for real.

use super::*;
use crate::budget::Budget;
use crate::lan::stream::Streams;
use crate::net::{Host, Turns};
use crate::peers::mqtt::{Broker, Listen};
use proofhouse_model::{Bytes, SocketKind, Trouble, TroubleKind};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(200);

/// A service that says back what it hears, for any number of connections.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut buffer = [0; 100];
                while let Ok(n @ 1..) = stream.read(&mut buffer) {
                    if stream.write_all(&buffer[..n]).is_err() {
                        return;
                    }
                }
            });
        }
    });
    at
}

/// Raw connections to it through a gate.
fn streams(gate: &Gate) -> Streams {
    let host = Host::from(IpAddr::from(Ipv4Addr::LOCALHOST));
    Streams::new(host.behind(gate, None, Turns::default()))
}

fn kind(done: Result<impl Sized, Trouble>) -> TroubleKind {
    done.err().unwrap().kind
}

#[test]
fn a_cut_link_breaks_off_what_is_open_and_refuses_what_is_new() {
    let (gate, at, long) = (Gate::default(), echo(), Budget::of(LONG));
    let streams = streams(&gate);
    let (open, _) = streams.open(at.port(), false, &long).unwrap();
    streams.send(open, b"one", &long).unwrap();
    assert_eq!(
        streams.expect(open, None, &long).unwrap().text,
        Bytes::from("one")
    );
    gate.shut(CutKind::Link).unwrap();
    // Its reader is told at once, and not at the end of its wait.
    assert_eq!(
        kind(streams.expect(open, None, &long)),
        TroubleKind::DeviceRefused
    );
    assert_eq!(
        kind(streams.send(open, b"two", &long)),
        TroubleKind::DeviceRefused
    );
    assert_eq!(
        kind(streams.open(at.port(), false, &long)),
        TroubleKind::DeviceRefused
    );
    gate.open();
    assert_eq!(
        kind(streams.send(open, b"three", &long)),
        TroubleKind::DeviceRefused,
        "what broke off stays so"
    );
    let (anew, _) = streams.open(at.port(), false, &long).unwrap();
    streams.send(anew, b"four", &long).unwrap();
    assert_eq!(
        streams.expect(anew, None, &long).unwrap().text,
        Bytes::from("four")
    );
}

#[test]
fn in_silence_what_is_open_stalls_and_goes_on_afterwards() {
    let (gate, at, long) = (Gate::default(), echo(), Budget::of(LONG));
    let streams = streams(&gate);
    let (open, _) = streams.open(at.port(), false, &long).unwrap();
    gate.shut(CutKind::Silence).unwrap();
    let short = || Budget::of(SHORT);
    assert_eq!(
        kind(streams.send(open, b"one", &short())),
        TroubleKind::DeviceSilent
    );
    assert_eq!(
        kind(streams.open(at.port(), false, &short())),
        TroubleKind::DeviceSilent
    );
    gate.open();
    streams.send(open, b"two", &long).unwrap();
    assert_eq!(
        streams.expect(open, None, &long).unwrap().text,
        Bytes::from("two")
    );
}

#[test]
fn datagrams_are_refused_or_swallowed() {
    let gate = Gate::default();
    let unit = UdpSocket::bind("127.0.0.1:0").unwrap();
    unit.set_read_timeout(Some(SHORT)).unwrap();
    let route = gate.route(None);
    let say = |within| {
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        let to = route.of(SocketKind::Udp, unit.local_addr().unwrap());
        socket.connect(to).unwrap();
        socket.set_read_timeout(Some(within)).unwrap();
        socket.send(b"ping").unwrap();
        socket.recv(&mut [0; 10]).unwrap_err().kind()
    };
    gate.shut(CutKind::Link).unwrap();
    assert_eq!(say(LONG), io::ErrorKind::ConnectionRefused);
    gate.shut(CutKind::Silence).unwrap();
    let waited = [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut];
    assert!(waited.contains(&say(SHORT)));
    assert!(waited.contains(&unit.recv(&mut [0; 10]).unwrap_err().kind()));
    gate.open();
    say(SHORT);
    assert_eq!(unit.recv(&mut [0; 10]).unwrap(), 4);
}

#[test]
fn the_way_beyond_is_taken_while_the_gate_is_open() {
    let elsewhere: SocketAddr = "127.0.0.9:9".parse().unwrap();
    let gate = Gate::default();
    let route = gate.route(Some(Route::new(move |_, _| elsewhere)));
    let unit = "127.0.0.1:1".parse().unwrap();
    assert_eq!(route.of(SocketKind::Tcp, unit), elsewhere);
    gate.shut(CutKind::Link).unwrap();
    let refuses = route.of(SocketKind::Tcp, unit);
    assert_ne!(refuses, elsewhere);
    let refused = TcpStream::connect(refuses).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
}

/// A CONNECT of MQTT 3.1.1 by the client `ab`.
const CONNECT: &[u8] = b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02ab";

#[test]
fn the_broker_behind_a_gate_hears_nobody_while_it_is_shut() {
    let gate = Gate::default();
    let listen = Listen {
        tls: false,
        ..Listen::at(Ipv4Addr::LOCALHOST.into(), 0)
    };
    let broker = Broker::open_with(&listen, Some(gate.clone()), None).unwrap();
    let dial = || {
        let to = (Ipv4Addr::LOCALHOST, broker.facts().port);
        let mut device = TcpStream::connect(to).unwrap();
        device.set_read_timeout(Some(LONG)).unwrap();
        // A broker that hangs up at once takes nothing.
        let _ = device.write_all(CONNECT);
        device
    };
    let heard = |within| broker.await_dial(&Budget::of(within)).unwrap();
    gate.shut(CutKind::Silence).unwrap();
    let mut waiting = dial();
    assert_eq!(heard(SHORT), None);
    gate.open();
    assert!(heard(LONG).unwrap().connect);
    let mut answer = [0; 4];
    waiting.read_exact(&mut answer).unwrap();
    assert_eq!(answer[0], 0x20, "a CONNACK");
    gate.shut(CutKind::Link).unwrap();
    // What was open has ended, and what comes ends at once.
    assert!(!matches!(waiting.read(&mut answer), Ok(1..)));
    assert!(!matches!(dial().read(&mut answer), Ok(1..)));
    assert_eq!(heard(SHORT), None);
}
