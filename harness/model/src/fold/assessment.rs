//! The result as the test specification rolls it up, apart from the outcome of a run: what is open keeps it open.

use super::provision::{Applicability, ProductResult, ProvisionResult};
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
pub fn assess(plan: &Plan, product: &ProductResult) -> Assessment {
    let planned = plan.products.get(&product.product);
    let faults = planned.map(|p| statement::review(&plan.catalogue, &p.profile));
    let faults = faults.unwrap_or_default();
    let groups = product.provisions.iter();
    let groups: Vec<_> = groups
        .map(|r| (r.provision.id.clone(), GroupVerdict::of(r)))
        .collect();
    let missing = product
        .provisions
        .iter()
        .filter(|r| r.applicability == Applicability::NoClaim);
    let ics_missing: Vec<_> = missing.map(|r| r.provision.id.clone()).collect();
    let any = |wanted| groups.iter().any(|(_, v)| *v == wanted);
    let overall = if any(GroupVerdict::Fail) {
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
    /// The verdict of a provision, as the test specification words it. Without units there is nothing that it rolls up.
    #[must_use]
    pub fn of(result: &ProvisionResult) -> Self {
        match (result.verdict(), &result.applicability) {
            (None, Applicability::NotMet(_)) => Self::NotMet,
            (None, _) => Self::NotApplicable,
            (Some(Verdict::Fail), _) => Self::Fail,
            (Some(Verdict::Pass), _) if !result.units.is_empty() => Self::Pass,
            (Some(_), _) => Self::Inconclusive,
        }
    }

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
