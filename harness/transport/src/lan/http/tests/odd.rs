//! Answers of small, old and broken servers: whatever came is handed out, and what it lacks is told.

use super::*;

/// What a device that sends this and closes is seen to have answered.
fn seen(answer: &'static str) -> HttpAnswer {
    let (port, device) = device(vec![vec![answer]]);
    let op = HttpOp {
        within: Dur::secs(20),
        ..get(port, "/secret", 0)
    };
    let seen = exchange(&client(), &op).unwrap();
    device.join().unwrap();
    seen
}

/// Status, body, whether it is cut, and whether it breaks rules.
fn row(answer: &'static str) -> (Option<u16>, String, bool, bool) {
    let seen = seen(answer);
    let body = seen.body.lossy();
    (seen.status, body, seen.cut, seen.unparsed.is_some())
}

#[test]
fn proper_answers_in_rare_forms_are_whole() {
    for answer in [
        "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\nhello",
        "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
        "\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5  \r\nhello\r\n0  \r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nX: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\nhello\r\n0\r\n\r\n",
    ] {
        assert_eq!(
            row(answer),
            (Some(200), "hello".into(), false, false),
            "{answer}"
        );
    }
    let bodyless = "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(row(bodyless), (Some(204), String::new(), false, false));
}

#[test]
fn a_body_cut_short_is_handed_out_and_said_to_be_cut() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello",
    ] {
        assert_eq!(
            row(answer),
            (Some(200), "hello".into(), true, false),
            "{answer}"
        );
    }
}

#[test]
fn what_breaks_rules_is_read_as_far_as_it_goes_with_its_head_as_it_came() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length : 5\r\nSet-Cookie : a=1\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nmini web 1.0\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    ] {
        let seen = seen(answer);
        assert_eq!(
            (seen.status, seen.body.lossy()),
            (Some(200), "hello".into()),
            "{answer}"
        );
        let head = answer.strip_suffix("hello").unwrap();
        assert_eq!(seen.unparsed.unwrap().lossy(), head, "{answer}");
    }
}

#[test]
fn what_has_no_head_is_all_there_and_has_no_status() {
    for answer in [
        "<html>password?</html>",
        "ICY 200 OK\r\n\r\nhello",
        "HTTP/1.1 nope\r\n\r\n",
        "\0\u{1}",
    ] {
        let seen = seen(answer);
        assert_eq!((seen.status, seen.cut), (None, false), "{answer}");
        assert_eq!(seen.unparsed.unwrap().lossy(), answer);
    }
    let half = seen("HTTP/1.1 200 OK\r\nContent-Le");
    assert_eq!(
        (half.status, half.cut, half.unparsed.is_some()),
        (None, true, true)
    );
}

