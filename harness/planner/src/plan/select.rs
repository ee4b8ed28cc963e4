//! What the user picked by name.

use super::PlanInputs;
use crate::read::{nearest, shorten};
use proofhouse_model::plan::LeftOut;
use proofhouse_model::{CaseMeta, Diagnostic, ProvisionId, UnitSpec};

/// Names in the filter that nothing has.
pub fn unknown_names(inputs: &PlanInputs) -> Vec<Diagnostic> {
    let cases: Vec<_> = inputs.cases.iter().map(|c| c.id.as_str()).collect();
    let units: Vec<_> = inputs.bench.units.iter().map(|u| u.name.as_str()).collect();
    let catalogue = &inputs.suite.catalogue;
    let provisions: Vec<_> = catalogue.provisions.iter().map(|p| p.id.as_str()).collect();
    let filter = &inputs.filter;
    let mut found = Vec::new();
    found.extend(unknown("--case", "case", &filter.cases, &cases, exact));
    found.extend(unknown("--unit", "unit", &filter.units, &units, exact));
    found.extend(unknown(
        "--provision",
        "provision",
        &filter.provisions,
        &provisions,
        covers,
    ));
    found
}

fn unknown(
    option: &str,
    what: &str,
    given: &[String],
    names: &[&str],
    hits: fn(&str, &str) -> bool,
) -> Vec<Diagnostic> {
    let missing = given.iter().filter(|g| !names.iter().any(|n| hits(g, n)));
    missing
        .map(|g| {
            let message = format!("there is no {what} `{}`", shorten(g));
            let mut whole =
                Diagnostic::whole(option, message).nearest(nearest(g, names.iter().copied()));
            if names.len() <= 12 {
                whole.expected = Some(format!("one of {}", names.join(", ")));
            }
            whole
        })
        .collect()
}

fn exact(given: &str, name: &str) -> bool {
    given == name
}

/// `5.11` covers `5.11-1`; `5.11-1` covers itself alone.
fn covers(given: &str, provision: &str) -> bool {
    given == provision
        || provision
            .split_once('-')
            .is_some_and(|(clause, _)| clause == given)
}

/// Units that may be used, in the bench file's order.
pub fn units(inputs: &PlanInputs) -> Vec<&UnitSpec> {
    let picked = &inputs.filter.units;
    let may = |u: &&UnitSpec| picked.is_empty() || picked.iter().any(|p| p == u.name.as_str());
    inputs.bench.units.iter().filter(may).collect()
}

/// Why the filter leaves a case out, if it does.
pub fn left_out(inputs: &PlanInputs, case: &CaseMeta) -> Option<String> {
    let filter = &inputs.filter;
    if !filter.cases.is_empty() && !filter.cases.iter().any(|c| c == case.id.as_str()) {
        return Some("--case picks others".to_owned());
    }
    let serves = |p: &ProvisionId| filter.provisions.iter().any(|f| covers(f, p.as_str()));
    if !filter.provisions.is_empty() && !case.provisions.iter().any(serves) {
        return Some("--provision picks others".to_owned());
    }
    None
}

/// Cases asked for by name that cannot run: the user must know before, not from a report.
pub fn asked_but_left_out(inputs: &PlanInputs, left_out: &[LeftOut]) -> Vec<Diagnostic> {
    let asked = |l: &&LeftOut| inputs.filter.cases.iter().any(|c| c == l.case.id.as_str());
    let refused = left_out.iter().filter(asked);
    refused
        .map(|l| Diagnostic::whole("--case", format!("{} cannot run: {}", l.case.id, l.why)))
        .collect()
}
