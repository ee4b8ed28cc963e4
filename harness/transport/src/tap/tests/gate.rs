//! A unit that can be cut off: its gate is nearer to it than its tap, which hears what passes that.

use super::*;
use crate::net::Gate;
use proofhouse_model::CutKind;

/// How long is waited for what is not to come.
const SHORT: Duration = Duration::from_millis(300);

fn gated() -> (Tap, Gate, Host) {
    let (tap, gate) = (Tap::of_bench(HERE), Gate::default());
    let (ear, _) = tap.of_relays().unwrap();
    let way = route(&ear, Some(&gate), Route::default());
    let host = Host::from(HERE).behind(&gate, Some(way), Turns::default());
    (tap, gate, host)
}

#[test]
fn what_a_gate_holds_up_is_not_heard_before_it_passes() {
    let listener = TcpListener::bind((HERE, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tap, gate, host) = gated();
    tap.start().unwrap();
    let (ear, _) = tap.of_relays().unwrap();
    let streams = stream::Streams::new(host);
    let long = Budget::of(LONG);
    let (number, _) = streams.open(port, false, &long).unwrap();
    let (mut unit, _) = listener.accept().unwrap();
    unit.set_read_timeout(Some(LONG)).unwrap();
    unit.write_all(b"before the cut").unwrap();
    streams.expect(number, None, &long).unwrap();
    assert!(ear.holds(true, b"before the cut"));
    gate.shut(CutKind::Silence).unwrap();
    unit.write_all(b"while it was cut").unwrap();
    let silent = streams.expect(number, None, &Budget::of(SHORT));
    assert_eq!(silent.unwrap_err().kind, TroubleKind::DeviceSilent);
    let silent = streams.open(port, false, &Budget::of(SHORT));
    assert_eq!(silent.unwrap_err().kind, TroubleKind::DeviceSilent);
    assert!(!ear.holds(true, b"while it was cut"));
    gate.open();
    streams.expect(number, None, &long).unwrap();
    assert!(ear.holds(true, b"while it was cut"));
    gate.shut(CutKind::Link).unwrap();
    let broken = streams.expect(number, None, &long).unwrap_err();
    assert_eq!(broken.kind, TroubleKind::DeviceRefused);
    let broken = unit.read(&mut [0; 9]).unwrap_err();
    assert_eq!(broken.kind(), ErrorKind::ConnectionReset, "the unit's end");
    let recording = recording(&tap);
    // The attempt at a shut gate did not go past the tap: nobody sent anything.
    assert!(recording.lost.is_empty(), "{:?}", recording.lost);
}

#[test]
fn datagrams_at_a_shut_gate_are_lost_and_not_heard() {
    let unit = UdpSocket::bind((HERE, 0)).unwrap();
    let at = unit.local_addr().unwrap();
    let (tap, gate, host) = gated();
    tap.start().unwrap();
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.connect(host.way.of(SocketKind::Udp, at)).unwrap();
    let came = |within: Duration| {
        unit.set_read_timeout(Some(within)).unwrap();
        let mut room = [0; 16];
        let n = unit.recv(&mut room).ok()?;
        Some(room[..n].to_vec())
    };
    client.send(b"first").unwrap();
    assert_eq!(came(LONG).unwrap(), b"first");
    gate.shut(CutKind::Silence).unwrap();
    client.send(b"second").unwrap();
    assert_eq!(came(SHORT), None);
    gate.open();
    client.send(b"third").unwrap();
    assert_eq!(came(LONG).unwrap(), b"third");
    let recording = recording(&tap);
    let said = |text: &[u8]| heard(&recording, false, text);
    assert!(said(b"first") && !said(b"second") && said(b"third"));
}

#[test]
fn a_dial_in_at_a_shut_gate_is_heard_once_it_passes() {
    let (tap, gate, _) = gated();
    let listen = Listen {
        tls: false,
        ..Listen::at(HERE, 0)
    };
    let broker = Broker::open_with(&listen, Some(gate.clone()), tap.of_relays()).unwrap();
    tap.start().unwrap();
    gate.shut(CutKind::Silence).unwrap();
    let mut device = TcpStream::connect((HERE, broker.facts().port)).unwrap();
    device.write_all(CONNECT).unwrap();
    assert_eq!(broker.await_dial(&Budget::of(SHORT)).unwrap(), None);
    let shut = recording(&tap);
    assert!(shut.packets.is_empty() && shut.lost.is_empty());
    tap.start().unwrap();
    gate.open();
    let dial = broker.await_dial(&Budget::of(LONG)).unwrap();
    assert!(dial.unwrap().connect);
    assert!(heard(&recording(&tap), true, b"MQTT"));
}
