//! `proofhouse check`: every mistake in all three files, nothing touched.

use super::{prepare, say};
use crate::args::Selection;
use crate::exit::Exit;
use proofhouse_model::fold::Applicability;
use proofhouse_model::{Event, Plan};
use proofhouse_report::view::{Folded, Row, View};

/// Reads, checks and plans; says what was found.
pub fn check(selection: &Selection) -> Exit {
    let session = match prepare(selection) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    let plan = &session.plan;
    for (id, product) in &plan.products {
        say(&format!(
            "ok: {id} on {}: {} cases planned on {} units\n",
            plan.bench.name,
            plan.tasks_of(id).count(),
            product.units.len()
        ));
    }
    for left in &plan.left_out {
        let on = match plan.products.len() {
            1 => String::new(),
            _ => format!(" on {}", left.product),
        };
        say(&format!("left out{on}: {}: {}\n", left.case.id, left.why));
    }
    for warning in claim_warnings(plan) {
        say(&format!("warning: {warning}\n"));
    }
    Exit::Passed
}

/// Wrong and missing claims, as `run` reports them. The files can be used, so they are no mistakes: what a run makes of
/// them is told instead.
fn claim_warnings(plan: &Plan) -> Vec<String> {
    let folded = Folded::new(plan, std::iter::empty::<Event>());
    let run = folded.view();
    run.products.iter().flat_map(warnings_of).collect()
}

fn warnings_of(view: &View<'_>) -> Vec<String> {
    let missing = |r: &&Row<'_>| r.result.applicability == Applicability::NoClaim;
    let (missing, rest): (Vec<_>, Vec<_>) = view.rows.iter().partition(missing);
    let wrong = rest.iter().filter_map(|row| {
        let why = row.claim_trouble()?;
        Some(format!(
            "{}: {why}: a run fails (exit 1)",
            row.result.provision.id
        ))
    });
    let mut out: Vec<_> = wrong.collect();
    if !missing.is_empty() {
        let ids: Vec<_> = missing
            .iter()
            .map(|r| r.result.provision.id.as_str())
            .collect();
        out.push(format!(
            "no claim in [ics] for {}: a run of the whole suite is undecided (exit 3)",
            ids.join(", ")
        ));
    }
    if view.plan.products.len() > 1 {
        out.iter_mut()
            .for_each(|line| *line = format!("{}: {line}", view.id));
    }
    out
}
