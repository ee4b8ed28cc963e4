//! From case results, claims and the catalogue to a result per provision.

use super::case::{CaseResult, fold_cases};
use crate::catalogue::{Guide, GuideRow, Provision};
use crate::event::RunEnd;
use crate::{CaseId, Event, Plan, Support, UnitNature, UnitRef, Verdict};

/// Whether a provision is to be judged at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applicability {
    /// Claimed Y: it is judged.
    Claimed,
    /// Claimed N/A with a ground the standard allows.
    NotApplicable(String),
    /// A recommendation not met, with the reason.
    NotMet(String),
    /// The claim itself is wrong: N/A on an unconditional row, N on a mandatory one, no reason given.
    BadClaim(String),
    /// There is no claim.
    NoClaim,
}

/// Something a provision still needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pending {
    /// Units settled by reading papers.
    Papers(Vec<UnitRef>),
    /// Units on the device that no case of this run carried out, with the reason. Without units: a
    /// case that serves the provision was left out although its units were done elsewhere, or the
    /// units of this edition are not known.
    NotTested(Vec<UnitRef>, String),
}

/// Result of one provision.
#[derive(Debug, Clone, PartialEq)]
pub struct ProvisionResult {
    /// The provision.
    pub provision: Provision,
    /// Whether it is judged.
    pub applicability: Applicability,
    /// Verdict of each case that serves it, with the reason and the events it rests on.
    pub cases: Vec<(CaseId, Verdict, String)>,
    /// What was done on the device, folded; `None` when no case served it.
    pub functional: Option<Verdict>,
    /// What it still needs.
    pub pending: Vec<Pending>,
}

impl ProvisionResult {
    /// Verdict of the provision as a whole (TS 103 701 roll-up): pass only when nothing is pending.
    /// `None` where it is not judged. A claim of N/A does not hide a criterion refuted on the device.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        match &self.applicability {
            Applicability::NotApplicable(_) => self.functional.filter(|v| *v == Verdict::Fail),
            Applicability::NotMet(_) => None,
            Applicability::BadClaim(_) => Some(Verdict::Fail),
            Applicability::NoClaim => Some(
                self.functional
                    .unwrap_or(Verdict::Inconclusive)
                    .and(Verdict::Inconclusive),
            ),
            Applicability::Claimed => {
                let open = if self.pending.is_empty() {
                    Verdict::Pass
                } else {
                    Verdict::Inconclusive
                };
                Some(self.functional.unwrap_or(Verdict::Inconclusive).and(open))
            }
        }
    }
}

/// Result of a guide's row: only what cases served directly.
#[derive(Debug, Clone, PartialEq)]
pub struct GuideResult {
    /// Name of the guide.
    pub guide: String,
    /// The row.
    pub row: GuideRow,
    /// Verdict of each case that serves it.
    pub cases: Vec<(CaseId, Verdict, String)>,
}

/// Result of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunResult {
    /// All cases, planned order.
    pub cases: Vec<CaseResult>,
    /// All provisions, printed order.
    pub provisions: Vec<ProvisionResult>,
    /// Guide rows that a case served directly.
    pub guides: Vec<GuideResult>,
    /// How the run ended.
    pub end: Option<RunEnd>,
}

/// Folds a journal with its plan.
#[must_use]
pub fn fold_run(plan: &Plan, events: &[Event]) -> RunResult {
    let (mut found, end) = fold_cases(events);
    let cases: Vec<CaseResult> = plan
        .cases
        .iter()
        .map(|planned| {
            let at = found.iter().position(|r| r.case == planned.case.id);
            at.map_or_else(|| never_started(&planned.case.id), |i| found.swap_remove(i))
        })
        .collect();
    let provisions = plan
        .catalogue
        .provisions
        .iter()
        .map(|p| fold_provision(plan, &cases, p))
        .collect();
    let guides = plan
        .catalogue
        .guides
        .iter()
        .flat_map(|g| fold_guide(plan, &cases, g))
        .collect();
    RunResult {
        cases,
        provisions,
        guides,
        end,
    }
}

