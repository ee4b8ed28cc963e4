use super::*;
use proofhouse_model::{Channel, TroubleKind};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

const POST: &str =
    "POST /api/name HTTP/1.1\r\nHost: device\r\nContent-Length: 14\r\n\r\n{\"name\":\"abc\"}";

fn campaign(seeds: &[&str], count: u32) -> Campaign {
    Campaign {
        seeds: seeds.iter().map(|s| Bytes::from(*s)).collect(),
        seed: 7,
        first: 0,
        count,
        patience: Duration::from_secs(5),
    }
}

fn limit() -> Budget {
    Budget::of(Duration::from_secs(120))
}

fn sums_up(batch: &FuzzBatch) {
    assert_eq!(batch.sent, batch.answered + batch.refused + batch.silent);
}

/// A witness with a switch.
#[derive(Default, Clone)]
struct Switch(Arc<AtomicBool>);

impl CrashWitness for Switch {
    fn seen_since_start(&self) -> Option<String> {
        self.0
            .load(Ordering::SeqCst)
            .then(|| "panic: stack overflow".to_owned())
    }
}

#[test]
fn inputs_depend_on_their_number_and_seed_alone() {
    let seeds = [Bytes::from(POST)];
    for kind in [
        Kind::Console,
        Kind::Http,
        Kind::Coap,
        Kind::Datagram,
        Kind::Stream,
    ] {
        let edges = boundaries(kind, &seeds);
        assert!(edges > 50, "{kind:?} {edges}");
        let far = input(kind, &seeds, 1, 100_000);
        assert_eq!(far, input(kind, &seeds, 1, 100_000));
        let all: BTreeSet<Vec<u8>> = (edges..edges + 500)
            .map(|i| input(kind, &seeds, 1, i))
            .collect();
        assert!(all.len() > 400, "{kind:?}: {} different of 500", all.len());
        let same = (edges..edges + 100)
            .filter(|i| input(kind, &seeds, 1, *i) == input(kind, &seeds, 2, *i));
        assert!(same.count() < 20);
        assert!(all.iter().all(|i| i.len() <= kind.most()));
    }
}

/// A server that answers whole requests and keeps connections; `eats` may make it crash.
fn http_server(
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
        &Route::default(),
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
    let batch = fuzz(&plan, wire, &NoWitness, &Route::default(), &limit()).unwrap();
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
        &Route::default(),
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
        &Route::default(),
        &limit(),
    )
    .unwrap();
    sums_up(&batch);
    assert_eq!((batch.sent, &batch.down), (120, &None));
    assert!(batch.answered > 30 && batch.refused > 30, "{batch:?}");
}

const PING: [u8; 4] = [0x40, 0, 0, 0];

/// A CoAP server that resets pings, answers GET, and is mute to the rest; `dies` ends it.
fn coap_server(dies: impl Fn(&[u8]) -> bool + Send + 'static) -> SocketAddr {
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
        &Route::default(),
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
    let batch = fuzz(&plan, wire, &NoWitness, &Route::default(), &limit()).unwrap();
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
        &Route::default(),
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
        &Route::default(),
        &limit(),
    )
    .unwrap();
    sums_up(&batch);
    let down = batch.down.unwrap();
    assert!(down.input.iter().filter(|b| **b == 0xff).count() >= 1024);
    assert_eq!(down.witness, "refused");
    assert!(batch.answered > 30);
}

/// A shell: prompts once per line, except where told otherwise.
struct Shell {
    lines: Vec<Vec<u8>>,
    prompts: u32,
    mute: fn(&[u8]) -> bool,
    stuck: Cell<bool>,
    crash_at: usize,
    crashed: Switch,
}

impl Shell {
    fn new(mute: fn(&[u8]) -> bool) -> Self {
        Self {
            lines: Vec::new(),
            prompts: 0,
            mute,
            stuck: Cell::new(false),
            crash_at: usize::MAX,
            crashed: Switch::default(),
        }
    }
}

impl ConsoleTarget for Shell {
    fn send_line(&mut self, line: &[u8], _: &Budget) -> Result<(), Trouble> {
        assert!(!line.contains(&b'\n') && !line.contains(&b'\r'));
        self.lines.push(line.to_vec());
        if line.ends_with(b"\x03") {
            self.stuck.set(false);
        }
        if line.len() >= self.crash_at {
            self.crashed.0.store(true, Ordering::SeqCst);
        } else if (self.mute)(line) {
            self.stuck.set(true);
        } else if !self.stuck.get() {
            self.prompts += 1;
        }
        Ok(())
    }

