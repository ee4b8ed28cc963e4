//! For people.

use super::{Ledger, OfProduct, Row};
use crate::text::{pad, ranges, wrap};
use proofhouse_model::UnitNature;
use proofhouse_model::fold::LedgerState;
use proofhouse_model::statement::How;

/// Columns before the reason.
const INDENT: usize = 38;

impl Ledger<'_> {
    /// A line or more for each unit, then how many are in each state.
    #[must_use]
    pub fn text(&self, width: usize) -> String {
        let mut out = String::new();
        for of in &self.products {
            let asked = match of.totals.units == of.of_all {
                true => String::new(),
                false => format!("{} of ", of.totals.units),
            };
            out.push_str(&format!(
                "{} on {} {}: {asked}{} units of the test specification\n\n",
                of.product, self.standard, self.edition, of.of_all
            ));
            of.rows
                .iter()
                .for_each(|row| write_row(&mut out, row, width));
            write_findings(&mut out, of, width);
            for of in &self.without_units {
                let head = format!("  {}", of.provision);
                set(&mut out, &head, of.why, width);
            }
            write_totals(&mut out, of);
            out.push_str(LEGEND);
        }
        out
    }
}

/// What the letters mean, and what to do next.
const LEGEND: &str = "  \
c is a conceptual unit, settled by reading the maker's papers; f is a functional one, carried out on the device
  for-person: open; read what the unit is about and settle it outside of this run
  inconclusive, in-part: the reason says what was missing; provide it and run its case again with --case
  --state WORD picks units by the word of their state
  events are numbers of events.jsonl in the run's folder, from 0: `proofhouse events RUN 12` prints event 12
";

/// What was refuted and belongs to no unit.
fn write_findings(out: &mut String, of: &OfProduct<'_>, width: usize) {
    if of.findings.is_empty() {
        return;
    }
    out.push_str("\n  findings that name no unit\n");
    for loose in &of.findings {
        let finding = &loose.finding;
        let mut told = format!("{} [{}]", finding.what, loose.case);
        if !finding.rows.is_empty() {
            told.push_str(&format!(" (rows {})", finding.rows.join(", ")));
        }
        told.push_str(&format!(" (event {})", finding.event));
        let head = format!("  {}     refuted", pad(finding.provision.as_str(), 10));
        set(out, &head, &told, width);
    }
}

fn write_row(out: &mut String, row: &Row, width: usize) {
    let unit = &row.row;
    let nature = match unit.nature {
        UnitNature::Conceptual => "c",
        UnitNature::Functional => "f",
    };
    let head = format!(
        "  {} {nature}  {}",
        pad(unit.unit.as_str(), 12),
        unit.state.word()
    );
    let mut told = unit.reason.clone();
    if let Some(rule) = unit.rule.filter(|_| unit.how != How::Person) {
        told.push_str(&format!(" [{} by {}]", unit.how.name(), rule.name()));
    }
    if !row.cases.is_empty() {
        told.push_str(&format!(" [{}]", row.cases.join(", ")));
    }
    if !unit.evidence.is_empty() {
        told.push_str(&format!(" (events {})", ranges(&unit.evidence, 8)));
    }
    set(out, &head, &told, width);
    if !unit.about.is_empty() {
        set(out, "", &format!("about: {}", unit.about), width);
    }
    for sub in &unit.rows {
        let head = format!("       {}  {}", pad(&sub.row, 16), sub.state.word());
        set(out, &head, &sub.reason, width);
    }
}

fn set(out: &mut String, head: &str, told: &str, width: usize) {
    let lines = wrap(told, width.saturating_sub(INDENT).max(30));
    let mut lines = lines.into_iter();
    let first = lines.next().unwrap_or_default();
    out.push_str(format!("{} {first}", pad(head, INDENT - 1)).trim_end());
    out.push('\n');
    for line in lines {
        out.push_str(&format!("{}{line}\n", " ".repeat(INDENT)));
    }
}

fn write_totals(out: &mut String, of: &OfProduct<'_>) {
    let totals = &of.totals;
    out.push_str(&format!(
        "\n  {:<26}{:>6}{:>12}\n",
        "state", "units", "functional"
    ));
    for state in LedgerState::ALL {
        let Some(all) = totals.by_state.get(&state) else {
            continue;
        };
        let functional = totals.functional_by_state.get(&state).copied().unwrap_or(0);
        out.push_str(&format!("  {:<26}{all:>6}{functional:>12}\n", state.word()));
    }
    out.push_str(&format!(
        "  {:<26}{:>6}{:>12}\n\n",
        "all", totals.units, totals.functional
    ));
}