fn never_started(case: &CaseId) -> CaseResult {
    CaseResult {
        not_run: Some("the run ended before it was started".to_owned()),
        ..CaseResult::blank(case)
    }
}

fn fold_provision(plan: &Plan, cases: &[CaseResult], provision: &Provision) -> ProvisionResult {
    let served: Vec<_> = plan
        .cases
        .iter()
        .zip(cases)
        .filter(|(planned, _)| planned.case.answers_for(&provision.id))
        .map(|(_, result)| {
            let (verdict, why) = result.verdict_over(|check| check.speaks_for(&provision.id));
            (result.case.clone(), verdict, why)
        })
        .collect();
    let functional = served.iter().map(|(_, v, _)| *v).reduce(Verdict::and);
    ProvisionResult {
        applicability: applicability(plan, provision),
        pending: pending(plan, provision),
        provision: provision.clone(),
        cases: served,
        functional,
    }
}

fn applicability(plan: &Plan, provision: &Provision) -> Applicability {
    let Some(claim) = plan.profile.claim(&provision.id) else {
        return Applicability::NoClaim;
    };
    let detail = claim.detail.clone();
    if detail.trim().is_empty() {
        return Applicability::BadClaim(format!(
            "claimed {} without saying why",
            support_word(claim.support)
        ));
    }
    match claim.support {
        Support::Yes => Applicability::Claimed,
        Support::NotApplicable if provision.may_be_not_applicable() => {
            Applicability::NotApplicable(detail)
        }
        Support::NotApplicable => Applicability::BadClaim(format!(
            "claimed N/A, but {} has no condition that could be false",
            provision.id
        )),
        Support::No if provision.level == crate::Level::R => Applicability::NotMet(detail),
        Support::No => Applicability::BadClaim(format!(
            "claimed N, but {} is mandatory: a conforming product cannot answer N",
            provision.id
        )),
    }
}

fn support_word(support: Support) -> &'static str {
    match support {
        Support::Yes => "Y",
        Support::No => "N",
        Support::NotApplicable => "N/A",
    }
}

fn pending(plan: &Plan, provision: &Provision) -> Vec<Pending> {
    let of = |nature| {
        let fits = provision.units.iter().filter(move |u| u.nature == nature);
        fits.map(|u| u.id.clone()).collect::<Vec<_>>()
    };
    let mut out = Vec::new();
    if provision.units.is_empty() {
        let edition = plan.catalogue.edition;
        let why = format!("the units that test it in {edition} are not known to this suite");
        out.push(Pending::NotTested(Vec::new(), why));
    }
    let papers = of(UnitNature::Conceptual);
    if !papers.is_empty() {
        out.push(Pending::Papers(papers));
    }
    let mut untested = of(UnitNature::Functional);
    untested.retain(|unit| !plan.cases.iter().any(|p| p.case.units.contains(unit)));
    for left in &plan.left_out {
        if !left.case.answers_for(&provision.id) {
            continue;
        }
        let (its, others) = untested
            .into_iter()
            .partition(|u| left.case.units.contains(u));
        untested = others;
        let why = format!("{} was left out: {}", left.case.id, left.why);
        out.push(Pending::NotTested(its, why));
    }
    if !untested.is_empty() {
        let why = "no case of this suite carries it out yet".to_owned();
        out.push(Pending::NotTested(untested, why));
    }
    out
}

fn fold_guide(plan: &Plan, cases: &[CaseResult], guide: &Guide) -> Vec<GuideResult> {
    guide
        .rows
        .iter()
        .filter_map(|row| {
            let served: Vec<_> = plan
                .cases
                .iter()
                .zip(cases)
                .filter(|(planned, _)| planned.case.answers_for_guide(&row.id))
                .map(|(_, result)| {
                    let (v, why) = result.verdict_over(|check| check.speaks_for_guide(&row.id));
                    (result.case.clone(), v, why)
                })
                .collect();
            (!served.is_empty()).then(|| GuideResult {
                guide: guide.name.clone(),
                row: row.clone(),
                cases: served,
            })
        })
        .collect()
}
