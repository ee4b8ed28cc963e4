//! A sound matrix has nothing wrong; each thing that goes wrong is complained of, and of nothing else.

use super::*;
use crate::Style;

fn id(text: &str) -> CaseId {
    CaseId::new(text).expect("a case")
}

fn provision(text: &str) -> ProvisionId {
    ProvisionId::new(text).expect("a provision")
}

fn promise(case: &str, caught_on: &[&str], undecided_on: &[&str]) -> Promise {
    let own = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    Promise {
        case: id(case),
        sha256: "0".repeat(64),
        caught_on: own(caught_on),
        undecided_on: own(undecided_on),
        runs_on: own(&["plug"]),
    }
}

fn seen(case: &str, verdict: Verdict) -> Seen {
    Seen {
        case: id(case),
        verdict: Some(verdict),
        why: "the reason".to_owned(),
        failed: Vec::new(),
        kept: false,
    }
}

fn run(subject: Subject, locks: Verdict, resets: Verdict, failed: &[&str], exit: i32) -> Run {
    let mut cases = vec![seen("locks", locks), seen("resets", resets)];
    cases[0].failed = failed.iter().map(|p| provision(p)).collect();
    Run {
        subject,
        cases,
        exit: Some(exit),
        trouble: None,
        seconds: 1.5,
    }
}

fn defect(name: &str) -> Subject {
    Subject::Defect(name.to_owned())
}

/// Two cases, two defects, one blind, one honest run, all in order.
fn sound() -> Matrix {
    use Verdict::{Fail, Inconclusive, Pass};
    let honest = Subject::Honest {
        product: "plug".to_owned(),
        number: 1,
    };
    let known = |name: &str, breaks: &str| Defect {
        name: name.to_owned(),
        summary: "built wrong".to_owned(),
        provisions: vec![provision(breaks)],
    };
    Matrix {
        suite: "small".to_owned(),
        at: "2026-11-22T10:00:00Z".to_owned(),
        tool: "0.1.0".to_owned(),
        partial: false,
        left: 0,
        products: vec!["plug".to_owned()],
        known_products: vec!["plug".to_owned(), "box".to_owned()],
        cases: vec![
            promise("locks", &["plug:open"], &["plug:blind"]),
            promise("resets", &["plug:keeps"], &[]),
        ],
        defects: vec![known("plug:open", "5.6-4"), known("plug:keeps", "5.11-1")],
        blinds: vec![Blind {
            name: "plug:blind".to_owned(),
            summary: "no control".to_owned(),
        }],
        runs: vec![
            run(honest, Pass, Pass, &[], 0),
            run(defect("plug:open"), Fail, Pass, &["5.6-4"], 1),
            run(defect("plug:keeps"), Pass, Fail, &["5.11-1"], 1),
            run(
                Subject::Blind("plug:blind".to_owned()),
                Inconclusive,
                Pass,
                &[],
                3,
            ),
        ],
        seconds: 6.0,
    }
}

