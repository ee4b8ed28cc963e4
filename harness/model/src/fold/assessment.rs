//! The result as the test specification rolls it up, apart from the outcome of a run: what is open keeps it open.

use super::ledger::{LedgerRow, LedgerState};
use super::provision::{Applicability, ProductResult};
use crate::statement::{self, StatementFault};
use crate::{Plan, ProvisionId, Verdict};
use serde::Serialize;

/// A provision in the roll-up. TS 103 701 knows no error of a bench: it is inconclusive here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum GroupVerdict {
    /// All its units hold.
    Pass,
    /// One does not.
    Fail,
    /// Something is open.
    Inconclusive,
    /// The claim leaves it out, on a ground that the standard allows.
    NotApplicable,
    /// A recommendation that the maker says is not met, with the reason.
    NotMet,
}

/// One product's assessment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assessment {
    /// Whether the statement is valid: no claim that the standard does not allow, none missing.
    pub ics_valid: bool,
    /// Provisions without a claim.
    pub ics_missing: Vec<ProvisionId>,
    /// What a desk review of the statement found.
    pub faults: Vec<StatementFault>,
    /// The product as a whole.
    pub overall: GroupVerdict,
    /// Each provision.
    pub groups: Vec<(ProvisionId, GroupVerdict)>,
}

/// Rolls a product up: fail where the statement is invalid or anything claimed fails, a recommendation too;
/// inconclusive where anything is open; else pass.
#[must_use]
pub fn assess(plan: &Plan, product: &ProductResult, ledger: &[LedgerRow]) -> Assessment {
    let mut groups = Vec::with_capacity(product.provisions.len());
    let mut ics_missing = Vec::new();
    let planned = plan.products.get(&product.product);
    let faults = planned.map(|p| statement::review(&plan.catalogue, &p.profile));
    let faults = faults.unwrap_or_default();
    let mut rows = ledger;
    for result in &product.provisions {
        let id = &result.provision.id;
        let mine = rows.iter().take_while(|r| r.provision == *id).count();
        let (units, rest) = rows.split_at(mine);
        rows = rest;
        let seen_to_fail = units.iter().any(|u| u.state == LedgerState::Refuted)
            || result.functional == Some(Verdict::Fail);
        let verdict = match &result.applicability {
            // What its maker owns up to is no surprise on the device.
            Applicability::NotMet(_) => GroupVerdict::NotMet,
            _ if seen_to_fail => GroupVerdict::Fail,
            Applicability::NotApplicable(_) => GroupVerdict::NotApplicable,
            Applicability::BadClaim(_) => GroupVerdict::Fail,
            Applicability::NoClaim => GroupVerdict::Inconclusive,
            Applicability::Claimed if units.is_empty() => GroupVerdict::Inconclusive,
            Applicability::Claimed => match units.iter().all(|u| u.state.is_settled()) {
                true => GroupVerdict::Pass,
                false => GroupVerdict::Inconclusive,
            },
        };
        if result.applicability == Applicability::NoClaim {
            ics_missing.push(id.clone());
        }
        groups.push((id.clone(), verdict));
    }
    let any = |wanted| groups.iter().any(|(_, v)| *v == wanted);
    let bad_claim =
        |r: &super::ProvisionResult| matches!(r.applicability, Applicability::BadClaim(_));
    let overall = if product.provisions.iter().any(bad_claim) || any(GroupVerdict::Fail) {
        GroupVerdict::Fail
    } else if any(GroupVerdict::Inconclusive) || groups.is_empty() {
        GroupVerdict::Inconclusive
    } else {
        GroupVerdict::Pass
    };
    Assessment {
        ics_valid: faults.is_empty() && ics_missing.is_empty(),
        ics_missing,
        faults,
        overall,
        groups,
    }
}

impl GroupVerdict {
    /// As reports print it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Inconclusive => "INCONCLUSIVE",
            Self::NotApplicable => "N/A",
            Self::NotMet => "NOT MET",
        }
    }
}
