//! How checks come out, and what they carry.

use super::*;

#[test]
fn checks_carry_finding_line_and_provisions() {
    let (end, host) = run(
        Fake::new(),
        None,
        r#"
check.true(1 == 2, holds = "one is two", otherwise = "one is not two", serves = ["5.1-2"])
check.equal("a", "a", holds = "they are the same", otherwise = "they differ")
check.true(None, holds = "it is there", otherwise = "it was lost")
check.equal(None, None, holds = "nothing is nothing", otherwise = "nothing is something")
check.at_most(12, 10, "ms", "latency", holds = "it is quick", otherwise = "it is slow")
"#,
    );
    assert_eq!(end, CaseEnd::Complete);
    let checks = host.checks();
    let findings: Vec<_> = checks.iter().map(|c| c.finding).collect();
    use Finding::{NotObserved, Refuted, Shown};
    assert_eq!(
        findings,
        [Refuted, Shown, NotObserved, NotObserved, Refuted]
    );
    assert_eq!(checks[0].line, Some(BODY as u32));
    assert_eq!(checks[0].serves[0].as_str(), "5.1-2");
    assert_eq!(checks[4].line, Some(BODY as u32 + 4));
    assert_eq!(checks[4].measurement.as_ref().unwrap().value, 12.0);
}

#[test]
fn answers_are_judged() {
    let refused = |answer: &str, strict: &str| {
        finding(&format!(
            "check.refused({answer}, holds = \"shut\", otherwise = \"open\"{strict})"
        ))
        .0
    };
    assert_eq!(refused("refused(\"no\")", ""), Finding::Shown);
    assert_eq!(refused("accepted()", ""), Finding::Refuted);
    assert_eq!(refused("throttled()", ""), Finding::Shown);
    assert_eq!(
        refused("throttled()", ", strict = True"),
        Finding::NotObserved
    );
    assert_eq!(refused("None", ""), Finding::NotObserved);
    assert_eq!(
        finding("check.accepted(throttled(), holds = \"open\", otherwise = \"shut\")").0,
        Finding::Refuted
    );
    let (end, host) = run(
        Fake::new(),
        None,
        "check.refused(403, holds = \"shut\", otherwise = \"open\")",
    );
    assert_eq!(stopped(&end).0.kind, TroubleKind::Case);
    assert!(host.checks().is_empty(), "a number is no answer");
}

#[test]
fn a_search_of_nothing_is_not_clean() {
    let found = |searched: u64, filled: u32, get: &str| {
        let fake = Fake::answering(move |_, _| {
            Ok(Observation::Found {
                finds: vec![],
                searched,
                filled_permille: filled,
            })
        });
        let body = format!(
            "f = bench.search_flash({{\"k\": \"v\"}})\n\
             check.empty({get}, holds = \"gone\", otherwise = \"still there\")"
        );
        let (end, host) = run(fake, None, &body);
        assert_eq!(end, CaseEnd::Complete);
        host.checks()[0].finding
    };
    for get in ["f", "f.finds"] {
        assert_eq!(found(64, 500, get), Finding::Shown);
        assert_eq!(found(64, 0, get), Finding::NotObserved, "blank");
        assert_eq!(found(0, 0, get), Finding::NotObserved, "unread");
    }
}

#[test]
fn measures_with_and_without_limits() {
    let body = r#"
measure("uptime", 5, "s")
measure("current", 0.5, "A", at_most = 1, at_least = 0.6, holds = "it draws little", otherwise = "it draws much")
check.shown(holds = "x", otherwise = "not x", detail = "y")
"#;
    let (end, host) = run(Fake::new(), None, body);
    assert_eq!(end, CaseEnd::Complete);
    assert_eq!(host.measured.lock().unwrap()[0].name, "uptime");
    let findings: Vec<_> = host.checks().iter().map(|c| c.finding).collect();
    assert_eq!(findings, [Finding::Shown, Finding::Refuted, Finding::Shown]);
}
