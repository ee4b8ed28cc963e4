//! `proofhouse check`: every mistake in all three files, nothing touched.

use super::{here, say, wrong_input};
use crate::args::Selection;
use crate::exit::Exit;
use crate::session;
use proofhouse_model::Plan;
use proofhouse_model::fold::Applicability;
use proofhouse_report::view::{Folded, Row};

/// Reads, checks and plans; says what was found.
pub fn check(selection: &Selection) -> Exit {
    let session = match session::prepare(selection, &here()) {
        Ok(session) => session,
        Err(list) => return wrong_input(&list),
    };
    let plan = &session.plan;
    say(&format!(
        "ok: {} on {}: {} cases planned on {} units\n",
        plan.profile.name,
        plan.bench.name,
        plan.cases.len(),
        plan.bench.units.len()
    ));
    for left in &plan.left_out {
        say(&format!("left out: {}: {}\n", left.case.id, left.why));
    }
    for warning in claim_warnings(plan) {
        say(&format!("warning: {warning}\n"));
    }
    Exit::Passed
}

/// Wrong and missing claims, as `run` reports them. The files can be used, so they are no mistakes: what a run makes of
/// them is told instead.
fn claim_warnings(plan: &Plan) -> Vec<String> {
    let folded = Folded::new(plan, &[]);
    let view = folded.view();
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
    out
}
