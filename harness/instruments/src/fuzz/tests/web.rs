//! Web servers and services over TLS.

use super::*;

/// A server that answers whole requests and keeps connections; `eats` may make it crash.
pub(super) fn http_server(
    crashes: impl Fn(&[u8]) -> bool + Send + Sync + 'static,
) -> (SocketAddr, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let served = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&served);
    thread::spawn(move || {
        for stream in listener.incoming() {
            if serve(stream.unwrap(), &crashes, &count) {
                return;
            }
        }
    });
    (addr, served)
}

/// Serves one connection; true when the server crashed.
fn serve(mut stream: TcpStream, crashes: &dyn Fn(&[u8]) -> bool, count: &AtomicU32) -> bool {
    let mut heard = Vec::new();
    let mut buf = [0; 4096];
    loop {
        let Ok(n @ 1..) = stream.read(&mut buf) else {
            return false;
        };
        heard.extend_from_slice(&buf[..n]);
        if crashes(&heard) {
            return true;
        }
        let head = heard.windows(4).position(|w| w == b"\r\n\r\n");
        let Some(head) = head.or_else(|| (heard.len() > 16_000).then_some(0)) else {
            continue;
        };
        let whole = framing::one_request(&heard).is_some();
        count.fetch_add(1, Ordering::SeqCst);
        let body = &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"[..];
        let bad = &b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"[..];
        let text = String::from_utf8_lossy(&heard[..head]).to_lowercase();
        if text.contains("content-length") && !whole && heard.len() < head + 18 {
            continue;
        }
        if stream.write_all(if whole { body } else { bad }).is_err() || !whole {
            return false;
        }
        heard.clear();
    }
}

#[test]
fn a_sound_web_server_stays_up_and_every_input_is_accounted_for() {
    let (addr, served) = http_server(|_| false);
    let wire = Wire::Http { addr, tls: false };
    let batch = fuzz(
        &campaign(&[POST], 600),
        wire,
        &NoWitness,
        &Way::default(),
        &limit(),
    )
    .unwrap();
    sums_up(&batch);
    assert_eq!((batch.sent, &batch.down), (600, &None));
    assert!(batch.answered > 300, "{batch:?}");
    assert!(served.load(Ordering::SeqCst) >= batch.answered);
}

#[test]
fn the_request_that_kills_a_web_server_is_named() {
    let (addr, _) = http_server(|h| h.windows(200).any(|w| w.iter().all(|b| *b == b'[')));
    let wire = Wire::Http { addr, tls: false };
    let plan = campaign(&[POST], 600);
    let batch = fuzz(&plan, wire, &NoWitness, &Way::default(), &limit()).unwrap();
    assert!(batch.down.is_some(), "{batch:?}");
    let down = batch.down.clone().unwrap();
    assert_eq!(down.witness, "refused");
    assert!(down.input.lossy().contains("[[[["));
    assert_eq!(
        down.input,
        Bytes::from(input(Kind::Http, &plan.seeds, plan.seed, down.index))
    );
    assert_eq!(batch.sent, down.index + 1);
    sums_up(&batch);
    // The same batch by itself finds the same, from any first input.
    let (addr, _) = http_server(|h| h.windows(200).any(|w| w.iter().all(|b| *b == b'[')));
    let late = Campaign {
        first: down.index,
        count: 1,
        ..plan
    };
    let again = fuzz(
        &late,
        Wire::Http { addr, tls: false },
        &NoWitness,
        &Way::default(),
        &limit(),
    )
    .unwrap();
    assert_eq!(again.down.unwrap().index, down.index);
}

