//! What the user picked by name.

use super::assign::Run;
use super::{PlanInputs, ProductInputs};
use crate::read::{nearest, shorten};
use proofhouse_model::plan::LeftOut;
use proofhouse_model::{BenchSpec, CaseMeta, Diagnostic, ProvisionId, UnitSpec};
use std::collections::BTreeSet;

/// Names in the filter that nothing has.
pub fn unknown_names(inputs: &PlanInputs) -> Vec<Diagnostic> {
    let cases: Vec<_> = inputs.cases.iter().map(|c| c.id.as_str()).collect();
    let units: Vec<_> = inputs.bench.units.iter().map(|u| u.name.as_str()).collect();
    let products = inputs.products.iter().map(|p| p.profile.id.as_str());
    let products: Vec<_> = products.collect();
    let catalogue = &inputs.suite.catalogue;
    let provisions: Vec<_> = catalogue.provisions.iter().map(|p| p.id.as_str()).collect();
    let filter = &inputs.filter;
    let mut found = Vec::new();
    found.extend(unknown("--case", "case", &filter.cases, &cases, exact));
    found.extend(unknown("--unit", "unit", &filter.units, &units, exact));
    found.extend(unknown(
        "--product",
        "product",
        &filter.products,
        &products,
        exact,
    ));
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
            let near = nearest(g, names.iter().copied());
            let mut whole = Diagnostic::whole(option, message).nearest(near);
            if names.len() <= 12 {
                whole.expected = Some(format!("one of {}", names.join(", ")));
                return whole;
            }
            match what {
                "product" => whole,
                what => whole.help(format!("`proofhouse list {what}s` names them all")),
            }
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

/// Products to be tested: those asked for that have a unit that may be used.
pub fn products(inputs: &PlanInputs) -> Vec<&ProductInputs> {
    let picked = &inputs.filter.products;
    let asked = |p: &&ProductInputs| {
        picked.is_empty() || picked.iter().any(|name| name == p.profile.id.as_str())
    };
    let has_unit =
        |p: &&ProductInputs| units_of(&inputs.bench, p).any(|unit| may_use(inputs, unit));
    inputs
        .products
        .iter()
        .filter(asked)
        .filter(has_unit)
        .collect()
}

/// Specimens of a product, in the bench file's order.
pub fn units_of<'a>(
    bench: &'a BenchSpec,
    product: &ProductInputs,
) -> impl Iterator<Item = &'a UnitSpec> + use<'a> {
    let folder = product.profile.folder.clone();
    bench.units.iter().filter(move |u| u.profile == folder)
}

/// Whether `--unit` lets a unit be used.
pub fn may_use(inputs: &PlanInputs, unit: &UnitSpec) -> bool {
    let picked = &inputs.filter.units;
    picked.is_empty() || picked.iter().any(|p| p == unit.name.as_str())
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

/// Why a case has nothing to speak for: the edition has none of its provisions any more, and it serves no guide.
pub fn of_another_edition(inputs: &PlanInputs, case: &CaseMeta) -> Option<String> {
    let catalogue = &inputs.suite.catalogue;
    let here = |id: &ProvisionId| catalogue.provision(id).is_some();
    if case.provisions.iter().any(here) || !case.guides.is_empty() || case.provisions.is_empty() {
        return None;
    }
    let served: Vec<_> = case.provisions.iter().map(ProvisionId::as_str).collect();
    let (edition, served) = (catalogue.edition, served.join(", "));
    Some(format!("it serves {served}, which {edition} does not have"))
}

/// Cases asked for by name that can run on no product: the user must know before, not from a report.
pub fn asked_but_left_out(
    inputs: &PlanInputs,
    runs: &[Run<'_>],
    left_out: &[LeftOut],
) -> Vec<Diagnostic> {
    let running: BTreeSet<_> = runs.iter().map(|r| &r.case.id).collect();
    let asked = |l: &&LeftOut| inputs.filter.cases.iter().any(|c| c == l.case.id.as_str());
    let refused = left_out.iter().filter(asked);
    refused
        .filter(|l| !running.contains(&l.case.id))
        .map(|l| Diagnostic::whole("--case", format!("{} cannot run: {}", l.case.id, l.why)))
        .collect()
}
