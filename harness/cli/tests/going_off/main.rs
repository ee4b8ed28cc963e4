//! Every way out of a run ends with every supply off, and the words say what is true.
//!
//! The relays are scripts that tell on a pipe what they do; the tests wait for their lines.

mod absent;
mod escapes;
mod lab;
mod stored;
mod switch;
mod terminal;

use lab::{Lab, Relay};
use nix::sys::signal::Signal;
use std::time::Duration;

const QUICK: Relay = Relay {
    takes: Duration::ZERO,
    stuck: false,
};

const HALF: Relay = Relay {
    takes: Duration::from_millis(500),
    ..QUICK
};

const SLOW: Relay = Relay {
    takes: Duration::from_secs(4),
    stuck: false,
};

#[test]
fn two_signals_with_slow_relays_leave_nothing_on() {
    let lab = Lab::new(&[SLOW, SLOW, SLOW]);
    let run = lab.run();
    lab.wait_for(&["box-1 is on", "box-2 is on", "box-3 is on"]);
    run.signal(Signal::SIGINT);
    run.signal(Signal::SIGINT);
    run.signal(Signal::SIGINT);
    lab.wait_for(&["box-1 is off", "box-2 is off", "box-3 is off"]);
    let ended = run.ends();
    assert_eq!(ended.code, Some(130), "{}", ended.err);
    lab.nothing_is_on();
    // Its guard had nothing more to do, and switched nothing off once more.
    lab.wires_are_free();
    assert!(!ended.err.contains("proofhouse guard"), "{}", ended.err);
    // Whether it got to its seal or not.
    let asked = lab.asked("verify");
    assert!(matches!(asked.code, Some(3 | 130)), "{}", asked.err);
    assert!(!asked.err.contains("may still be on"), "{}", asked.err);
}

#[test]
fn many_units_go_off_as_one() {
    let lab = Lab::new(&[HALF; 256]);
    let names =
        |word: &str| -> Vec<String> { (1..=256).map(|n| format!("box-{n} {word}")).collect() };
    let run = lab.run();
    lab.wait_for(&names("is on"));
    run.signal(Signal::SIGTERM);
    let took = lab.wait_for(&names("is off"));
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert_eq!(run.ends().code, Some(130));
    lab.nothing_is_on();
}

