//! The ledger of a run: every unit of the test specification, what became of it, and on what that rests.

mod csv;
mod text;

use crate::text::visible;
use crate::view::Folded;
use proofhouse_model::fold::{LedgerRow, LedgerState, LooseFinding};
use proofhouse_model::{Catalogue, ProductId, ProvisionId, UnitNature};
use serde::Serialize;
use std::collections::BTreeMap;

/// Which units are asked for; empty lists ask for all.
#[derive(Debug, Default)]
pub struct Filter {
    /// Units whose names begin so.
    pub units: Vec<String>,
    /// Units in these states.
    pub states: Vec<LedgerState>,
}

impl Filter {
    fn picks(&self, row: &LedgerRow) -> bool {
        let begins = |start: &String| row.unit.as_str().starts_with(start.as_str());
        (self.units.is_empty() || self.units.iter().any(begins))
            && (self.states.is_empty() || self.states.contains(&row.state))
    }

    fn picks_finding(&self, finding: &LooseFinding) -> bool {
        let id = finding.provision.as_str();
        let about = |start: &String| id.starts_with(start.as_str()) || start.starts_with(id);
        (self.units.is_empty() || self.units.iter().any(about))
            && (self.states.is_empty() || self.states.contains(&LedgerState::Refuted))
    }

    /// Beginnings of units that fit none.
    #[must_use]
    pub fn unknown<'a>(&'a self, run: &Folded<'_>) -> Vec<&'a str> {
        let provisions = &run.plan().catalogue.provisions;
        let fits = |start: &&String| {
            let mut units = provisions.iter().flat_map(|p| &p.units);
            !units.any(|u| u.id.as_str().starts_with(start.as_str()))
        };
        self.units.iter().filter(fits).map(String::as_str).collect()
    }
}

/// The ledgers of a run.
#[derive(Debug, Serialize)]
pub struct Ledger<'a> {
    /// Name of the standard.
    standard: &'a str,
    edition: String,
    /// Provisions that no unit tests, each with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    without_units: Vec<WithoutUnits<'a>>,
    products: Vec<OfProduct<'a>>,
}

#[derive(Debug, Serialize)]
struct WithoutUnits<'a> {
    provision: &'a ProvisionId,
    why: &'a str,
}

#[derive(Debug, Serialize)]
struct OfProduct<'a> {
    product: &'a ProductId,
    /// How many units it has, asked for or not.
    of_all: usize,
    /// Over the units that are asked for.
    totals: Totals,
    rows: Vec<Row>,
    /// What was refuted for or against a provision and names none of its units.
    findings: Vec<Loose>,
}

/// A finding, and its case by name.
#[derive(Debug, Serialize)]
struct Loose {
    #[serde(flatten)]
    finding: LooseFinding,
    case: String,
}

/// A row, and the cases behind it by name.
#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    row: LedgerRow,
    cases: Vec<String>,
}

/// How many units are in each state.
#[derive(Debug, Serialize)]
struct Totals {
    units: usize,
    functional: usize,
    by_state: BTreeMap<LedgerState, usize>,
    functional_by_state: BTreeMap<LedgerState, usize>,
}

impl Totals {
    fn of(rows: &[&LedgerRow]) -> Self {
        let functional = |row: &&&LedgerRow| row.nature == UnitNature::Functional;
        Self {
            units: rows.len(),
            functional: rows.iter().filter(functional).count(),
            by_state: counted(rows.iter().copied()),
            functional_by_state: counted(rows.iter().filter(functional).copied()),
        }
    }
}

fn counted<'a>(rows: impl Iterator<Item = &'a LedgerRow>) -> BTreeMap<LedgerState, usize> {
    let mut out = BTreeMap::new();
    rows.for_each(|row| *out.entry(row.state).or_default() += 1);
    out
}

/// The ledger of a run, of the units that are asked for.
#[must_use]
pub fn of<'a>(run: &'a Folded<'_>, filter: &Filter) -> Ledger<'a> {
    let plan = run.plan();
    let view = run.view();
    let products = view.products.iter().map(|product| {
        let all = product.ledger();
        let of_all = all.len();
        let picked = all.into_iter().filter(|row| filter.picks(row));
        let picked: Vec<&LedgerRow> = picked.collect();
        let totals = Totals::of(&picked);
        let rows = picked.into_iter().cloned().map(|mut row| {
            row.reason = visible(&row.reason).into_owned();
            for sub in &mut row.rows {
                sub.reason = visible(&sub.reason).into_owned();
            }
            Row {
                cases: row.by.iter().map(|task| product.name(*task)).collect(),
                row,
            }
        });
        let findings = product.loose_findings().into_iter();
        let findings = findings.filter(|f| filter.picks_finding(f));
        let findings = findings.cloned().map(|mut finding| {
            finding.what = visible(&finding.what).into_owned();
            let case = product.name(finding.by);
            Loose { finding, case }
        });
        OfProduct {
            product: product.id,
            of_all,
            totals,
            rows: rows.collect(),
            findings: findings.collect(),
        }
    });
    Ledger {
        standard: &plan.catalogue.standard,
        edition: plan.catalogue.edition.to_string(),
        without_units: without_units(&plan.catalogue),
        products: products.collect(),
    }
}

fn without_units(catalogue: &Catalogue) -> Vec<WithoutUnits<'_>> {
    let said = catalogue.provisions.iter().filter_map(|p| {
        let why = p.without_units.as_deref()?;
        Some(WithoutUnits {
            provision: &p.id,
            why,
        })
    });
    said.collect()
}

impl Ledger<'_> {
    fn states(&self) -> impl Iterator<Item = LedgerState> {
        self.products
            .iter()
            .flat_map(|p| p.rows.iter().map(|r| r.row.state))
    }

    /// Whether a unit that is asked for does not hold, or something else of its provision was refuted.
    #[must_use]
    pub fn is_refuted(&self) -> bool {
        let loose = self.products.iter().any(|p| !p.findings.is_empty());
        loose || self.states().any(|state| state == LedgerState::Refuted)
    }

    /// Whether something is still to be done about a unit that is asked for.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.states().any(|state| !state.is_settled())
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> String {
        // Strings, numbers and maps with names as keys: it can always be written.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}