/// The device holds the connection: nothing but time can end it.
#[test]
fn an_answer_that_is_not_over_in_time_is_handed_out_as_far_as_it_came() {
    let listener = TcpListener::bind((UNIT, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let device = std::thread::spawn(move || {
        let (mut s, _) = listener.accept().unwrap();
        talk(&mut s, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
        let _ = s.read_to_end(&mut Vec::new());
    });
    let op = HttpOp {
        within: Dur::ms(700),
        ..get(port, "/", 3)
    };
    let client = client();
    let late = exchange(&client, &op).unwrap();
    assert_eq!(
        (late.status, late.body.lossy(), late.cut),
        (Some(200), "hello".into(), true)
    );
    assert!(
        hold(&client.sessions)[&3].kept.is_empty(),
        "the rest may still come"
    );
    drop(client);
    device.join().unwrap();
}

/// A server of TLS that answers and drops the connection without its closing alert.
fn abrupt(answer: &'static str) -> HttpAnswer {
    let (port, device) = tls_serving(&rustls::version::TLS13, vec![answer]);
    let op = HttpOp {
        tls: true,
        ..get(port, "/", 0)
    };
    let seen = exchange(&client(), &op).unwrap();
    device.join().unwrap();
    seen
}

#[test]
fn tls_without_its_closing_alert_loses_no_body() {
    let nolength = abrupt("HTTP/1.0 200 OK\r\n\r\nhello");
    assert_eq!(
        (nolength.body.lossy(), nolength.cut),
        ("hello".into(), true)
    );
    let known = abrupt("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!((known.body.lossy(), known.cut), ("hello".into(), false));
    let short = abrupt("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
    assert_eq!((short.body.lossy(), short.cut), ("hello".into(), true));
}

#[test]
fn a_reset_in_the_middle_loses_nothing_that_came() {
    let listener = TcpListener::bind((UNIT, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (heard, wait) = std::sync::mpsc::channel::<()>();
    let device = std::thread::spawn(move || {
        let (mut s, _) = listener.accept().unwrap();
        // The request stays unread, so that closing resets the connection once the answer has arrived.
        s.peek(&mut [0; 16]).unwrap();
        s.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 50\r\n\r\nhello")
            .unwrap();
        wait.recv_timeout(std::time::Duration::from_millis(300))
            .unwrap_err();
    });
    let seen = exchange(&client(), &get(port, "/", 0)).unwrap();
    drop(heard);
    assert_eq!(
        (seen.status, seen.body.lossy(), seen.cut),
        (Some(413), "hello".into(), true)
    );
    device.join().unwrap();
}

/// It closes once it has said no, with most of the image still to come.
#[test]
fn an_answer_before_the_end_of_the_request_is_heard() {
    let listener = TcpListener::bind((UNIT, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let device = std::thread::spawn(move || {
        let (mut s, _) = listener.accept().unwrap();
        s.read_exact(&mut [0; 100]).unwrap();
        s.write_all(b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno")
            .unwrap();
        s
    });
    let op = HttpOp {
        method: "POST".into(),
        body: vec![7; 40 << 20].into(),
        ..get(port, "/", 0)
    };
    let seen = exchange(&client(), &op).unwrap();
    assert_eq!((seen.status, seen.body.lossy()), (Some(401), "no".into()));
    device.join().unwrap();
}

#[test]
fn a_compressed_page_is_handed_out_as_text() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(b"Welcome, set a password").unwrap();
    let packed = packer.finish().unwrap();
    let listener = TcpListener::bind((UNIT, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let device = std::thread::spawn(move || {
        let (mut s, _) = listener.accept().unwrap();
        let length = packed.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n"
        );
        talk(&mut s, &head);
        s.write_all(&packed).unwrap();
    });
    let seen = exchange(&client(), &get(port, "/", 0)).unwrap();
    assert_eq!(seen.body.lossy(), "Welcome, set a password");
    assert_eq!((seen.decoded.as_deref(), seen.cut), (Some("gzip"), false));
    device.join().unwrap();
}

#[test]
fn a_page_that_only_says_it_is_compressed_stays_as_it_came() {
    let plain = seen("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!((plain.body.lossy(), plain.decoded), ("hello".into(), None));
}

#[test]
fn small_servers_find_the_headers_they_compare() {
    let (port, device) = device(vec![vec![OK], vec![OK]]);
    let op = |headers: Vec<(String, String)>, body: &str| HttpOp {
        method: "POST".into(),
        headers,
        body: body.into(),
        ..get(port, "/", 0)
    };
    exchange(&client(), &op(vec![], "")).unwrap();
    let own = vec![
        ("content-length".into(), "3".into()),
        ("HOST".into(), "x".into()),
    ];
    // The device of this test reads no body whose length is written like that.
    exchange(&client(), &op(own, "a=b")).unwrap();
    let requests = device.join().unwrap();
    assert!(
        requests[0][0].contains("\r\nContent-Length: 0\r\n"),
        "{}",
        requests[0][0]
    );
    let own = &requests[1][0];
    assert!(
        own.contains("\r\ncontent-length: 3\r\n") && own.contains("\r\nHOST: x\r\n"),
        "{own}"
    );
    assert!(
        !own.contains("Content-Length") && !own.contains("Host: "),
        "{own}"
    );
}

/// A request that is left in the middle: all of it was sent, or nothing is said of it.
#[test]
fn a_request_that_leaves_is_sent_first_and_then_nothing_is_an_answer() {
    let listener = TcpListener::bind((UNIT, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let op = HttpOp {
        method: "POST".into(),
        body: Bytes::from(vec![b'x'; 4000]),
        headers: vec![("Content-Length".to_owned(), "8000".to_owned())],
        leaves: Some(Dur::ms(50)),
        ..get(port, "/update", 0)
    };
    let device = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        (all, listener)
    });
    let client = Client::new(UNIT);
    let answer = client.exchange(&op, &Budget::of(LONG.std())).unwrap();
    assert!(answer.status.is_none() && answer.cut, "{answer:?}");
    let (all, listener) = device.join().unwrap();
    assert!(all.ends_with(&[b'x'; 4000]) && !all.ends_with(&[b'x'; 4001]));
    // Nobody speaks TLS there, so nothing of it is sent.
    let tls = HttpOp { tls: true, ..op };
    let soon = Budget::of(Dur::ms(100).std());
    let trouble = client.exchange(&tls, &soon).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::DeviceSilent, "{trouble}");
    drop(listener);
}
