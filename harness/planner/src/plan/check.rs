//! What a case says of itself must exist.

use super::PlanInputs;
use super::fit::ixit_need;
use crate::read::nearest;
use crate::suite::Former;
use proofhouse_model::{CaseMeta, Catalogue, Diagnostic, Per, UnitNature, UnitRef};
use std::collections::{BTreeMap, BTreeSet};

/// All cases that name things which do not exist.
pub fn cases(inputs: &PlanInputs) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut ids = BTreeSet::new();
    let former = &inputs.suite.former;
    for case in &inputs.cases {
        let say = |message: String| Diagnostic::whole(&case.file, message);
        if !ids.insert(&case.id) {
            found.push(say(format!("there are two cases named {}", case.id)));
        }
        if case.specimens == 0 {
            found.push(say("it asks for no specimen".to_owned()).expected("1 or more"));
        }
        if case.per == Per::Unit && case.specimens > 1 {
            let message = "it runs on every unit, and asks for several at a time".to_owned();
            found.push(say(message).expected("1 specimen"));
        }
        if case.provisions.is_empty() && case.guides.is_empty() {
            let message = "it serves neither a provision nor a guide".to_owned();
            found.push(say(message).expected("`provisions` or `guides` with at least one row"));
        }
        found.extend(provisions(case, &inputs.suite.catalogue, former));
        found.extend(units(case, &inputs.suite.catalogue, former));
        found.extend(guides(case, &inputs.suite.catalogue));
        found.extend(tables(case, inputs));
    }
    found
}

/// Two profiles of one name would be one product in every result.
pub fn products(inputs: &PlanInputs) -> Vec<Diagnostic> {
    let mut seen = BTreeMap::new();
    let mut found = Vec::new();
    for product in &inputs.products {
        let profile = &product.profile;
        if let Some(other) = seen.insert(&profile.id, &profile.folder) {
            let message = format!(
                "the profiles in {other} and {} are both of a product named {}",
                profile.folder, profile.id
            );
            let help = "write another `id` below [product] of one of them";
            found.push(Diagnostic::whole(&inputs.bench.file, message).help(help));
        }
    }
    found
}

/// A public label field that no unit of the product has, and that looks like one it has, is a slip.
pub fn public_labels(inputs: &PlanInputs) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for profile in inputs.products.iter().map(|p| &p.profile) {
        let of = |folder: &str| folder == profile.folder;
        let units = inputs.bench.units.iter().filter(|u| of(&u.profile));
        let fields: BTreeSet<&str> = units
            .flat_map(|u| u.label.keys().map(String::as_str))
            .collect();
        for name in profile
            .public_labels
            .iter()
            .filter(|n| !fields.contains(n.as_str()))
        {
            let hidden = fields.iter().copied();
            let hidden = hidden.filter(|f| !profile.public_labels.iter().any(|n| n == f));
            if let Some(near) = nearest(name, hidden) {
                let message = format!("no label on this bench has the public field `{name}`");
                let file = format!("{}/profile.toml", profile.folder);
                found.push(Diagnostic::whole(&file, message).nearest(Some(near)));
            }
        }
    }
    found
}

/// Cases are written for one edition: what that had, and this one has not, is no mistake.
fn provisions(case: &CaseMeta, catalogue: &Catalogue, former: &Former) -> Vec<Diagnostic> {
    let (standard, edition) = (&catalogue.standard, catalogue.edition);
    let names = || catalogue.provisions.iter().map(|p| p.id.as_str());
    let missing = case.provisions.iter();
    let missing =
        missing.filter(|id| catalogue.provision(id).is_none() && !former.provisions.contains(id));
    missing
        .map(|id| {
            let message = format!("{standard} {edition} has no provision {id}");
            Diagnostic::whole(&case.file, message).nearest(nearest(id.as_str(), names()))
        })
        .collect()
}

/// Nothing to hold units against where the edition's are not known.
fn units(case: &CaseMeta, catalogue: &Catalogue, former: &Former) -> Vec<Diagnostic> {
    let known: Vec<_> = catalogue.provisions.iter().flat_map(|p| &p.units).collect();
    if known.is_empty() {
        return Vec::new();
    }
    let wrong = |unit: &UnitRef| match known.iter().find(|k| &k.id == unit) {
        None if former.units.contains(unit) => None,
        None => {
            let message = format!("the test specification has no unit {unit}");
            let near = nearest(unit.as_str(), known.iter().map(|k| k.id.as_str()));
            Some(Diagnostic::whole(&case.file, message).nearest(near))
        }
        Some(k) if k.nature == UnitNature::Conceptual => {
            let message = format!("{unit} is settled by a person who reads papers, not by a case");
            Some(Diagnostic::whole(&case.file, message).expected("functional units only"))
        }
        Some(_) => None,
    };
    case.units.iter().filter_map(wrong).collect()
}

fn guides(case: &CaseMeta, catalogue: &Catalogue) -> Vec<Diagnostic> {
    let names = || {
        let rows = catalogue.guides.iter().flat_map(|g| &g.rows);
        rows.map(|r| r.id.as_str())
    };
    let missing = case.guides.iter();
    let missing = missing.filter(|id| !names().any(|n| n == id.as_str()));
    missing
        .map(|id| {
            let message = format!("there is no guide row {id}");
            Diagnostic::whole(&case.file, message).nearest(nearest(id.as_str(), names()))
        })
        .collect()
}

fn tables(case: &CaseMeta, inputs: &PlanInputs) -> Vec<Diagnostic> {
    let names = || inputs.suite.ixit.iter().map(|t| t.id.as_str());
    let wanted = case.ixit.iter().map(|need| ixit_need(need).0);
    let missing = wanted.filter(|id| !names().any(|n| n == *id));
    missing
        .map(|id| {
            let message = format!("there is no IXIT table {id}");
            Diagnostic::whole(&case.file, message).nearest(nearest(id, names()))
        })
        .collect()
}
