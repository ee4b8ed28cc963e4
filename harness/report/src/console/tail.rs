//! What was left out, the counts, and what the exit code means.

use super::writer::{Page, Tone};
use crate::outcome::{Outcome, outcome_of, run_outcome};
use crate::text::count;
use crate::view::{RunView, Standing, View, verdict_word};
use proofhouse_model::Verdict;

pub(super) fn write(page: &mut Page, view: &View<'_>) {
    write_left_out(page, view);
    page.heading("COUNTS");
    page.labelled("cases", &cases(view));
    page.labelled("provisions", &provisions(view));
}

fn write_left_out(page: &mut Page, view: &View<'_>) {
    let left = view.plan.left_out.iter();
    let left: Vec<_> = left.filter(|l| &l.product == view.id).collect();
    if left.is_empty() {
        return;
    }
    page.heading("CASES LEFT OUT");
    let (filtered, lacking): (Vec<_>, Vec<_>) = left.into_iter().partition(|l| l.by_filter);
    for l in lacking {
        page.indented(2, &format!("{}: {}", l.case.id, l.why), Tone::Plain);
    }
    if !filtered.is_empty() {
        let ids: Vec<_> = filtered.iter().map(|l| l.case.id.as_str()).collect();
        let text = format!("by the filter of this run: {}", ids.join(", "));
        page.list(2, &text);
    }
}

fn cases(view: &View<'_>) -> String {
    let order = [
        Verdict::Fail,
        Verdict::Error,
        Verdict::Inconclusive,
        Verdict::Pass,
    ];
    let verdicts: Vec<_> = view.tasks.iter().map(|c| c.result.verdict()).collect();
    let parts = order.map(|v| {
        let n = verdicts.iter().filter(|x| **x == v).count();
        (n, verdict_word(v))
    });
    breakdown(view.tasks.len(), &parts)
}

fn provisions(view: &View<'_>) -> String {
    let parts = Standing::ALL.map(|s| {
        let n = view.rows.iter().filter(|r| r.standing == s).count();
        (n, s.word())
    });
    breakdown(view.rows.len(), &parts)
}

fn breakdown(all: usize, parts: &[(usize, &str)]) -> String {
    let parts: Vec<_> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {}", word.replace('-', " ")))
        .collect();
    format!("{all}: {}", parts.join(", "))
}

/// What each product came to and, where there are several, the run.
pub(super) fn write_outcome(page: &mut Page, run: &RunView<'_>) {
    page.blank();
    let several = run.products.len() > 1;
    for view in &run.products {
        let outcome = outcome_of(view);
        let word = outcome.word().to_uppercase();
        let (tone, text) = outcome_text(view, outcome);
        let text = match several {
            true => format!("{} {word}: {text}", view.id),
            false => format!("{word}: {text} (exit code {})", outcome.exit_code()),
        };
        page.indented(0, &text, tone);
    }
    if several {
        let outcome = run_outcome(run);
        let (word, code) = (outcome.word(), outcome.exit_code());
        let text = format!("The run {word}: the gravest of its products (exit code {code})");
        page.indented(0, &text, Tone::Strong);
    }
}

fn outcome_text(view: &View<'_>, outcome: Outcome) -> (Tone, String) {
    match outcome {
        Outcome::Passed => (Tone::Good, passed(view)),
        Outcome::Failed => (Tone::Bad, failed(view)),
        Outcome::Undecided => (Tone::Doubt, undecided(view)),
        Outcome::Interrupted => (
            Tone::Doubt,
            "the run did not get to its end; what it found before stands".to_owned(),
        ),
    }
}

fn passed(view: &View<'_>) -> String {
    let open = view.rows.iter().filter(|r| !r.open.is_empty()).count();
    let cases = count(view.tasks.len(), "planned case");
    match open {
        0 => format!("{cases}, all passed, and nothing is open"),
        n => format!(
            "{cases}, all passed; {} still open, so this is no full assessment",
            count(n, "provision")
        ),
    }
}

fn failed(view: &View<'_>) -> String {
    let of = |standing| {
        let rows = view.rows.iter().filter(move |r| r.standing == standing);
        rows.map(|r| r.result.provision.id.to_string())
    };
    let refuted: Vec<_> = of(Standing::Failed)
        .chain(
            view.guides
                .iter()
                .filter(|g| g.verdict == Verdict::Fail)
                .map(|g| g.name()),
        )
        .collect();
    let claims: Vec<_> = of(Standing::BadClaim).collect();
    let mut parts = Vec::new();
    if !refuted.is_empty() {
        parts.push(format!("refuted on the device: {}", refuted.join(", ")));
    }
    if !claims.is_empty() {
        parts.push(format!("wrongly claimed: {}", claims.join(", ")));
    }
    parts.join("; ")
}

fn undecided(view: &View<'_>) -> String {
    let n = |s| view.rows.iter().filter(|r| r.standing == s).count();
    let open = match view.plan.complete {
        true => view.rows.iter().filter(|r| !r.open.is_empty()).count(),
        false => 0,
    };
    let guides = view.guides.iter().filter(|g| g.verdict != Verdict::Pass);
    let parts = [
        (n(Standing::Error), "bench trouble in"),
        (n(Standing::Inconclusive), "not shown"),
        (n(Standing::NoClaim), "no claim for"),
        (open, "with --complete still open"),
    ];
    let mut parts: Vec<_> = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{what} {}", count(*n, "provision")))
        .collect();
    let guides = guides.count();
    if guides > 0 {
        parts.push(format!("not shown {}", count(guides, "guide row")));
    }
    if view.tasks.is_empty() {
        parts.push("no case was planned".to_owned());
    }
    if parts.is_empty() {
        parts.push("a case did not come out well, see above".to_owned());
    }
    parts.join(", ")
}
