//! Messages both ways, and clients that misbehave.

use super::*;

/// PUBLISH by hand; with an id it is of quality 1.
pub(super) fn publish(topic: &str, id: Option<u16>, payload: &[u8]) -> Vec<u8> {
    let first = if id.is_some() { 0x32 } else { 0x30 };
    let id = id.map(u16::to_be_bytes).unwrap_or_default();
    let id = if first == 0x32 { &id[..] } else { &[] };
    let length = (topic.len() as u16).to_be_bytes();
    packet(
        first,
        &[&length[..], topic.as_bytes(), id, payload].concat(),
    )
}

fn subscribe(id: u16, filter: &str, quality: u8) -> Vec<u8> {
    let length = (filter.len() as u16).to_be_bytes();
    packet(
        0x82,
        &[
            &id.to_be_bytes()[..],
            &length,
            filter.as_bytes(),
            &[quality],
        ]
        .concat(),
    )
}

#[test]
fn messages_come_in_order_and_each_is_told_once() {
    let broker = broker();
    let mut device = entered(&broker, "plug", 0);
    device
        .write_all(&publish("plug/a/state", None, b"1"))
        .unwrap();
    device
        .write_all(&publish("plug/a/power", None, b"2 W"))
        .unwrap();
    device
        .write_all(&publish("plug/a/state", Some(7), b"3"))
        .unwrap();
    assert_eq!(read(&mut device, 4), [0x40, 2, 0, 7]);
    let state = || {
        broker
            .await_message("plug/+/state", &Budget::of(LONG))
            .unwrap()
            .map(|(_, p)| p)
    };
    assert_eq!(state(), Some(Bytes::from("1")));
    assert_eq!(state(), Some(Bytes::from("3")));
    // Passed over with the one before it.
    assert_eq!(
        broker
            .await_message("plug/a/power", &Budget::of(SHORT))
            .unwrap(),
        None
    );
    assert_eq!(
        broker
            .await_message("a+", &Budget::of(SHORT))
            .unwrap_err()
            .kind,
        TroubleKind::Case
    );
    // Quality 2 is taken once, however often it is sent.
    let twice = [0x34, 5, 0, 1, b'q', 0, 9];
    device.write_all(&[twice, twice].concat()).unwrap();
    assert_eq!(read(&mut device, 8), [0x50, 2, 0, 9, 0x50, 2, 0, 9]);
    device.write_all(&[0x62, 2, 0, 9]).unwrap();
    assert_eq!(read(&mut device, 4), [0x70, 2, 0, 9]);
    assert!(
        broker
            .await_message("q", &Budget::of(LONG))
            .unwrap()
            .is_some()
    );
    assert_eq!(broker.await_message("q", &Budget::of(SHORT)).unwrap(), None);
}

#[test]
fn the_bench_publishes_to_who_subscribed() {
    let broker = broker();
    let nobody = broker
        .publish("plug/a/set", b"on", &Budget::of(SHORT))
        .unwrap_err();
    assert_eq!(nobody.kind, TroubleKind::DeviceSilent);
    let mut device = entered(&broker, "plug", 0);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| broker.publish("plug/a/set", b"on", &Budget::of(LONG)));
        device.write_all(&subscribe(3, "plug/+/set", 1)).unwrap();
        assert_eq!(read(&mut device, 5), [0x90, 3, 0, 3, 1]);
        assert_eq!(waiting.join().unwrap().unwrap(), 1);
    });
    let expected = publish("plug/a/set", Some(1), b"on");
    assert_eq!(read(&mut device, expected.len()), expected);
    device.write_all(&[0x40, 2, 0, 1]).unwrap();
    device.write_all(&subscribe(4, "a#", 0)).unwrap();
    assert_eq!(
        read(&mut device, 5),
        [0x90, 3, 0, 4, 0x80],
        "no such filter"
    );
    let unsubscribe = [
        0xa2, 14, 0, 5, 0, 10, b'p', b'l', b'u', b'g', b'/', b'+', b'/', b's', b'e', b't',
    ];
    device.write_all(&unsubscribe).unwrap();
    assert_eq!(read(&mut device, 4), [0xb0, 2, 0, 5]);
    assert!(
        broker
            .publish("plug/a/set", b"on", &Budget::of(SHORT))
            .is_err()
    );
    assert_eq!(
        broker
            .publish("a/+", b"", &Budget::of(LONG))
            .unwrap_err()
            .kind,
        TroubleKind::Case
    );
    let large = vec![0; 70_000];
    assert_eq!(
        broker
            .publish("a", &large, &Budget::of(LONG))
            .unwrap_err()
            .kind,
        TroubleKind::Case
    );
}

