//! Devices that talk too much, and devices that do not listen.

use super::*;
use proofhouse_model::TroubleKind;
use std::time::Instant;

#[test]
fn a_prompt_after_10_mb_of_noise_is_found_in_linear_time() {
    let bench = bench();
    let mut device = bench.device();
    let noise = std::thread::spawn(move || {
        let block = b"garbage \x1b[31m \xff\xfe plug plug plu\r\n".repeat(1000);
        let mut sent = 0;
        while sent < 10 << 20 {
            device.write_all(&block).unwrap();
            sent += block.len();
        }
        device.write_all(b"\r\nplug> ").unwrap();
        sent as u64 + 8
    });
    let began = Instant::now();
    let seen = bench
        .console
        .expect(&pattern(r"(?m)^plug> "), &Budget::of(LONG))
        .unwrap();
    let took = began.elapsed();
    let sent = noise.join().unwrap();
    assert_eq!(bench.console.position(), sent);
    assert_eq!(seen.before.len(), 4096);
    // With a cost that grew with the square this would take minutes.
    assert!(took < Duration::from_secs(20), "{took:?}");
    let heard = bench.heard.lock().unwrap();
    assert_eq!(
        heard.0.len() as u64 + heard.1,
        sent,
        "kept and lost are all"
    );
    assert!(
        heard.0.len() < 4 << 20 || took > Duration::from_secs(10),
        "the record is bounded"
    );
    assert!(heard.0.ends_with(b"\r\nplug> "));
}

#[test]
fn a_watch_under_a_flood_ends_at_its_deadline_and_when_called_off() {
    let bench = bench();
    let mut device = bench.device();
    let done = std::sync::atomic::AtomicBool::new(false);
    let began = Instant::now();
    // The flood gives up by itself, so that a wait that never ends fails instead of hanging.
    let flood = Duration::from_secs(20);
    let cancel = crate::Cancel::new();
    let budget = Budget::new(LONG, &cancel);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let block = b"noise\r\n".repeat(100);
            let over = || done.load(std::sync::atomic::Ordering::SeqCst);
            while !over() && began.elapsed() < flood {
                device.write_all(&block).unwrap();
            }
        });
        let unseen = bench
            .console
            .watch(&pattern("never"), &Budget::of(SHORT))
            .unwrap();
        assert!(matches!(unseen, Observation::Unseen { .. }));
        let waiting = scope.spawn(|| bench.console.watch(&pattern("never"), &budget));
        cancel.cancel("enough");
        let trouble = waiting.join().unwrap().unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Cancelled);
        assert!(began.elapsed() < flood, "too late");
        done.store(true, std::sync::atomic::Ordering::SeqCst);
    });
}

#[test]
fn sending_to_a_device_that_takes_nothing_ends_when_called_off() {
    let bench = bench();
    let cancel = crate::Cancel::new();
    let budget = Budget::new(LONG, &cancel);
    let began = Instant::now();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| bench.console.send(&vec![b'x'; 1 << 20], &budget));
        cancel.cancel("enough");
        let trouble = waiting.join().unwrap().unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Cancelled);
    });
    assert!(began.elapsed() < LONG, "nobody woke it");
}

#[test]
fn a_device_that_takes_nothing_is_silent_not_a_hang() {
    let pty = pty_pair().unwrap();
    let link = Tty::new(pty.path(), 115_200);
    let settings = Settings {
        accept: SHORT,
        ..settings()
    };
    let console = Console::open(link, settings, Box::new(|_| {})).unwrap();
    let trouble = console
        .send(&vec![b'x'; 1 << 20], &Budget::of(LONG))
        .unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::DeviceSilent);
    assert!(trouble.what.contains("of 1048576 bytes"), "{trouble}");
}
