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

/// A device of 40 bytes in blocks of 16, which stops answering after so many of them.
fn in_blocks(stops_after: u8, version_of: fn(u8) -> u8) -> Result<CoapAnswer, Trouble> {
    let device = Socket::bind((UNIT, 0)).unwrap();
    let port = device.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let whole: Vec<u8> = (0..40).collect();
        let mut buffer = [0; 100];
        for number in 0..stops_after {
            let (n, from) = device.recv_from(&mut buffer).unwrap();
            // After the path /x: the option Block2, where a block is asked for.
            let asked = if number == 0 {
                &[][..]
            } else {
                &[0xc1, number << 4][..]
            };
            assert_eq!(&buffer[8..n], [b"\xb1x", asked].concat());
            let from_here = usize::from(number) * 16;
            let piece = &whole[from_here..whole.len().min(from_here + 16)];
            let more = u8::from(number < 2) << 3;
            let head = [0x41, version_of(number), 0xd1, 6, number << 4 | more, 0xff];
            let (id, token) = ([buffer[2], buffer[3]], &buffer[4..8]);
            device
                .send_to(&message(0x64, 0x45, id, &[token, &head, piece]), from)
                .unwrap();
        }
        device
    });
    let answer = ask(&op(
        port,
        "/x",
        Dur::ms(if stops_after < 3 { 200 } else { 60_000 }),
    ));
    thread.join().unwrap();
    answer
}

#[test]
fn blocks_are_put_together_and_a_missing_one_is_told() {
    let whole = in_blocks(3, |_| 7).unwrap();
    assert_eq!(
        (whole.payload.to_vec(), whole.cut),
        ((0..40).collect(), false)
    );
    let half = in_blocks(2, |_| 7).unwrap();
    assert_eq!((half.payload.to_vec(), half.cut), ((0..32).collect(), true));
    let changed = in_blocks(3 - 1, |number| number).unwrap();
    assert_eq!(
        (changed.payload.to_vec(), changed.cut),
        ((0..16).collect(), true)
    );
}

#[test]
fn a_block_that_the_case_asks_for_is_handed_out_alone() {
    let (answer, ..) = asked(
        |port| CoapOp {
            options: vec![(23, Bytes::from(vec![0x10]))],
            ..op(port, "/x", LONG)
        },
        |id, t| {
            vec![message(
                0x64,
                0x45,
                id,
                &[&t, b"\xd1\x0a\x18\xff", &[7; 16]],
            )]
        },
    );
    let answer = answer.unwrap();
    assert_eq!((answer.payload.to_vec(), answer.cut), (vec![7; 16], true));
}

#[test]
fn an_answer_to_no_request_is_told_apart_from_silence() {
    let said = |answer: fn([u8; 2], [u8; 4]) -> Vec<u8>| {
        let (answer, ..) = asked(
            |p| op(p, "/x", Dur::ms(200)),
            move |id, t| vec![answer(id, t)],
        );
        let trouble = answer.unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::DeviceGarbled, "{trouble}");
        trouble.what
    };
    let lost = said(|id, _| message(0x60, 0x45, id, &[b"\xffhello"]));
    assert!(lost.contains("no token"), "{lost}");
    let by_itself = said(|_, _| message(0x51, 0x45, [9, 9], &[b"a\xffhello"]));
    assert!(by_itself.contains("the token 61"), "{by_itself}");
    let id = said(|_, t| message(0x64, 0x45, [0, 0], &[&t, b"\xffhello"]));
    assert!(id.contains("message id"), "{id}");
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

/// A device that tells of a change twice, once over because no acknowledgement came, while the case is elsewhere.
#[test]
fn what_is_observed_is_heard_and_acknowledged_while_nobody_asks() {
    let device = Socket::bind((UNIT, 0)).unwrap();
    let port = device.local_addr().unwrap().port();
    let observations = observe::Observations::new(UNIT);
    let budget = Budget::of(LONG.std());
    let thread = std::thread::spawn(move || {
        let mut buffer = [0; 100];
        let (n, from) = device.recv_from(&mut buffer).unwrap();
        assert_eq!(&buffer[8..n], b"\x60\x51t", "Observe with 0, and the path");
        let (id, token) = ([buffer[2], buffer[3]], buffer[4..8].to_vec());
        let tell = |first: u8, id: [u8; 2], text: &[u8]| {
            let told = message(first, 0x45, id, &[&token, b"\x61\x05\xff", text]);
            device.send_to(&told, from).unwrap();
        };
        tell(0x64, id, b"20");
        for (id, text) in [([1, 1], b"21"), ([1, 1], b"21"), ([1, 2], b"22")] {
            tell(0x44, id, text);
            let n = device.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..n], [0x60, 0, id[0], id[1]]);
        }
    });
    let (number, registered, now) = observations.start(port, "/t", &budget).unwrap();
    assert_eq!((registered, now.payload.lossy().as_str()), (true, "20"));
    // All were acknowledged before anybody asked.
    thread.join().unwrap();
    for wanted in ["21", "22"] {
        assert_eq!(
            observations.next(number, &budget).unwrap().payload.lossy(),
            wanted
        );
    }
    let soon = Budget::of(Duration::from_millis(30));
    let silent = observations.next(number, &soon).unwrap_err();
    assert_eq!(silent.kind, TroubleKind::DeviceSilent);
    observations.stop(number).unwrap();
    assert_eq!(
        observations.next(number, &budget).unwrap_err().kind,
        TroubleKind::Case
    );
}

#[test]
fn a_device_that_only_answers_is_not_taken_for_one_that_tells() {
    let device = Socket::bind((UNIT, 0)).unwrap();
    let port = device.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let mut buffer = [0; 100];
        let (_, from) = device.recv_from(&mut buffer).unwrap();
        let answer = message(
            0x64,
            0x45,
            [buffer[2], buffer[3]],
            &[&buffer[4..8], b"\xff20"],
        );
        device.send_to(&answer, from).unwrap();
        device
    });
    let observations = observe::Observations::new(UNIT);
    let (_, registered, _) = observations
        .start(port, "/t", &Budget::of(LONG.std()))
        .unwrap();
    assert!(!registered);
    thread.join().unwrap();
}