#[test]
fn a_retained_message_is_there_for_who_comes_later() {
    let broker = broker();
    let mut device = entered(&broker, "one", 0);
    let mut kept = publish("plug/online", None, b"yes");
    kept[0] |= 1;
    device.write_all(&kept).unwrap();
    broker
        .await_message("plug/online", &Budget::of(LONG))
        .unwrap()
        .unwrap();
    let mut other = entered(&broker, "two", 0);
    other.write_all(&subscribe(1, "#", 0)).unwrap();
    let mut answer = read(&mut other, 5 + kept.len());
    if answer[0] != 0x90 {
        answer.rotate_left(kept.len());
    }
    assert_eq!(
        answer[5..],
        kept,
        "it may come before or after the acknowledgement"
    );
}

#[test]
fn a_ping_is_answered_and_a_quiet_client_let_go() {
    let broker = broker();
    let mut device = entered(&broker, "quiet", 1);
    device.write_all(&[0xc0, 0]).unwrap();
    assert_eq!(read(&mut device, 2), [0xd0, 0]);
    closed(&mut device);
    assert_eq!(broker.counts().malformed, 0);
}

#[test]
fn the_same_name_again_replaces_the_old_client() {
    let broker = broker();
    let mut old = entered(&broker, "same", 0);
    let mut new = entered(&broker, "same", 0);
    closed(&mut old);
    new.write_all(&[0xc0, 0]).unwrap();
    assert_eq!(read(&mut new, 2), [0xd0, 0]);
}

#[test]
fn what_no_client_may_send_ends_the_connection_and_is_counted() {
    let broker = broker();
    let second_connect = connect("again", 0);
    let wild = publish("a/#", None, b"x");
    let connack: &[u8] = &[0x20, 2, 0, 0];
    let huge: &[u8] = &[0x30, 0xff, 0xff, 0xff, 0x7f];
    let bad: [&[u8]; 6] = [
        &second_connect,
        &wild,
        connack,
        huge,
        &[0xf0, 0],
        &[0x32, 3, 0, 9, b'x'],
    ];
    for (n, packet) in (1..).zip(bad) {
        let mut device = entered(&broker, "bad", 0);
        device.write_all(packet).unwrap();
        closed(&mut device);
        assert_eq!(broker.counts().malformed, n, "{packet:x?}");
    }
    // First something else than CONNECT.
    let mut device = careful(&broker, &rustls::version::TLS13);
    device.write_all(&[0xc0, 0]).unwrap();
    closed(&mut device);
    assert_eq!(broker.counts().malformed, 7);
    // A version that is not there yet.
    let mut six = connect("six", 0);
    six[8] = 6;
    let mut device = careful(&broker, &rustls::version::TLS13);
    device.write_all(&six).unwrap();
    closed(&mut device);
    let dial = std::iter::from_fn(|| broker.await_dial(&Budget::of(SHORT)).unwrap());
    let why = dial.last().unwrap().why.unwrap();
    assert!(why.contains("level 6"), "{why}");
}