    fn answered(&mut self, _: &Budget) -> Result<bool, Trouble> {
        let came = self.prompts > 0;
        self.prompts = self.prompts.saturating_sub(1);
        Ok(came)
    }
}

#[test]
fn a_console_answers_each_line_of_an_input() {
    let mut shell = Shell::new(|_| false);
    let plan = campaign(&["set name abc"], 400);
    let batch = fuzz(
        &plan,
        Wire::Console(&mut shell),
        &NoWitness,
        &Route::default(),
        &limit(),
    )
    .unwrap();
    assert_eq!((batch.sent, batch.answered, &batch.down), (400, 400, &None));
    assert!(
        shell.lines.len() > 410,
        "inputs with line ends are several lines"
    );
    assert_eq!(shell.prompts, 0);
}

#[test]
fn an_open_quote_is_silent_and_not_down() {
    let mut shell = Shell::new(|line| line.iter().filter(|b| **b == b'"').count() % 2 == 1);
    let batch = fuzz(
        &campaign(&["set name abc"], 200),
        Wire::Console(&mut shell),
        &NoWitness,
        &Route::default(),
        &limit(),
    );
    let batch = batch.unwrap();
    assert!(batch.silent > 0 && batch.down.is_none(), "{batch:?}");
    sums_up(&batch);
}

#[test]
fn a_console_that_hangs_and_one_that_crashes() {
    let mut shell = Shell::new(|line| line.len() > 255 || line.ends_with(b"\x03"));
    let plan = campaign(&["set name abc"], 200);
    let batch = fuzz(
        &plan,
        Wire::Console(&mut shell),
        &NoWitness,
        &Route::default(),
        &limit(),
    )
    .unwrap();
    let down = batch.down.unwrap();
    assert_eq!(down.witness, "no-answer");
    assert!(down.input.len() > 255);

    let mut shell = Shell::new(|_| false);
    shell.crash_at = 1024;
    let crashed = shell.crashed.clone();
    let batch = fuzz(
        &plan,
        Wire::Console(&mut shell),
        &crashed,
        &Route::default(),
        &limit(),
    )
    .unwrap();
    let down = batch.down.unwrap();
    assert_eq!(
        (down.witness.as_str(), down.input.len() >= 1024),
        ("crash", true)
    );
    assert!(down.seen.contains("stack overflow"));
    // A witness that has already seen something can accuse no input.
    let early = fuzz(
        &plan,
        Wire::Console(&mut Shell::new(|_| false)),
        &crashed,
        &Route::default(),
        &limit(),
    );
    assert_eq!(early.unwrap_err().kind, TroubleKind::Case);
}

#[test]
fn a_quick_restart_is_caught_by_the_boot_banner() {
    struct Banner(Switch);
    impl CrashWitness for Banner {
        fn seen_since_start(&self) -> Option<String> {
            None
        }
        fn banner_since_start(&self) -> Option<String> {
            self.0
                .seen_since_start()
                .map(|_| "booting plug 1.2".to_owned())
        }
    }
    let switch = Switch::default();
    let restarted = Mutex::new(switch.clone());
    let (addr, _) = http_server(move |h| {
        if h.windows(300).any(|w| w.iter().all(|b| *b == b'a')) {
            restarted.lock().unwrap().0.store(true, Ordering::SeqCst);
        }
        false
    });
    let wire = Wire::Http { addr, tls: false };
    let batch = fuzz(
        &campaign(&[POST], 400),
        wire,
        &Banner(switch),
        &Route::default(),
        &limit(),
    )
    .unwrap();
    let down = batch.down.unwrap();
    assert_eq!(down.witness, "banner");
    assert!(down.input.lossy().contains("aaaa"));
}

