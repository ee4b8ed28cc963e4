//! The matrix for programs.

use super::{Desk, Matrix, Promise, Run, Subject, complaints, keep};
use proofhouse_model::{CaseId, CaseProof, ProvisionId, Verdict};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Format of the JSON matrix, major.minor: a newer minor only adds keys.
const FORMAT: &str = "1.2";

#[derive(Serialize)]
struct MatrixOut<'a> {
    format: &'static str,
    suite: &'a str,
    at: &'a str,
    tool: &'a str,
    /// Nothing to complain of, and nothing left out.
    proved: bool,
    partial: bool,
    seconds: f64,
    counts: CountsOut,
    /// Defects that at least one case caught.
    killed: Vec<&'a str>,
    /// Defects that were tried and that no case caught.
    survived: Vec<&'a str>,
    complaints: Vec<String>,
    cases: Vec<CaseOut<'a>>,
    defects: Vec<DefectOut<'a>>,
    blinds: Vec<BlindOut<'a>>,
    runs: Vec<RunOut<'a>>,
    /// `null` when the desk review was not tried.
    desk: Option<DeskOut<'a>>,
}

#[derive(Serialize)]
struct DeskOut<'a> {
    statements: Vec<StatementOut<'a>>,
    rules: Vec<RuleOut<'a>>,
    honest: Vec<FaultOut<'a>>,
}

#[derive(Serialize)]
struct StatementOut<'a> {
    name: &'a str,
    caught: bool,
    breaks: &'a BTreeSet<String>,
    /// `null` when it cannot be read.
    found: Option<&'a BTreeSet<String>>,
    trouble: Option<&'a str>,
    again: &'a str,
}

#[derive(Serialize)]
struct RuleOut<'a> {
    rule: &'a str,
    found: Vec<&'a str>,
}

#[derive(Serialize)]
struct FaultOut<'a> {
    product: &'a str,
    rule: &'a str,
    what: &'a str,
}

#[derive(Serialize)]
struct CountsOut {
    cases: usize,
    cases_proved: usize,
    defects: usize,
    killed: usize,
    survived: usize,
    blinds: usize,
    honest_runs: usize,
    statements: usize,
    statements_caught: usize,
    complaints: usize,
}

#[derive(Serialize)]
struct CaseOut<'a> {
    id: &'a CaseId,
    proved: bool,
    caught_on: &'a [String],
    undecided_on: &'a [String],
    #[serde(flatten)]
    proof: CaseProof,
}

#[derive(Serialize)]
struct DefectOut<'a> {
    name: &'a str,
    summary: &'a str,
    breaks: &'a [ProvisionId],
    /// Those that no case can see fail, with the reason.
    unseen: BTreeMap<&'a ProvisionId, &'a str>,
    tried: bool,
    killed_by: Vec<&'a CaseId>,
    promised_by: Vec<&'a CaseId>,
}

#[derive(Serialize)]
struct BlindOut<'a> {
    name: &'a str,
    summary: &'a str,
    promised_by: Vec<&'a CaseId>,
}

#[derive(Serialize)]
struct RunOut<'a> {
    kind: &'static str,
    on: String,
    exit: Option<i32>,
    trouble: Option<&'a str>,
    seconds: f64,
    cases: Vec<SeenOut<'a>>,
}

#[derive(Serialize)]
struct SeenOut<'a> {
    case: &'a CaseId,
    /// `null` when the planner left it out.
    verdict: Option<Verdict>,
    why: &'a str,
    failed: &'a [ProvisionId],
    /// Seen in an earlier proof, with all it rests on the same.
    kept: bool,
}

