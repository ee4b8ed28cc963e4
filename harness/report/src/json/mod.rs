//! The whole result for programs: `report.json`.
//!
//! The journal is the truth; this is its reading, complete where JUnit has to leave out. Keys keep
//! their order. `format` is major.minor: a newer minor only adds keys.

mod proof;
mod provision;
mod run;
mod task;

use crate::outcome::{outcome_of, run_outcome};
use crate::view::{Folded, LeftRead, RunView, View};
use proof::SuiteProofOut;
use proofhouse_model::ProductId;
use proofhouse_model::event::GuardActed;
use proofhouse_model::fold::Assessment;
use provision::{GuideOut, ProvisionOut};
use run::{BenchOut, BrokenOut, Counts, IdentityOut, InClearOut, LeftOutOut, RunOut, StandardOut};
use serde::Serialize;
use std::fmt::Write;
use task::TaskOut;

/// Format of `report.json`, major.minor.
pub const FORMAT: &str = "2.0";

#[derive(Serialize)]
struct ReportOut<'a> {
    format: &'static str,
    /// The gravest of the products'.
    outcome: &'static str,
    exit_code: u8,
    run: RunOut<'a>,
    standard: StandardOut<'a>,
    bench: BenchOut<'a>,
    proof: SuiteProofOut<'a>,
    products: Vec<ProductOut<'a>>,
    broken_units: Vec<BrokenOut<'a>>,
    #[serde(skip_serializing_if = "<[LeftRead]>::is_empty")]
    units_that_left: &'a [LeftRead],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    units_that_may_be_on: Vec<BrokenOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secrets_in_clear: Vec<InClearOut<'a>>,
    /// What guards did by themselves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    guards: Vec<&'a GuardActed>,
}

/// One product with all that was found of it.
#[derive(Serialize)]
struct ProductOut<'a> {
    id: &'a ProductId,
    outcome: &'static str,
    product: IdentityOut<'a>,
    counts: Counts,
    /// The roll-up of the test specification; the outcome is of the device alone.
    assessment: Assessment,
    provisions: Vec<ProvisionOut<'a>>,
    guides: Vec<GuideOut<'a>>,
    tasks: Vec<TaskOut<'a>>,
    left_out: Vec<LeftOutOut<'a>>,
}

impl<'a> ProductOut<'a> {
    fn of(view: &'a View<'a>) -> Self {
        let (rows, guides) = (view.rows.iter(), view.guides.iter());
        let left_out = view.plan.left_out.iter().filter(|l| &l.product == view.id);
        Self {
            id: view.id,
            outcome: outcome_of(view).word(),
            product: IdentityOut::of(view),
            counts: Counts::of(view),
            assessment: view.assessment(),
            provisions: rows.map(|r| ProvisionOut::of(view, r)).collect(),
            guides: guides.map(|g| GuideOut::of(view, g)).collect(),
            tasks: view.tasks.iter().map(|t| TaskOut::of(view, t)).collect(),
            left_out: left_out.map(LeftOutOut::of).collect(),
        }
    }
}

/// The JSON report of a run, pretty-printed.
///
/// # Errors
/// Only for numbers that JSON cannot hold, which the journal does not let in.
pub fn render(run: &Folded<'_>) -> serde_json::Result<Vec<u8>> {
    render_view(&run.view())
}

pub(crate) fn render_view(view: &RunView<'_>) -> serde_json::Result<Vec<u8>> {
    let outcome = run_outcome(view);
    let report = ReportOut {
        format: FORMAT,
        outcome: outcome.word(),
        exit_code: outcome.exit_code(),
        run: RunOut::of(view),
        standard: StandardOut::of(view),
        bench: BenchOut::of(view),
        proof: SuiteProofOut::of(view),
        products: view.products.iter().map(ProductOut::of).collect(),
        broken_units: BrokenOut::all(&view.facts.broken),
        units_that_left: &view.facts.left,
        units_that_may_be_on: BrokenOut::all(&view.facts.may_be_on),
        secrets_in_clear: InClearOut::all(view.facts),
        guards: view.facts.guards.iter().map(|(_, acted)| acted).collect(),
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
    // None of them is a byte below 0x7f: what lies between is gone over as bytes.
    let next = |from: usize| {
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        rest.iter().position(|b| *b >= 0x7f).map(|at| from + at)
    };
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(here) = next(at) {
        let Some(c) = text.get(here..).and_then(|rest| rest.chars().next()) else {
            break;
        };
        at = here + c.len_utf8();
        if hidden(c) {
            out.push_str(&text[copied..here]);
            let _ = write!(out, "\\u{:04x}", u32::from(c)); // writing into a text cannot fail
            copied = at;
        }
    }
    if copied == 0 {
        return text;
    }
    out.push_str(&text[copied..]);
    out
}
