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
        .expect(&pattern(r"(?m)^plug> "), LONG)
        .unwrap();
    let took = began.elapsed();
    let sent = noise.join().unwrap();
    assert_eq!(bench.console.position(), sent);
    assert_eq!(seen.before.0.len(), 4096);
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
fn a_device_that_takes_nothing_is_silent_not_a_hang() {
    let pty = pty_pair().unwrap();
    let link = Tty::new(pty.path(), 115_200);
    let settings = Settings {
        accept: SHORT,
        ..settings()
    };
    let stop = Stop::new();
    let console = Console::open(link, settings, Box::new(|_| {}), &stop).unwrap();
    let trouble = console.send(&vec![b'x'; 1 << 20]).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::DeviceSilent);
    assert!(trouble.what.contains("of 1048576 bytes"), "{trouble}");
}
