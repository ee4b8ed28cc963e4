//! A bench full of consoles at full speed.

use super::*;
use sha2::{Digest, Sha256};

/// Consoles at once.
const CONSOLES: u64 = 32;
/// Three seconds of a line of 3 Mbaud, bytes: below what the journal takes at once, so no pace of this machine makes a
/// flood of it.
const EACH: usize = 900_000;

/// What a device says: lines of every length, none like another.
fn talk(seed: u64) -> Vec<u8> {
    let mut state = seed + 1;
    let mut out = Vec::with_capacity(EACH + 8);
    while out.len() < EACH {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        match state >> 58 {
            0 => out.extend_from_slice(b"\r\n"),
            _ => out.push(b' ' + (state >> 33) as u8 % 95),
        }
    }
    out.truncate(EACH);
    out.extend_from_slice(b"\nTHE-END");
    out
}

/// Every byte of every console is on record once and in order, and what waits finds the last one.
#[test]
fn no_character_is_lost_on_32_consoles_at_3_mbaud() {
    std::thread::scope(|scope| {
        for seed in 0..CONSOLES {
            scope.spawn(move || {
                let all = talk(seed);
                let pty = pty_pair().unwrap();
                let heard = Arc::new(Mutex::new((Sha256::new(), 0, 0)));
                let log = heard.clone();
                let sink: Sink = Box::new(move |h| {
                    let mut log = log.lock().unwrap();
                    log.0.update(h.bytes);
                    log.1 += h.bytes.len();
                    log.2 += h.lost;
                });
                let link = Tty::new(pty.path(), 115_200);
                let console = Console::open(link, settings(), sink).unwrap();
                let mut device = File::from(pty.device_end().unwrap());
                std::thread::scope(|scope| {
                    scope.spawn(|| device.write_all(&all).unwrap());
                    console
                        .expect(&pattern("THE-END"), &Budget::of(LONG * 5))
                        .unwrap();
                });
                let heard = heard.lock().unwrap();
                assert_eq!((heard.1, heard.2), (all.len(), 0), "console {seed}");
                assert!(
                    heard.0.clone().finalize() == Sha256::digest(&all),
                    "console {seed}: other bytes"
                );
                assert_eq!(console.position(), all.len() as u64);
            });
        }
    });
}
