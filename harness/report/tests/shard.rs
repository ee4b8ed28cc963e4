//! One part of a run, and a run that was put together of parts: nothing says that more passed than did.

mod common;

use common::plans;
use common::runs::{OLD_LOGIN, Run, shown};
use proofhouse_model::event::{RunEnd, ShardOrigin};
use proofhouse_model::{Channel, Event, Fact, Finding, Plan, Shard, Trouble, UnitName};
use proofhouse_report::view::Folded;
use proofhouse_report::{Outcome, Style, json, junit, ledger, outcome, summary};

const CASES: [&str; 5] = [
    "default-passwords",
    "brute-force",
    "update-tamper",
    "debug-lock",
    "factory-reset",
];

/// The part that has the first so many cases.
fn part(here: usize) -> Plan {
    let plan = plans::plan();
    let parts = (0..CASES.len()).map(|at| if at < here { 1 } else { 2 });
    let shard = Shard {
        part: 1,
        of: 2,
        whole: "a".repeat(64),
        parts: parts.collect(),
    };
    Plan {
        shard: Some(shard),
        ..plan
    }
}

/// Its cases come out well, but for the last, which is told.
fn ran(plan: Plan, last: impl FnOnce(&mut Run)) -> (Plan, Vec<Event>) {
    let here: Vec<String> = plan.here().map(|t| t.case.id.to_string()).collect();
    let mut run = Run::of(plan);
    if let Some((of_last, others)) = here.split_last() {
        others.iter().for_each(|case| shown(&mut run, case));
        run.case(of_last, "plug-a").ask("status", b"ok");
    }
    last(&mut run);
    run.finish()
}

fn good(run: &mut Run) {
    run.check(Finding::Shown, OLD_LOGIN, "401");
    run.complete();
}

fn of_part(here: usize, last: impl FnOnce(&mut Run)) -> (Plan, Vec<Event>) {
    ran(part(here), last)
}

fn red(plan: &Plan, events: &[Event]) -> usize {
    let xml = junit::render(&Folded::new(plan, events));
    let suites = common::xml::suites(&xml);
    let count = |s: &common::xml::Suite| s.count("failure") + s.count("error");
    suites.iter().map(count).sum()
}

