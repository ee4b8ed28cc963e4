//! One line a unit, and one a row of the statement under it.

use super::{Ledger, Row};
use proofhouse_model::UnitNature;

impl Ledger<'_> {
    /// Comma-separated values, RFC 4180, with a line of names.
    #[must_use]
    pub fn csv(&self) -> String {
        let names = "product,unit,row,provision,nature,state,how,rule,reason,cases,device states,evidence,about\r\n";
        let mut out = names.to_owned();
        for of in &self.products {
            for row in &of.rows {
                line(&mut out, of.product.as_str(), row);
            }
            for loose in &of.findings {
                let finding = &loose.finding;
                let (provision, event) = (finding.provision.as_str(), finding.event.to_string());
                let product = of.product.as_str();
                let rows = finding.rows.join(" ");
                let cells = [
                    product,
                    "",
                    &rows,
                    provision,
                    "",
                    "refuted",
                    &finding.what,
                    &loose.case,
                    "",
                    &event,
                ];
                push(&mut out, &cells);
            }
        }
        out
    }
}

fn line(out: &mut String, product: &str, row: &Row) {
    let unit = &row.row;
    let nature = match unit.nature {
        UnitNature::Conceptual => "conceptual",
        UnitNature::Functional => "functional",
    };
    let states: Vec<_> = unit.states.iter().map(|s| s.name()).collect();
    let numbers = |all: &[u64]| {
        let all: Vec<_> = all.iter().map(u64::to_string).collect();
        all.join(" ")
    };
    let cases = row.cases.join(" ");
    let mut add = |sub: &str, state: &str, reason: &str, evidence: String| {
        let cells = [
            product,
            unit.unit.as_str(),
            sub,
            unit.provision.as_str(),
            nature,
            state,
            unit.how.name(),
            unit.rule.map_or("", |rule| rule.name()),
            reason,
            &cases,
            &states.join(" "),
            &evidence,
            &unit.about,
        ];
        push(out, &cells);
    };
    add("", unit.state.word(), &unit.reason, numbers(&unit.evidence));
    for sub in &unit.rows {
        add(
            &sub.row,
            sub.state.word(),
            &sub.reason,
            numbers(&sub.evidence),
        );
    }
}

fn push(out: &mut String, cells: &[&str]) {
    let cells: Vec<_> = cells.iter().map(|text| quoted(text)).collect();
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

/// In quotation marks where it must be. A cell that a spreadsheet would take for a formula is told to be text.
fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t']);
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    match text.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn cells_are_what_they_say() {
        for (text, cell) in [
            ("plain", "plain"),
            ("a, b", "\"a, b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("=1+1", "'=1+1"),
            ("", ""),
        ] {
            assert_eq!(quoted(text), cell);
        }
    }
}
