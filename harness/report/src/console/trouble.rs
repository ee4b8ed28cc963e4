//! What needs somebody: each case that did not come out well, once, with the next step.

use super::writer::{Page, Tone};
use crate::text::{duration, may_be_on_by};
use crate::view::{
    GuideView, Picked, Row, RunFacts, Standing, TargetKind, TaskView, View, verdict_word,
};
use proofhouse_model::event::CaseEnd;
use proofhouse_model::fold::{Applicability, GuideState, Served};
use proofhouse_model::{Plan, Seq, SuiteSource, TaskId, TroubleKind, Verdict};
use std::collections::BTreeMap;

/// Most checks listed one by one for a case.
const MOST_CHECKS: usize = 6;

/// Most events that a command names.
const MOST_EVENTS: usize = 10;

/// Units that are out of service, of whatever product.
pub(super) fn write_broken(page: &mut Page, facts: &RunFacts) {
    for (event, unit, trouble) in &facts.may_be_on {
        let (what, next) = may_be_on_by(unit, trouble);
        page.heading(&format!("NOT SAFE  {what}"));
        page.labelled_in("cause", &trouble.what, Tone::Bad);
        page.labelled("event", &event.to_string());
        let next = format!("{next}, now; then see to what switches it");
        page.labelled("next", &next);
    }
    for (event, acted) in &facts.guards {
        let relays = [&acted.units, &acted.released, &acted.restored];
        page.heading(match relays.iter().all(|units| units.is_empty()) {
            true => "THE HARNESS DIED",
            false => "MADE SAFE BY THE GUARD",
        });
        page.labelled_in("cause", &acted.to_string(), Tone::Doubt);
        page.labelled("event", &event.to_string());
    }
    for (event, unit, trouble) in &facts.broken {
        page.heading(&format!("OUT OF SERVICE  {unit}"));
        page.labelled_in("cause", &trouble.what, Tone::Doubt);
        page.labelled("event", &event.to_string());
        let next = trouble.try_next.as_deref();
        page.labelled(
            "next",
            next.unwrap_or("check its cables and supply, then run again"),
        );
    }
    write_left(page, facts);
}

/// Units that left the run: others went on with what they could do of its cases.
fn write_left(page: &mut Page, facts: &RunFacts) {
    for left in &facts.left {
        page.heading(&format!("LEFT THE RUN  {}", left.unit));
        page.labelled_in("cause", &left.told, Tone::Doubt);
        page.labelled("event", &left.event.to_string());
        match (left.back, left.try_next.as_deref()) {
            (Some(back), _) => page.labelled("back", &format!("by event {back}")),
            (None, Some(next)) => page.labelled("next", next),
            (None, None) => page.labelled("next", "check its cables and supply, then run again"),
        }
    }
}

pub(super) fn write(page: &mut Page, view: &View<'_>, run_dir: Option<&str>) {
    let touched = touched(view);
    for wanted in [Verdict::Fail, Verdict::Error, Verdict::Inconclusive] {
        for (task, touched) in view.tasks.iter().zip(&touched) {
            if touched.verdict == wanted {
                write_task(page, view, task, touched, run_dir);
            }
        }
    }
    write_declared(page, view);
    write_claims(page, view);
}

/// Whom a task leaves without a pass.
struct Touched {
    verdict: Verdict,
    /// Provisions and guide rows that it did not show.
    names: Vec<String>,
}

/// For every task of a product, in one pass over its rows.
fn touched(view: &View<'_>) -> Vec<Touched> {
    let mut by_task: BTreeMap<TaskId, Touched> = BTreeMap::new();
    let mut add = |name: &dyn Fn() -> String, served: &[Served]| {
        for s in served.iter().filter(|s| s.verdict != Verdict::Pass) {
            let touched = by_task.entry(s.task).or_insert(Touched::NONE);
            touched.verdict = touched.verdict.and(s.verdict);
            let text = format!("{} {}", name(), verdict_word(s.verdict));
            touched.names.push(text);
        }
    };
    for row in view.rows.iter().filter(|r| r.is_judged()) {
        let provision = &row.result.provision;
        let name = || format!("{} ({})", provision.id, provision.level);
        add(&name, &row.result.served);
    }
    // A row that does not apply needs nobody, whatever was not seen of it.
    let applies = |guide: &&GuideView<'_>| guide.result.state != GuideState::DoesNotApply;
    for guide in view.guides.iter().filter(applies) {
        add(&|| guide.name(), &guide.result.served);
    }
    let of = |task: &TaskView<'_>| {
        let mut touched = by_task.remove(&task.planned.id).unwrap_or(Touched::NONE);
        if touched.names.is_empty() && task.result.verdict() == Verdict::Error {
            touched.verdict = Verdict::Error;
        }
        touched
    };
    view.tasks.iter().map(of).collect()
}