#[test]
fn a_good_part_is_green_and_says_that_it_is_no_verdict() {
    for here in 1..=4 {
        let (mut plan, events) = of_part(here, good);
        for complete in [false, true] {
            plan.complete = complete;
            let run = Folded::new(&plan, &events);
            assert_eq!(outcome(&run), Outcome::PartGood, "{here}");
            assert_eq!(outcome(&run).exit_code(), 0);
            assert_eq!(red(&plan, &events), 0, "{here}");
            let style = Style {
                verbose: true,
                ..Style::default()
            };
            let text = summary(&run, &style);
            for words in [
                "1/2 of plan aaaaaaaaaaaa: a part of a run",
                "PART GOOD:",
                "this is no verdict on the product",
            ] {
                assert!(
                    text.replace("\n             ", " ").contains(words),
                    "{words} in\n{text}"
                );
            }
            for words in ["PASSED", "all passed", "nothing is open"] {
                assert!(!text.contains(words), "{words} in\n{text}");
            }
            let report = json::render(&run).unwrap();
            let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
            assert_eq!(report["outcome"], "part good");
            let elsewhere = report["run"]["shard"]["elsewhere"].as_array().unwrap();
            assert_eq!(elsewhere.len(), CASES.len() - here);
            let product = &report["products"][0];
            assert_eq!(product["counts"]["provisions"]["pass"], 0);
            assert_eq!(product["tasks"].as_array().unwrap().len(), here);
            let xml = String::from_utf8(junit::render(&run)).unwrap();
            assert!(xml.contains(r#"name="shard" value="1/2""#), "{xml}");
            assert!(ledger::of(&run, &ledger::Filter::default()).is_open());
        }
    }
}

#[test]
fn what_a_part_found_stands() {
    let refuted = |run: &mut Run| {
        run.check(Finding::Refuted, OLD_LOGIN, "200");
        run.complete();
    };
    let (plan, events) = of_part(2, refuted);
    assert_eq!(outcome(&Folded::new(&plan, &events)), Outcome::Failed);
    assert!(red(&plan, &events) > 0);
    let ends: [fn(&mut Run); 2] = [
        |run| run.complete(),
        |run| {
            run.check(Finding::NotObserved, OLD_LOGIN, "silence");
            run.complete();
        },
    ];
    for end in ends {
        let (plan, events) = of_part(2, end);
        assert_eq!(outcome(&Folded::new(&plan, &events)), Outcome::Undecided);
        assert!(red(&plan, &events) > 0);
    }
    let (plan, mut events) = of_part(2, good);
    events.pop();
    assert_eq!(outcome(&Folded::new(&plan, &events)), Outcome::BrokenOff);
}

#[test]
fn a_part_without_a_case_has_shown_nothing() {
    let (plan, events) = of_part(0, |_| {});
    assert_eq!(outcome(&Folded::new(&plan, &events)), Outcome::Undecided);
}

#[test]
fn a_case_of_the_part_that_was_not_run_is_told() {
    let plan = part(2);
    let mut run = Run::of(plan);
    shown(&mut run, CASES[0]);
    run.not_run(CASES[1], "plug-a is out of service");
    let (plan, events) = run.finish();
    assert_eq!(outcome(&Folded::new(&plan, &events)), Outcome::Undecided);
}

fn began(shard: u32, of: u32) -> Fact {
    Fact::ShardBegan(ShardOrigin {
        shard,
        of,
        plan: "b".repeat(64),
        seal: "c".repeat(64),
        tool: "0.1.0".to_owned(),
        host: format!("host-{shard}"),
    })
}

/// A run of the whole plan, merged of these parts; all cases came out well.
fn merged(parts: &[u32], of: u32) -> (Plan, Vec<Event>) {
    let mut run = Run::of(plans::plan());
    for part in parts {
        run.add(began(*part, of));
    }
    CASES.iter().for_each(|case| shown(&mut run, case));
    run.finish()
}

#[test]
fn a_merged_run_passes_only_when_all_parts_are_there() {
    let (plan, events) = merged(&[1, 2], 2);
    let run = Folded::new(&plan, &events);
    assert_eq!(outcome(&run), Outcome::Passed);
    let text = summary(&run, &Style::default());
    assert!(
        text.contains("1/2 of host-1 (seal cccccccccccc), 2/2 of host-2"),
        "{text}"
    );
    // Whatever its cases came to: a part that is missing is no pass.
    let (plan, events) = merged(&[1, 3], 3);
    let run = Folded::new(&plan, &events);
    assert_eq!(outcome(&run), Outcome::Undecided);
    let text = summary(&run, &Style::default());
    assert!(text.contains("not merged: shard 2"), "{text}");
    let report = json::render(&run).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["run"]["shards_missing"], serde_json::json!([2]));
    assert_eq!(report["run"]["shards"][1]["host"], "host-3");
}

/// A unit that one part left on stays on, although another part was taken up again and ended.
#[test]
fn what_one_part_left_on_no_other_part_switches_off() {
    let mut run = Run::of(plans::plan());
    run.add(began(1, 2));
    CASES.iter().for_each(|case| shown(&mut run, case));
    run.add(Fact::MayBeOn {
        trouble: Trouble::bench(Channel::Power, "the relay is welded", "knock on it"),
    });
    let (end, tool, host) = (RunEnd::Finished, String::new(), String::new());
    run.add(Fact::RunEnded { end });
    run.add(began(2, 2));
    let (tasks, open) = (Vec::new(), Vec::new());
    run.add(Fact::RunResumed {
        tool,
        host,
        tasks,
        open,
    });
    let (plan, mut events) = run.finish();
    for event in &mut events {
        if let Fact::MayBeOn { .. } = event.fact {
            event.unit = Some(UnitName::new("plug-a").unwrap());
        }
    }
    assert_eq!(outcome(&Folded::new(&plan, &events)), Outcome::MayBeOn);
}
