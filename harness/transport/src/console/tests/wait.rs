//! Sending and waiting.

use super::*;
use crate::Cancel;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::fold::TaskResult;
use proofhouse_model::{TaskId, TroubleKind, Verdict};

#[test]
fn ask_skips_the_echo_and_brings_groups_and_what_came_before() {
    let bench = bench();
    let shell = bench.shell();
    let seen = bench
        .console
        .ask(
            b"show led=on",
            &pattern(r"LED=(\w+)\r\nplug> "),
            &Budget::of(LONG),
        )
        .unwrap();
    assert_eq!(seen.text, Bytes::from("LED=ON\r\nplug> "));
    assert_eq!(seen.groups, [Bytes::from("ON")]);
    assert_eq!(seen.before, Bytes::from("show led=on\r\nSHOW "));
    bench.console.send(b"off\n", &Budget::of(LONG)).unwrap();
    shell.join().unwrap();
}

#[test]
fn each_expect_consumes_up_to_its_match_and_a_miss_consumes_nothing() {
    let bench = bench();
    bench.device().write_all(b"one two one three").unwrap();
    let one = pattern("one");
    bench.console.expect(&one, &Budget::of(LONG)).unwrap();
    bench.console.expect(&one, &Budget::of(LONG)).unwrap();
    let miss = bench.console.expect(&one, &Budget::of(SHORT)).unwrap_err();
    assert_eq!(miss.kind, TroubleKind::DeviceSilent);
    assert!(
        miss.what.contains("`one`") && miss.what.contains("\" three\""),
        "{miss}"
    );
    let three = bench
        .console
        .expect(&pattern("(th)ree|(x)"), &Budget::of(LONG))
        .unwrap();
    assert_eq!(three.before, Bytes::from(" "));
    assert_eq!(three.groups, [Bytes::from("th"), Bytes::default()]);
    bench.device().write_all(b"stale\x1b[2J four").unwrap();
    bench
        .console
        .expect(&pattern("four"), &Budget::of(LONG))
        .unwrap();
    bench.console.skip();
    assert_eq!(
        bench
            .console
            .expect(&one, &Budget::of(SHORT))
            .unwrap_err()
            .kind,
        TroubleKind::DeviceSilent
    );
}

#[test]
fn watch_tells_seen_from_unseen() {
    let bench = bench();
    let tap = bench.console.tap(&pattern("guest\r\n")).unwrap();
    bench.device().write_all(b"login: guest\r\n").unwrap();
    tap.wait_since(0, &Budget::of(LONG)).unwrap().unwrap();
    let unseen = bench
        .console
        .watch(&pattern("panic"), &Budget::of(SHORT))
        .unwrap();
    assert_eq!(
        unseen,
        Observation::Unseen {
            heard: Bytes::from("login: guest\r\n")
        }
    );
    bench.device().write_all(b"panic at 0x20").unwrap();
    let seen = bench
        .console
        .watch(&pattern("panic at"), &Budget::of(LONG))
        .unwrap();
    assert!(matches!(seen, Observation::Matched(m) if m.text == Bytes::from("panic at")));
}

#[test]
fn what_is_matched_is_on_record_before_anybody_is_told() {
    let bench = bench();
    for i in 0..50 {
        // No line end: without the wait it would be held for 50 ms.
        let text = format!("mark {i};");
        bench.device().write_all(text.as_bytes()).unwrap();
        bench
            .console
            .expect(&pattern(&text), &Budget::of(LONG))
            .unwrap();
        assert!(
            bench.heard.lock().unwrap().0.ends_with(text.as_bytes()),
            "{text}"
        );
    }
}

#[test]
fn a_tap_sees_what_others_consume() {
    let bench = bench();
    let tap = bench.console.tap(&pattern(r"BOOT (\d)")).unwrap();
    let mut device = bench.device();
    device.write_all(b"BOOT 1\r\nready\r\n").unwrap();
    bench
        .console
        .expect(&pattern("ready"), &Budget::of(LONG))
        .unwrap();
    bench.console.skip();
    let first = tap.seen_since(0).unwrap();
    assert_eq!((first.at, first.text), (0, Bytes::from("BOOT 1")));
    let here = bench.console.position();
    assert_eq!(tap.seen_since(here), None);
    assert_eq!(tap.wait_since(here, &Budget::of(SHORT)).unwrap(), None);
    device.write_all(b"crash...BO").unwrap();
    device.write_all(b"OT 2").unwrap();
    let again = tap.wait_since(here, &Budget::of(LONG)).unwrap().unwrap();
    assert_eq!((again.at, tap.count()), (here + 8, 2));
}

#[test]
fn a_cancel_ends_a_wait_at_once_and_refuses_the_next() {
    let bench = bench();
    let cancel = Cancel::new();
    let budget = Budget::new(LONG, &cancel);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| bench.console.expect(&pattern("never"), &budget));
        cancel.cancel("interrupted by Ctrl-C");
        let trouble = waiting.join().unwrap().unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Cancelled);
    });
    let refused = bench.console.send(b"x", &budget).unwrap_err();
    assert_eq!(refused.kind, TroubleKind::Cancelled);
    bench.console.send(b"x", &Budget::of(LONG)).unwrap();
}