impl Touched {
    const NONE: Self = Self {
        verdict: Verdict::Pass,
        names: Vec::new(),
    };
}

fn write_task(
    page: &mut Page,
    view: &View<'_>,
    task: &TaskView<'_>,
    touched: &Touched,
    run_dir: Option<&str>,
) {
    let meta = &task.planned.case;
    let (word, tone) = match touched.verdict {
        Verdict::Fail => ("FAIL", Tone::Bad),
        Verdict::Error => ("ERROR", Tone::Doubt),
        _ => ("INCONCLUSIVE", Tone::Doubt),
    };
    page.blank();
    page.pieces(&[
        (word, tone),
        ("  ", Tone::Plain),
        (&view.name(task.planned.id), Tone::Strong),
    ]);
    page.indented(2, &meta.title, Tone::Plain);
    if !touched.names.is_empty() {
        page.labelled("concerns", &touched.names.join(", "));
    }
    page.labelled("units", &units(task));
    let picked = Picked::new(*task, TargetKind::Whole);
    for line in picked.lines(MOST_CHECKS) {
        let tone = match line.label {
            "refuted" => Tone::Bad,
            "not seen" | "stopped" | "not run" | "gave up" => Tone::Doubt,
            _ => Tone::Plain,
        };
        page.labelled_in(line.label, &line.text, tone);
    }
    let events = where_to_look(picked.rests_on(), run_dir);
    page.labelled("next", &next_step(view, task, touched.verdict, &events));
}

fn units(task: &TaskView<'_>) -> String {
    let held = match task.result.units.as_slice() {
        [] => &task.planned.units,
        held => held,
    };
    let names: Vec<_> = held.iter().map(ToString::to_string).collect();
    let took = match task.facts {
        Some(_) => format!(", {}", duration(task.result.took_us)),
        None => String::new(),
    };
    format!("{}{took}", names.join(", "))
}

/// The command that prints the events a verdict rests on, else the file in which the events of the case are.
fn where_to_look(rests_on: &[Seq], run_dir: Option<&str>) -> String {
    let Some(dir) = run_dir else {
        return "in events.jsonl".to_owned();
    };
    if rests_on.is_empty() {
        return format!("in {dir}/events.jsonl");
    }
    let named = rests_on.iter().take(MOST_EVENTS).map(Seq::to_string);
    let named: Vec<String> = named.collect();
    let more = match rests_on.len().saturating_sub(MOST_EVENTS) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!("with `proofhouse events {dir} {}`{more}", named.join(" "))
}

fn next_step(view: &View<'_>, task: &TaskView<'_>, verdict: Verdict, events: &str) -> String {
    let again = format!("again: {}", again(view, task));
    if task.result.not_run.is_some() {
        return format!("clear what stopped the run, then {again}");
    }
    if verdict == Verdict::Fail {
        return format!("read these events {events}; {again}");
    }
    match &task.result.end {
        Some(CaseEnd::Stopped { trouble, .. }) => match (&trouble.try_next, trouble.kind) {
            (Some(next), _) => format!("{next}; {again}"),
            (None, TroubleKind::Case) => {
                format!("a mistake in the case or device script: mend the line named; {again}")
            }
            (None, TroubleKind::Cancelled) => again,
            (None, TroubleKind::Bench) => format!("check cables and supplies; {again}"),
            (None, _) => format!(
                "nothing can be said without an answer: see {events} what the device did before; {again}"
            ),
        },
        Some(CaseEnd::Skipped { .. }) => format!("mend or provide what it tells of; {again}"),
        Some(CaseEnd::Complete) => {
            format!("silence is no pass: see {events} what the device did; {again}")
        }
        None => again,
    }
}

