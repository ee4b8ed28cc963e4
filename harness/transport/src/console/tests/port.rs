//! Ports that are taken or missing, and what is in them.

use super::*;
use proofhouse_model::TroubleKind;
use serialport::{SerialPort, TTYPort};

fn refused(path: &str) -> Trouble {
    let link = Tty::new(path, 115_200);
    Console::open(link, settings(), Box::new(|_| {}))
        .map(|_| ())
        .unwrap_err()
}

#[test]
fn a_port_is_held_by_one_and_free_once_dropped() {
    let Bench { pty, console, .. } = bench();
    let trouble = refused(pty.path());
    assert_eq!(trouble.kind, TroubleKind::Bench);
    assert!(trouble.what.contains("another program holds"), "{trouble}");
    assert!(trouble.try_next.is_some());
    drop(console);
    let link = Tty::new(pty.path(), 9600);
    Console::open(link, settings(), Box::new(|_| {})).unwrap();
}

/// opentitan#17081: two programs read one port, each got a part of what came, and characters seemed to be dropped.
#[test]
fn opentitan_17081_a_second_reader_of_a_port_is_refused_and_takes_no_byte() {
    let Bench {
        pty,
        console,
        heard,
    } = bench();
    let mut device = File::from(pty.device_end().unwrap());
    let said: Vec<u8> = (0..64).flat_map(|_| *b"0123456789abcdef").collect();
    for piece in said.chunks(64) {
        let trouble = refused(pty.path());
        assert!(trouble.what.contains("another program holds"), "{trouble}");
        device.write_all(piece).unwrap();
    }
    device.write_all(b"end").unwrap();
    console.expect(&pattern("end"), &Budget::of(LONG)).unwrap();
    let heard = heard.lock().unwrap();
    assert_eq!(heard.0, [&said[..], b"end"].concat());
    assert_eq!(heard.1, 0, "nothing was left out");
}

#[test]
fn a_missing_port_says_where_to_look() {
    let trouble = refused("/dev/serial/by-id/no-such-adapter");
    assert_eq!(trouble.kind, TroubleKind::Bench);
    assert!(trouble.what.contains("there is no port"), "{trouble}");
    let trouble = refused("/dev/null");
    assert_eq!(trouble.kind, TroubleKind::Bench);
    assert!(trouble.what.contains("/dev/null"), "{trouble}");
}

#[test]
fn a_file_is_no_port_and_is_not_written_to() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let trouble = refused(file.path().to_str().unwrap());
    assert_eq!(trouble.kind, TroubleKind::Bench);
    assert!(trouble.what.contains("is no serial port"), "{trouble}");
    assert!(trouble.try_next.is_some());
}

#[test]
fn what_was_said_before_opening_is_thrown_away() {
    let pty = pty_pair().unwrap();
    let mut device: File = pty.device_end().unwrap().into();
    device.write_all(b"stale stale stale").unwrap();
    let bench = bench_on_path(pty);
    device.write_all(b"fresh").unwrap();
    let seen = bench
        .console
        .expect(&pattern("fresh"), &Budget::of(LONG))
        .unwrap();
    assert_eq!(seen.before, Bytes::default());
}

fn bench_on_path(pty: Pty) -> Bench {
    let link = Tty::new(pty.path(), 115_200);
    bench_on(pty, link)
}

#[test]
fn a_port_that_is_already_open_can_be_handed_in() {
    let pty = pty_pair().unwrap();
    let port = TTYPort::open(&serialport::new(pty.path(), 57_600)).unwrap();
    assert!(port.name().is_some());
    let bench = bench_on(pty, Tty::adopt(port).unwrap());
    let shell = bench.shell();
    bench
        .console
        .ask(b"hi", &pattern("HI"), &Budget::of(LONG))
        .unwrap();
    bench.console.send(b"off\n", &Budget::of(LONG)).unwrap();
    shell.join().unwrap();
}

#[test]
fn the_port_stays_while_the_device_loses_power() {
    let bench = bench();
    for round in 0..3 {
        let shell = bench.shell();
        let line = format!("round {round}");
        let answer = pattern(&format!("ROUND {round}\r\nplug> "));
        bench
            .console
            .ask(line.as_bytes(), &answer, &Budget::of(LONG))
            .unwrap();
        bench.console.send(b"off\n", &Budget::of(LONG)).unwrap();
        shell.join().unwrap();
    }
    assert_eq!(bench.console.reopened(), 0);
}
