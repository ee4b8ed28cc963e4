//! `proofhouse check`: every mistake in all three files, nothing touched.

use super::{prepare, say};
use crate::args::Selection;
use crate::exit::Exit;
use crate::{fitness, operator, places};
use proofhouse_model::drivers::Driver;
use proofhouse_model::fold::Applicability;
use proofhouse_model::secret::names_a_credential;
use proofhouse_model::settings::{Kind, Setting};
use proofhouse_model::{Channel, Event, Plan, UnitSpec, statement};
use proofhouse_report::text::{count, not_switched};
use proofhouse_report::view::{Folded, Row, View};
use proofhouse_transport::console::usb;
use std::path::Path;

/// Where a run goes that is not told otherwise.
const RUNS: &str = "runs";

/// Reads, checks and plans; says what was found.
pub fn check(selection: &Selection) -> Exit {
    let session = match prepare(selection) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    let plan = &session.plan;
    for (id, product) in &plan.products {
        say(&format!(
            "ok: {id} on {}: {} planned on {}\n",
            plan.bench.name,
            count(plan.tasks_of(id).count(), "case"),
            count(product.units.len(), "unit")
        ));
    }
    for unit in &plan.bench.units {
        if let Some(asked) = places::would_ask(&plan.bench, unit) {
            say(&format!("place: {}: {asked}\n", unit.name));
        }
    }
    if let Some(told) = not_switched(plan) {
        say(&format!(
            "supply: {told}; cases that cut it are left out, and others say what they cannot rule out\n"
        ));
    }
    for told in operator::told(plan) {
        say(&format!("operator: {told}\n"));
    }
    let (by_filter, unfit): (Vec<_>, Vec<_>) = plan.left_out.iter().partition(|l| l.by_filter);
    if !by_filter.is_empty() {
        let cases = count(by_filter.len(), "case");
        say(&format!("not picked: {cases}\n"));
    }
    for left in unfit {
        let on = match plan.products.len() {
            1 => String::new(),
            _ => format!(" on {}", left.product),
        };
        say(&format!("left out{on}: {}: {}\n", left.case.id, left.why));
    }
    let untried = fitness::warning(plan, Path::new(RUNS));
    let warnings = not_there(plan).into_iter().chain(numbers(plan));
    let warnings = warnings.chain(untried);
    for warning in warnings.chain(claim_warnings(plan)) {
        say(&format!("warning: {warning}\n"));
    }
    let faults = desk_review(plan);
    faults.iter().for_each(|fault| say(fault));
    match faults.is_empty() {
        true => {
            say("desk review: no fault in what the makers say\n");
            Exit::Passed
        }
        false => Exit::Failed,
    }
}

/// Programs and files that the bench file names and that are not on this host now. No mistakes: they may be by then.
fn not_there(plan: &Plan) -> Vec<String> {
    let folder = Path::new(&plan.bench.file).parent();
    let folder = folder.unwrap_or(Path::new(""));
    let mut out = Vec::new();
    for unit in &plan.bench.units {
        for (channel, wire) in &unit.wires {
            let Some(driver) = Driver::find(*channel, &wire.driver) else {
                continue;
            };
            for key in driver.keys {
                let named = match (key.kind, wire.settings.0.get(key.name)) {
                    (Kind::Path, Some(Setting::Text(path))) => Some(path),
                    (Kind::Command, Some(Setting::Words(words))) => {
                        words.first().filter(|program| program.contains('/'))
                    }
                    _ => None,
                };
                let Some(path) = named.filter(|path| !folder.join(path).exists()) else {
                    continue;
                };
                let place = format!("{} of {channel}", key.name);
                // In place of a key's file its passphrase may stand there.
                out.push(match names_a_credential(key.name) {
                    true => format!("{}: there is no such file as `{place}` names", unit.name),
                    false => format!("{}: there is no {path}, which `{place}` names", unit.name),
                });
            }
        }
    }
    out
}

/// Consoles named by a number that the next adapter may have.
fn numbers(plan: &Plan) -> Vec<String> {
    let folder = Path::new(&plan.bench.file).parent();
    let folder = folder.unwrap_or(Path::new(""));
    let advice = |unit: &UnitSpec| {
        let port = unit.wire(Channel::Console)?.settings.text("port").ok()?;
        let advice = usb::advice(&folder.join(port), &usb::Places::default())?;
        Some(format!("{}: {advice}", unit.name))
    };
    plan.bench.units.iter().filter_map(advice).collect()
}

/// What cannot be true of the statements as they stand: the rule, and the rows that say so.
fn desk_review(plan: &Plan) -> Vec<String> {
    let products = plan.products.iter();
    let each = products.flat_map(|(id, product)| {
        let faults = statement::review(&plan.catalogue, &product.profile);
        faults.into_iter().map(move |fault| {
            let (rule, what, rows) = (fault.rule.name(), &fault.what, fault.rows.join("; "));
            format!("fault in the statement of {id}: {what}\n  rule  {rule}\n  rows  {rows}\n")
        })
    });
    each.collect()
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
