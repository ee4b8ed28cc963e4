//! What became of every unit of the test specification: a row each, none empty.

use super::provision::{Applicability, ProductResult, ProvisionResult, RunResult};
use super::task::TaskResult;
use crate::event::CaseEnd;
use crate::statement::{self, Decision, How, Outcome, Rule};
use crate::{
    Check, DeviceState, Finding, Plan, ProvisionId, Reach, Seq, Task, TaskId, TestUnit,
    TroubleKind, UnitNature, UnitRef, Verdict,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What became of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerState {
    /// Carried out whole, and it holds.
    Holds,
    /// It does not hold.
    Refuted,
    /// Shown for some rows of the statement, or as far as a bench gets.
    InPart,
    /// Nothing could be told, for the reason given.
    Inconclusive,
    /// The bench was in the way.
    BenchError,
    /// A person has to settle it, and has not yet.
    ForPerson,
    /// A person has settled it.
    Answered,
    /// A person had settled it, and what it was about has changed since.
    AnsweredStale,
    /// The claim says that the provision does not apply.
    DoesNotApply,
    /// The claim says that the recommendation is not met.
    NotMet,
    /// Left out by the filter of this run.
    NotRun,
    /// The edition has no such unit.
    Unknown,
}

impl LedgerState {
    /// Every state, in the order of reports.
    pub const ALL: [Self; 12] = [
        Self::Holds,
        Self::Refuted,
        Self::InPart,
        Self::Inconclusive,
        Self::BenchError,
        Self::ForPerson,
        Self::Answered,
        Self::AnsweredStale,
        Self::DoesNotApply,
        Self::NotMet,
        Self::NotRun,
        Self::Unknown,
    ];

    /// As reports print it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Holds => "done, holds",
            Self::Refuted => "done, refuted",
            Self::InPart => "in part",
            Self::Inconclusive => "inconclusive",
            Self::BenchError => "bench error",
            Self::ForPerson => "for a person, open",
            Self::Answered => "answered",
            Self::AnsweredStale => "answered, stale",
            Self::DoesNotApply => "does not apply",
            Self::NotMet => "recommendation not met",
            Self::NotRun => "not run",
            Self::Unknown => "unknown in this edition",
        }
    }

    /// As the command line and JSON write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Refuted => "refuted",
            Self::InPart => "in-part",
            Self::Inconclusive => "inconclusive",
            Self::BenchError => "bench-error",
            Self::ForPerson => "for-person",
            Self::Answered => "answered",
            Self::AnsweredStale => "answered-stale",
            Self::DoesNotApply => "does-not-apply",
            Self::NotMet => "not-met",
            Self::NotRun => "not-run",
            Self::Unknown => "unknown",
        }
    }

    /// Whether nothing more is asked.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Holds | Self::Refuted | Self::Answered | Self::DoesNotApply | Self::NotMet
        )
    }
}

/// A row of the statement under a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubRow {
    /// Id of the IXIT row.
    pub row: String,
    /// What became of the unit for it.
    pub state: LedgerState,
    /// The check that decides, for a reader.
    pub reason: String,
    /// Events of its checks.
    pub evidence: Vec<Seq>,
}

/// One unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerRow {
    /// The unit.
    pub unit: UnitRef,
    /// Its provision.
    pub provision: ProvisionId,
    /// What its test case is about.
    pub about: String,
    /// Papers or device.
    pub nature: UnitNature,
    /// What became of it.
    pub state: LedgerState,
    /// How it came to that.
    pub how: How,
    /// The rule over the statement that spoke, where one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// Why, for a reader; never empty.
    pub reason: String,
    /// Tasks that carry it out.
    pub by: Vec<TaskId>,
    /// Events of its checks.
    pub evidence: Vec<Seq>,
    /// States of the device in which it was looked at.
    pub states: BTreeSet<DeviceState>,
    /// The rows of the statement that its checks name.
    pub rows: Vec<SubRow>,
}

