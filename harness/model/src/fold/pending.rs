//! What a provision still needs, read off the ledger of its units and the cases that were left out.

use super::ledger::{LedgerRow, LedgerState};
use super::of::Of;
use super::provision::{Applicability, Served};
use crate::catalogue::Provision;
use crate::{Reach, TaskId, UnitNature, UnitRef, Verdict};

/// Something a provision still needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pending {
    /// A claim that can stand: which of its units are to be settled is not known before.
    Claim,
    /// Units settled by reading papers.
    Papers(Vec<UnitRef>),
    /// A case that serves it was left out: its place in the plan's list.
    LeftOut(usize),
    /// Units on the device that no case of the suite carries out.
    NotTested(Vec<UnitRef>),
    /// Units that were carried out as far as a bench gets; the rest is a person's.
    InPart(Vec<UnitRef>),
    /// Units that are not settled although all that was tried for the provision was shown, with the reason.
    NotSettled(Vec<UnitRef>, String),
    /// Other parts of the run have tasks on this product, which may speak of it, for or against: those that serve it.
    /// There may be none of them.
    OtherParts(Vec<TaskId>),
    /// This edition has no units for it that the suite knows, with the reason.
    UnitsUnknown(String),
}

/// What is left of a provision whose units came to this.
pub(super) fn pending(
    of: &Of<'_>,
    provision: &Provision,
    applicability: &Applicability,
    units: &[LedgerRow],
    served: &[Served],
) -> Vec<Pending> {
    if matches!(
        applicability,
        Applicability::NoClaim | Applicability::BadClaim(_)
    ) {
        return vec![Pending::Claim];
    }
    let mut out = Vec::new();
    let mut add = |units: Vec<UnitRef>, kind: fn(Vec<UnitRef>) -> Pending| {
        if !units.is_empty() {
            out.push(kind(units));
        }
    };
    let open: Vec<&LedgerRow> = units.iter().filter(|u| !u.state.is_settled()).collect();
    let (papers, device): (Vec<&LedgerRow>, Vec<_>) = open
        .iter()
        .partition(|u| u.nature == UnitNature::Conceptual);
    // What is declared holds so far, and other parts of the run may know better: no paper is left to read.
    let papers = papers
        .into_iter()
        .filter(|u| u.state != LedgerState::NotRun);
    let papers: Vec<&LedgerRow> = papers.collect();
    let left_out = left_out(of, provision, &open);
    let is_left_out = |unit: &UnitRef| {
        let cases = left_out.iter().map(|at| &of.plan.left_out[*at].case);
        let mut cases = cases.chain(of.elsewhere.iter().map(|task| &task.case));
        cases.any(|case| case.units.contains(unit))
    };
    let (tried, untried): (Vec<_>, Vec<_>) = device.into_iter().partition(|u| !u.by.is_empty());
    let untried = untried.iter().filter(|u| !is_left_out(&u.unit));
    add(ids(papers.iter()), Pending::Papers);
    add(ids(untried), Pending::NotTested);
    let reach = |row: &LedgerRow| provision.units.iter().find(|u| u.id == row.unit)?.reach;
    let is_part =
        |row: &&&LedgerRow| row.state == LedgerState::InPart && reach(row) != Some(Reach::Full);
    add(ids(tried.iter().filter(is_part)), Pending::InPart);
    // What a task did not come to is told by the task, and what a claim leaves open by the claim.
    let all_shown = served.iter().all(|s| s.verdict == Verdict::Pass);
    // Where other parts have tasks, that is what keeps them open.
    if all_shown && *applicability == Applicability::Claimed && of.elsewhere.is_empty() {
        let rest = tried
            .iter()
            .filter(|row| !is_part(row) && !is_left_out(&row.unit));
        let rest: Vec<&LedgerRow> = rest.copied().collect();
        if !rest.is_empty() {
            let why: Vec<_> = rest
                .iter()
                .map(|u| format!("{}: {}", u.unit, u.reason))
                .collect();
            out.push(Pending::NotSettled(ids(rest.iter()), why.join("; ")));
        }
    }
    if provision.units.is_empty() && !of.plan.catalogue.by_cases {
        let edition = of.plan.catalogue.edition;
        let unknown = || format!("the units that test it in {edition} are not known to this suite");
        let why = provision.without_units.clone().unwrap_or_else(unknown);
        out.push(Pending::UnitsUnknown(why));
    }
    out.extend(left_out.into_iter().map(Pending::LeftOut));
    if !of.elsewhere.is_empty() {
        let serve = of
            .elsewhere
            .iter()
            .filter(|t| t.case.answers_for(&provision.id));
        out.push(Pending::OtherParts(serve.map(|t| t.id).collect()));
    }
    out
}

fn ids<'a, 'b: 'a>(rows: impl Iterator<Item = &'a &'b LedgerRow>) -> Vec<UnitRef> {
    rows.map(|row| row.unit.clone()).collect()
}

/// Cases whose absence keeps the provision open. Where a case carries out units that others carried out whole, and the
/// statement has nothing for it to look at, its absence leaves no question.
fn left_out(of: &Of<'_>, provision: &Provision, open: &[&LedgerRow]) -> Vec<usize> {
    let keeps_open = |case: &crate::CaseMeta| {
        let mut its = case
            .units
            .iter()
            .filter(|u| u.provision() == provision.id)
            .peekable();
        its.peek().is_none() || its.any(|unit| open.iter().any(|row| row.unit == *unit))
    };
    let mine = of
        .left_out
        .iter()
        .filter(|(_, left)| left.case.answers_for(&provision.id));
    let mine = mine.filter(|(_, left)| of.would_look(left) || keeps_open(&left.case));
    mine.map(|(at, _)| *at).collect()
}