#[test]
fn nothing_is_said_of_a_device_that_was_down_before() {
    let addr = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let plan = campaign(&[POST], 10);
    for wire in [
        Wire::Http { addr, tls: false },
        Wire::Tcp {
            addr,
            met: &mut Met::default(),
        },
    ] {
        let trouble = fuzz(&plan, wire, &NoWitness, &Route::default(), &limit()).unwrap_err();
        assert_eq!(
            (trouble.kind, trouble.channel),
            (TroubleKind::DeviceRefused, Some(Channel::Lan))
        );
    }
    let quiet = UdpSocket::bind("127.0.0.1:0").unwrap();
    let quick = Campaign {
        patience: Duration::from_millis(50),
        ..plan.clone()
    };
    let wire = Wire::Udp {
        addr: quiet.local_addr().unwrap(),
        ping: Bytes::from(PING.to_vec()),
    };
    assert_eq!(
        fuzz(&quick, wire, &NoWitness, &Route::default(), &limit())
            .unwrap_err()
            .kind,
        TroubleKind::DeviceSilent
    );
    let over = Budget::of(Duration::ZERO);
    let (addr, _) = http_server(|_| false);
    let wire = Wire::Http { addr, tls: false };
    let trouble = fuzz(&plan, wire, &NoWitness, &Route::default(), &over).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Deadline);
}

/// A service that answers the first `good` connections and then only takes what is sent.
fn falls_silent(good: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut kept = Vec::new();
        for (nth, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut buf = [0; 1000];
            if nth < good && stream.read(&mut buf).is_ok() {
                let _ = stream.write_all(b"ok");
            } else {
                kept.push(stream);
            }
        }
    });
    addr
}

#[test]
fn a_batch_ends_at_its_deadline_whatever_the_patience_and_blames_nobody() {
    let plan = Campaign {
        patience: Duration::from_secs(600),
        ..campaign(&["set x 1"], 10)
    };
    let wire = Wire::Tcp {
        addr: falls_silent(2),
        met: &mut Met::default(),
    };
    let soon = Budget::of(Duration::from_millis(600));
    let batch = fuzz(&plan, wire, &NoWitness, &Route::default(), &soon).unwrap();
    assert_eq!((batch.sent, batch.down), (0, None));
}

#[test]
fn a_batch_in_the_middle_of_a_wait_ends_when_called_off() {
    let plan = Campaign {
        patience: Duration::from_secs(600),
        ..campaign(&["set x 1"], 10)
    };
    let addr = falls_silent(2);
    let cancel = proofhouse_transport::Cancel::new();
    let budget = Budget::new(Duration::from_secs(600), &cancel);
    let waiting = thread::spawn(move || {
        fuzz(
            &plan,
            Wire::Tcp {
                addr,
                met: &mut Met::default(),
            },
            &NoWitness,
            &Route::default(),
            &budget,
        )
        .unwrap_err()
    });
    cancel.cancel("enough");
    assert_eq!(waiting.join().unwrap().kind, TroubleKind::Cancelled);
}

#[test]
fn datagrams_without_end_do_not_hold_a_batch() {
    let device = UdpSocket::bind("127.0.0.1:0").unwrap();
    let addr = device.local_addr().unwrap();
    // The flood gives up by itself, so that a wait that never ends fails instead of hanging.
    let (began, flood) = (std::time::Instant::now(), Duration::from_secs(20));
    thread::spawn(move || {
        let (_, from) = device.recv_from(&mut [0; 2000]).unwrap();
        while began.elapsed() < flood {
            let _ = device.send_to(b"noise", from);
        }
    });
    let plan = Campaign {
        patience: Duration::from_secs(600),
        ..campaign(&["x"], 100_000)
    };
    let wire = Wire::Udp {
        addr,
        ping: Bytes::from(PING.to_vec()),
    };
    let soon = Budget::of(Duration::from_millis(300));
    let ended = fuzz(&plan, wire, &NoWitness, &Route::default(), &soon);
    assert!(began.elapsed() < flood, "it outlasted its budget");
    if let Ok(batch) = ended {
        assert!(batch.sent < plan.count, "{batch:?}");
    }
}

#[test]
fn later_batches_know_the_service_from_the_first() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let dials = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&dials);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            seen.fetch_add(1, Ordering::SeqCst);
            if matches!(stream.read(&mut [0; 4000]), Ok(1..)) {
                let _ = stream.write_all(b"ok");
            }
        }
    });
    let mut met = Met::default();
    let mut batch = |first| {
        let before = dials.load(Ordering::SeqCst);
        let plan = Campaign {
            first,
            ..campaign(&["set x 1"], 1)
        };
        let wire = Wire::Tcp {
            addr,
            met: &mut met,
        };
        let batch = fuzz(&plan, wire, &NoWitness, &Route::default(), &limit()).unwrap();
        assert_eq!((batch.sent, batch.down), (1, None));
        dials.load(Ordering::SeqCst) - before
    };
    let (first, second) = (batch(0), batch(1));
    assert!(second < first, "{second} dials after {first}");
}