#[test]
fn a_terminal_that_is_stopped_holds_up_neither_the_record_nor_the_relays() {
    for signals in [1, 2] {
        let lab = Lab::new(&[QUICK, QUICK]);
        let terminal = terminal::Terminal::new();
        let run = lab.run_on(&terminal);
        lab.wait_for(&["box-1 is on", "box-2 is on"]);
        terminal.stop();
        for _ in 0..signals {
            run.signal(Signal::SIGINT);
        }
        lab.wait_for(&["box-1 is off", "box-2 is off"]);
        lab.wires_are_free();
        if signals == 1 {
            assert!(lab.journal().contains(r#""is":"run-ended""#));
        }
        terminal.go_on();
        assert_eq!(run.ends().code, Some(130));
        lab.nothing_is_on();
    }
}

#[test]
fn a_terminal_that_is_closed_ends_the_run_in_order() {
    let lab = Lab::new(&[QUICK]);
    let terminal = terminal::Terminal::new();
    let run = lab.run_on(&terminal);
    lab.wait_for(&["box-1 is on"]);
    drop(terminal);
    run.signal(Signal::SIGHUP);
    lab.wait_for(&["box-1 is off"]);
    assert_eq!(run.ends().code, Some(130));
    lab.wires_are_free();
}

#[test]
fn a_relay_that_is_stuck_is_named_and_the_code_says_so() {
    let stuck = Relay {
        stuck: true,
        ..QUICK
    };
    for signals in [1, 2] {
        let lab = Lab::new(&[QUICK, stuck]);
        let run = lab.run();
        lab.wait_for(&["box-1 is on", "box-2 is on"]);
        for _ in 0..signals {
            run.signal(Signal::SIGTERM);
        }
        let ended = run.ends();
        assert_eq!(ended.code, Some(4), "{}\n{}", ended.out, ended.err);
        let said = format!("{}{}", ended.out, ended.err);
        assert!(said.to_lowercase().contains("box-2"), "{said}");
        assert!(said.to_lowercase().contains("may still be on"), "{said}");
        assert!(!said.contains("box-1 may still be on"), "{said}");
    }
}

#[test]
fn killed_it_is_off_by_its_guard_and_resume_tells() {
    let lab = Lab::new(&[QUICK, QUICK]);
    lab.is_off_once_killed();
    let resumed = lab.resume();
    lab.wait_for(&["box-1 is on", "box-2 is on"]);
    resumed.signal(Signal::SIGINT);
    let ended = resumed.ends();
    assert_eq!(ended.code, Some(130), "{}", ended.err);
    let words = "died: its guard switched off box-1, box-2";
    assert!(ended.err.contains(words), "{}", ended.err);
    assert!(
        ended.out.contains("MADE SAFE BY THE GUARD"),
        "{}",
        ended.out
    );
    assert!(lab.journal().contains(r#""is":"guard-acted""#));
    lab.nothing_is_on();
}

/// The case waits for minutes when its script dies: nobody waits for the end of that.
#[test]
fn a_script_that_is_killed_while_its_case_waits_leaves_nothing_on() {
    let lab = Lab::new(&[QUICK, QUICK]);
    let run = lab.run();
    lab.wait_for(&["box-1 is on", "box-2 is on"]);
    run.kill_children("__script-worker");
    let took = lab.wait_for(&["box-1 is off", "box-2 is off"]);
    assert!(took < Duration::from_secs(10), "{took:?}");
    let ended = run.ends();
    assert_eq!(ended.code, Some(3), "{}\n{}", ended.out, ended.err);
    let words = "its process was killed from outside";
    assert!(lab.journal().contains(words), "{}", lab.journal());
    lab.nothing_is_on();
}

/// The journal reaches the limit of file sizes, as it would the end of a disk.
#[test]
fn a_journal_that_cannot_grow_ends_the_run_with_words_and_nothing_on() {
    let lab = Lab::new(&[QUICK, QUICK]);
    let run = lab.run_short_of_disk(4096);
    lab.wait_for(&["box-1 is off", "box-2 is off"]);
    let ended = run.ends();
    assert_eq!(ended.code, Some(3), "{}\n{}", ended.out, ended.err);
    assert!(ended.err.contains("ulimit -f"), "{}", ended.err);
    assert!(ended.err.contains("proofhouse resume"), "{}", ended.err);
    lab.nothing_is_on();
    let journal = lab.journal();
    assert!(journal.ends_with("}\n") && journal.len() < 4096 * 1024);
}

/// A real disk that is full, in a namespace of its own.
#[test]
fn a_full_disk_ends_the_run_with_words_and_nothing_on() {
    let lab = Lab::new(&[QUICK, QUICK]);
    // Where this user may not mount, the limit of file sizes above has to do.
    let Some(run) = lab.run_on_a_small_disk() else {
        return;
    };
    lab.wait_for(&["box-1 is off", "box-2 is off"]);
    let ended = run.ends();
    assert_eq!(ended.code, Some(3), "{}\n{}", ended.out, ended.err);
    for words in ["disk is full", "proofhouse resume"] {
        assert!(ended.err.contains(words), "{}", ended.err);
    }
    lab.nothing_is_on();
}

#[test]
fn killed_while_a_relay_is_being_switched_on_it_does_not_come_on_later() {
    let lab = Lab::new(&[SLOW]);
    let run = lab.run();
    lab.wait_for(&["box-1 goes on"]);
    run.signal(Signal::SIGKILL);
    lab.wait_for(&["box-1 is off"]);
    run.ends();
    lab.wires_are_free();
    lab.nothing_is_on();
}

#[test]
fn stopped_it_is_off_by_its_guard_and_ends_when_it_wakes() {
    let lab = Lab::new(&[QUICK, QUICK]);
    let run = lab.run();
    lab.wait_for(&["box-1 is on", "box-2 is on"]);
    run.signal(Signal::SIGSTOP);
    let took = lab.wait_for(&["box-1 is off", "box-2 is off"]);
    assert!(took < Duration::from_secs(8), "{took:?}");
    run.signal(Signal::SIGCONT);
    let ended = run.ends();
    // Nobody interrupted it.
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(ended.out.contains("BROKEN OFF: "), "{}", ended.out);
    assert!(
        lab.journal().contains("was stopped by a signal"),
        "{}",
        ended.err
    );
    lab.nothing_is_on();
}

#[test]
fn without_its_guard_a_run_ends_and_is_off() {
    let lab = Lab::new(&[QUICK]);
    let run = lab.run();
    lab.wait_for(&["box-1 is on"]);
    run.kill_children("__guard");
    lab.wait_for(&["box-1 is off"]);
    let ended = run.ends();
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(ended.err.contains("proofhouse resume"), "{}", ended.err);
    lab.nothing_is_on();
}

#[test]
fn a_second_run_on_the_same_wires_is_told_who_has_them_and_touches_nothing() {
    let lab = Lab::new(&[QUICK]);
    let run = lab.run();
    lab.wait_for(&["box-1 is on"]);
    let second = lab.run().ends();
    assert_eq!(second.code, Some(3), "{}", second.err);
    let pid = format!("in use by process {} of ", run.pid());
    assert!(second.err.contains(&pid), "{}", second.err);
    assert!(
        second.err.contains("no unit was switched on"),
        "{}",
        second.err
    );
    run.signal(Signal::SIGINT);
    assert_eq!(run.ends().code, Some(130));
    assert_eq!(lab.told(), ["box-1 goes off", "box-1 is off"]);
}

#[test]
fn what_may_be_on_is_told_whatever_else_breaks() {
    let stuck = Relay {
        stuck: true,
        ..QUICK
    };
    let lab = Lab::new(&[stuck]);
    let run = lab.run_with(&["--junit", "/proc/nope/x"]);
    lab.wait_for(&["box-1 is on"]);
    run.signal(Signal::SIGINT);
    let ended = run.ends();
    assert_eq!(ended.code, Some(4), "{}", ended.err);
    assert!(ended.err.contains("box-1 may still be on"), "{}", ended.err);
}

#[test]
fn a_relay_by_another_name_is_the_same_wire() {
    let lab = Lab::new(&[QUICK]);
    let run = lab.run();
    lab.wait_for(&["box-1 is on"]);
    let second = lab.run_by_link().ends();
    assert_eq!(second.code, Some(3), "{}", second.err);
    assert!(second.err.contains("in use by process"), "{}", second.err);
    run.signal(Signal::SIGINT);
    assert_eq!(run.ends().code, Some(130));
    lab.nothing_is_on();
}
