//! Provisions and guide rows.

use crate::view::{GuideView, Open, Picked, Row, TargetKind, View};
use proofhouse_model::catalogue::{Confidence, RowReach};
use proofhouse_model::fold::{GuideState, Served};
use proofhouse_model::{CaseId, Finding, ProvisionId, Seq, TaskId, UnitRef, Verdict};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct ProvisionOut<'a> {
    id: &'a ProvisionId,
    title: &'a str,
    level: String,
    status: String,
    claim: ClaimOut<'a>,
    standing: &'static str,
    /// `null` where nothing is judged.
    verdict: Option<Verdict>,
    functional: Option<Verdict>,
    conceptual: &'static str,
    /// Events that decide what was found on the device.
    rests_on: Vec<Seq>,
    served: Vec<ServedOut<'a>>,
    pending: Vec<PendingOut<'a>>,
}

#[derive(Serialize)]
struct ClaimOut<'a> {
    support: &'static str,
    detail: Option<&'a str>,
    /// What is wrong with the claim.
    trouble: Option<String>,
}

/// One task as far as it speaks for a provision or guide row.
#[derive(Serialize)]
struct ServedOut<'a> {
    task: TaskId,
    case: &'a CaseId,
    verdict: Verdict,
    why: &'a str,
    shown: usize,
    not_observed: usize,
    refuted: usize,
    /// Events of its checks.
    events: Vec<Seq>,
    /// Events that decide the verdict.
    rests_on: Vec<Seq>,
}

#[derive(Serialize)]
struct PendingOut<'a> {
    kind: &'static str,
    why: String,
    units: Vec<&'a UnitRef>,
    case: Option<&'a CaseId>,
}

impl<'a> ProvisionOut<'a> {
    pub(super) fn of(view: &View<'a>, row: &'a Row<'a>) -> Self {
        let provision = &row.result.provision;
        let target = TargetKind::Provision(&provision.id);
        Self {
            id: &provision.id,
            title: &provision.title,
            level: provision.level.to_string(),
            status: provision.status(),
            claim: ClaimOut {
                support: row.support(),
                detail: row.claim.map(|c| c.detail.as_str()),
                trouble: row.claim_trouble(),
            },
            standing: row.standing.word(),
            verdict: row.verdict(),
            functional: row.result.functional,
            conceptual: row.conceptual(),
            rests_on: view.rests_on(&row.result.served, target),
            served: served(view, &row.result.served, target),
            pending: row.open.iter().map(PendingOut::of).collect(),
        }
    }
}

impl<'a> PendingOut<'a> {
    fn of(open: &'a Open<'a>) -> Self {
        let (kind, units, case) = match open {
            Open::Claim => ("claim", Vec::new(), None),
            Open::Papers(units) => ("papers", units.iter().collect(), None),
            Open::LeftOut(l) => {
                let kind = if l.by_filter { "not-run" } else { "left-out" };
                (kind, l.case.units.iter().collect(), Some(&l.case.id))
            }
            Open::Untested(units) => ("not-tested", units.iter().collect(), None),
            Open::InPart(units) => ("in-part", units.iter().collect(), None),
            Open::NotSettled(units, _) => ("not-settled", units.iter().collect(), None),
            Open::UnitsUnknown => ("units-unknown", Vec::new(), None),
            Open::OtherParts(_) => ("other-parts", Vec::new(), None),
        };
        Self {
            kind,
            why: open.why(),
            units,
            case,
        }
    }
}

fn served<'a>(view: &View<'a>, served: &'a [Served], target: TargetKind<'_>) -> Vec<ServedOut<'a>> {
    let known = served.iter().filter_map(|s| Some((s, view.task(s.task)?)));
    known
        .map(|(served, ran)| {
            let picked = Picked::new(ran, target);
            let of = |finding| {
                let checks = picked.checks().iter();
                checks.filter(|(_, c)| c.finding == finding).count()
            };
            ServedOut {
                task: served.task,
                case: &ran.planned.case.id,
                verdict: served.verdict,
                why: &served.why,
                shown: of(Finding::Shown),
                not_observed: of(Finding::NotObserved),
                refuted: of(Finding::Refuted),
                events: picked.checks().iter().map(|(seq, _)| *seq).collect(),
                rests_on: picked.rests_on().to_vec(),
            }
        })
        .collect()
}

#[derive(Serialize)]
pub(super) struct GuideOut<'a> {
    guide: &'a str,
    id: &'a str,
    title: &'a str,
    bad_example: bool,
    from_text: bool,
    confidence: Confidence,
    bench: RowReach,
    provisions: &'a [ProvisionId],
    /// Where the row as a whole stands.
    state: GuideState,
    /// What it still needs, or why it does not apply.
    missing: &'a [String],
    /// What that means for the run.
    verdict: Verdict,
    /// Events that decide it.
    rests_on: Vec<Seq>,
    served: Vec<ServedOut<'a>>,
}

impl<'a> GuideOut<'a> {
    pub(super) fn of(view: &View<'a>, guide: &'a GuideView<'a>) -> Self {
        let row = &guide.result.row;
        Self {
            guide: &guide.result.guide,
            id: row.id.as_str(),
            title: &row.title,
            bad_example: row.bad_example,
            from_text: row.from_text,
            confidence: row.confidence,
            bench: row.bench,
            provisions: &row.provisions,
            state: guide.result.state,
            missing: &guide.result.missing,
            verdict: guide.verdict,
            rests_on: view.rests_on(&guide.result.served, TargetKind::Guide(&row.id)),
            served: served(view, &guide.result.served, TargetKind::Guide(&row.id)),
        }
    }
}
