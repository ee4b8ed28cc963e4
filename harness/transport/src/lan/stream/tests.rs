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
    let streams = Streams::new(UNIT, &Stop::new());
    let (n, certificate) = streams.open(port, false, LONG).unwrap();
    assert_eq!((n, certificate), (1, None));
    let login = Pattern::new("login: ").unwrap();
    let seen = streams.expect(n, Some(&login), LONG).unwrap();
    assert_eq!(seen.before.0, b"\xff\xfb\x01BusyBox ");
    streams.send(n, b"root\r\n").unwrap();
    device.join().unwrap();
    // Closed by now or soon; what came before is still there.
    let any = streams.expect(n, None, LONG).unwrap();
    assert!(b"Password: ".starts_with(&any.text.0), "{any:?}");
    let closed = streams.expect(n, Some(&login), LONG).unwrap_err();
    assert_eq!(closed.kind, TroubleKind::DeviceRefused);
    assert!(closed.what.contains("closed"), "{closed}");
    streams.close(n).unwrap();
    assert_eq!(streams.send(n, b"x").unwrap_err().kind, TroubleKind::Case);
}

#[test]
fn any_takes_all_that_is_there_and_silence_is_silence() {
    let (listener, port) = listener();
    let streams = Streams::new(UNIT, &Stop::new());
    let (n, _) = streams.open(port, false, LONG).unwrap();
    let (mut s, _) = listener.accept().unwrap();
    assert_eq!(
        streams.expect(n, None, SHORT).unwrap_err().kind,
        TroubleKind::DeviceSilent
    );
    s.write_all(b"abc").unwrap();
    let seen = streams.expect(n, None, LONG).unwrap();
    assert_eq!(seen.text, Bytes::from("abc"));
    assert_eq!(
        streams.expect(n, None, SHORT).unwrap_err().kind,
        TroubleKind::DeviceSilent
    );
}

#[test]
fn refused_is_not_silent_and_the_number_of_connections_is_bounded() {
    let (listener, port) = listener();
    let streams = Streams::new(UNIT, &Stop::new());
    for _ in 0..MOST {
        streams.open(port, false, LONG).unwrap();
    }
    assert_eq!(
        streams.open(port, false, LONG).unwrap_err().kind,
        TroubleKind::Case
    );
    streams.close_all();
    drop(listener);
    let refused = streams.open(port, false, LONG).unwrap_err();
    assert_eq!(refused.kind, TroubleKind::DeviceRefused);
}

#[test]
fn a_service_without_tls_is_garbled_and_a_dumb_one_silent() {
    let (listener, port) = listener();
    let streams = Streams::new(UNIT, &Stop::new());
    let silent = streams.open(port, true, SHORT).unwrap_err();
    assert_eq!(silent.kind, TroubleKind::DeviceSilent);
    drop(listener.accept());
    let device = std::thread::spawn(move || {
        let (mut s, _) = listener.accept().unwrap();
        s.write_all(b"220 ftp ready, no TLS here\r\n").unwrap();
        // Reads until the other side gives up, so that nothing is reset on the way.
        let _ = s.read_to_end(&mut Vec::new());
    });
    let garbled = streams.open(port, true, LONG).unwrap_err();
    assert_eq!(garbled.kind, TroubleKind::DeviceGarbled, "{garbled}");
    device.join().unwrap();
}
