//! Deadlines, calls off, and what later batches know.

use super::datagrams::PING;
use super::*;

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
    let batch = fuzz(&plan, wire, &NoWitness, &Way::default(), &soon).unwrap();
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
            &Way::default(),
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
    let ended = fuzz(&plan, wire, &NoWitness, &Way::default(), &soon);
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
        let batch = fuzz(&plan, wire, &NoWitness, &Way::default(), &limit()).unwrap();
        assert_eq!((batch.sent, batch.down), (1, None));
        dials.load(Ordering::SeqCst) - before
    };
    let (first, second) = (batch(0), batch(1));
    assert!(second < first, "{second} dials after {first}");
}