/// Every unit of the edition for one product, in printed order.
#[must_use]
pub fn ledger(plan: &Plan, run: &RunResult, product: &ProductResult) -> Vec<LedgerRow> {
    let tasks = plan.tasks.iter().filter(|t| t.product == product.product);
    let tasks = tasks.filter_map(|t| Some((t, run.task(t.id)?)));
    let of = Of {
        plan,
        product,
        tasks: tasks.collect(),
    };
    let provisions = product.provisions.iter();
    let rows = provisions.flat_map(|p| p.provision.units.iter().map(|u| of.row(p, u)));
    rows.collect()
}

struct Of<'a> {
    plan: &'a Plan,
    product: &'a ProductResult,
    tasks: Vec<(&'a Task, &'a TaskResult)>,
}

type Named<'a> = (TaskId, Seq, &'a Check);

impl<'a> Of<'a> {
    fn row(&self, provision: &ProvisionResult, unit: &TestUnit) -> LedgerRow {
        let named: Vec<Named<'a>> = self.named(&unit.id);
        let ruling = self.ruling(provision, unit);
        let (state, reason) = self.decide(provision, unit, &named, ruling.as_ref());
        let carries = |t: &&(&Task, &TaskResult)| t.0.case.units.contains(&unit.id);
        LedgerRow {
            unit: unit.id.clone(),
            provision: provision.provision.id.clone(),
            about: unit.about.clone(),
            nature: unit.nature,
            state,
            how: match (state, &ruling) {
                (LedgerState::DoesNotApply | LedgerState::NotMet, _) => How::Claim,
                (_, Some(ruling)) => ruling.how,
                (_, None) => how_without(unit),
            },
            rule: ruling.map(|r| r.rule),
            reason,
            by: self
                .tasks
                .iter()
                .filter(carries)
                .map(|(t, _)| t.id)
                .collect(),
            evidence: named.iter().map(|(_, seq, _)| *seq).collect(),
            states: named.iter().filter_map(|(_, _, c)| c.state).collect(),
            rows: sub_rows(&named),
        }
    }

