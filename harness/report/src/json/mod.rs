//! The whole result for programs: `report.json`.
//!
//! The journal is the truth; this is its reading, complete where JUnit has to leave out. Keys keep
//! their order. `format` is major.minor: a newer minor only adds keys.

mod case;
mod proof;
mod provision;
mod run;

use crate::outcome::outcome_of;
use crate::view::{Folded, View};
use case::CaseOut;
use proof::SuiteProofOut;
use proofhouse_model::{Event, Plan};
use provision::{GuideOut, ProvisionOut};
use run::{BenchOut, BrokenOut, Counts, LeftOutOut, ProductOut, RunOut, StandardOut};
use serde::Serialize;

/// Format of `report.json`, major.minor.
pub const FORMAT: &str = "1.1";

#[derive(Serialize)]
struct ReportOut<'a> {
    format: &'static str,
    outcome: &'static str,
    exit_code: u8,
    run: RunOut<'a>,
    standard: StandardOut<'a>,
    product: ProductOut<'a>,
    bench: BenchOut<'a>,
    proof: SuiteProofOut<'a>,
    counts: Counts,
    provisions: Vec<ProvisionOut<'a>>,
    guides: Vec<GuideOut<'a>>,
    cases: Vec<CaseOut<'a>>,
    left_out: Vec<LeftOutOut<'a>>,
    broken_units: Vec<BrokenOut<'a>>,
}

/// The JSON report of a run, pretty-printed.
///
/// # Errors
/// Only for numbers that JSON cannot hold, which the journal does not let in.
pub fn render(plan: &Plan, events: &[Event]) -> serde_json::Result<Vec<u8>> {
    render_view(&Folded::new(plan, events).view())
}

pub(crate) fn render_view(view: &View<'_>) -> serde_json::Result<Vec<u8>> {
    let outcome = outcome_of(view);
    let report = ReportOut {
        format: FORMAT,
        outcome: outcome.word(),
        exit_code: outcome.exit_code(),
        run: RunOut::of(view),
        standard: StandardOut::of(view),
        product: ProductOut::of(view),
        bench: BenchOut::of(view),
        proof: SuiteProofOut::of(view),
        counts: Counts::of(view),
        provisions: view
            .rows
            .iter()
            .map(|r| ProvisionOut::of(view, r))
            .collect(),
        guides: view.guides.iter().map(|g| GuideOut::of(view, g)).collect(),
        cases: view.cases.iter().map(|c| CaseOut::of(view, c)).collect(),
        left_out: view.plan.left_out.iter().map(LeftOutOut::of).collect(),
        broken_units: BrokenOut::all(view),
    };
    let mut text = serde_json::to_string_pretty(&report)?;
    text.push('\n');
    Ok(escape_hidden(text).into_bytes())
}

/// JSON need not escape what lies above U+007E, but somebody will look at the file on a terminal.
/// Such characters stand inside strings only, where the escaped form means the same.
pub(crate) fn escape_hidden(text: String) -> String {
    let hidden = |c: char| {
        ('\u{7f}'..='\u{9f}').contains(&c)
            || matches!(
                c,
                '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}'
            )
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    if !text.contains(hidden) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        if hidden(c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}
