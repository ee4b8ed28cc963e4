//! A case that only a later attempt brought to its end is no pass in any report, and each attempt is told.

mod common;

use common::runs::Run;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::{Channel, Event, Finding, Plan, TaskId, Trouble};
use proofhouse_report::{Folded, Outcome, Style, json, junit, outcome, summary};

/// One case on a bench whose first attempt the bench spoiled.
fn flaky() -> (Plan, Vec<Event>) {
    let (mut plan, _) = common::runs::honest();
    plan.tasks.retain(|t| t.case.id.as_str() == "factory-reset");
    plan.tasks[0].id = TaskId::at(0);
    plan.retries = 1;
    let mut run = Run::of(plan);
    run.case("factory-reset", "plug-a");
    let what = "the tty is gone";
    run.end(CaseEnd::Stopped {
        trouble: Trouble::bench(Channel::Console, what, "plug it in"),
        place: None,
    });
    run.case("factory-reset", "plug-a").ask("login", b"no");
    run.check(
        Finding::Shown,
        ("the login is gone", "the login still works"),
        "",
    );
    run.complete();
    run.finish()
}

#[test]
fn every_report_says_flaky_and_what_happened_first() {
    let (plan, events) = flaky();
    assert_eq!(outcome(&Folded::new(&plan, &events)), Outcome::Undecided);
    let style = Style {
        colour: false,
        width: 100,
        verbose: true,
    };
    let page = summary(&Folded::new(&plan, &events), &style);
    for part in [
        "INCONCLUSIVE  factory-reset",
        "flaky",
        "attempt 1: error: ",
        "the tty is gone",
        "attempt 2: pass: 1 check shown",
    ] {
        assert!(page.contains(part), "no `{part}` in\n{page}");
    }
    let xml = String::from_utf8(junit::render(&Folded::new(&plan, &events))).unwrap();
    assert!(xml.contains("<error type=\"FLAKY\""), "{xml}");
    assert!(xml.contains("attempt 1: error: "), "{xml}");
    for counted_as_good in ["flakyFailure", "flakyError", "rerunFailure", "rerunError"] {
        assert!(!xml.contains(counted_as_good));
    }
    let json: serde_json::Value =
        serde_json::from_slice(&json::render(&Folded::new(&plan, &events)).unwrap()).unwrap();
    let case = &json["products"][0]["tasks"][0];
    assert_eq!(case["verdict"], "inconclusive");
    assert_eq!(case["flaky"], true);
    assert_eq!(case["attempts"], 2);
    assert_eq!(case["earlier"][0]["verdict"], "error");
}
