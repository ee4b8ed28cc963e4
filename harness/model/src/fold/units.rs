//! What becomes of a unit: from the checks that name it, the tasks that carry it out, rules and the claim.

use super::ledger::{LedgerRow, LedgerState, SubRow};
use super::of::{Named, Of};
use super::provision::Applicability;
use super::task::TaskResult;
use crate::catalogue::Provision;
use crate::event::CaseEnd;
use crate::statement::{self, Decision, How, Outcome};
use crate::{Check, Finding, ProvisionId, Reach, Seq, Task, TestUnit, TroubleKind, UnitNature};
use std::collections::BTreeMap;

impl Of<'_> {
    /// The ledger of a provision: a row for each of its units, in printed order.
    pub(super) fn units(
        &self,
        provision: &Provision,
        applicability: &Applicability,
    ) -> Vec<LedgerRow> {
        let units = provision.units.iter();
        let rows = units.map(|unit| self.unit(&provision.id, applicability, unit));
        rows.collect()
    }

    fn unit(
        &self,
        provision: &ProvisionId,
        applicability: &Applicability,
        unit: &TestUnit,
    ) -> LedgerRow {
        let named = self.named(&unit.id);
        let seen = named.iter().any(|(_, _, c)| c.finding == Finding::Refuted);
        let ruling = self.ruling(applicability, unit).filter(|_| !seen);
        let (state, reason) = match self.seen_or_claimed(applicability, named) {
            Some(decided) => decided,
            None if unit.nature == UnitNature::Functional => self.on_the_device(unit, named),
            None => match &ruling {
                Some(ruling) => self.on_paper(provision, ruling),
                None => {
                    let why = "settled by reading papers";
                    (LedgerState::ForPerson, why.to_owned())
                }
            },
        };
        LedgerRow {
            unit: unit.id.clone(),
            provision: provision.clone(),
            about: unit.about.clone(),
            nature: unit.nature,
            state,
            how: match (state, &ruling) {
                (LedgerState::DoesNotApply | LedgerState::NotMet, _) => How::Claim,
                _ if seen => How::Bench,
                (_, Some(ruling)) => ruling.how,
                (_, None) => how_without(unit),
            },
            rule: ruling.map(|r| r.rule),
            reason,
            by: self.carriers(&unit.id).iter().map(|(t, _)| t.id).collect(),
            evidence: named.iter().map(|(_, seq, _)| *seq).collect(),
            states: named.iter().filter_map(|(_, _, c)| c.state).collect(),
            rows: sub_rows(named),
        }
    }

    /// What was seen on the device against a unit, and else what the claim says of all its provision.
    fn seen_or_claimed(
        &self,
        applicability: &Applicability,
        named: &[Named<'_>],
    ) -> Option<(LedgerState, String)> {
        use LedgerState as S;
        // What was seen on the device stands, whatever is claimed.
        if let Some((_, _, bad)) = named.iter().find(|(_, _, c)| c.finding == Finding::Refuted) {
            return Some((S::Refuted, bad.told()));
        }
        match applicability {
            Applicability::NotApplicable(why) => Some((S::DoesNotApply, why.clone())),
            Applicability::NotMet(why) => Some((S::NotMet, why.clone())),
            Applicability::BadClaim(why) => {
                Some((S::Inconclusive, format!("the claim is wrong: {why}")))
            }
            Applicability::NoClaim => {
                let why = "the profile makes no claim about the provision";
                Some((S::Inconclusive, why.to_owned()))
            }
            Applicability::Claimed => None,
        }
    }

    /// What a rule says of a conceptual unit of a provision that is claimed.
    fn ruling(&self, applicability: &Applicability, unit: &TestUnit) -> Option<Decision> {
        let claimed = *applicability == Applicability::Claimed;
        let asked = claimed && unit.nature == UnitNature::Conceptual;
        let (catalogue, profile) = (&self.plan.catalogue, &self.product.profile);
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
                None if !self.elsewhere.is_empty() => {
                    let why = "it holds as declared; other parts of the run may have seen the device otherwise";
                    (S::NotRun, why.to_owned())
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
        let carriers = self.carriers(&unit.id);
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
        let other = || {
            self.carried_elsewhere(&unit.id)
                .or_else(|| self.may_be_named())
        };
        let open = open.map(|(_, _, check)| check.told()).or(whole);
        let open = open.or_else(other);
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
        carriers: &[(&Task, &TaskResult)],
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
        let mut left_out = self.left_out.iter();
        let (_, left) =
            left_out.find(|(_, l)| l.case.units.contains(&unit.id) && self.would_look(l))?;
        Some(format!("{} was left out: {}", left.case.id, left.why))
    }

    /// A check may name a unit that its case's head does not: any task of another part may speak of it.
    fn may_be_named(&self) -> Option<String> {
        let why = "other parts of the run may have found something against it";
        (!self.elsewhere.is_empty()).then(|| why.to_owned())
    }

    fn not_carried(&self, unit: &TestUnit) -> (LedgerState, String) {
        use LedgerState as S;
        if let Some(why) = self.carried_elsewhere(&unit.id) {
            return (S::NotRun, why);
        }
        let mut left_out = self.left_out.iter().map(|(_, left)| left);
        match left_out.find(|l| l.case.units.contains(&unit.id)) {
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
