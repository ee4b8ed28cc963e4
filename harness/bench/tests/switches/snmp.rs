//! An agent that speaks enough SNMP for one outlet at a time.

use super::{Device, Mood, PASSWORD, Place};
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;

/// `1.3.6.1.4.1.318.1.1.12.3`, as BER writes it.
const PDU: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x3e, 1, 1, 12, 3];

/// Takes one value off: its tag and what is in it.
fn take<'a>(from: &mut &'a [u8]) -> (u8, &'a [u8]) {
    let (tag, short) = (from[0], usize::from(from[1]));
    let (length, begins) = match short {
        0x81 => (usize::from(from[2]), 3),
        0..=0x7f => (short, 2),
        _ => panic!("too long"),
    };
    let (value, rest) = from[begins..].split_at(length);
    *from = rest;
    (tag, value)
}

fn give(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).unwrap();
    let head = match length {
        0..=0x7f => vec![tag, length],
        _ => vec![tag, 0x81, length],
    };
    [&head, value].concat()
}

/// The answer to a request; nothing to another community.
fn answer(device: &Device, request: &[u8]) -> Option<Vec<u8>> {
    let mut all = request;
    let mut message = take(&mut all).1;
    let version = take(&mut message).1;
    assert_eq!(version, [0], "version 1");
    let community = take(&mut message).1;
    if community != PASSWORD.as_bytes() {
        return None;
    }
    let (kind, mut pdu) = take(&mut message);
    let number = take(&mut pdu).1;
    let (_, _) = (take(&mut pdu), take(&mut pdu));
    let mut bindings = take(&mut pdu).1;
    let mut binding = take(&mut bindings).1;
    let (name, (_, value)) = (take(&mut binding).1, take(&mut binding));
    let rest = name.strip_prefix(PDU).unwrap();
    let (column, outlet) = rest.split_at(4);
    let outlet = usize::from(outlet[0]);
    let state = || [if device.is_on(outlet) { 1 } else { 2 }];
    let said = match (kind, column) {
        (0xa3, [3, 1, 1, 4]) => {
            device.set(outlet, value == [1]);
            value.to_vec()
        }
        (0xa0, [5, 1, 1, 4] | [3, 1, 1, 4]) => state().to_vec(),
        _ => panic!("{kind:x} of {column:?}"),
    };
    let binding = give(0x30, &[give(6, name), give(2, &said)].concat());
    let pdu = [
        give(2, number),
        give(2, &[0]),
        give(2, &[0]),
        give(0x30, &binding),
    ]
    .concat();
    let message = [give(2, version), give(4, community), give(0xa2, &pdu)].concat();
    Some(give(0x30, &message))
}

pub(super) fn apc(device: Arc<Device>) -> Place {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = socket.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((n, from)) = socket.recv_from(&mut buffer) {
            if device.mood == Mood::Silent {
                continue;
            }
            if let Some(said) = answer(&device, &buffer[..n]) {
                let _ = socket.send_to(&said, from);
            }
        }
    });
    format!("address = \"127.0.0.1\", port = {port}, password = \"{PASSWORD}\"")
}
