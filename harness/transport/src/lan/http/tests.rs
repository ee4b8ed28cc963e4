//! HTTP against servers made of bytes by hand.

mod identity;
mod odd;

use super::*;
use proofhouse_model::{Bytes, Dur, TroubleKind};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

const UNIT: std::net::IpAddr = std::net::IpAddr::V4(Ipv4Addr::LOCALHOST);
const LONG: Dur = Dur::secs(60);
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// One connection of a device: the answer to each request in turn, then it is closed.
type Script = Vec<&'static str>;

/// Serves each connection by its script; brings all requests, by connection.
fn device(connections: Vec<Script>) -> (u16, JoinHandle<Vec<Vec<String>>>) {
    let listener = TcpListener::bind((UNIT, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = move || {
        let serve_one = |script: Script| {
            let (mut stream, _) = listener.accept().unwrap();
            script
                .into_iter()
                .map(|answer| talk(&mut stream, answer))
                .collect()
        };
        connections.into_iter().map(serve_one).collect()
    };
    (port, std::thread::spawn(serve))
}

/// Reads one request (its body in one piece with a known length) and answers.
fn talk(stream: &mut (impl Read + Write), answer: &str) -> String {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        request.push(byte[0]);
    }
    let head = String::from_utf8(request).unwrap();
    let length = head
        .split("Content-Length: ")
        .nth(1)
        .map_or(0, |rest| rest.split('\r').next().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    // The client may have given up in the middle.
    let _ = stream
        .write_all(answer.as_bytes())
        .and_then(|()| stream.flush());
    head + &String::from_utf8(body).unwrap()
}

fn get(port: u16, path: &str, session: u32) -> HttpOp {
    HttpOp {
        method: "GET".into(),
        port,
        tls: false,
        path: path.into(),
        headers: vec![],
        body: Bytes::default(),
        session,
        within: LONG,
        leaves: None,
    }
}

fn client() -> Client {
    Client::new(UNIT)
}

fn exchange(client: &Client, op: &HttpOp) -> Result<HttpAnswer, Trouble> {
    client.exchange(op, &Budget::of(op.within.std()))
}

fn kind(answers: Script) -> (TroubleKind, String) {
    let (port, device) = device(vec![answers]);
    let trouble = exchange(&client(), &get(port, "/secret?token=x", 0)).unwrap_err();
    device.join().unwrap();
    assert!(
        !trouble.what.contains("token"),
        "a query may hold secrets: {trouble}"
    );
    (trouble.kind, trouble.what)
}

#[test]
fn a_request_is_sent_as_written_and_its_answer_brought_whole() {
    let answer = "HTTP/1.1 403 Go away\r\nX-B: 2\r\nX-A: \u{ff}1\r\nSet-Cookie: a=1\r\n\
                  set-cookie: b=2\r\n\
                  Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    let (port, device) = device(vec![vec![answer]]);
    let op = HttpOp {
        method: "POST".into(),
        headers: vec![
            ("x-KEY".into(), "v".into()),
            ("Authorization".into(), "Basic eA==".into()),
        ],
        body: "{\"on\":true}".into(),
        ..get(port, "/api/relay?x=1&y=%2f", 0)
    };
    let seen = exchange(&client(), &op).unwrap();
    assert_eq!(
        (seen.status, seen.body.lossy().as_str(), seen.cut),
        (Some(403), "abcde", false)
    );
    let values: Vec<_> = seen
        .headers
        .iter()
        .filter(|(n, _)| n == "set-cookie")
        .collect();
    assert_eq!(values.len(), 2);
    let request = device.join().unwrap().remove(0).remove(0);
    assert!(
        request.starts_with("POST /api/relay?x=1&y=%2f HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains("x-KEY: v\r\n") && request.ends_with("\r\n\r\n{\"on\":true}"),
        "{request}"
    );
    assert!(
        request.contains(&format!("\r\nHost: 127.0.0.1:{port}\r\n")),
        "{request}"
    );
    assert!(request.contains("Connection: close\r\n"), "{request}");
}

#[test]
fn a_session_keeps_its_connection_and_cookies_and_others_do_not_see_them() {
    let login = "HTTP/1.1 200 OK\r\nSet-Cookie: sid=abc; Path=/\r\nContent-Length: 0\r\n\r\n";
    let logout =
        "HTTP/1.1 200 OK\r\nSet-Cookie: sid=; Max-Age=0; Path=/\r\nContent-Length: 0\r\n\r\n";
    let (port, device) = device(vec![vec![login, OK, logout, OK], vec![OK]]);
    let client = client();
    for path in ["/login", "/state", "/logout", "/state"] {
        exchange(&client, &get(port, path, 1)).unwrap();
    }
    exchange(&client, &get(port, "/state", 2)).unwrap();
    let requests = device.join().unwrap();
    let cookie: Vec<_> = requests[0]
        .iter()
        .map(|r| r.contains("Cookie: sid=abc\r\n"))
        .collect();
    assert_eq!(cookie, [false, true, true, false]);
    assert!(
        !requests[1][0].contains("Cookie"),
        "another session, another connection"
    );
}

#[test]
fn a_stale_connection_is_replaced_once_when_nothing_was_answered() {
    // The second answer on the kept connection is a close without a byte.
    let (port, device) = device(vec![vec![OK], vec![OK]]);
    let client = client();
    exchange(&client, &get(port, "/1", 1)).unwrap();
    exchange(&client, &get(port, "/2", 1)).unwrap();
    device.join().unwrap();
}

#[test]
fn a_request_that_changes_something_is_not_sent_twice() {
    let (port, device) = device(vec![vec![OK, ""], vec![OK]]);
    let client = client();
    exchange(&client, &get(port, "/", 1)).unwrap();
    let post = HttpOp {
        method: "POST".into(),
        ..get(port, "/reset", 1)
    };
    let trouble = exchange(&client, &post).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::DeviceRefused, "{trouble}");
    exchange(&client, &get(port, "/", 1)).unwrap();
    device.join().unwrap();
}

#[test]
fn closed_refused_and_silent_are_told_apart() {
    assert_eq!(kind(vec![""]).0, TroubleKind::DeviceRefused);
    let listener = TcpListener::bind((UNIT, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let soon = HttpOp {
        within: Dur::ms(50),
        ..get(port, "/", 0)
    };
    assert_eq!(
        exchange(&client(), &soon).unwrap_err().kind,
        TroubleKind::DeviceSilent
    );
    let tls = HttpOp {
        tls: true,
        ..soon.clone()
    };
    assert_eq!(
        exchange(&client(), &tls).unwrap_err().kind,
        TroubleKind::DeviceSilent
    );
    drop(listener);
    let refused = exchange(&client(), &get(port, "/", 0)).unwrap_err();
    assert_eq!(refused.kind, TroubleKind::DeviceRefused);
}

#[test]
fn a_service_that_speaks_first_is_handed_out_as_it_speaks() {
    let listener = TcpListener::bind((UNIT, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let device = std::thread::spawn(move || {
        let (mut s, _) = listener.accept().unwrap();
        s.write_all(b"SSH-2.0-dropbear\r\n").unwrap();
        let _ = s.read_to_end(&mut Vec::new());
    });
    let answer = exchange(&client(), &get(port, "/", 0)).unwrap();
    let unparsed = answer.unparsed.unwrap();
    assert_eq!(
        (answer.status, &unparsed[..]),
        (None, b"SSH-2.0-dropbear\r\n".as_slice())
    );
    device.join().unwrap();
}

#[test]
fn heads_and_bodies_are_bounded() {
    let huge = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(300_000));
    let listener = TcpListener::bind((UNIT, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let device = std::thread::spawn(move || {
        let (mut s, _) = listener.accept().unwrap();
        talk(&mut s, &huge);
        let _ = s.read_to_end(&mut Vec::new());
        let (mut s, _) = listener.accept().unwrap();
        talk(&mut s, "HTTP/1.1 200 OK\r\n\r\n");
        // For ever, until the other side has had enough.
        while s.write_all(&[b'x'; 65_536]).is_ok() {}
    });
    let client = client();
    let endless = exchange(&client, &get(port, "/", 0)).unwrap();
    assert_eq!((endless.status, endless.cut), (None, true));
    assert!(endless.unparsed.unwrap().len() < 100_000);
    let answer = exchange(&client, &get(port, "/", 1)).unwrap();
    assert_eq!((answer.body.len(), answer.cut), (LARGEST_BODY, true));
    device.join().unwrap();
}

#[test]
fn what_cannot_be_written_is_the_case_s_mistake() {
    let bad = [
        HttpOp {
            method: "GE T".into(),
            ..get(1, "/", 0)
        },
        get(1, "no-slash", 0),
        get(1, "/a b", 0),
        HttpOp {
            headers: vec![("a b".into(), "x".into())],
            ..get(1, "/", 0)
        },
        HttpOp {
            headers: vec![("a".into(), "x\r\ny: z".into())],
            ..get(1, "/", 0)
        },
    ];
    for op in bad {
        let trouble = exchange(&client(), &op).unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Case, "{trouble}");
    }
}

/// A TLS server with a certificate of its own, for one connection that it drops in the end.
fn tls_serving(
    version: &'static rustls::SupportedProtocolVersion,
    answers: Script,
) -> (u16, JoinHandle<String>) {
    let made = rcgen::generate_simple_self_signed(vec!["plug.local".into()]).unwrap();
    let der = made.cert.der().clone();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(net::tls::provider())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![der.clone()], key.into())
        .unwrap();
    let listener = TcpListener::bind((UNIT, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let hash = proofhouse_model::bytes::to_hex(&<sha2::Sha256 as sha2::Digest>::digest(&der));
    let thread = std::thread::spawn(move || {
        let (tcp, _) = listener.accept().unwrap();
        let tls = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::StreamOwned::new(tls, tcp);
        for answer in answers {
            talk(&mut stream, answer);
        }
        hash
    });
    (port, thread)
}

#[test]
fn any_certificate_is_accepted_and_recorded_in_both_versions() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let (port, device) = tls_serving(version, vec![OK, OK]);
        let client = client();
        let mut shown = Vec::new();
        for _ in 0..2 {
            let answer = exchange(
                &client,
                &HttpOp {
                    tls: true,
                    ..get(port, "/", 7)
                },
            )
            .unwrap();
            assert_eq!(answer.body, Bytes::from("ok"));
            shown.push(answer.certificate.unwrap());
        }
        let hash = device.join().unwrap();
        assert_eq!(shown, [hash.clone(), hash]);
    }
}

/// A device that answers without end; it gives up after 20 s, so that a wait that never ends fails instead of hanging.
fn endless() -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind((UNIT, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let flood = move || {
        let (mut stream, _) = listener.accept().unwrap();
        talk(
            &mut stream,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
        let block = b"8\r\nnoise...\r\n".repeat(5000);
        let began = std::time::Instant::now();
        while began.elapsed().as_secs() < 20 && stream.write_all(&block).is_ok() {}
    };
    (port, std::thread::spawn(flood))
}

#[test]
fn an_answer_without_end_ends_by_its_bound_or_its_budget() {
    let (port, device) = endless();
    let began = std::time::Instant::now();
    let op = HttpOp {
        within: Dur::ms(200),
        ..get(port, "/", 0)
    };
    match exchange(&client(), &op) {
        Ok(answer) => assert!(answer.cut),
        Err(trouble) => assert_eq!(trouble.kind, TroubleKind::DeviceSilent, "{trouble}"),
    }
    assert!(began.elapsed().as_secs() < 20, "it outlasted its budget");
    device.join().unwrap();
}

#[test]
fn an_exchange_ends_when_it_is_called_off() {
    let listener = TcpListener::bind((UNIT, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let cancel = crate::Cancel::new();
    let budget = Budget::new(LONG.std(), &cancel);
    let trouble = std::thread::scope(|scope| {
        let waiting = scope.spawn(move || client().exchange(&get(port, "/", 0), &budget));
        let _device = listener.accept().unwrap();
        cancel.cancel("enough");
        waiting.join().unwrap().unwrap_err()
    });
    assert_eq!(trouble.kind, TroubleKind::Cancelled);
}

/// A guess at a password takes a session of its own where forms carry a token: their number is no mistake, but their
/// connections are let go of, the first one first.
#[test]
fn hundreds_of_sessions_keep_their_cookies_and_few_connections() {
    let login = "HTTP/1.1 200 OK\r\nSet-Cookie: sid=abc; Path=/\r\nContent-Length: 0\r\n\r\n";
    let (port, device) = device((0..=200).map(|_| vec![login]).collect());
    let client = client();
    for session in 1..=200 {
        exchange(&client, &get(port, "/", session)).unwrap();
    }
    let connected = {
        let sessions = hold(&client.sessions);
        sessions.values().filter(|s| !s.kept.is_empty()).count()
    };
    assert!(connected <= CONNECTED, "{connected}");
    exchange(&client, &get(port, "/", 1)).unwrap();
    let requests = device.join().unwrap();
    assert!(requests[200][0].contains("Cookie: sid=abc\r\n"));
}
