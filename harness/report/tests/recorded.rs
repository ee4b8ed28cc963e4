//! Reports of recorded runs, byte for byte.

mod common;

use common::runs::{cut_off, honest, leaky, record};
use common::{golden, journal_dir, updating};
use proofhouse_journal::{EVENTS_FILE, Recorded, verify};
use proofhouse_model::{Event, Plan};
use proofhouse_report::{Folded, Outcome, Style, json, junit, outcome, summary_of, write_all};
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::Once;

const RUNS: [(&str, Outcome); 3] = [
    ("honest", Outcome::Passed),
    ("leaky", Outcome::Failed),
    ("cut-off", Outcome::BrokenOff),
];

fn made(name: &str) -> (Plan, Vec<Event>) {
    match name {
        "honest" => honest(),
        "leaky" => leaky(),
        _ => cut_off(),
    }
}

/// Writes the recorded journals anew when asked to; before any test of this file looks at them.
fn ready() {
    static ONCE: Once = Once::new();
    if updating() {
        ONCE.call_once(|| RUNS.iter().for_each(|(name, _)| refresh(name)));
    }
}

fn refresh(name: &str) {
    let dir = journal_dir(name);
    let _ = std::fs::remove_dir_all(&dir);
    let (plan, events) = made(name);
    record(&dir, &plan, &events);
    if name == "cut-off" {
        let file = dir.join(EVENTS_FILE);
        let mut file = OpenOptions::new().append(true).open(file).unwrap();
        file.write_all(b"{\"prev\":\"c0ffee").unwrap();
    }
}

#[test]
fn recorded_runs_give_the_reports_they_always_gave() {
    ready();
    for (name, wanted) in RUNS {
        let recorded = Recorded::read(&journal_dir(name)).unwrap();
        let (plan, events) = (&recorded.plan, &recorded.events);
        assert_eq!(recorded.torn.is_some(), name == "cut-off");
        assert_eq!(outcome(&Folded::new(plan, events)), wanted, "{name}");
        golden(
            &format!("{name}.junit.xml"),
            &junit::render(&Folded::new(plan, events)),
        );
        golden(
            &format!("{name}.report.json"),
            &json::render(&Folded::new(plan, events)).unwrap(),
        );
        for (width, colour) in [(80, false), (120, false), (100, true)] {
            let style = Style {
                colour,
                width,
                verbose: true,
            };
            let mark = if colour { "-colour" } else { "" };
            let run_dir = format!("runs/{name}");
            let text = summary_of(run_dir.as_ref(), &Folded::new(plan, events), &style);
            golden(
                &format!("{name}.console-{width}{mark}.txt"),
                text.as_bytes(),
            );
        }
    }
}

#[test]
fn recorded_runs_are_whole_and_as_made() {
    ready();
    for (name, _) in RUNS {
        verify(&journal_dir(name)).unwrap();
        let recorded = Recorded::read(&journal_dir(name)).unwrap();
        let (plan, events) = made(name);
        assert_eq!(recorded.events, events, "{name}");
        assert_eq!(recorded.plan, plan, "{name}");
    }
}

#[test]
fn the_live_run_and_the_stored_one_give_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    for (name, _) in RUNS {
        let (plan, events) = made(name);
        let run_dir = dir.path().join(name);
        let recorded = record(&run_dir, &plan, &events);
        let first = write_all(&run_dir, &Folded::new(&recorded.plan, &recorded.events)).unwrap();
        let live = [
            json::render(&Folded::new(&plan, &events)).unwrap(),
            junit::render(&Folded::new(&plan, &events)),
        ];
        let stored = || [&first.json, &first.junit].map(|p| std::fs::read(p).unwrap());
        assert_eq!(stored(), live, "{name}");
        let again = Folded::read(&run_dir).unwrap();
        write_all(&run_dir, &again).unwrap();
        assert_eq!(stored(), live, "{name}");
        let left: Vec<_> = std::fs::read_dir(&run_dir)
            .unwrap()
            .map(|f| f.unwrap().file_name())
            .filter(|f| f.to_string_lossy().contains("new-"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
