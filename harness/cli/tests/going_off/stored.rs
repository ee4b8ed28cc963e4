//! What is said of a run that was broken off and of units that may be on, whoever is asked.

use crate::QUICK;
use crate::lab::{Lab, Relay};
use nix::sys::signal::{Signal, kill};

const ASKED: [&str; 4] = ["verify", "report", "ledger", "rejudge"];

/// Each command names these units, and no other, before all else.
fn is_told_by_all(lab: &Lab, named: &[&str], others: &[&str]) {
    for command in ASKED {
        let ended = lab.asked(command);
        let said = format!("{}\n{}", ended.out, ended.err);
        assert_eq!(ended.code, Some(4), "{command}: {said}");
        assert!(said.contains("switch it off by hand"), "{command}: {said}");
        let is_named = |unit: &&&str| said.contains(&format!("{unit} may still be on"));
        assert_eq!(named.iter().filter(is_named).count(), named.len(), "{said}");
        assert_eq!(others.iter().filter(is_named).count(), 0, "{said}");
    }
}

#[test]
fn a_unit_that_the_guard_could_not_switch_off_is_told_by_all() {
    let stuck = Relay {
        stuck: true,
        ..QUICK
    };
    let lab = Lab::new(&[QUICK, stuck]);
    let run = lab.run();
    lab.wait_for(&["box-1 is on", "box-2 is on"]);
    run.signal(Signal::SIGKILL);
    assert_eq!(run.ends().code, None);
    lab.wires_are_free();
    is_told_by_all(&lab, &["box-2"], &["box-1"]);
}

/// Nobody switched anything off, and nobody noted it.
#[test]
fn what_harness_and_guard_left_on_when_both_were_killed_is_told_by_all_until_it_is_off() {
    let lab = Lab::new(&[QUICK, QUICK]);
    let run = lab.run();
    lab.wait_for(&["box-1 is on", "box-2 is on"]);
    let guards = run.children("__guard");
    for signal in [Signal::SIGSTOP, Signal::SIGKILL] {
        // Stopped first: it would act between the two.
        if signal == Signal::SIGKILL {
            run.signal(signal);
        }
        guards
            .iter()
            .for_each(|guard| kill(*guard, signal).unwrap());
    }
    // It ends with the last who has its standard error: the guard.
    assert_eq!(run.ends().code, None);
    is_told_by_all(&lab, &["box-1", "box-2"], &[]);
    let resumed = lab.resume();
    lab.wait_for(&["box-1 is on", "box-2 is on"]);
    resumed.signal(Signal::SIGINT);
    assert_eq!(resumed.ends().code, Some(130));
    lab.nothing_is_on();
    let ended = lab.asked("verify");
    assert_eq!(ended.code, Some(130), "{}", ended.err);
    assert!(!ended.err.contains("may still be on"), "{}", ended.err);
}

#[test]
fn a_run_whose_guard_switched_all_off_is_no_more_than_broken_off() {
    let lab = Lab::new(&[QUICK, QUICK]);
    lab.is_off_once_killed();
    for command in ASKED {
        let ended = lab.asked(command);
        let said = format!("{}\n{}", ended.out, ended.err);
        assert_eq!(ended.code, Some(3), "{command}: {said}");
        assert!(!said.contains("may still be on"), "{command}: {said}");
        assert!(!said.contains("exit code 130"), "{command}: {said}");
    }
}
