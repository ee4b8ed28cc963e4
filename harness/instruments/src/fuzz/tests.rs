use super::*;
use proofhouse_model::{Channel, TroubleKind};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

mod console;
mod datagrams;
mod waits;
mod web;

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
