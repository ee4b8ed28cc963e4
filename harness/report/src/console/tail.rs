//! What was left out, the counts, and what the exit code means.

use super::writer::{Page, Tone};
use crate::outcome::{Outcome, out_of_service, outcome_of, run_outcome};
use crate::text::{count, may_be_on_by};
use crate::view::{Row, RunFacts, RunView, Standing, View, verdict_word};
use proofhouse_model::fold::{Assessment, GroupVerdict, GuideState, LedgerRow, LedgerState};
use proofhouse_model::{Because, UnitName, Verdict};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn write(page: &mut Page, view: &View<'_>, verbose: bool) {
    if verbose {
        write_left_out(page, view);
    }
    write_limits(page, view);
    super::untried::write(page, view);
    page.heading("COUNTS");
    page.labelled("cases", &cases(view));
    page.labelled("provisions", &provisions(view));
    let ledger = view.ledger();
    let tested_by_units = !view.plan.catalogue.by_cases;
    if tested_by_units {
        page.labelled("units", &units(&ledger));
    }
    if !view.guides.is_empty() && !verbose {
        page.labelled("guides", &guides(view));
    }
    if !verbose {
        write_lacking(page, view);
    }
    if tested_by_units {
        page.labelled("assessment", &assessment(&view.assessment()));
    }
    super::words::write(page, view, &ledger);
}

/// Rows of other guides by where they stand.
fn guides(view: &View<'_>) -> String {
    let mut all: BTreeMap<&str, BTreeMap<GuideState, usize>> = BTreeMap::new();
    for guide in &view.guides {
        let of = all.entry(guide.result.guide.as_str()).or_default();
        *of.entry(guide.result.state).or_default() += 1;
    }
    let told = all.iter().map(|(guide, states)| {
        let states = states.iter().map(|(s, n)| format!("{n} {}", s.words()));
        format!("{guide}: {}", states.collect::<Vec<_>>().join(", "))
    });
    told.collect::<Vec<_>>().join("; ")
}

/// Cases that the bench or the profile lacks something for, by name.
fn write_lacking(page: &mut Page, view: &View<'_>) {
    let left = view.plan.left_out.iter();
    let left = left.filter(|l| &l.product == view.id && !l.by_filter);
    let names: Vec<_> = left.map(|l| l.case.id.as_str()).collect();
    if !names.is_empty() {
        page.labelled("left out", &format!("{} (why: with -v)", names.join(", ")));
    }
}

/// What became of the units of the test specification, by the words of `proofhouse ledger --state`.
fn units(ledger: &[&LedgerRow]) -> String {
    let of = |state| ledger.iter().filter(|row| row.state == state).count();
    let parts = LedgerState::ALL.map(|state| (of(state), state.word()));
    let parts = parts.iter().filter(|(n, _)| *n > 0);
    let parts: Vec<_> = parts.map(|(n, word)| format!("{n} {word}")).collect();
    format!("{}: {}", ledger.len(), parts.join(", "))
}

