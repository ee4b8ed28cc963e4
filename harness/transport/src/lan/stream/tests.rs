//! Raw connections against a loopback server.

use super::*;
use proofhouse_model::Bytes;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(30);
const UNIT: std::net::IpAddr = std::net::IpAddr::V4(Ipv4Addr::LOCALHOST);

fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind((UNIT, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[test]
fn banner_question_answer_and_close() {
    let (listener, port) = listener();
    let device = std::thread::spawn(move || {
        let (mut s, _) = listener.accept().unwrap();
        s.write_all(b"\xff\xfb\x01BusyBox login: ").unwrap();
        let mut line = [0; 6];
        s.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"root\r\n");
        s.write_all(b"Password: ").unwrap();
    });
    let streams = Streams::new(UNIT);
    let (n, certificate) = streams.open(port, false, &Budget::of(LONG)).unwrap();
    assert_eq!((n, certificate), (1, None));
    let login = Pattern::new("login: ").unwrap();
    let seen = streams.expect(n, Some(&login), &Budget::of(LONG)).unwrap();
    assert_eq!(*seen.before, *b"\xff\xfb\x01BusyBox ");
    streams.send(n, b"root\r\n", &Budget::of(LONG)).unwrap();
    device.join().unwrap();
    // Closed by now or soon; what came before is still there.
    let any = streams.expect(n, None, &Budget::of(LONG)).unwrap();
    assert!(b"Password: ".starts_with(&any.text), "{any:?}");
    let closed = streams
        .expect(n, Some(&login), &Budget::of(LONG))
        .unwrap_err();
    assert_eq!(closed.kind, TroubleKind::DeviceRefused);
    assert!(closed.what.contains("closed"), "{closed}");
    streams.close(n, &Budget::of(LONG)).unwrap();
    assert_eq!(
        streams.send(n, b"x", &Budget::of(LONG)).unwrap_err().kind,
        TroubleKind::Case
    );
}

#[test]
fn any_takes_all_that_is_there_and_silence_is_silence() {
    let (listener, port) = listener();
    let streams = Streams::new(UNIT);
    let (n, _) = streams.open(port, false, &Budget::of(LONG)).unwrap();
    let (mut s, _) = listener.accept().unwrap();
    assert_eq!(
        streams
            .expect(n, None, &Budget::of(SHORT))
            .unwrap_err()
            .kind,
        TroubleKind::DeviceSilent
    );
    s.write_all(b"abc").unwrap();
    let seen = streams.expect(n, None, &Budget::of(LONG)).unwrap();
    assert_eq!(seen.text, Bytes::from("abc"));
    assert_eq!(
        streams
            .expect(n, None, &Budget::of(SHORT))
            .unwrap_err()
            .kind,
        TroubleKind::DeviceSilent
    );
}

#[test]
fn refused_is_not_silent_and_the_number_of_connections_is_bounded() {
    let (listener, port) = listener();
    let streams = Streams::new(UNIT);
    for _ in 0..MOST {
        streams.open(port, false, &Budget::of(LONG)).unwrap();
    }
    assert_eq!(
        streams
            .open(port, false, &Budget::of(LONG))
            .unwrap_err()
            .kind,
        TroubleKind::Case
    );
    streams.close_all();
    drop(listener);
    let refused = streams.open(port, false, &Budget::of(LONG)).unwrap_err();
    assert_eq!(refused.kind, TroubleKind::DeviceRefused);
}

#[test]
fn a_service_without_tls_is_garbled_and_a_dumb_one_silent() {
    let (listener, port) = listener();
    let streams = Streams::new(UNIT);
    let silent = streams.open(port, true, &Budget::of(SHORT)).unwrap_err();
    assert_eq!(silent.kind, TroubleKind::DeviceSilent);
    drop(listener.accept());
    let device = std::thread::spawn(move || {
        let (mut s, _) = listener.accept().unwrap();
        s.write_all(b"220 ftp ready, no TLS here\r\n").unwrap();
        // Reads until the other side gives up, so that nothing is reset on the way.
        let _ = s.read_to_end(&mut Vec::new());
    });
    let garbled = streams.open(port, true, &Budget::of(LONG)).unwrap_err();
    assert_eq!(garbled.kind, TroubleKind::DeviceGarbled, "{garbled}");
    device.join().unwrap();
}

/// A device that sends without end; it gives up after 20 s, so that a wait that never ends fails instead of hanging.
fn flood(listener: TcpListener) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let (mut s, _) = listener.accept().unwrap();
        let block = b"noise\r\n".repeat(5000);
        let began = std::time::Instant::now();
        while began.elapsed() < Duration::from_secs(20) && s.write_all(&block).is_ok() {}
    })
}

#[test]
fn a_wait_under_a_flood_ends_at_its_deadline_and_when_called_off() {
    let (listener, port) = listener();
    let device = flood(listener);
    let began = std::time::Instant::now();
    let streams = Streams::new(UNIT);
    let (n, _) = streams.open(port, false, &Budget::of(LONG)).unwrap();
    let never = Pattern::new("never").unwrap();
    let late = streams.expect(n, Some(&never), &Budget::of(SHORT));
    assert_eq!(late.unwrap_err().kind, TroubleKind::DeviceSilent);
    let cancel = crate::Cancel::new();
    let budget = Budget::new(LONG, &cancel);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| streams.expect(n, Some(&never), &budget));
        cancel.cancel("enough");
        let trouble = waiting.join().unwrap().unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Cancelled);
    });
    assert!(began.elapsed() < Duration::from_secs(20), "too late");
    drop(streams);
    device.join().unwrap();
}
