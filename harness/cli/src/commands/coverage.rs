//! `proofhouse list coverage`: what a run could come to for every unit of the test specification, before one is made.

use proofhouse_model::fold::{LedgerRow, LedgerState};
use proofhouse_model::{Event, Plan, Reach};
use proofhouse_report::view::{Folded, View};
use std::collections::BTreeMap;

/// A line for each unit, then how many there are of each kind.
pub fn coverage(plan: &Plan) -> String {
    let folded = Folded::new(plan, std::iter::empty::<Event>());
    let run = folded.view();
    run.products.iter().map(of_product).collect()
}

fn of_product(view: &View<'_>) -> String {
    let catalogue = &view.plan.catalogue;
    let mut out = format!(
        "{} on {} {}\n",
        view.id, catalogue.standard, catalogue.edition
    );
    let rows = view.ledger();
    let mut totals: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        let (what, why) = told(view, row);
        *totals.entry(what).or_default() += 1;
        out.push_str(&format!("{:<12} {what:<24} {why}\n", row.unit.as_str()));
    }
    out.push('\n');
    for (what, n) in totals {
        out.push_str(&format!("{n:>5}  {what}\n"));
    }
    out.push_str(&format!("{:>5}  all\n", rows.len()));
    out
}

/// What is to be expected of a unit, and by what or why not.
fn told(view: &View<'_>, row: &LedgerRow) -> (&'static str, String) {
    let planned: Vec<_> = row.by.iter().map(|task| view.name(*task)).collect();
    let claimed = matches!(row.state, LedgerState::Inconclusive | LedgerState::InPart);
    if claimed && !planned.is_empty() {
        let lacking = view.plan.left_out.iter().filter(|left| {
            &left.product == view.id && left.case.units.contains(&row.unit) && !left.by_filter
        });
        let lacking: Vec<_> = lacking
            .map(|left| format!("; without {}: {}", left.case.id, left.why))
            .collect();
        let units = view.plan.catalogue.provisions.iter().flat_map(|p| &p.units);
        let mut units = units.filter(|unit| unit.id == row.unit);
        let whole = units.any(|unit| unit.reach == Some(Reach::Full)) && lacking.is_empty();
        let what = if whole {
            "carried out"
        } else {
            "carried out in part"
        };
        return (what, format!("{}{}", planned.join(", "), lacking.concat()));
    }
    let what = match row.state {
        LedgerState::Inconclusive => "lacks something",
        state => state.word(),
    };
    (what, row.reason.clone())
}
