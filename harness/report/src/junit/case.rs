//! One test case in a suite, and the text it carries.

use crate::text::{one_line, shorten};
use crate::view::{Line, Open, Picked, Row, TargetKind, TaskView};
use junit_report::{Duration, TestCase, TestResult};
use proofhouse_model::Verdict;
use proofhouse_model::fold::{Applicability, Served};

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

/// How a test case came out when it did not pass.
enum Kind {
    Failure,
    Error,
    Skipped,
}

/// A task that was planned, by its name.
pub(super) fn ran(task: TaskView<'_>, name: &str, served: &Served, place: &Place<'_>) -> TestCase {
    let (verdict, why) = (served.verdict, served.why.as_str());
    let name = format!("{name}: {}", task.planned.case.title);
    let lines = Picked::new(task, place.target).lines(MOST_CHECKS);
    let text = evidence(task, &name, &verdict.to_string(), place, &lines);
    let mut out = blank(&name, place);
    // Beyond 292,000 years the time of a case is left out.
    out.time = Duration::microseconds(i64::try_from(task.result.took_us).unwrap_or(0));
    match verdict {
        Verdict::Pass => out.system_out = Some(in_cdata(&text)),
        Verdict::Fail => out.result = result(Kind::Failure, "FAIL", why, &text),
        // Never as flakyFailure or rerunFailure inside a plain test case: tools count that as passed.
        Verdict::Inconclusive if task.result.is_flaky() => {
            out.result = result(Kind::Error, "FLAKY", why, &text);
        }
        Verdict::Inconclusive => out.result = result(Kind::Error, "INCONCLUSIVE", why, &text),
        Verdict::Error => out.result = result(Kind::Error, "ERROR", why, &text),
    }
    out
}

/// A wrong or missing claim.
pub(super) fn claim(row: &Row<'_>, place: &Place<'_>) -> Option<TestCase> {
    let why = row.claim_trouble()?;
    let text = plain(place, &why);
    let mut out = blank(&format!("claim: {}", row.support()), place);
    out.result = match row.result.applicability {
        Applicability::NoClaim => result(Kind::Error, "INCONCLUSIVE", &why, &text),
        _ => result(Kind::Failure, "CLAIM", &why, &text),
    };
    Some(out)
}

/// Something the provision still waits for; `undecided` where a left-out case is all there is for it.
pub(super) fn open(
    open: &Open<'_>,
    complete: bool,
    undecided: bool,
    place: &Place<'_>,
) -> TestCase {
    let (name, why) = (open.name(), open.why());
    if undecided && matches!(open, Open::LeftOut(_)) {
        let mut out = blank(&name, place);
        out.result = result(Kind::Error, "INCONCLUSIVE", &why, &plain(place, &why));
        return out;
    }
    if complete {
        let text = plain(place, &why);
        let mut out = blank(&name, place);
        out.result = result(Kind::Error, "PENDING", &why, &text);
        return out;
    }
    let kind = if open.by_filter() {
        "not-run"
    } else {
        "pending"
    };
    skipped(&name, kind, &why, place)
}

/// A skipped test case with its reason.
pub(super) fn skipped(name: &str, kind: &str, why: &str, place: &Place<'_>) -> TestCase {
    let mut out = blank(name, place);
    out.result = result(Kind::Skipped, kind, why, &plain(place, why));
    out
}

fn blank(name: &str, place: &Place<'_>) -> TestCase {
    let mut out = TestCase::success(&one_line(name), Duration::ZERO);
    out.classname = Some(one_line(&place.class).into_owned());
    out
}

fn result(kind: Kind, type_: &str, why: &str, text: &str) -> TestResult {
    let type_ = type_.to_owned();
    let message = one_line(&shorten(why, LONGEST_MESSAGE)).into_owned();
    // GitLab and others show the element text and not the message.
    let cause = Some(in_cdata(text));
    match kind {
        Kind::Failure => TestResult::Failure {
            type_,
            message,
            cause,
        },
        Kind::Error => TestResult::Error {
            type_,
            message,
            cause,
        },
        Kind::Skipped => TestResult::SkippedWithCause {
            type_,
            message,
            cause,
        },
    }
}

/// junit-report writes element text as CDATA without looking for its end mark inside. To be taken
/// out when it does: the pinned version and a test that parses the output guard this.
fn in_cdata(text: &str) -> String {
    text.replace("]]>", "]]]]><![CDATA[>")
}

fn plain(place: &Place<'_>, why: &str) -> String {
    format!("{}\n{}", one_line(&place.about), one_line(why))
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
        out.push_str(&format!("{label:<9} {text}\n"));
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
