//! What needs somebody: each case that did not come out well, once, with the next step.

use super::writer::{Page, Tone};
use crate::text::duration;
use crate::view::{CaseView, Picked, Row, Standing, TargetKind, View, verdict_word};
use proofhouse_model::event::CaseEnd;
use proofhouse_model::fold::Applicability;
use proofhouse_model::{TroubleKind, Verdict};

/// Most checks listed one by one for a case.
const MOST_CHECKS: usize = 6;

pub(super) fn write(page: &mut Page, view: &View<'_>, run_dir: Option<&str>) {
    for (event, unit, trouble) in &view.facts.broken {
        page.heading(&format!("OUT OF SERVICE  {unit}"));
        page.labelled_in("cause", &trouble.what, Tone::Doubt);
        page.labelled("event", &event.to_string());
        let next = trouble.try_next.as_deref();
        page.labelled(
            "next",
            next.unwrap_or("check its cables and supply, then run again"),
        );
    }
    for wanted in [Verdict::Fail, Verdict::Error, Verdict::Inconclusive] {
        for case in &view.cases {
            let touched = Touched::of(view, case);
            if touched.verdict == wanted {
                write_case(page, view, case, &touched, run_dir);
            }
        }
    }
    write_claims(page, view);
}

/// Whom a case leaves without a pass.
struct Touched {
    verdict: Verdict,
    /// Provisions and guide rows that this case did not show.
    names: Vec<String>,
}

impl Touched {
    fn of(view: &View<'_>, case: &CaseView<'_>) -> Self {
        let id = &case.planned.case.id;
        let mut out = Self {
            verdict: Verdict::Pass,
            names: Vec::new(),
        };
        for row in view.rows.iter().filter(|r| r.is_judged()) {
            let served = row.result.cases.iter().filter(|(c, ..)| c == id);
            let provision = &row.result.provision;
            let name = format!("{} ({})", provision.id, provision.level);
            out.add(&name, served.map(|(_, v, _)| *v));
        }
        for guide in &view.guides {
            let served = guide.result.cases.iter().filter(|(c, ..)| c == id);
            out.add(&guide.name(), served.map(|(_, v, _)| *v));
        }
        if out.names.is_empty() && case.result.verdict() == Verdict::Error {
            out.verdict = Verdict::Error;
        }
        out
    }

    fn add(&mut self, name: &str, verdicts: impl Iterator<Item = Verdict>) {
        for verdict in verdicts.filter(|v| *v != Verdict::Pass) {
            self.verdict = self.verdict.and(verdict);
            self.names.push(format!("{name} {}", verdict_word(verdict)));
        }
    }
}

fn write_case(
    page: &mut Page,
    view: &View<'_>,
    case: &CaseView<'_>,
    touched: &Touched,
    run_dir: Option<&str>,
) {
    let meta = &case.planned.case;
    let (word, tone) = match touched.verdict {
        Verdict::Fail => ("FAIL", Tone::Bad),
        Verdict::Error => ("ERROR", Tone::Doubt),
        _ => ("INCONCLUSIVE", Tone::Doubt),
    };
    page.blank();
    page.pieces(&[
        (word, tone),
        ("  ", Tone::Plain),
        (meta.id.as_str(), Tone::Strong),
    ]);
    page.indented(2, &meta.title, Tone::Plain);
    if !touched.names.is_empty() {
        page.labelled("concerns", &touched.names.join(", "));
    }
    page.labelled("units", &units(case));
    for line in Picked::new(*case, TargetKind::Whole).lines(MOST_CHECKS) {
        let tone = match line.label {
            "refuted" => Tone::Bad,
            "not seen" | "stopped" | "not run" | "gave up" => Tone::Doubt,
            _ => Tone::Plain,
        };
        page.labelled_in(line.label, &line.text, tone);
    }
    page.labelled("next", &next_step(view, case, touched.verdict, run_dir));
}

fn units(case: &CaseView<'_>) -> String {
    let held = match case.result.units.as_slice() {
        [] => &case.planned.units,
        held => held,
    };
    let names: Vec<_> = held.iter().map(ToString::to_string).collect();
    let took = match case.facts {
        Some(_) => format!(", {}", duration(case.result.took_us)),
        None => String::new(),
    };
    format!("{}{took}", names.join(", "))
}

fn next_step(
    view: &View<'_>,
    case: &CaseView<'_>,
    verdict: Verdict,
    run_dir: Option<&str>,
) -> String {
    let id = &case.planned.case.id;
    let seed = view.facts.seed.unwrap_or(view.plan.seed);
    let again = format!("again: the same command with --case {id} --seed {seed}");
    let events = match run_dir {
        Some(dir) => format!("{dir}/events.jsonl"),
        None => "events.jsonl".to_owned(),
    };
    if case.result.not_run.is_some() {
        return format!("clear what stopped the run, then {again}");
    }
    if verdict == Verdict::Fail {
        return format!("read these events in {events}; {again}");
    }
    match &case.result.end {
        Some(CaseEnd::Stopped { trouble, .. }) => match (&trouble.try_next, trouble.kind) {
            (Some(next), _) => format!("{next}; {again}"),
            (None, TroubleKind::Case) => {
                format!("a mistake in the case or device script: mend the line named; {again}")
            }
            (None, TroubleKind::Cancelled) => again,
            (None, TroubleKind::Bench) => format!("check cables and supplies; {again}"),
            (None, _) => format!(
                "nothing can be said without an answer: see in {events} what the device did before; {again}"
            ),
        },
        Some(CaseEnd::Skipped { .. }) => format!("provide what it names; {again}"),
        Some(CaseEnd::Complete) => {
            format!("silence is no pass: see in {events} what the device did; {again}")
        }
        None => again,
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
