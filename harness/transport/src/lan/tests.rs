//! Clients at a device that takes one connection at a time.

use super::http::Client;
use super::stream::Streams;
use crate::budget::Budget;
use crate::net::{Host, Turns};
use proofhouse_model::op::HttpOp;
use proofhouse_model::profile::Pace;
use proofhouse_model::{Bytes, Dur, TroubleKind};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(50);

/// A web server that would keep each connection, and takes the next one when the last was closed.
fn device() -> (SocketAddr, Host) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let at = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            for _ in lines.map_while(Result::ok).filter(String::is_empty) {
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
                // Whoever gave up must not end the device.
                let _ = stream.write_all(answer);
            }
        }
    });
    let turns = Turns::of(Pace {
        one_at_a_time: true,
        between: Dur::ms(1),
    });
    (at, Host::from(at.ip()).by(None, turns))
}

fn get(port: u16, session: u32) -> HttpOp {
    HttpOp {
        method: "GET".to_owned(),
        port,
        tls: false,
        path: "/".to_owned(),
        headers: Vec::new(),
        body: Bytes::default(),
        session,
        within: Dur::secs(60),
        leaves: None,
    }
}

#[test]
fn no_connection_is_kept_that_would_shut_out_the_next_session() {
    let (at, host) = device();
    let client = Client::new(host);
    for session in [1, 2, 0, 1] {
        let answer = client.exchange(&get(at.port(), session), &Budget::of(LONG));
        assert_eq!(answer.unwrap().status, Some(200));
    }
}

#[test]
fn an_open_stream_is_named_as_what_others_wait_for() {
    let (at, host) = device();
    let (client, streams) = (Client::new(host.clone()), Streams::new(host));
    let (number, _) = streams.open(at.port(), false, &Budget::of(LONG)).unwrap();
    let late = [
        client
            .exchange(&get(at.port(), 0), &Budget::of(SHORT))
            .map(drop),
        streams.open(at.port(), false, &Budget::of(SHORT)).map(drop),
    ];
    for trouble in late.map(Result::unwrap_err) {
        assert_eq!(trouble.kind, TroubleKind::Deadline);
        assert!(trouble.what.contains("another one was open"), "{trouble}");
    }
    streams.close(number, &Budget::of(LONG)).unwrap();
    let answer = client.exchange(&get(at.port(), 0), &Budget::of(LONG));
    assert_eq!(answer.unwrap().status, Some(200));
}