/// What is complained of after a change, in words.
fn after(change: impl FnOnce(&mut Matrix)) -> Vec<String> {
    let mut matrix = sound();
    change(&mut matrix);
    complaints(&matrix)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[track_caller]
fn only(change: impl FnOnce(&mut Matrix), wanted: &[&str]) {
    let got = after(change);
    assert_eq!(got.len(), wanted.len(), "{got:#?}");
    for (got, wanted) in got.iter().zip(wanted) {
        assert!(got.contains(wanted), "`{got}` does not say `{wanted}`");
    }
}

#[test]
fn a_sound_suite_is_proved() {
    only(|_| {}, &[]);
    let proof = proof(&sound());
    assert_eq!((proof.defects, proof.killed), (2, 2));
    assert!(proof.cases.values().all(proofhouse_model::CaseProof::holds));
    assert_eq!(proof.cases[&id("locks")].undecided, ["plug:blind"]);
}

#[test]
fn a_case_that_catches_nothing_is_named() {
    let lame = |m: &mut Matrix| m.runs[1].cases[0].verdict = Some(Verdict::Inconclusive);
    only(
        lame,
        &[
            "locks caught no defect",
            "plug:open was caught by no case",
            "locks must catch plug:open and did not: inconclusive: the reason",
        ],
    );
    let mut matrix = sound();
    lame(&mut matrix);
    let proof = proof(&matrix);
    assert_eq!((proof.defects, proof.killed), (2, 1));
    assert_eq!(proof.cases[&id("locks")].survived, ["plug:open"]);
    assert!(!proof.cases[&id("locks")].holds());
}

#[test]
fn a_broken_promise_counts_although_another_case_caught_the_defect() {
    only(
        |m| m.cases[1].caught_on.push("plug:open".to_owned()),
        &["resets must catch plug:open and did not: pass"],
    );
}

#[test]
fn a_defect_has_to_be_caught_in_every_run_on_it() {
    only(
        |m| {
            let lucky = run(defect("plug:open"), Verdict::Pass, Verdict::Pass, &[], 0);
            m.runs.push(lucky);
        },
        &[
            "locks caught no defect",
            "plug:open was caught by no case",
            "locks must catch plug:open and did not: pass",
            "plug:open: the run ended with exit code 0",
        ],
    );
}

#[test]
fn names_are_checked_both_ways() {
    only(
        |m| m.cases[1].caught_on.push("plug:keep".to_owned()),
        &["resets names plug:keep, which was not tried"],
    );
    only(
        |m| m.cases[1].undecided_on.push("plug:dark".to_owned()),
        &["resets names plug:dark, which was not tried"],
    );
    only(
        |m| m.cases[0].undecided_on.clear(),
        &["plug:blind is named by no case"],
    );
    only(
        |m| m.cases[0].caught_on.clear(),
        &["locks names no defect", "plug:open is named by no case"],
    );
}

#[test]
fn an_honest_device_has_to_pass_everywhere() {
    only(
        |m| {
            m.runs[0].cases[1].verdict = Some(Verdict::Inconclusive);
            m.runs[0].exit = Some(3);
        },
        &[
            "resets did not pass on plug, honest run 1: inconclusive",
            "exit code",
        ],
    );
    only(
        |m| drop(m.runs[0].cases.pop()),
        &["resets did not pass on plug, honest run 1: the run has no result"],
    );
    only(
        |m| m.runs[0].cases[0].failed.push(provision("5.1-1")),
        &["plug, honest run 1: 5.1-1 failed on an honest product"],
    );
}

#[test]
fn a_defect_fails_nothing_but_what_it_breaks() {
    only(
        |m| m.runs[1].cases[0].failed.push(provision("5.5-1")),
        &["plug:open made 5.5-1 fail"],
    );
    // Breaking a provision without failing it is no complaint by itself.
    only(|m| m.runs[1].cases[0].failed.clear(), &[]);
}

#[test]
fn a_blind_decides_nothing() {
    for verdict in [Verdict::Pass, Verdict::Fail] {
        only(
            |m| m.runs[3].cases[0].verdict = Some(verdict),
            &["locks cannot know under plug:blind, and came to a verdict"],
        );
    }
    only(|m| m.runs[3].cases[0].verdict = Some(Verdict::Error), &[]);
    only(|m| m.runs[3].cases[0].verdict = None, &[]);
    only(
        |m| m.runs[3].cases[1].verdict = Some(Verdict::Fail),
        &["resets failed on an honest product under plug:blind"],
    );
    only(
        |m| m.runs[3].exit = Some(0),
        &["plug:blind: the run ended with exit code 0"],
    );
}

#[test]
fn a_run_without_result_is_no_proof() {
    let got = after(|m| {
        m.runs[2].cases.clear();
        m.runs[2].exit = None;
        m.runs[2].trouble = Some("it was killed".to_owned());
    });
    let no_result = "plug:keeps: the run gave no result: it was killed".to_owned();
    assert!(got.contains(&no_result), "{got:#?}");
    let nothing = after(|m| {
        *m = Matrix {
            cases: Vec::new(),
            runs: Vec::new(),
            ..m.clone()
        }
    });
    for what in ["no case", "no honest run", "no defect"] {
        assert!(nothing.iter().any(|c| c.contains(what)), "{nothing:#?}");
    }
}

#[test]
fn a_part_owes_only_what_it_tried() {
    only(
        |m| {
            m.partial = true;
            m.cases.truncate(1);
            m.runs.remove(2);
        },
        &[],
    );
}

#[test]
fn the_text_fits_a_terminal_and_ends_with_what_is_wrong() {
    let style = Style {
        colour: false,
        width: 200,
    };
    let good = text(&sound(), style);
    assert!(
        good.ends_with("PROVED: 2 of 2 defects caught, nothing to complain of\n"),
        "{good}"
    );
    assert!(good.contains("locks*, fails 5.6-4"), "{good}");
    let mut matrix = sound();
    matrix.runs[1].cases[0].verdict = Some(Verdict::Pass);
    let bad = text(&matrix, style);
    for (first, then) in [
        ("CASES", "SURVIVORS"),
        ("SURVIVORS", "COMPLAINTS"),
        ("COMPLAINTS", "NOT PROVED: 1 of 2"),
    ] {
        assert!(
            bad.find(first) < bad.rfind(then) && bad.contains(first),
            "{first} {then}\n{bad}"
        );
    }
    assert!(
        good.lines()
            .chain(bad.lines())
            .all(|l| l.chars().count() <= 120)
    );
}

#[test]
fn the_json_counts_what_it_lists() {
    let read = |m: &Matrix| -> serde_json::Value {
        serde_json::from_slice(&json(m).expect("numbers are finite")).expect("it is JSON")
    };
    let good = read(&sound());
    assert_eq!(good["proved"], true);
    assert_eq!(
        good["killed"],
        serde_json::json!(["plug:open", "plug:keeps"])
    );
    assert_eq!(good["survived"], serde_json::json!([]));
    assert_eq!(
        good["defects"][0]["killed_by"],
        serde_json::json!(["locks"])
    );
    let mut matrix = sound();
    matrix.runs[2].cases[1].verdict = Some(Verdict::Pass);
    let bad = read(&matrix);
    assert_eq!(bad["proved"], false);
    assert_eq!(bad["survived"], serde_json::json!(["plug:keeps"]));
    assert_eq!(bad["counts"]["killed"], 1);
    assert_eq!(bad["counts"]["cases_proved"], 1);
}

/// What another product's runs owe is not asked of these, and a product that nobody knows is a slip of the pen.
#[test]
fn a_promise_is_owed_by_the_runs_of_its_own_product() {
    only(|m| m.cases[1].caught_on.push("box:keep".to_owned()), &[]);
    only(|m| m.cases[1].undecided_on.push("box:dark".to_owned()), &[]);
    only(
        |m| m.cases[1].caught_on.push("bxo:keep".to_owned()),
        &["resets names bxo:keep, which was not tried"],
    );
    only(
        |m| {
            m.products.push("box".to_owned());
            m.cases[1].caught_on.push("box:keep".to_owned());
        },
        &["resets names box:keep, which was not tried"],
    );
}

#[test]
fn an_honest_product_owes_the_cases_that_run_on_it() {
    let of_box = Subject::Honest {
        product: "box".to_owned(),
        number: 1,
    };
    let mut of_box = run(of_box, Verdict::Pass, Verdict::Pass, &[], 0);
    of_box.cases.pop();
    let with_box = move |m: &mut Matrix| {
        m.products.push("box".to_owned());
        m.runs.push(of_box.clone());
    };
    only(with_box.clone(), &[]);
    only(
        |m| {
            with_box(m);
            m.cases[1].runs_on.push("box".to_owned());
        },
        &["resets did not pass on box, honest run 1: the run has no result"],
    );
}
