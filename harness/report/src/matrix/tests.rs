//! A sound matrix has nothing wrong; each thing that goes wrong is complained of, and of nothing else.

use super::*;
use crate::Style;
use proofhouse_model::{CaseProof, Proof};

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
        provisions: vec![provision("5.6-4"), provision("5.4-1")],
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
        otherwise: Vec::new(),
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
        unseen: Vec::new(),
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
        desk: None,
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
    assert!(proof.cases.values().all(CaseProof::holds));
    assert_eq!(proof.cases[&id("locks")].undecided, ["plug:blind"]);
}

#[test]
fn a_case_makes_each_provision_fail_that_it_serves_and_the_defect_breaks() {
    let also =
        |text: &'static str| move |m: &mut Matrix| m.defects[0].provisions.push(provision(text));
    only(
        also("5.4-1"),
        &[
            "plug:open breaks 5.4-1, and no case failed 5.4-1 on it",
            "locks caught plug:open and did not make 5.4-1 fail",
        ],
    );
    // This one is no business of the case.
    only(
        also("5.11-1"),
        &["plug:open breaks 5.11-1, and no case failed 5.11-1 on it"],
    );
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
}

#[test]
fn each_provision_that_a_defect_breaks_has_to_fail() {
    let also = |m: &mut Matrix| m.defects[0].provisions.push(provision("5.4-3"));
    let wanted = "plug:open breaks 5.4-3, and no case failed 5.4-3 on it";
    only(also, &[wanted]);
    // Also where no case that promises to catch it serves that provision.
    only(
        |m| {
            m.runs[1].cases[0].failed.clear();
            m.cases[0].provisions.clear();
        },
        &["plug:open breaks 5.6-4, and no case failed 5.6-4 on it"],
    );
    // Some case is enough, and a part of a proof owes none of it.
    let seen = |m: &mut Matrix| {
        also(m);
        m.runs[1].cases[1].failed.push(provision("5.4-3"));
    };
    only(seen, &[]);
    let part = |m: &mut Matrix| {
        also(m);
        m.partial = true;
    };
    only(part, &[]);
    // In every run on it.
    let once = |m: &mut Matrix| {
        seen(m);
        let mut again = m.runs[1].clone();
        again.cases[1].failed.clear();
        m.runs.push(again);
    };
    only(once, &[wanted]);
}