/// The suite that is meant where none is named.
const USUAL_SUITE: &str = "test-suites/en303645";

/// The suite about the bench, which a command of its own runs.
const BENCH_SUITE: &str = "test-suites/bench";

/// The command that does a case again.
fn again(view: &View<'_>, task: &TaskView<'_>) -> String {
    let plan = view.plan;
    if is_trial(plan) {
        return try_again(view, task);
    }
    let case = &task.planned.case.id;
    let seed = view.facts.seed.unwrap_or(plan.seed);
    let mut out = format!("proofhouse run --bench {}", plan.bench.file);
    match &plan.suite_source {
        SuiteSource::Folder { path, .. } if !path.is_empty() && !path.ends_with(USUAL_SUITE) => {
            out.push_str(&format!(" --suite {path}"));
        }
        _ => {}
    }
    if plan.products.len() > 1 {
        out.push_str(&format!(" --product {}", view.id));
    }
    out.push_str(&format!(" --case {case} --seed {seed}"));
    for (option, names) in [("defect", &plan.mode.defects), ("blind", &plan.mode.blinds)] {
        for name in names.get(view.id).into_iter().flatten() {
            out.push_str(&format!(" --{option} {name}"));
        }
    }
    if !plan.mode.without_operator.is_empty() {
        out.push_str(" --no-operator");
    }
    out
}

/// Whether it is a run that `proofhouse doctor` can do again: of its own suite, on a bench as its file says it.
fn is_trial(plan: &Plan) -> bool {
    let its_own = match &plan.suite_source {
        SuiteSource::Folder { path, .. } => path.ends_with(BENCH_SUITE),
        SuiteSource::Embedded { .. } => true,
    };
    let as_said = plan.mode.defects.is_empty() && plan.mode.blinds.is_empty();
    plan.catalogue.by_cases && plan.suite == "bench" && its_own && as_said
}

/// The same for a trial of the bench, which takes no seed. It holds the same units again.
fn try_again(view: &View<'_>, task: &TaskView<'_>) -> String {
    let mut out = format!("proofhouse doctor --bench {}", view.plan.bench.file);
    for unit in &task.planned.units {
        out.push_str(&format!(" --unit {unit}"));
    }
    out.push_str(&format!(" --case {}", task.planned.case.id));
    out
}

/// Units that do not hold by what the maker declares, whatever the device does.
fn write_declared(page: &mut Page, view: &View<'_>) {
    for row in view.rows.iter().filter(|r| r.is_judged()) {
        for unit in row.result.refuted_on_paper() {
            page.blank();
            page.pieces(&[
                ("FAIL", Tone::Bad),
                ("  ", Tone::Plain),
                (unit.unit.as_str(), Tone::Strong),
                (" as declared", Tone::Plain),
            ]);
            page.labelled_in("why", &unit.reason, Tone::Bad);
            page.labelled(
                "next",
                "mend what the row declares, or the product; proofhouse check tells it without a run",
            );
        }
    }
}

/// Claims that are wrong one by one, those that are missing together.
fn write_claims(page: &mut Page, view: &View<'_>) {
    let unclaimed = |row: &&Row<'_>| row.result.applicability == Applicability::NoClaim;
    let wrong = view.rows.iter().filter(|r| !unclaimed(r));
    for (row, why) in wrong.filter_map(|r| Some((r, r.claim_trouble()?))) {
        let provision = &row.result.provision;
        page.blank();
        page.pieces(&[
            ("BAD CLAIM", Tone::Bad),
            ("  ", Tone::Plain),
            (provision.id.as_str(), Tone::Strong),
        ]);
        page.indented(2, &provision.title, Tone::Plain);
        page.labelled_in("why", &why, Tone::Bad);
        page.labelled("next", "correct its ICS row in the profile, then run again");
    }
    let missing: Vec<_> = view
        .rows
        .iter()
        .filter(|r| unclaimed(r) && r.standing != Standing::NotRun)
        .map(|r| r.result.provision.id.as_str())
        .collect();
    if !missing.is_empty() {
        page.blank();
        page.pieces(&[("NO CLAIM", Tone::Doubt)]);
        page.list(2, &missing.join(", "));
        let next =
            "add an ICS row for each to the profile: Y, N or N/A, with how, why or on what ground";
        page.labelled("next", next);
    }
}