/// The roll-up of TS 103 701, which is apart from the outcome of the run.
fn assessment(of: &Assessment) -> String {
    let count = |wanted| of.groups.iter().filter(|(_, v)| *v == wanted).count();
    let open = count(GroupVerdict::Inconclusive);
    let why = match of.overall {
        _ if !of.faults.is_empty() => format!(
            "the statement has {}, see `proofhouse check`",
            crate::text::count(of.faults.len(), "fault")
        ),
        GroupVerdict::Fail => format!(
            "{} failed",
            crate::text::count(count(GroupVerdict::Fail), "provision")
        ),
        GroupVerdict::Inconclusive => {
            format!("{} still open", crate::text::count(open, "provision"))
        }
        _ => "nothing is open".to_owned(),
    };
    format!("{} after TS 103 701: {why}", of.overall.word())
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

/// What cases could not rule out on this bench: each once, with the cases that say so.
fn write_limits(page: &mut Page, view: &View<'_>) {
    let mut by_text: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for task in &view.tasks {
        let limits = task.facts.iter().flat_map(|facts| &facts.limits);
        for (_, text) in limits {
            let cases = by_text.entry(text).or_default();
            let name = view.name(task.planned.id);
            if !cases.contains(&name) {
                cases.push(name);
            }
        }
    }
    if by_text.is_empty() {
        return;
    }
    page.heading("CANNOT BE RULED OUT ON THIS BENCH");
    for (text, cases) in by_text {
        let text = format!("{text} ({})", cases.join(", "));
        page.indented(2, &text, Tone::Plain);
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

/// Secrets that whoever reads the run's files can read too.
pub(super) fn write_in_clear(page: &mut Page, facts: &RunFacts) {
    if facts.in_clear.is_empty() {
        return;
    }
    page.heading("SECRETS IN CLEAR");
    for (event, unit, which) in &facts.in_clear {
        let of = unit.as_ref().map_or(String::new(), |u| format!("{u}: "));
        let text = format!("{of}{which} (event {event})");
        page.indented(2, &text, Tone::Doubt);
    }
    let most = facts
        .in_clear
        .iter()
        .any(|(_, _, w)| matches!(w.because, Because::Unknown { .. }));
    if most {
        let text = "have the script name it before the device says it: secret_value(...)";
        page.indented(2, text, Tone::Plain);
    }
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
            false if run.facts.may_be_on.is_empty() => {
                format!("{word}: {text} (exit code {})", outcome.exit_code())
            }
            false => format!("{word}: {text}"),
        };
        page.indented(0, &text, tone);
    }
    let outcome = run_outcome(run);
    if outcome == Outcome::MayBeOn {
        let left = run.facts.may_be_on.iter();
        let left: Vec<_> = left
            .map(|(_, unit, why)| may_be_on_by(unit, why).0)
            .collect();
        let text = format!(
            "NOT SAFE: {}; that goes before all else (exit code {})",
            left.join(", "),
            outcome.exit_code()
        );
        page.indented(0, &text, Tone::Bad);
    } else if several {
        let (word, code) = (outcome.word(), outcome.exit_code());
        let what = match run.plan.shard {
            Some(_) => "This part of the run",
            None => "The run",
        };
        let text = format!("{what} {word}: the gravest of its products (exit code {code})");
        page.indented(0, &text, Tone::Strong);
    }
}

/// Where to look next.
pub(super) fn write_next(
    page: &mut Page,
    view: &RunView<'_>,
    verbose: bool,
    run_dir: Option<&str>,
) {
    let Some(dir) = run_dir else { return };
    if view.plan.catalogue.by_cases {
        return;
    }
    let mut next =
        format!("proofhouse ledger {dir} says what became of every unit and what is open");
    if !verbose {
        next.push_str(&format!(
            "; proofhouse report {dir} -v says what each provision rests on"
        ));
    }
    page.labelled("next", &next);
}

fn outcome_text(view: &View<'_>, outcome: Outcome) -> (Tone, String) {
    match outcome {
        Outcome::Passed => (Tone::Good, passed(view)),
        Outcome::PartGood => (Tone::Good, part_good(view)),
        Outcome::Failed => (Tone::Bad, failed(view)),
        Outcome::Undecided => (Tone::Doubt, undecided(view)),
        // Of a run, never of a product.
        Outcome::Interrupted | Outcome::BrokenOff | Outcome::MayBeOn => (
            Tone::Doubt,
            "the run did not get to its end; what it found before stands".to_owned(),
        ),
    }
}

/// Of one part; nothing of it may sound as if the run had passed.
fn part_good(view: &View<'_>) -> String {
    let all = view.plan.tasks_of(view.id).count();
    let elsewhere = view.plan.elsewhere(view.id).count();
    let here = match view.tasks.len() {
        0 => format!(
            "no case of this product is in this part, and nothing is said of it; {all} are in other parts"
        ),
        n => format!(
            "the {} of this part came out well; {elsewhere} of {all} are in other parts",
            count(n, "case")
        ),
    };
    format!("{here}; this is no verdict on the product: proofhouse merge puts the parts together")
}

fn passed(view: &View<'_>) -> String {
    let open = view.rows.iter().filter(|r| !r.open.is_empty()).count();
    let cases = count(view.tasks.len(), "planned case");
    // What was seen on the device stands by itself; that the assessment fails over it is told here, too.
    if let Some(first) = view.statement_faults().first() {
        return format!(
            "{cases}, all passed; but the maker's statement cannot stand, so this is no assessment: {}",
            first.what
        );
    }
    match open {
        0 => format!("{cases}, all passed, and nothing is open"),
        n => format!(
            "{cases}, all passed; {} still open, so this is no full assessment",
            count(n, "provision")
        ),
    }
}

fn failed(view: &View<'_>) -> String {
    let of = |standing| view.rows.iter().filter(move |r| r.standing == standing);
    let id = |r: &Row<'_>| r.result.provision.id.to_string();
    let (seen, declared): (Vec<_>, Vec<_>) =
        of(Standing::Failed).partition(|r| r.result.fails_on_the_device());
    let refuted: Vec<_> = seen
        .into_iter()
        .map(id)
        .chain(
            view.guides
                .iter()
                .filter(|g| g.verdict == Verdict::Fail)
                .map(|g| g.name()),
        )
        .collect();
    let declared: Vec<_> = declared.into_iter().map(id).collect();
    let claims: Vec<_> = of(Standing::BadClaim).map(id).collect();
    let mut parts = Vec::new();
    if !refuted.is_empty() {
        parts.push(format!("refuted on the device: {}", refuted.join(", ")));
    }
    if !declared.is_empty() {
        parts.push(format!("refuted as declared: {}", declared.join(", ")));
    }
    if !claims.is_empty() {
        parts.push(format!("wrongly claimed: {}", claims.join(", ")));
    }
    parts.join("; ")
}

fn undecided(view: &View<'_>) -> String {
    let n = |s| view.rows.iter().filter(|r| r.standing == s).count();
    // A few are named; of many the table above tells.
    let named = |s| {
        let these = view.rows.iter().filter(|r| r.standing == s);
        let ids: Vec<_> = these.map(|r| r.result.provision.id.as_str()).collect();
        match ids.len() {
            1..=4 => format!(" ({})", ids.join(", ")),
            _ => String::new(),
        }
    };
    let open = match view.plan.complete {
        true => view.rows.iter().filter(|r| !r.open.is_empty()).count(),
        false => 0,
    };
    let guides = view.guides.iter().filter(|g| g.verdict != Verdict::Pass);
    let parts = [
        (
            n(Standing::Error),
            "bench trouble in",
            named(Standing::Error),
        ),
        (
            n(Standing::Inconclusive),
            "not shown",
            named(Standing::Inconclusive),
        ),
        (n(Standing::NoClaim), "no claim for", String::new()),
        (open, "with --complete still open", String::new()),
    ];
    let mut parts: Vec<_> = parts
        .iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, what, names)| format!("{what} {}{names}", count(*n, "provision")))
        .collect();
    let guides = guides.count();
    if guides > 0 {
        parts.push(format!("not shown {}", count(guides, "guide row")));
    }
    let broken: BTreeSet<&str> = out_of_service(view).map(UnitName::as_str).collect();
    if !broken.is_empty() {
        let names: Vec<&str> = broken.into_iter().collect();
        parts.push(format!("out of service: {}", names.join(", ")));
    }
    let missing = view.facts.missing_shards();
    if !missing.is_empty() {
        let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
        parts.push(format!("not merged: shard {}", missing.join(", ")));
    }
    if view.tasks.is_empty() {
        parts.push("no case was planned".to_owned());
    }
    if parts.is_empty() {
        parts.push("a case did not come out well, see above".to_owned());
    }
    parts.join(", ")
}
