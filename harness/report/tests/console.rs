//! The summary: widths, colours, and nothing raw of the device.

mod common;

use common::plans;
use common::runs::{Run, cut_off, honest, leaky};
use proofhouse_model::event::Agreed;
use proofhouse_model::{Dur, Effect, Event, Fact, Finding, Plan, RunMode, SecretFacts, SecretKind};
use proofhouse_report::text::columns;
use proofhouse_report::{Folded, Outcome, Style, json, junit, outcome, summary_of};

/// The summary of a run kept in `runs/one/`.
fn summary(plan: &Plan, events: &[Event], width: usize, colour: bool) -> String {
    summary_of(
        "runs/one/".as_ref(),
        &Folded::new(plan, events),
        &Style {
            colour,
            width,
            verbose: true,
        },
    )
}

#[test]
fn lines_fit_and_hold_no_control_characters() {
    for (plan, events) in [honest(), leaky(), cut_off()] {
        for width in [60, 80, 120] {
            let text = summary(&plan, &events, width, false);
            for line in text.lines() {
                assert!(columns(line) <= width, "{width}: {line}");
                assert!(!line.chars().any(char::is_control), "{line:?}");
                assert_eq!(line.trim_end(), line);
            }
        }
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    for (plan, events) in [honest(), leaky(), cut_off()] {
        let coloured = summary(&plan, &events, 80, true);
        let plain = summary(&plan, &events, 80, false);
        assert!(coloured.contains("\x1b["));
        let mut stripped = String::new();
        for (i, piece) in coloured.split("\x1b[").enumerate() {
            let rest = if i == 0 {
                piece
            } else {
                piece.split_once('m').unwrap().1
            };
            stripped.push_str(rest);
        }
        assert_eq!(stripped, plain);
    }
}

#[test]
fn every_provision_case_and_the_exit_code_are_told() {
    for (plan, events) in [honest(), leaky(), cut_off()] {
        let text = summary(&plan, &events, 80, false);
        let words: Vec<_> = text.split([' ', ',', '\n']).collect();
        for provision in &plan.catalogue.provisions {
            assert!(words.contains(&provision.id.as_str()), "{}", provision.id);
        }
        for left in &plan.left_out {
            assert!(text.contains(left.case.id.as_str()), "{}", left.case.id);
        }
        let told = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (_, end) = told.rsplit_once("(exit code ").unwrap();
        let (code, next) = end.split_once(") next ").unwrap();
        let wanted = outcome(&Folded::new(&plan, &events)).exit_code();
        assert_eq!(code, wanted.to_string());
        assert!(next.starts_with("proofhouse ledger runs/one"), "{next}");
    }
}

#[test]
fn what_cannot_be_tested_is_told_with_a_next_step() {
    let (plan, events) = leaky();
    let text = summary(&plan, &events, 120, false);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in [
        "unplug the probe and plug it in again; again: proofhouse run --bench bench.toml --case debug-lock --seed 42",
        "read these events with `proofhouse events runs/one ",
        "correct its ICS row in the profile",
        "open-ports: the bench has no lan channel",
        "FAILED: refuted on the device: 5.3-9, 5.11-1; wrongly claimed: 4-1 (exit code 1)",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
}

/// The same tasks as those of a suite about the bench.
fn as_trial(mut plan: Plan) -> Plan {
    plan.catalogue.by_cases = true;
    plan.suite = "bench".to_owned();
    plan.mode = RunMode::default();
    plan.proof = None;
    plan
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_trial_of_the_bench_is_done_again_by_doctor_and_asks_for_no_proof() {
    let (plan, events) = leaky();
    let text = on_one_line(&summary(&as_trial(plan), &events, 120, false));
    let wanted = "again: proofhouse doctor --bench bench.toml --unit plug-a --case debug-lock";
    assert!(text.contains(wanted), "{text}");
    for other in ["proofhouse run", "proofhouse prove", "--seed"] {
        assert!(!text.contains(other), "{other} is in\n{text}");
    }
}

#[test]
fn a_unit_that_was_not_asked_for_is_told_apart_from_one_that_nothing_suits() {
    let (plan, events) = honest();
    let mut plan = as_trial(plan);
    let told = |plan: &Plan| on_one_line(&summary(plan, &events, 120, false));
    let text = told(&plan);
    let nothing = "NOT TRIED plug-b, plug-open: no trial suits what is wired to it";
    assert!(text.contains(nothing), "{text}");
    let in_part =
        "default-passwords on plug-a: it needs console, which the bench file does not wire";
    assert!(text.contains(in_part), "{text}");
    // The case is on plug-a, and would do on plug-b, too.
    plans::case_of(&mut plan, 0).needs.clear();
    let text = told(&plan);
    let by_unit = "plug-b: left out by `--unit`, so nothing is known of it";
    assert!(text.contains(by_unit), "{text}");
    let open = "plug-open: no trial suits what is wired to it";
    assert!(text.contains(open), "{text}");
}

#[test]
fn a_recorder_that_agreed_is_told_by_its_file_and_how_much_was_the_same() {
    let mut run = Run::of(plans::plan());
    run.case("brute-force", "plug-a");
    for bytes in [1200, 34] {
        let with = "lab/plug-a.log".to_owned();
        run.add(Fact::ConsoleAgreed(Agreed { with, bytes }));
    }
    run.complete();
    let (plan, events) = run.finish();
    let text = on_one_line(&summary(&plan, &events, 120, false));
    let wanted =
        "recorder the console of plug-a agreed with lab/plug-a.log after 2 cases, in 1234 bytes";
    assert!(text.contains(wanted), "{text}");
    let (plan, events) = honest();
    let text = summary(&plan, &events, 120, false);
    assert!(!text.contains("recorder"), "{text}");
}

/// The run in which openocd held the probe of plug-a twice, once before its case.
fn awaited() -> (Plan, Vec<Event>) {
    let mut run = Run::of(plans::plan());
    run.case("brute-force", "plug-a");
    for ms in [400, 800] {
        let (waited, by) = (Dur::ms(ms), "openocd (process 42)".to_owned());
        run.add(Fact::ProbeAwaited { waited, by });
    }
    run.complete();
    run.finish()
}

#[test]
fn a_probe_that_was_waited_for_is_told_with_who_held_it() {
    let (plan, events) = awaited();
    let text = on_one_line(&summary(&plan, &events, 120, false));
    let wanted = "probe the debug probe of plug-a was waited for 1200ms in 2 waits, held by openocd (process 42)";
    assert!(text.contains(wanted), "{text}");
    let json = json::render(&Folded::new(&plan, &events)).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let units = json["bench"]["units"].as_array().unwrap();
    let told = |name: &str| units.iter().find(|u| u["name"] == name).unwrap();
    let read = &told("plug-a")["probe_awaited"];
    assert_eq!(read["waited"], "1200ms");
    assert_eq!(read["by"], serde_json::json!(["openocd (process 42)"]));
    assert_eq!(read["events"].as_array().unwrap().len(), 2);
    assert!(told("plug-b").get("probe_awaited").is_none());
    let xml = junit::render(&Folded::new(&plan, &events));
    let xml = String::from_utf8(xml).unwrap();
    let wanted = "plug-a: waited for 1200ms in 2 waits, held by openocd (process 42)";
    assert!(xml.contains("bench.probe-awaited") && xml.contains(wanted));

    let (plan, events) = honest();
    let text = summary(&plan, &events, 120, false);
    assert!(!text.contains("was waited for"), "{text}");
    let xml = String::from_utf8(junit::render(&Folded::new(&plan, &events))).unwrap();
    assert!(!xml.contains("bench.probe-awaited"));
}

#[test]
fn a_device_that_shouts_is_cut_short() {
    let mut run = Run::of(plans::plan());
    run.case("brute-force", "plug-a");
    for _ in 0..300 {
        run.check(
            Finding::Refuted,
            ("a", &"A\u{1b}[2J ".repeat(500)),
            &"\n".repeat(9000),
        );
    }
    run.complete();
    let (plan, events) = run.finish();
    let text = summary(&plan, &events, 80, false);
    assert!(text.lines().count() < 400, "{} lines", text.lines().count());
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn the_proof_of_the_suite_is_told_and_changes_no_verdict() {
    let (mut plan, events) = honest();
    let told = |plan: &Plan| {
        let text = summary(plan, &events, 140, false);
        let line = text.lines().find(|l| l.starts_with("  proof"));
        let line = line
            .unwrap_or_default()
            .trim_start_matches("  proof")
            .trim()
            .to_owned();
        assert_eq!(outcome(&Folded::new(plan, &events)), Outcome::Passed);
        line
    };
    assert_eq!(
        told(&plan),
        "5 of 5 cases proved on plug, 5 of 5 defects caught, 2026-11-22"
    );
    plan.proof = Some(plans::proof(&["brute-force"]));
    assert!(told(&plan).starts_with("4 of 5 cases proved"));
    // The line goes on below.
    assert!(told(&plan).contains("Not proved in this version: brute-force."));
    plan.proof = None;
    assert!(told(&plan).starts_with("none: nobody has seen these cases fail"));
}

/// What a run ends with is told where it may be somebody's data, on a unit that is there after it.
#[test]
fn a_unit_that_may_be_left_set_up_is_told() {
    let told = |effect: Effect, is_virtual: bool, owners: usize| {
        let mut plan = plans::plan();
        for at in 0..plan.tasks.len() {
            plans::case_of(&mut plan, at).effects = vec![effect];
        }
        for unit in &mut plan.bench.units {
            unit.virtual_product = is_virtual.then(|| "plug".to_owned());
        }
        let mut run = Run::of(plan);
        for (n, case) in ["default-passwords", "brute-force"].into_iter().enumerate() {
            run.case(case, "plug-a").ask("status", b"ok\r\n");
            if n < owners {
                run.add(Fact::SecretKnown(SecretFacts {
                    name: "owner.password".to_owned(),
                    kind: SecretKind::Password,
                    length: 20,
                    hash: "5e5e".to_owned(),
                    digits: false,
                    hex_digits: false,
                }));
            }
            run.check(Finding::Shown, ("a", "b"), "");
            run.complete();
        }
        let (plan, events) = run.finish();
        summary(&plan, &events, 120, false)
    };
    let text = told(Effect::FactoryReset, false, 2);
    let wanted =
        "plug-a may still be set up, with the data of the owner that brute-force made for it";
    assert!(
        text.contains("LEFT SET UP") && text.contains(wanted),
        "{text}"
    );
    assert!(!text.contains("plug-b may still"), "{text}");
    // The last case that may reset it made no owner; it resets nothing; it is gone with the run.
    assert!(!told(Effect::FactoryReset, false, 1).contains("LEFT SET UP"));
    assert!(!told(Effect::Reversible, false, 2).contains("LEFT SET UP"));
    assert!(!told(Effect::FactoryReset, true, 2).contains("LEFT SET UP"));
}

#[test]
fn words_that_are_not_plain_are_explained_where_they_occur() {
    let explained = |(plan, events): (Plan, Vec<Event>)| {
        let text = summary(&plan, &events, 80, false);
        let words = text.split("\nWORDS\n").nth(1).unwrap_or_default();
        let words = words.split("\n\n").next().unwrap_or_default();
        let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
        words.lines().filter_map(first).collect::<Vec<_>>()
    };
    assert_eq!(explained(honest()), ["shown", "in-part", "pending"]);
    assert_eq!(
        explained(leaky()),
        ["error", "inconclusive", "shown", "pending"]
    );
    assert_eq!(explained(cut_off()), ["error", "shown", "pending"]);
}