/// Whole packets of MQTT 5 by hand: a CONNECT with a property, a subscription, a message to and fro.
#[test]
fn a_client_of_mqtt_5_is_served() {
    let broker = broker();
    let mut device = careful(&broker, &rustls::version::TLS13);
    let five = packet(
        0x10,
        b"\x00\x04MQTT\x05\x02\x00\x00\x05\x11\x00\x00\x00\x09\x00\x02id",
    );
    device.write_all(&five).unwrap();
    assert_eq!(read(&mut device, 5), [0x20, 3, 0, 0, 0]);
    device
        .write_all(&packet(0x82, b"\x00\x01\x00\x00\x03a/#\x00"))
        .unwrap();
    assert_eq!(read(&mut device, 6), [0x90, 4, 0, 1, 0, 0]);
    broker.publish("a/b", b"to", &Budget::of(LONG)).unwrap();
    assert_eq!(read(&mut device, 10), b"\x30\x08\x00\x03a/b\x00to");
    device
        .write_all(&packet(0x32, b"\x00\x01c\x00\x07\x00fro"))
        .unwrap();
    assert_eq!(read(&mut device, 4), [0x40, 2, 0, 7]);
    let (topic, payload) = broker
        .await_message("c", &Budget::of(LONG))
        .unwrap()
        .unwrap();
    assert_eq!((topic.as_str(), payload), ("c", Bytes::from("fro")));
    device
        .write_all(&packet(0xa2, b"\x00\x02\x00\x00\x03a/#\x00\x01x"))
        .unwrap();
    assert_eq!(read(&mut device, 7), [0xb0, 5, 0, 2, 0, 0, 0]);
    device.write_all(&[0xc0, 0, 0xe0, 0]).unwrap();
    assert_eq!(read(&mut device, 2), [0xd0, 0]);
    closed(&mut device);
    let dial = broker.await_dial(&Budget::of(LONG)).unwrap().unwrap();
    assert_eq!((dial.client_id.as_deref(), dial.why), (Some("id"), None));
    assert_eq!(broker.counts().malformed, 0);
}

#[test]
fn a_client_of_mqtt_3_1_with_bytes_for_a_password_is_served() {
    let broker = broker();
    let mut device = careful(&broker, &rustls::version::TLS12);
    let old = b"\x00\x06MQIsdp\x03\xc2\x00\x00\x00\x03old\x00\x01u\x00\x04\xff\x00\x80\x07";
    device.write_all(&packet(0x10, old)).unwrap();
    assert_eq!(read(&mut device, 4), [0x20, 2, 0, 0]);
    let secrets = broker.new_secrets();
    assert!(secrets.iter().any(|s| s.expose() == [0xff, 0, 0x80, 7]));
}

#[test]
fn secrets_are_kept_apart_and_never_shown() {
    let broker = broker();
    let _device = entered(&broker, "plug", 0);
    let secrets = broker.new_secrets();
    assert_eq!(
        secrets.iter().map(Secret::expose).collect::<Vec<_>>(),
        [b"hunter2!"]
    );
    let dial = broker.await_dial(&Budget::of(LONG)).unwrap().unwrap();
    let shown = format!("{broker:?} {secrets:?} {dial:?} {:?}", broker.counts());
    assert!(!shown.contains("hunter2"), "{shown}");
    broker.reset();
    assert!(broker.new_secrets().is_empty(), "told once");
}

#[test]
fn unawaited_messages_are_bounded_and_counted() {
    let broker = broker();
    let mut device = entered(&broker, "chatty", 0);
    for n in 0..1100u16 {
        device
            .write_all(&publish("t", None, &n.to_be_bytes()))
            .unwrap();
    }
    device.write_all(&[0xc0, 0]).unwrap();
    assert_eq!(read(&mut device, 2), [0xd0, 0]);
    assert_eq!(broker.counts().lost_messages, 1100 - 1024);
    let (_, first) = broker
        .await_message("t", &Budget::of(LONG))
        .unwrap()
        .unwrap();
    assert_eq!(*first, 76u16.to_be_bytes());
}

#[test]
fn no_bytes_make_the_packet_reader_panic() {
    let mut state = 11u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize
    };
    let valid = [
        connect("fuzz", 9),
        publish("a/b", Some(3), b"x"),
        subscribe(1, "a/#", 1),
    ];
    for round in 0..300_000 {
        let mut bytes: Vec<u8> = if round % 2 == 0 {
            let mut bytes: Vec<u8> = (0..next() % 24).map(|_| next() as u8).collect();
            // A small length, so that more than the head is read.
            if let Some(length) = bytes.get_mut(1) {
                *length %= 24;
            }
            bytes
        } else {
            valid[next() % 3].clone()
        };
        if let Some(at) = next().checked_rem(bytes.len()) {
            bytes[at] = next() as u8;
        }
        let mut inbox = bytes::BytesMut::from(&bytes[..]);
        let _ = connect::take(&mut inbox);
        for version in [connect::Version::Three, connect::Version::Five] {
            let mut inbox = bytes::BytesMut::from(&bytes[..]);
            while let Ok(Some(_)) = dialect::read(version, &mut inbox, session::LARGEST) {}
        }
    }
}