#[test]
fn https_is_fuzzed_too() {
    let key = rcgen::KeyPair::generate().unwrap();
    let cert = rcgen::CertificateParams::new(vec!["plug".to_owned()]).unwrap();
    let cert = cert.self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let private = rustls::pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], private)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        for tcp in listener.incoming() {
            let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let tcp = tcp.unwrap();
            tcp.set_nodelay(true).unwrap();
            let mut tls = rustls::StreamOwned::new(session, tcp);
            let mut heard = Vec::new();
            let mut buf = [0; 4096];
            while let Ok(n @ 1..) = tls.read(&mut buf) {
                heard.extend_from_slice(&buf[..n]);
                if framing::one_request(&heard).is_some() {
                    heard.clear();
                    let _ = tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
                }
            }
        }
    });
    let plan = Campaign {
        first: 60,
        ..campaign(&[POST], 120)
    };
    let batch = fuzz(
        &plan,
        Wire::Http { addr, tls: true },
        &NoWitness,
        &Way::default(),
        &limit(),
    )
    .unwrap();
    sums_up(&batch);
    assert_eq!((batch.sent, &batch.down), (120, &None));
    assert!(batch.answered > 30 && batch.refused > 30, "{batch:?}");
}

/// A server that serves each connection by itself. A request head without a colon ends them all, when it `crashes`,
/// and the next connection is taken as if nothing had been.
fn respawning(crashes: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            open.lock().unwrap().push(stream.try_clone().unwrap());
            let open = Arc::clone(&open);
            thread::spawn(move || {
                let bad = |heard: &[u8]| {
                    let head = heard.windows(4).position(|w| w == b"\r\n\r\n");
                    head.is_some_and(|end| !heard[..end].contains(&b':'))
                };
                let ends = stream.try_clone().unwrap();
                // A sound server closes this connection on such a request, and no other.
                if serve(stream, &bad, &AtomicU32::new(0)) && crashes {
                    let all = std::mem::take(&mut *open.lock().unwrap());
                    all.iter()
                        .for_each(|c| drop(c.shutdown(std::net::Shutdown::Both)));
                }
                let _ = ends.shutdown(std::net::Shutdown::Both);
            });
        }
    });
    addr
}

#[test]
fn a_server_that_dies_and_is_back_at_once_is_seen_by_what_it_held_open() {
    for crashes in [false, true] {
        let addr = respawning(crashes);
        let wire = Wire::Http { addr, tls: false };
        let plan = campaign(&[POST], 300);
        let batch = fuzz(&plan, wire, &NoWitness, &Way::default(), &limit()).unwrap();
        let witness = batch.down.as_ref().map(|down| down.witness.as_str());
        assert_eq!(witness, crashes.then_some("connection-lost"), "{batch:?}");
    }
}

/// What stands before a server: it says 502 to a request head without a colon, which ends the server, and to the next
/// `gone` requests.
fn behind_a_front(gone: u32) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let left = Arc::new(AtomicU32::new(0));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (left, mut stream) = (Arc::clone(&left), stream.unwrap());
            thread::spawn(move || {
                let (mut heard, mut buf) = (Vec::new(), [0; 4096]);
                while let Ok(n @ 1..) = stream.read(&mut buf) {
                    heard.extend_from_slice(&buf[..n]);
                    let Some(end) = heard.windows(4).position(|w| w == b"\r\n\r\n") else {
                        continue;
                    };
                    let ends = !heard[..end].contains(&b':');
                    let one_less = |n: u32| n.checked_sub(1);
                    let down = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
                    if ends {
                        left.store(gone, Ordering::SeqCst);
                    }
                    let status = if ends || down.is_ok() {
                        "502 Bad Gateway"
                    } else {
                        "200 OK"
                    };
                    let head = format!(
                        "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    );
                    let _ = stream.write_all(head.as_bytes());
                    return;
                }
            });
        }
    });
    addr
}

#[test]
fn what_answers_in_the_place_of_a_server_that_is_gone_is_no_sign_of_life() {
    // A server that closes what it does not like is told in the same words, and is there right behind it.
    for (gone, expected) in [(0, None), (2, Some("front")), (9, Some("front"))] {
        let addr = behind_a_front(gone);
        let wire = Wire::Http { addr, tls: false };
        let plan = campaign(&[POST], 300);
        let batch = fuzz(&plan, wire, &NoWitness, &Way::default(), &limit()).unwrap();
        let witness = batch.down.as_ref().map(|down| down.witness.as_str());
        assert_eq!(witness, expected, "{gone}: {batch:?}");
    }
}