/// The matrix as pretty-printed JSON.
///
/// # Errors
/// Only for a number of seconds that JSON cannot hold.
pub fn render(matrix: &Matrix) -> serde_json::Result<Vec<u8>> {
    let complaints: Vec<_> = complaints(matrix).iter().map(ToString::to_string).collect();
    let (killed, survived): (Vec<_>, Vec<_>) = matrix
        .tried()
        .map(|d| d.name.as_str())
        .partition(|name| matrix.is_killed(name));
    let cases: Vec<_> = matrix
        .cases
        .iter()
        .map(|p| CaseOut::of(matrix, p))
        .collect();
    let out = MatrixOut {
        format: FORMAT,
        suite: &matrix.suite,
        at: &matrix.at,
        tool: &matrix.tool,
        proved: complaints.is_empty() && !matrix.partial,
        partial: matrix.partial,
        seconds: matrix.seconds,
        counts: CountsOut {
            cases: cases.len(),
            cases_proved: cases.iter().filter(|c| c.proved).count(),
            defects: killed.len() + survived.len(),
            killed: killed.len(),
            survived: survived.len(),
            blinds: matrix.blinds.len(),
            honest_runs: matrix.honest().count(),
            statements: matrix.desk.as_ref().map_or(0, |d| d.statements.len()),
            statements_caught: matrix.desk.as_ref().map_or(0, Desk::caught),
            complaints: complaints.len(),
        },
        killed,
        survived,
        complaints,
        cases,
        defects: defects(matrix),
        blinds: blinds(matrix),
        runs: matrix.runs.iter().map(RunOut::of).collect(),
        desk: matrix.desk.as_ref().map(DeskOut::of),
    };
    let mut text = serde_json::to_string_pretty(&out)?;
    text.push('\n');
    Ok(crate::json::escape_hidden(text).into_bytes())
}

impl<'a> CaseOut<'a> {
    fn of(matrix: &Matrix, promise: &'a Promise) -> Self {
        let proof = keep::of_case(matrix, promise);
        Self {
            id: &promise.case,
            proved: proof.holds(),
            caught_on: &promise.caught_on,
            undecided_on: &promise.undecided_on,
            proof,
        }
    }
}

fn promised(matrix: &Matrix, by: impl Fn(&Promise) -> bool) -> Vec<&CaseId> {
    let promises = matrix.cases.iter().filter(|p| by(p));
    promises.map(|p| &p.case).collect()
}

fn defects(matrix: &Matrix) -> Vec<DefectOut<'_>> {
    let defects = matrix.defects.iter().map(|d| DefectOut {
        name: &d.name,
        summary: &d.summary,
        breaks: &d.provisions,
        unseen: d
            .unseen
            .iter()
            .map(|(id, why)| (id, why.as_str()))
            .collect(),
        tried: matrix.tried().any(|t| t.name == d.name),
        killed_by: matrix.killers(&d.name).map(|p| &p.case).collect(),
        promised_by: promised(matrix, |p| p.caught_on.contains(&d.name)),
    });
    defects.collect()
}

fn blinds(matrix: &Matrix) -> Vec<BlindOut<'_>> {
    let blinds = matrix.blinds.iter().map(|b| BlindOut {
        name: &b.name,
        summary: &b.summary,
        promised_by: promised(matrix, |p| p.undecided_on.contains(&b.name)),
    });
    blinds.collect()
}

impl<'a> DeskOut<'a> {
    fn of(desk: &'a Desk) -> Self {
        let statements = desk.statements.iter().map(|s| StatementOut {
            name: &s.name,
            caught: s.is_caught(),
            breaks: &s.breaks,
            found: s.found.as_ref().ok(),
            trouble: s.found.as_ref().err().map(String::as_str),
            again: &s.again,
        });
        let rules = desk.rules.iter().map(|rule| RuleOut {
            rule,
            found: desk.found_by(rule).collect(),
        });
        let honest = desk.honest.iter().map(|(product, rule, what)| FaultOut {
            product,
            rule,
            what,
        });
        Self {
            statements: statements.collect(),
            rules: rules.collect(),
            honest: honest.collect(),
        }
    }
}

impl<'a> RunOut<'a> {
    fn of(run: &'a Run) -> Self {
        let kind = match run.subject {
            Subject::Honest { .. } => "honest",
            Subject::Defect(_) => "defect",
            Subject::Blind(_) => "blind",
        };
        let cases = run.cases.iter().map(|s| SeenOut {
            case: &s.case,
            verdict: s.verdict,
            why: &s.why,
            failed: &s.failed,
            kept: s.kept,
        });
        Self {
            kind,
            on: run.subject.to_string(),
            exit: run.exit,
            trouble: run.trouble.as_deref(),
            seconds: run.seconds,
            cases: cases.collect(),
        }
    }
}