#[test]
fn bytes_of_any_value_pass_both_ways() {
    let bench = bench();
    let all: Vec<u8> = (0..=255).collect();
    let mut device = bench.device();
    bench.console.send(&all, &Budget::of(LONG)).unwrap();
    let mut got = vec![0; 256];
    device.read_exact(&mut got).unwrap();
    assert_eq!(got, all);
    device.write_all(&all).unwrap();
    let seen = bench
        .console
        .expect(&pattern(r"(?s)\x00.*\xff"), &Budget::of(LONG))
        .unwrap();
    assert_eq!(*seen.text, *all);
}

/// A prompt as shells print it: bracketed paste goes off and on around it, it is coloured, and behind it the cursor's
/// place is asked for.
#[test]
fn a_prompt_with_escapes_around_it_is_waited_for() {
    const PROMPT: &str = r"=> (\x1b\[[0-9;?]*[a-zA-Z])*$";
    let bench = bench();
    let mut device = bench.device();
    let said = b"\x1b[?2004l\rv2.3\x1b[0m\x1b[K\r\n\x1b[?2004h\x1b[1;32m=> \x1b[0m\x1b[6n";
    device.write_all(said).unwrap();
    let seen = bench
        .console
        .expect(
            &pattern(&format!("(?s)v([0-9.]+).*{PROMPT}")),
            &Budget::of(LONG),
        )
        .unwrap();
    assert_eq!(seen.groups[0], Bytes::from("2.3"));
    device.write_all(said).unwrap();
    let seen = bench
        .console
        .expect(&pattern(PROMPT), &Budget::of(LONG))
        .unwrap();
    assert!(
        seen.before.lossy().ends_with("\x1b[1;32m"),
        "{:?}",
        seen.before
    );
    // Without the escapes it is not the end of what came, and so no prompt.
    device.write_all(said).unwrap();
    let bare = bench.console.expect(&pattern("=> $"), &Budget::of(SHORT));
    assert_eq!(bare.unwrap_err().kind, TroubleKind::DeviceSilent);
}

/// labgrid#1763: what the kernel logs between an answer and the prompt after it was no part of the one pattern for
/// both, and the prompt was waited for until the time was over.
#[test]
fn labgrid_1763_a_prompt_is_found_behind_what_the_kernel_logs_in_between() {
    let log = "[   37.369462] systemd-journald[159]: Time jumped backwards, rotating.";
    let between = [
        format!("\r\n{log}\r\n"),
        format!("{log}\r\n"),
        format!("\r\n{log}"),
        log.to_owned(),
    ];
    for between in between {
        let bench = bench();
        let mut device = bench.device();
        let text = format!("echo 'SVVZ''SYBQPQ'\r\nSVVZSYBQPQ{between}root@user:~# ");
        device.write_all(text.as_bytes()).unwrap();
        let wait = |text: &str| bench.console.expect(&pattern(text), &Budget::of(LONG));
        wait("SVVZSYBQPQ").unwrap();
        let prompt = wait(r"root@[^ ]+# $").unwrap();
        assert_eq!(prompt.text, Bytes::from("root@user:~# "));
        assert_eq!(prompt.before, Bytes::from(&between[..]));
    }
}

/// zephyr#87625: a line of the log came in the middle of a result, and a test that passed was reported as failed. What
/// is waited for is found in one piece or not at all, and not at all is neither a pass nor a fail: it is told with what
/// came in its place.
#[test]
fn zephyr_87625_a_result_with_a_line_of_the_log_in_it_is_neither_pass_nor_fail() {
    let bench = bench();
    let mut device = bench.device();
    let ended = bench.console.tap(&pattern("seconds\r\n")).unwrap();
    let log = "[00:00:01.020,000] <inf> net: link up";
    let said = format!("PASS - test_m{log}\r\nbox_put in 0.01 seconds\r\n");
    device.write_all(said.as_bytes()).unwrap();
    ended.wait_since(0, &Budget::of(LONG)).unwrap().unwrap();
    for word in ["PASS", "FAIL"] {
        let result = pattern(&format!("{word} - test_mbox_put in [0-9.]+ seconds"));
        let watched = bench.console.watch(&result, &Budget::of(SHORT)).unwrap();
        let heard = Bytes::from(&said[..]);
        assert_eq!(watched, Observation::Unseen { heard }, "{word}");
        let missed = bench.console.expect(&result, &Budget::of(SHORT));
        let missed = missed.unwrap_err();
        assert_eq!(missed.kind, TroubleKind::DeviceSilent);
        assert!(missed.what.contains(log), "{missed}");
        let result = TaskResult {
            end: Some(CaseEnd::Stopped {
                trouble: missed,
                place: None,
            }),
            attempts: 1,
            ..TaskResult::blank(TaskId::at(0))
        };
        assert_eq!(result.verdict(), Verdict::Inconclusive);
    }
    device
        .write_all(said.replace(&format!("{log}\r\n"), "").as_bytes())
        .unwrap();
    let whole = pattern("PASS - test_mbox_put in [0-9.]+ seconds");
    bench.console.expect(&whole, &Budget::of(LONG)).unwrap();
}
