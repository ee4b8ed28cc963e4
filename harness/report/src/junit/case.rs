//! One test case in a suite, and the text it carries.

use super::xml::{Kind, TestCase};
use crate::text::{one_line, shorten};
use crate::view::{Line, Open, Picked, Row, TargetKind, TaskView};
use proofhouse_model::Verdict;
use proofhouse_model::fold::{Applicability, Served};
use std::fmt::Write;

/// Most checks listed one by one in an element text.
const MOST_CHECKS: usize = 20;
/// Longest message attribute in characters; the element text has more.
const LONGEST_MESSAGE: usize = 300;

/// Where a test case stands.
pub(super) struct Place<'a> {
    /// Class name.
    pub class: String,
    /// Whom its checks have to speak for.
    pub target: TargetKind<'a>,
    /// Provision or guide row, in words.
    pub about: String,
}

/// A task that was planned, by its name. The name alone: a sentence in it would change with the suite's wording, and
/// the history that a server keeps by names would begin anew.
pub(super) fn ran(task: TaskView<'_>, name: &str, served: &Served, place: &Place<'_>) -> TestCase {
    let (verdict, why) = (served.verdict, served.why.as_str());
    let lines = Picked::new(task, place.target).lines(MOST_CHECKS);
    let full = format!("{name}: {}", task.planned.case.title);
    let text = evidence(task, &full, &verdict.to_string(), place, &lines);
    let result = |kind, type_| Some((kind, type_, message(why)));
    let result = match verdict {
        Verdict::Pass => None,
        Verdict::Fail => result(Kind::Failure, "FAIL"),
        // Never as flakyFailure or rerunFailure inside a plain test case: tools count that as passed.
        Verdict::Inconclusive if task.result.is_flaky() => result(Kind::Error, "FLAKY"),
        Verdict::Inconclusive => result(Kind::Error, "INCONCLUSIVE"),
        Verdict::Error => result(Kind::Error, "ERROR"),
    };
    TestCase {
        took_us: task.result.took_us,
        result,
        text,
        ..blank(name, place)
    }
}

/// Name of the test case for the claim of a provision.
pub(super) const CLAIM: &str = "claim";

/// A wrong or missing claim.
pub(super) fn claim(row: &Row<'_>, place: &Place<'_>) -> Option<TestCase> {
    let why = row.claim_trouble()?;
    let (kind, type_) = match row.result.applicability {
        Applicability::NoClaim => (Kind::Error, "INCONCLUSIVE"),
        _ => (Kind::Failure, "CLAIM"),
    };
    let claimed = format!("claimed   {}\n", row.support());
    Some(without_task(CLAIM, kind, type_, &why, &claimed, place))
}

/// Something the provision still waits for; `undecided` where a left-out case is all there is for it.
pub(super) fn open(
    open: &Open<'_>,
    complete: bool,
    undecided: bool,
    place: &Place<'_>,
) -> TestCase {
    let (kind, type_) = match open {
        Open::LeftOut(_) if undecided => (Kind::Error, "INCONCLUSIVE"),
        _ if complete => (Kind::Error, "PENDING"),
        _ if open.by_filter() => (Kind::Skipped, "not-run"),
        _ => (Kind::Skipped, "pending"),
    };
    let about = match open {
        Open::LeftOut(left) => {
            let case = &left.case;
            let full = format!("{}: {}", case.id, case.title);
            format!("case      {}\n", one_line(&full))
        }
        _ => String::new(),
    };
    without_task(&open.name(), kind, type_, &open.why(), &about, place)
}

/// A skipped test case for the claim, with its reason.
pub(super) fn skipped_claim(type_: &'static str, why: &str, place: &Place<'_>) -> TestCase {
    without_task(CLAIM, Kind::Skipped, type_, why, "", place)
}

/// `lines` are whole lines for the end of the text.
fn without_task(
    name: &str,
    kind: Kind,
    type_: &'static str,
    why: &str,
    lines: &str,
    place: &Place<'_>,
) -> TestCase {
    TestCase {
        result: Some((kind, type_, message(why))),
        text: format!("{}{lines}", plain(place, why)),
        ..blank(name, place)
    }
}

fn blank(name: &str, place: &Place<'_>) -> TestCase {
    TestCase {
        name: one_line(name).into_owned(),
        class: one_line(&place.class).into_owned(),
        took_us: 0,
        result: None,
        text: String::new(),
    }
}

/// GitLab and others show the element text and not this.
fn message(why: &str) -> String {
    one_line(&shorten(why, LONGEST_MESSAGE)).into_owned()
}

fn plain(place: &Place<'_>, why: &str) -> String {
    format!("{}\n{}\n", one_line(&place.about), one_line(why))
}

fn evidence(
    task: TaskView<'_>,
    name: &str,
    verdict: &str,
    place: &Place<'_>,
    lines: &[Line],
) -> String {
    let units: Vec<_> = match task.result.units.as_slice() {
        [] => &task.planned.units,
        held => held,
    }
    .iter()
    .map(ToString::to_string)
    .collect();
    let mut out = String::new();
    let mut add = |label: &str, text: &str| {
        let _ = writeln!(out, "{label:<9} {text}"); // writing into a text cannot fail
    };
    let about = match place.target {
        TargetKind::Guide(_) => "guide row",
        _ => "provision",
    };
    add(about, &one_line(&place.about));
    add("verdict", verdict);
    add("case", &one_line(name));
    add("units", &units.join(", "));
    for line in lines {
        add(line.label, &line.text);
    }
    out
}
