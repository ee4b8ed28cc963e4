//! Tasks with all their checks.

use super::proof::ProofOut;
use crate::view::{TaskView, View};
use proofhouse_model::event::CaseEnd;
use proofhouse_model::{
    BlobId, CaseId, Check, Effect, Finding, GuideId, Measurement, ProvisionId, Seq, TaskId,
    UnitName, UnitRef, Verdict,
};
use serde::Serialize;
use std::borrow::Cow;

#[derive(Serialize)]
pub(super) struct TaskOut<'a> {
    id: TaskId,
    case: &'a CaseId,
    title: &'a str,
    file: &'a str,
    sha256: &'a str,
    provisions: &'a [ProvisionId],
    ts_units: &'a [UnitRef],
    guides: &'a [GuideId],
    effects: &'a [Effect],
    verdict: Verdict,
    why: String,
    /// Events that decide the verdict over all checks.
    rests_on: Vec<Seq>,
    /// What the last proof of the suite says of this very text of the case; `null` when it was not proved.
    proof: Option<ProofOut<'a>>,
    /// Specimens held; as planned when it was not started.
    units: &'a [UnitName],
    attempts: u32,
    /// Only a later attempt came out well: no pass.
    #[serde(skip_serializing_if = "is_false")]
    flaky: bool,
    /// What attempts before the last came to, each by itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<AttemptOut<'a>>,
    started: Option<&'a str>,
    started_us: u64,
    took_us: u64,
    /// First and last event; `null` when it was not started.
    events: Option<(Seq, Seq)>,
    ops: usize,
    end: Option<&'a CaseEnd>,
    not_run: Option<&'a str>,
    checks: Vec<CheckOut<'a>>,
    /// Events that took the run up again after its harness had died in the middle of this case.
    #[serde(skip_serializing_if = "<[Seq]>::is_empty")]
    broken_off: &'a [Seq],
    /// Events by which its unit left the run in the middle of it.
    #[serde(skip_serializing_if = "<[Seq]>::is_empty")]
    unit_left: &'a [Seq],
    /// Event that took back what the last attempt had found.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_back_by: Option<Seq>,
    /// What attempts that were broken off so had shown, and what was taken back; no verdict rests on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    set_aside: Vec<CheckOut<'a>>,
    measured: Vec<MeasuredOut<'a>>,
    stored: Vec<StoredOut<'a>>,
    notes: Vec<NoteOut<'a>>,
    /// What the case cannot rule out on this bench, each a clause.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cannot_rule_out: Vec<NoteOut<'a>>,
}

#[derive(Serialize)]
struct AttemptOut<'a> {
    attempt: u32,
    verdict: Verdict,
    why: &'a str,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[derive(Serialize)]
struct CheckOut<'a> {
    event: Seq,
    finding: Finding,
    /// What is true as it came out: `holds`, `otherwise`, or that it was not observed.
    statement: Cow<'a, str>,
    holds: &'a str,
    otherwise: &'a str,
    detail: &'a str,
    serves: &'a [ProvisionId],
    guides: &'a [GuideId],
    measurement: Option<&'a Measurement>,
    rests_on: &'a [Seq],
    line: Option<u32>,
}

#[derive(Serialize)]
struct MeasuredOut<'a> {
    event: Seq,
    #[serde(flatten)]
    measurement: &'a Measurement,
}

#[derive(Serialize)]
struct StoredOut<'a> {
    event: Seq,
    name: &'a str,
    blob: &'a BlobId,
    size: u64,
}

#[derive(Serialize)]
struct NoteOut<'a> {
    event: Seq,
    text: &'a str,
}

impl<'a> TaskOut<'a> {
    pub(super) fn of(view: &View<'a>, task: &TaskView<'a>) -> Self {
        let (meta, result) = (&task.planned.case, task.result);
        let (verdict, why) = result.verdict_over(|_| true);
        let facts = task.facts;
        let units = match result.units.as_slice() {
            [] => &task.planned.units,
            held => held,
        };
        Self {
            id: task.planned.id,
            case: &meta.id,
            title: &meta.title,
            file: &meta.file,
            sha256: &meta.sha256,
            provisions: &meta.provisions,
            ts_units: &meta.units,
            guides: &meta.guides,
            effects: &meta.effects,
            verdict,
            why,
            rests_on: result.rests_on(|_| true),
            proof: ProofOut::of_case(view, &meta.id),
            units,
            attempts: result.attempts,
            flaky: result.is_flaky(),
            earlier: earlier(task),
            started: facts.map(|f| f.started.as_str()),
            started_us: result.started_us,
            took_us: result.took_us,
            events: facts.map(|_| (result.first, result.last)),
            ops: facts.map_or(0, |f| f.ops),
            end: result.end.as_ref(),
            not_run: result.not_run.as_deref(),
            checks: checks(&result.checks),
            broken_off: &result.broken_off,
            unit_left: &result.unit_left,
            taken_back_by: result.void.as_ref().map(|(at, _)| *at),
            set_aside: checks(&result.set_aside),
            measured: measured(task),
            stored: stored(task),
            notes: notes(task.facts.iter().flat_map(|f| &f.notes)),
            cannot_rule_out: notes(task.facts.iter().flat_map(|f| &f.limits)),
        }
    }
}

fn earlier<'a>(task: &TaskView<'a>) -> Vec<AttemptOut<'a>> {
    let earlier = task.result.earlier.iter();
    earlier
        .map(|(attempt, verdict, why)| AttemptOut {
            attempt: *attempt,
            verdict: *verdict,
            why,
        })
        .collect()
}

fn checks(checks: &[(Seq, Check)]) -> Vec<CheckOut<'_>> {
    let each = checks.iter().map(|(event, check)| CheckOut {
        event: *event,
        finding: check.finding,
        statement: check.statement(),
        holds: &check.holds,
        otherwise: &check.otherwise,
        detail: &check.detail,
        serves: &check.serves,
        guides: &check.guides,
        measurement: check.measurement.as_ref(),
        rests_on: &check.rests_on,
        line: check.line,
    });
    each.collect()
}

fn measured<'a>(task: &TaskView<'a>) -> Vec<MeasuredOut<'a>> {
    let measured = task.facts.iter().flat_map(|f| &f.measured);
    measured
        .map(|(event, measurement)| MeasuredOut {
            event: *event,
            measurement,
        })
        .collect()
}

fn stored<'a>(task: &TaskView<'a>) -> Vec<StoredOut<'a>> {
    let stored = task.facts.iter().flat_map(|f| &f.stored);
    stored
        .map(|(event, name, blob, size)| StoredOut {
            event: *event,
            name,
            blob,
            size: *size,
        })
        .collect()
}

fn notes<'a>(notes: impl Iterator<Item = &'a (Seq, String)>) -> Vec<NoteOut<'a>> {
    notes
        .map(|(event, text)| NoteOut {
            event: *event,
            text,
        })
        .collect()
}
