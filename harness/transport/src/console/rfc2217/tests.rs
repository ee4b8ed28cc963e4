//! The client against a server of our own, which shows what a pseudo-terminal cannot.

mod fake;

use super::*;
use crate::console::tests::{LONG, SHORT, pattern};
use crate::console::{Console, Settings as How};
use crate::open::Context;
use fake::{Fake, Manner, Seen};
use proofhouse_model::settings::Setting;
use proofhouse_model::{TroubleKind, UnitName};
use std::io::Write;
use std::sync::Arc;

fn link_to(fake: &Fake, more: &[(&str, Setting)]) -> Rfc2217 {
    let text = |text: &str| Setting::Text(text.to_owned());
    let plain = [
        ("host", text("127.0.0.1")),
        ("port", Setting::Whole(fake.port.into())),
        ("baud", Setting::Whole(3_000_000)),
        ("within", text("60s")),
    ];
    let all = plain.iter().chain(more);
    let all = all.map(|(key, value)| ((*key).to_owned(), value.clone()));
    let unit = UnitName::new("lamp").unwrap();
    Rfc2217::of(&Settings(all.collect()), &Context::bare(&unit)).unwrap()
}

/// A console that keeps what it heard.
fn console(link: Rfc2217) -> (Console, Arc<Mutex<Vec<u8>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = heard.clone();
    let sink = Box::new(move |h: crate::console::ConsoleOutput<'_>| {
        hold(&kept).extend_from_slice(h.bytes);
    });
    let how = How {
        reopen: LONG,
        accept: LONG,
        ..How::default()
    };
    (Console::open(link, how, sink).unwrap(), heard)
}

fn budget() -> Budget {
    Budget::of(LONG)
}

#[test]
fn the_line_is_set_as_the_bench_file_says() {
    let fake = Fake::start(Manner::default());
    let text = |text: &str| Setting::Text(text.to_owned());
    let mut link = link_to(
        &fake,
        &[
            ("data_bits", Setting::Whole(7)),
            ("parity", text("even")),
            ("stop_bits", Setting::Whole(2)),
            ("dtr", text("off")),
            ("rts", text("on")),
        ],
    );
    link.open().unwrap();
    let set: Vec<_> = fake.settings(7);
    let rate = 3_000_000_u32.to_be_bytes().to_vec();
    let wanted = [
        (1, rate),
        (2, vec![7]),
        (3, vec![3]),
        (4, vec![2]),
        (5, vec![9]),
        (5, vec![11]),
        (12, vec![1]),
    ];
    assert_eq!(set, wanted);
}

#[test]
fn lines_that_are_left_alone_are_not_touched() {
    let fake = Fake::start(Manner::default());
    link_to(&fake, &[("dtr", Setting::Text("leave".to_owned()))])
        .open()
        .unwrap();
    let set = fake.settings(5);
    assert!(
        set.iter().all(|(command, _)| *command != CONTROL),
        "{set:?}"
    );
}

/// Also labgrid#1749: what is sent arrives from its first character on.
#[test]
fn every_byte_goes_both_ways_however_the_stream_is_cut() {
    let fake = Fake::start(Manner::default());
    let (console, heard) = console(link_to(&fake, &[]));
    let all: Vec<u8> = (0..=255).chain([IAC; 5]).chain(0..=255).collect();
    console.send(&all, &budget()).unwrap();
    assert_eq!(fake.data(all.len()), all);
    let mut server = fake.connection();
    for byte in telnet::escaped(&all) {
        server.write_all(&[byte]).unwrap();
    }
    server.write_all(b"end").unwrap();
    console.expect(&pattern("end"), &budget()).unwrap();
    assert_eq!(hold(&heard)[..], [&all[..], b"end"].concat());
}

#[test]
fn labgrid_1749_first_characters_lost() {
    let fake = Fake::start(Manner::default());
    let (console, _) = console(link_to(&fake, &[]));
    for n in 0..200 {
        let line = format!("dmesg -n {n}\n");
        console.send(line.as_bytes(), &budget()).unwrap();
        assert_eq!(fake.data(line.len()), line.as_bytes());
    }
}

