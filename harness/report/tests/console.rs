//! The summary: widths, colours, and nothing raw of the device.

mod common;

use common::plans;
use common::runs::{Run, cut_off, honest, leaky};
use proofhouse_model::{Event, Finding, Plan};
use proofhouse_report::text::columns;
use proofhouse_report::{Folded, Outcome, Style, outcome, summary_of};

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
        "read these events in runs/one/events.jsonl",
        "correct its ICS row in the profile",
        "open-ports: the bench has no lan channel",
        "FAILED: refuted on the device: 5.3-9, 5.11-1; wrongly claimed: 4-1 (exit code 1)",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
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
