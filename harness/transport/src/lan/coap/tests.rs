//! CoAP against a device made of bytes by hand.

use super::*;
use proofhouse_model::Dur;
use std::net::{Ipv4Addr, UdpSocket as Socket};

const UNIT: std::net::IpAddr = std::net::IpAddr::V4(Ipv4Addr::LOCALHOST);
const LONG: Dur = Dur::secs(60);

fn op(port: u16, path: &str, within: Dur) -> CoapOp {
    CoapOp {
        method: "GET".into(),
        port,
        path: path.into(),
        payload: Bytes::default(),
        options: vec![],
        confirmable: true,
        within,
    }
}

fn ask(op: &CoapOp) -> Result<CoapAnswer, Trouble> {
    exchange(UNIT, op, &Budget::of(op.within.std()))
}

/// Asks a device that answers the first request with `answers(id, token)`, and brings what it was
/// asked.
fn asked(
    op: impl FnOnce(u16) -> CoapOp,
    answers: impl FnOnce([u8; 2], [u8; 4]) -> Vec<Vec<u8>> + Send + 'static,
) -> (Result<CoapAnswer, Trouble>, Vec<u8>, Socket) {
    let device = Socket::bind((UNIT, 0)).unwrap();
    let port = device.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let mut buffer = [0; 2000];
        let (n, from) = device.recv_from(&mut buffer).unwrap();
        let id = [buffer[2], buffer[3]];
        let token = buffer[4..8].try_into().unwrap();
        for answer in answers(id, token) {
            device.send_to(&answer, from).unwrap();
        }
        (buffer[..n].to_vec(), device)
    });
    let answer = ask(&op(port));
    let (request, device) = thread.join().unwrap();
    (answer, request, device)
}

fn message(first: u8, code: u8, id: [u8; 2], rest: &[&[u8]]) -> Vec<u8> {
    [&[first, code, id[0], id[1]], &rest.concat()[..]].concat()
}

#[test]
fn a_piggybacked_answer_is_found_among_foreign_ones() {
    let (answer, request, _) = asked(
        |port| CoapOp {
            options: vec![(2049, "x".into())],
            payload: "on".into(),
            method: "put".into(),
            ..op(port, "/relay/a%2fb?x=1&y", LONG)
        },
        |id, t| {
            let other = [t[0] ^ 1, t[1], t[2], t[3]];
            vec![
                message(0x64, 0x45, [id[0], id[1] ^ 1], &[&t, b"\xffold id"]),
                message(0x64, 0x45, id, &[&other, b"\xffother token"]),
                message(0x54, 0x45, id, &[&other, b"\xffother token"]),
                b"rubbish".to_vec(),
                message(0x64, 0x44, id, &[&t, b"\xc0\xffok"]),
            ]
        },
    );
    let answer = answer.unwrap();
    assert_eq!(
        (answer.code.as_str(), answer.payload.lossy().as_str()),
        ("2.04", "ok")
    );
    assert_eq!((request[0], request[1]), (0x44, 3));
    let options = b"\xb5relay\x03a/b\x43x=1\x01y\xe1\x06\xe5x\xffon";
    assert_eq!(&request[8..], options);
}

#[test]
fn a_separate_answer_is_waited_for_and_acknowledged() {
    let (answer, _, device) = asked(
        |port| op(port, "/slow", LONG),
        |id, t| {
            vec![
                message(0x60, 0, id, &[]),
                message(0x44, 0x45, [9, 9], &[&t, b"\xfflate"]),
            ]
        },
    );
    assert_eq!(answer.unwrap().payload, Bytes::from("late"));
    let mut ack = [0; 10];
    let n = device.recv(&mut ack).unwrap();
    assert_eq!(&ack[..n], [0x60, 0, 9, 9]);
}

#[test]
fn reset_and_a_lone_acknowledgement_bring_an_empty_code() {
    let (answer, ..) = asked(
        |p| op(p, "/x", LONG),
        |id, _| vec![message(0x70, 0, id, &[])],
    );
    assert_eq!(answer.unwrap().code, "0.00");
    let (answer, ..) = asked(
        |p| op(p, "/x", Dur::ms(100)),
        |id, _| vec![message(0x60, 0, id, &[])],
    );
    assert_eq!(answer.unwrap().code, "0.00");
}