    /// Checks that name a unit.
    fn named(&self, unit: &UnitRef) -> Vec<Named<'a>> {
        let tasks = self.tasks.iter();
        let all = tasks.flat_map(|(task, result)| {
            let checks = result.checks.iter();
            checks.map(move |(seq, check)| (task.id, *seq, check))
        });
        all.filter(|(_, _, check)| check.units.contains(unit))
            .collect()
    }

    fn decide(
        &self,
        provision: &ProvisionResult,
        unit: &TestUnit,
        named: &[Named<'_>],
        ruling: Option<&Decision>,
    ) -> (LedgerState, String) {
        use LedgerState as S;
        // What was seen on the device stands, whatever is claimed.
        if let Some((_, _, bad)) = named.iter().find(|(_, _, c)| c.finding == Finding::Refuted) {
            return (S::Refuted, bad.told());
        }
        match &provision.applicability {
            Applicability::NotApplicable(why) => return (S::DoesNotApply, why.clone()),
            Applicability::NotMet(why) => return (S::NotMet, why.clone()),
            Applicability::BadClaim(why) => {
                return (S::Inconclusive, format!("the claim is wrong: {why}"));
            }
            Applicability::NoClaim => {
                let why = "the profile makes no claim about the provision";
                return (S::Inconclusive, why.to_owned());
            }
            Applicability::Claimed => {}
        }
        if unit.nature == UnitNature::Conceptual {
            return match ruling {
                Some(ruling) => self.on_paper(&provision.provision.id, ruling),
                None => (S::ForPerson, "settled by reading papers".to_owned()),
            };
        }
        self.on_the_device(unit, named)
    }

    /// What a rule says of a conceptual unit of a provision that is claimed.
    fn ruling(&self, provision: &ProvisionResult, unit: &TestUnit) -> Option<Decision> {
        let asked = unit.nature == UnitNature::Conceptual
            && provision.applicability == Applicability::Claimed;
        let product = self.plan.products.get(&self.product.product)?;
        let (catalogue, profile) = (&self.plan.catalogue, &product.profile);
        let decided = asked.then(|| statement::decide(catalogue, profile, &unit.id));
        decided.flatten()
    }

    fn on_paper(&self, provision: &ProvisionId, ruling: &Decision) -> (LedgerState, String) {
        use LedgerState as S;
        match &ruling.outcome {
            Outcome::Refuted { why, .. } => (S::Refuted, format!("as it is declared: {why}")),
            Outcome::Holds(why) => match self.contradicts(provision) {
                Some(seen) => {
                    let why =
                        format!("it holds as declared, but the device was seen otherwise: {seen}");
                    (S::Inconclusive, why)
                }
                None => {
                    let why = format!("as it is declared, for a reviewer to sign: {why}");
                    (S::Holds, why)
                }
            },
            Outcome::Missing(what) => (S::ForPerson, format!("a fact is missing: {what}")),
            Outcome::Person(what) => (S::ForPerson, what.clone()),
        }
    }

    /// What was seen on the device against a provision: what is declared is then no ground to call anything of it held.
    fn contradicts(&self, provision: &ProvisionId) -> Option<String> {
        let checks = self.tasks.iter().flat_map(|(_, result)| &result.checks);
        let mut bad = checks
            .map(|(_, check)| check)
            .filter(|check| check.contradicts(provision));
        bad.next().map(Check::told)
    }

    /// A functional unit that is claimed and was not refuted.
    fn on_the_device(&self, unit: &TestUnit, named: &[Named<'_>]) -> (LedgerState, String) {
        use LedgerState as S;
        let carries = |t: &&(&Task, &TaskResult)| t.0.case.units.contains(&unit.id);
        let carriers: Vec<_> = self.tasks.iter().filter(carries).collect();
        if let Some((state, why)) = carriers.iter().find_map(|(t, r)| ended_badly(t, r)) {
            return (state, why);
        }
        if carriers.is_empty() {
            return self.not_carried(unit);
        }
        let whole = self.what_is_missing(unit, &carriers);
        let open = named
            .iter()
            .find(|(_, _, c)| c.finding == Finding::NotObserved);
        let open = open.map(|(_, _, check)| check.told()).or(whole);
        let shown = named
            .iter()
            .filter(|(_, _, c)| c.finding == Finding::Shown)
            .count();
        match (open, shown) {
            (None, 0) => {
                let case = &carriers[0].0.case.id;
                (
                    S::Inconclusive,
                    format!("{case} ended without a check that names it"),
                )
            }
            (Some(why), 0) => (S::Inconclusive, why),
            (Some(why), n) => (S::InPart, format!("{n} check{} shown; {why}", plural(n))),
            (None, n) if unit.reach == Some(Reach::Full) => {
                (S::Holds, format!("{n} check{} shown", plural(n)))
            }
            (None, n) => (
                S::InPart,
                format!(
                    "{n} check{} shown; a bench reaches a part of it, the rest is a person's",
                    plural(n)
                ),
            ),
        }
    }

    /// What keeps a unit from being done whole although checks name it: a task of it that has no such check, or a case
    /// that was left out although the statement has something for it to look at.
    fn what_is_missing(
        &self,
        unit: &TestUnit,
        carriers: &[&(&Task, &TaskResult)],
    ) -> Option<String> {
        let names_it = |result: &TaskResult| {
            let mut checks = result.checks.iter();
            checks.any(|(_, check)| check.units.contains(&unit.id))
        };
        if let Some((task, _)) = carriers.iter().find(|(_, result)| !names_it(result)) {
            let units: Vec<_> = task.units.iter().map(crate::UnitName::as_str).collect();
            let (case, units) = (&task.case.id, units.join(" and "));
            return Some(format!(
                "{case} on {units} ended without a check that names it"
            ));
        }
        let profile = &self.plan.products.get(&self.product.product)?.profile;
        let mut left_out = self.plan.left_out.iter().filter(|left| {
            left.product == self.product.product
                && left.case.units.contains(&unit.id)
                && left.case.ixit.iter().all(|need| profile.declares(need))
        });
        let left = left_out.next()?;
        Some(format!("{} was left out: {}", left.case.id, left.why))
    }

    fn not_carried(&self, unit: &TestUnit) -> (LedgerState, String) {
        use LedgerState as S;
        let left_out = self.plan.left_out.iter();
        let mut mine = left_out
            .filter(|l| l.product == self.product.product && l.case.units.contains(&unit.id));
        match mine.next() {
            Some(left) if left.by_filter => (S::NotRun, format!("{}: {}", left.case.id, left.why)),
            Some(left) => (
                S::Inconclusive,
                format!("{} was left out: {}", left.case.id, left.why),
            ),
            None => {
                let who = match unit.reach {
                    Some(Reach::Web) => "it is about public documents, which no case reads yet",
                    Some(Reach::Manual) => "it takes a person at the device",
                    _ => "no case of this suite carries it out yet",
                };
                (S::ForPerson, who.to_owned())
            }
        }
    }
}

/// How a unit comes to what it is where no rule speaks.
fn how_without(unit: &TestUnit) -> How {
    match (unit.nature, unit.reach) {
        (UnitNature::Conceptual, _) | (_, Some(Reach::Manual)) => How::Person,
        (_, Some(Reach::Web)) => How::Document,
        _ => How::Bench,
    }
}

/// How a task ended that cannot speak for its units.
fn ended_badly(task: &Task, result: &TaskResult) -> Option<(LedgerState, String)> {
    use LedgerState as S;
    let case = &task.case.id;
    if let Some(why) = &result.not_run {
        return Some((S::Inconclusive, format!("{case} was not started: {why}")));
    }
    match &result.end {
        Some(CaseEnd::Complete) if result.is_flaky() => Some((
            S::Inconclusive,
            format!("{case} came out well in attempt {} only", result.attempts),
        )),
        Some(CaseEnd::Complete) => None,
        Some(CaseEnd::Stopped { trouble, .. }) => {
            let state = match trouble.kind {
                TroubleKind::Bench => S::BenchError,
                _ => S::Inconclusive,
            };
            Some((state, format!("{case} was stopped: {trouble}")))
        }
        Some(_) | None => Some((
            S::Inconclusive,
            format!("{case}: {}", result.verdict_over(|_| true).1),
        )),
    }
}

/// The rows that checks name, each by its own checks.
fn sub_rows(named: &[Named<'_>]) -> Vec<SubRow> {
    let mut by_row: BTreeMap<&str, Vec<(Seq, &Check)>> = BTreeMap::new();
    for (_, seq, check) in named {
        for row in &check.rows {
            by_row.entry(row).or_default().push((*seq, check));
        }
    }
    let rows = by_row.into_iter().map(|(row, checks)| {
        let of = |finding| checks.iter().find(|(_, c)| c.finding == finding);
        let (state, reason) = match (of(Finding::Refuted), of(Finding::NotObserved)) {
            (Some((_, check)), _) => (LedgerState::Refuted, check.told()),
            (None, Some((_, check))) if of(Finding::Shown).is_some() => {
                (LedgerState::InPart, check.told())
            }
            (None, Some((_, check))) => (LedgerState::Inconclusive, check.told()),
            (None, None) => {
                let n = checks.len();
                (LedgerState::Holds, format!("{n} check{} shown", plural(n)))
            }
        };
        SubRow {
            row: row.to_owned(),
            state,
            reason,
            evidence: checks.iter().map(|(seq, _)| *seq).collect(),
        }
    });
    rows.collect()
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// The state of a unit as a verdict.
impl From<LedgerState> for Verdict {
    fn from(state: LedgerState) -> Self {
        use LedgerState as S;
        match state {
            S::Holds | S::Answered | S::DoesNotApply | S::NotMet => Self::Pass,
            S::Refuted => Self::Fail,
            S::BenchError => Self::Error,
            _ => Self::Inconclusive,
        }
    }
}
