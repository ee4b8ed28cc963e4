//! One test case in a suite, and the text it carries.

use super::xml::{Kind, TestCase};
use crate::text::{one_line, shorten};
use crate::view::{GuideView, Line, Open, Picked, Row, Standing, TargetKind, TaskView};
use proofhouse_model::Verdict;
use proofhouse_model::fold::{Applicability, GuideState, Served};
use std::fmt::Write;

/// Most checks listed one by one in an element text.
const MOST_CHECKS: usize = 20;
/// Longest reason of what a provision comes to as a whole, in characters: its cases tell it all.
const LONGEST_WHY: usize = 1_000;
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
///
/// `elsewhere` is the suite in which its checks stand already: what was shown is not told again.
pub(super) fn ran(
    task: TaskView<'_>,
    name: &str,
    served: &Served,
    place: &Place<'_>,
    elsewhere: Option<&str>,
) -> TestCase {
    let (verdict, why) = (served.verdict, served.why.as_str());
    let mut lines = Picked::new(task, place.target).lines(MOST_CHECKS);
    if let Some(suite) = elsewhere.filter(|_| verdict == Verdict::Pass) {
        lines = vec![Line {
            label: "checks",
            text: format!("{why}; one by one in the suite {suite}"),
        }];
    }
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

/// Name of the first test case of a suite: what its provision or row comes to as a whole.
const VERDICT: &str = "verdict";

/// Type of a provision about which the profile says nothing. An error and not skipped, since the run ends with exit
/// code 3; no failure, since nothing was seen of the device.
const NO_CLAIM: &str = "NO-CLAIM";

/// What a provision comes to as a whole.
pub(super) fn verdict(row: &Row<'_>, group: &str, complete: bool, place: &Place<'_>) -> TestCase {
    use Standing as S;
    let open = || {
        let open: Vec<_> = row.open.iter().map(Open::why).collect();
        format!("still open: {}", open.join("; "))
    };
    let worst = |verdict: Verdict| {
        let served = row.result.served.iter().find(|s| s.verdict == verdict);
        served.map_or_else(open, |s| s.why.clone())
    };
    let kept = |why: &str| why.to_owned();
    let (kind, type_, why) = match (row.standing, &row.result.applicability) {
        (S::Passed, _) => return whole(None, group, place),
        (S::Failed, _) => (Kind::Failure, "FAIL", row.why_failed()),
        (S::BadClaim, _) => (
            Kind::Failure,
            "CLAIM",
            row.claim_trouble().unwrap_or_default(),
        ),
        (S::NoClaim, _) => (
            Kind::Error,
            NO_CLAIM,
            row.claim_trouble().unwrap_or_default(),
        ),
        (S::Error, _) => (Kind::Error, "ERROR", worst(Verdict::Error)),
        (S::Inconclusive, _) => (Kind::Error, "INCONCLUSIVE", worst(Verdict::Inconclusive)),
        (S::Shown | S::Pending, _) if complete => (Kind::Error, "PENDING", open()),
        (S::Shown | S::Pending, _) => (Kind::Skipped, "pending", open()),
        (S::NotRun, Applicability::NoClaim) => (
            Kind::Skipped,
            "not-run",
            kept(match row.in_part {
                true => "not in this part of the run, and the profile makes no claim about it",
                false => {
                    "not run: left out by the filter of this run, and the profile makes no claim about it"
                }
            }),
        ),
        (S::NotRun, _) => (Kind::Skipped, "not-run", open()),
        (S::NotMet, Applicability::NotMet(why)) => (Kind::Skipped, "not-met", kept(why)),
        (S::NotApplicable, Applicability::NotApplicable(why)) => {
            (Kind::Skipped, "not-applicable", kept(why))
        }
        (S::NotMet | S::NotApplicable, _) => (Kind::Skipped, "not-judged", String::new()),
    };
    whole(Some((kind, type_, why)), group, place)
}

/// Where a guide's row stands as a whole; what is still needed keeps it from being a plain test case.
pub(super) fn row_verdict(guide: &GuideView<'_>, complete: bool, place: &Place<'_>) -> TestCase {
    let state = guide.result.state;
    let missing = guide.result.missing.join("; ");
    let found = |verdict: Verdict| {
        let served = guide.result.served.iter().find(|s| s.verdict == verdict);
        served.map_or_else(String::new, |s| s.why.clone())
    };
    let result = match state {
        GuideState::Held => None,
        GuideState::Contradicted => Some((Kind::Failure, "FAIL", found(Verdict::Fail))),
        GuideState::BenchError => Some((Kind::Error, "ERROR", found(Verdict::Error))),
        GuideState::NotObserved => {
            Some((Kind::Error, "INCONCLUSIVE", found(Verdict::Inconclusive)))
        }
        GuideState::Partly if complete => Some((Kind::Error, "PENDING", missing)),
        GuideState::Partly => Some((Kind::Skipped, "partly-evidenced", missing)),
        GuideState::DoesNotApply => Some((Kind::Skipped, "not-applicable", missing)),
    };
    whole(result, state.words(), place)
}

fn whole(result: Option<(Kind, &'static str, String)>, word: &str, place: &Place<'_>) -> TestCase {
    let why = result.as_ref().map_or("nothing is open", |(.., why)| why);
    TestCase {
        text: format!(
            "{}as a whole: {word}\n",
            plain(place, &shorten(why, LONGEST_WHY))
        ),
        result: result.map(|(kind, type_, why)| (kind, type_, message(&why))),
        ..blank(VERDICT, place)
    }
}

/// Name of the test case for the claim of a provision.
pub(super) const CLAIM: &str = "claim";

/// A wrong or missing claim.
pub(super) fn claim(row: &Row<'_>, place: &Place<'_>) -> Option<TestCase> {
    let why = row.claim_trouble()?;
    let (kind, type_) = match row.result.applicability {
        Applicability::NoClaim => (Kind::Error, NO_CLAIM),
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