#[test]
fn rubbish_silence_and_a_closed_port_are_told_apart() {
    let (answer, ..) = asked(
        |p| op(p, "/x", Dur::ms(100)),
        |_, _| vec![b"\x00\x01".to_vec()],
    );
    assert_eq!(answer.unwrap_err().kind, TroubleKind::DeviceGarbled);
    let (answer, ..) = asked(|p| op(p, "/x", Dur::ms(30)), |_, _| vec![]);
    assert_eq!(answer.unwrap_err().kind, TroubleKind::DeviceSilent);
    let free = Socket::bind((UNIT, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let refused = ask(&op(free, "/x", LONG)).unwrap_err();
    assert_eq!(refused.kind, TroubleKind::DeviceRefused);
}

#[test]
fn datagrams_of_somebody_else_without_end_do_not_keep_it_waiting() {
    let device = Socket::bind((UNIT, 0)).unwrap();
    let port = device.local_addr().unwrap().port();
    let flood = Duration::from_secs(20);
    let began = std::time::Instant::now();
    let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let over = done.clone();
    let thread = std::thread::spawn(move || {
        let mut buffer = [0; 2000];
        let (_, from) = device.recv_from(&mut buffer).unwrap();
        let foreign = message(0x64, 0x45, [0, 1], &[b"abcd"]);
        // It gives up by itself, so that a wait that never ends fails instead of hanging.
        while !over.load(std::sync::atomic::Ordering::SeqCst) && began.elapsed() < flood {
            let _ = device.send_to(&foreign, from);
        }
    });
    let once = CoapOp {
        confirmable: false,
        ..op(port, "/", Dur::ms(50))
    };
    assert_eq!(ask(&once).unwrap_err().kind, TroubleKind::DeviceSilent);
    assert!(began.elapsed() < flood, "it outlasted its budget");
    done.store(true, std::sync::atomic::Ordering::SeqCst);
    thread.join().unwrap();
}

#[test]
fn an_exchange_ends_when_it_is_called_off() {
    let device = Socket::bind((UNIT, 0)).unwrap();
    let port = device.local_addr().unwrap().port();
    let cancel = crate::Cancel::new();
    let budget = Budget::new(LONG.std(), &cancel);
    let trouble = std::thread::scope(|scope| {
        let op = op(port, "/", LONG);
        let waiting = scope.spawn(move || exchange(UNIT, &op, &budget));
        device.recv(&mut [0; 2000]).unwrap();
        cancel.cancel("enough");
        waiting.join().unwrap().unwrap_err()
    });
    assert_eq!(trouble.kind, TroubleKind::Cancelled);
}

#[test]
fn a_lost_request_is_sent_again_and_an_unconfirmable_one_is_not() {
    let device = Socket::bind((UNIT, 0)).unwrap();
    let port = device.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let mut first = [0; 100];
        let mut second = [0; 100];
        let n = device.recv(&mut first).unwrap();
        let (m, from) = device.recv_from(&mut second).unwrap();
        assert_eq!(first[..n], second[..m], "the same message again");
        let answer = message(0x64, 0x45, [second[2], second[3]], &[&second[4..8]]);
        device.send_to(&answer, from).unwrap();
        device
    });
    assert_eq!(ask(&op(port, "/", LONG)).unwrap().code, "2.05");
    let device = thread.join().unwrap();
    let once = CoapOp {
        confirmable: false,
        ..op(port, "/", Dur::ms(50))
    };
    ask(&once).unwrap_err();
    device.recv(&mut [0; 100]).unwrap();
    device.set_nonblocking(true).unwrap();
    assert!(device.recv(&mut [0; 100]).is_err());
}

#[test]
fn what_cannot_be_sent_is_the_case_s_mistake() {
    let bad = [
        CoapOp {
            method: "TEACH".into(),
            ..op(1, "/", LONG)
        },
        op(1, "/a%2", LONG),
        CoapOp {
            options: vec![(7, Bytes::from(vec![0; 70_000]))],
            ..op(1, "/", LONG)
        },
    ];
    for op in bad {
        let trouble = ask(&op).unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Case, "{trouble}");
    }
}

#[test]
fn no_datagram_makes_the_reader_panic() {
    let request = message::request(&op(1, "/", LONG)).unwrap();
    let mut state = 7u64;
    for len in (0..40).cycle().take(200_000) {
        let datagram: Vec<u8> = (0..len)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        let _ = message::judge(&request, &datagram);
    }
}
