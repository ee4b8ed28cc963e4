//! Services over UDP, and a TCP service that greets.

use super::*;

pub(super) const PING: [u8; 4] = [0x40, 0, 0, 0];

/// A CoAP server that resets pings, answers GET, and is mute to the rest; `dies` ends it.
pub(super) fn coap_server(dies: impl Fn(&[u8]) -> bool + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let addr = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut buf = [0; 2048];
        while let Ok((n, from)) = socket.recv_from(&mut buf) {
            let m = &buf[..n];
            if dies(m) {
                return;
            }
            let answer = match m {
                [0x40, 0, a, b] => vec![0x70, 0, *a, *b],
                [0x40, 1, a, b, ..] => vec![0x60, 0x45, *a, *b],
                _ => continue,
            };
            socket.send_to(&answer, from).unwrap();
        }
    });
    addr
}

#[test]
fn silence_to_rubbish_is_no_crash_for_coap() {
    let addr = coap_server(|_| false);
    let wire = Wire::Udp {
        addr,
        ping: Bytes::from(PING.to_vec()),
    };
    let batch = fuzz(
        &campaign(&["@\x01\0\0\u{1}x"], 3000),
        wire,
        &NoWitness,
        &Way::default(),
        &limit(),
    )
    .unwrap();
    sums_up(&batch);
    assert_eq!((batch.sent, &batch.down), (3000, &None));
    assert!(batch.answered > 100 && batch.silent > 1000, "{batch:?}");
}

#[test]
fn the_datagram_that_ends_a_service_is_named() {
    // Reserved token length 9 with its bytes.
    let addr = coap_server(|m| m.first() == Some(&0x49) && m.len() == 13);
    let wire = Wire::Udp {
        addr,
        ping: Bytes::from(PING.to_vec()),
    };
    let plan = campaign(&[], 3000);
    let batch = fuzz(&plan, wire, &NoWitness, &Way::default(), &limit()).unwrap();
    let down = batch.down.unwrap();
    assert_eq!((down.input[0], down.input.len()), (0x49, 13));
    assert_eq!(
        (down.witness.as_str(), batch.sent),
        ("refused", down.index + 1)
    );
}

#[test]
fn pings_that_are_not_coap_are_learnt() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let addr = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut buf = [0; 65_536];
        let mut hello = 0_u32;
        while let Ok((n, from)) = socket.recv_from(&mut buf) {
            if &buf[..n] == b"hello?" {
                hello += 1;
                socket
                    .send_to(format!("yes {hello}").as_bytes(), from)
                    .unwrap();
            }
        }
    });
    let wire = Wire::Udp {
        addr,
        ping: Bytes::from("hello?"),
    };
    let batch = fuzz(
        &campaign(&["set x 1"], 300),
        wire,
        &NoWitness,
        &Way::default(),
        &limit(),
    )
    .unwrap();
    assert_eq!((batch.sent, batch.silent, &batch.down), (300, 300, &None));
}

#[test]
fn a_tcp_service_that_greets_and_dies() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.write_all(b"220 plug ready\r\n");
            let mut buf = [0; 70_000];
            let n = stream.read(&mut buf).unwrap_or(0);
            if buf[..n].windows(1024).any(|w| w.iter().all(|b| *b == 0xff)) {
                return;
            }
            if n > 0 {
                let _ = stream.write_all(b"500 what?\r\n");
            }
        }
    });
    let plan = campaign(&["HELO x\r\n"], 400);
    let batch = fuzz(
        &plan,
        Wire::Tcp {
            addr,
            met: &mut Met::default(),
        },
        &NoWitness,
        &Way::default(),
        &limit(),
    )
    .unwrap();
    sums_up(&batch);
    let down = batch.down.unwrap();
    assert!(down.input.iter().filter(|b| **b == 0xff).count() >= 1024);
    assert_eq!(down.witness, "refused");
    assert!(batch.answered > 30);
}