#[test]
fn what_no_case_can_see_fail_is_said_by_name_and_only_while_it_is_true() {
    let excused = |m: &mut Matrix| {
        m.defects[0].provisions.push(provision("5.4-3"));
        let why = "the key is in no memory that is read".to_owned();
        m.defects[0].unseen.push((provision("5.4-3"), why));
    };
    only(excused, &[]);
    let seen = |m: &mut Matrix| {
        excused(m);
        m.runs[1].cases[1].failed.push(provision("5.4-3"));
    };
    only(
        seen,
        &["plug:open gives a reason why no case can see 5.4-3 fail, and a case saw it fail"],
    );
    let other = |m: &mut Matrix| {
        excused(m);
        m.defects[0].provisions.pop();
    };
    only(other, &["see 5.4-3 fail, and does not break it"]);
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
fn a_run_that_says_otherwise_when_it_is_judged_again_is_no_proof() {
    let how = |m: &mut Matrix| {
        let how = ("provision 5.11-1".to_owned(), "fail -> error".to_owned());
        m.runs[2].otherwise.push(how);
    };
    let wanted = "judged again, provision 5.11-1 of plug:keeps says otherwise: fail -> error";
    only(how, &[wanted]);
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
        verbose: true,
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

#[test]
fn a_proof_that_says_more_than_its_runs_is_not_vouched_for() {
    let matrix = sound();
    let json = json(&matrix).unwrap();
    let good = proof(&matrix);
    assert_eq!(good.products, matrix.products);
    vouches(&json, &good).unwrap();
    let case = good.cases.keys().next().unwrap().clone();
    type Change = fn(&mut CaseProof);
    let changes: [Change; 4] = [
        |p| p.killed.push("plug:another".to_owned()),
        |p| p.sha256 = "1".repeat(64),
        |p| p.honest = (9, 9),
        |p| p.survived.push("plug:resets-not".to_owned()),
    ];
    for change in changes {
        let mut bad = good.clone();
        change(bad.cases.get_mut(&case).unwrap());
        assert!(vouches(&json, &bad).is_err(), "{bad:?}");
    }
    let other = Proof {
        at: "2020-01-01T00:00:00Z".to_owned(),
        ..good.clone()
    };
    assert!(vouches(&json, &other).is_err());
    // Nor where the matrix says so too, without a run that shows it.
    let text = String::from_utf8(json).unwrap();
    let none = text.replace("\"kind\": \"defect\"", "\"kind\": \"blind\"");
    assert!(vouches(none.as_bytes(), &good).is_err());
    assert!(vouches(b"{}", &good).is_err());
}

fn statement(name: &str, breaks: &[&str], found: &[&str]) -> Statement {
    let set = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    Statement {
        name: name.to_owned(),
        breaks: set(breaks),
        found: Ok(set(found)),
        again: format!("proofhouse check --bench {name}.toml"),
    }
}

/// Two rules, and three statements that they find.
fn desk() -> Desk {
    Desk {
        rules: vec!["table-empty".to_owned(), "same-twice".to_owned()],
        statements: vec![
            statement("no-table", &["table-empty"], &["table-empty"]),
            statement("no-other-table", &["table-empty"], &["table-empty"]),
            statement("two-ports", &["same-twice"], &["same-twice"]),
        ],
        honest: Vec::new(),
    }
}

fn at_the_desk(change: impl FnOnce(&mut Desk), wanted: &[&str]) {
    let mut desk = desk();
    change(&mut desk);
    only(|m| m.desk = Some(desk), wanted);
}

#[test]
fn a_broken_statement_is_caught_by_its_rule_and_by_no_other() {
    at_the_desk(|_| {}, &[]);
    at_the_desk(
        |d| d.statements[0].found = Ok(BTreeSet::new()),
        &[
            "the broken statement no-table breaks table-empty, and the desk review did not find that; to see it: \
           proofhouse check --bench no-table.toml",
        ],
    );
    at_the_desk(
        |d| {
            d.statements[0] =
                statement("no-table", &["table-empty"], &["table-empty", "same-twice"])
        },
        &["no-table is found by same-twice, too, which it was not written to break"],
    );
    at_the_desk(
        |d| d.statements[0].breaks.extend(["tabel-empty".to_owned()]),
        &["no-table breaks tabel-empty, which is no rule"],
    );
    at_the_desk(
        |d| d.statements[0].found = Err("no such file".to_owned()),
        &["no-table cannot be read: no such file"],
    );
}

#[test]
fn a_rule_that_nobody_saw_fail_and_an_honest_statement_at_fault_are_told() {
    at_the_desk(
        |d| drop(d.statements.pop()),
        &["no broken statement is found by the rule same-twice: nobody has seen it fail"],
    );
    let what = (
        "plug".to_owned(),
        "same-twice".to_owned(),
        "both listen".to_owned(),
    );
    at_the_desk(
        |d| d.honest.push(what),
        &["the statement of the honest plug is found at fault by same-twice: both listen"],
    );
    at_the_desk(|d| *d = Desk::default(), &["there was no broken statement"]);
}

#[test]
fn statements_are_counted_beside_defects() {
    let mut matrix = sound();
    let mut desk = desk();
    desk.statements[2].found = Ok(BTreeSet::new());
    matrix.desk = Some(desk);
    let style = Style {
        colour: false,
        width: 120,
        verbose: false,
    };
    let told = text(&matrix, style);
    for wanted in [
        "2 rules on 3 broken statements",
        "table-empty                           no-table no-other-table\n",
        "same-twice                            none\n",
        "NOT PROVED: 2 of 2 defects of devices and 2 of 3 broken statements caught, 2 complaints\n",
    ] {
        assert!(told.contains(wanted), "{wanted}\n{told}");
    }
    let json: serde_json::Value = serde_json::from_slice(&json(&matrix).unwrap()).unwrap();
    assert_eq!(json["counts"]["statements"], 3);
    assert_eq!(json["counts"]["statements_caught"], 2);
    assert_eq!(json["desk"]["statements"][2]["caught"], false);
    assert_eq!(json["desk"]["rules"][0]["found"][1], "no-other-table");
}