#[test]
fn a_server_that_is_none_is_told_in_plain_words() {
    let cases = [
        (
            Manner {
                refuse: Some(COM_PORT),
                ..Manner::default()
            },
            "refuses to have its line set (RFC 2217)",
        ),
        (
            Manner {
                refuse: Some(BINARY),
                ..Manner::default()
            },
            "refuses bytes as they are (BINARY)",
        ),
        (
            Manner {
                silent: true,
                ..Manner::default()
            },
            "does not speak Telnet within 300ms",
        ),
        (
            Manner {
                rate: Some(115_200),
                ..Manner::default()
            },
            "set `baud` to 115200 instead of 3000000",
        ),
        (
            Manner {
                unanswered: Some(CONTROL),
                ..Manner::default()
            },
            "does not answer the setting `dtr` within 300ms",
        ),
        (
            Manner {
                unanswered: Some(12),
                ..Manner::default()
            },
            "does not say within 300ms that it threw away",
        ),
        (
            Manner {
                busy: true,
                ..Manner::default()
            },
            "hung up and said: \"Port already in use\"",
        ),
    ];
    for (manner, says) in cases {
        let waits = manner.silent || manner.unanswered.is_some();
        let fake = Fake::start(manner);
        let within = if waits { "300ms" } else { "60s" };
        let more = [
            ("within", Setting::Text(within.to_owned())),
            ("dtr", Setting::Text("on".to_owned())),
        ];
        let trouble = link_to(&fake, &more).open().map(drop).unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Bench);
        assert!(trouble.what.contains(says), "{says}: {trouble}");
        assert!(
            trouble
                .what
                .contains(&format!("127.0.0.1 port {}", fake.port)),
            "{trouble}"
        );
    }
}

#[test]
fn nothing_is_sent_while_the_server_has_no_room() {
    let fake = Fake::start(Manner::default());
    let (console, _) = console(link_to(&fake, &[]));
    let mut server = fake.connection();
    server.write_all(&telnet::com_port(SUSPEND, &[])).unwrap();
    server.write_all(b"full").unwrap();
    console.expect(&pattern("full"), &budget()).unwrap();
    let full = console.send(b"early", &Budget::of(SHORT)).unwrap_err();
    assert!(full.what.contains("took 0 of 5 bytes"), "{full}");
    // What the client says by itself still goes, and nothing came before it.
    server.write_all(&telnet::option(WILL, 99)).unwrap();
    fake.wait_for(&Seen::Option(DONT, 99));
    assert!(!fake.came(), "sent to a server without room");
    std::thread::scope(|scope| {
        let sent = scope.spawn(|| console.send(b"late", &budget()));
        server.write_all(&telnet::com_port(RESUME, &[])).unwrap();
        assert_eq!(fake.data(4), b"late");
        sent.join().unwrap().unwrap();
    });
}

#[test]
fn a_break_begins_and_ends() {
    let fake = Fake::start(Manner::default());
    let (console, _) = console(link_to(&fake, &[]));
    fake.settings(5);
    console
        .send_break(Duration::from_millis(5), &budget())
        .unwrap();
    assert_eq!(
        fake.settings(2),
        [(CONTROL, vec![BREAK_ON]), (CONTROL, vec![BREAK_OFF])]
    );
}

#[test]
fn what_came_before_the_first_opening_is_dropped_and_counted_and_later_kept() {
    let greeting = Manner {
        greeting: b"old old",
        ..Manner::default()
    };
    let fake = Fake::start(greeting);
    let mut link = link_to(&fake, &[]);
    let first = link.open().unwrap();
    assert_eq!(first.stale(), 7);
    drop(first);
    let again = link.open().unwrap();
    let mut came = [0; 16];
    assert_eq!(again.read(&mut came, Some(LONG)).unwrap(), 7);
    assert_eq!(again.stale(), 0);
    // The setting is made anew: 4 and the purge, then 4.
    assert_eq!(
        fake.settings(9)
            .iter()
            .filter(|(command, _)| *command == 12)
            .count(),
        1
    );
}

/// Also pytest-embedded#416: what is sent after that arrives.
#[test]
fn a_server_that_comes_back_is_used_again_and_set_again() {
    let fake = Fake::start(Manner::default());
    let (console, _) = console(link_to(&fake, &[]));
    fake.settings(5);
    fake.connection()
        .shutdown(std::net::Shutdown::Both)
        .unwrap();
    assert_eq!(
        fake.settings(4)[0],
        (1, 3_000_000_u32.to_be_bytes().to_vec())
    );
    console.send(b"again", &budget()).unwrap();
    assert_eq!(fake.data(5), b"again");
    assert_eq!(console.reopened(), 1);
}
