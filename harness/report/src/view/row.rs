//! Where a provision stands, as all reports say it.

use super::open::{Open, open_of};
use proofhouse_model::fold::{Applicability, ProvisionResult};
use proofhouse_model::{Claim, Plan, PlannedProduct, Support, UnitNature, Verdict};

/// Where a provision stands. Level, applicability and verdict stay apart in [`ProvisionResult`];
/// this names the one word a reader needs first. Ordered by how soon somebody has to look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// A criterion was refuted.
    Failed,
    /// The claim itself is wrong.
    BadClaim,
    /// The bench or a case broke.
    Error,
    /// Something tried on the device could not be shown.
    Inconclusive,
    /// The profile makes no claim about it.
    NoClaim,
    /// All that was tried on the device was shown, but something is still open: not a pass.
    Shown,
    /// Everything was shown and nothing is open.
    Passed,
    /// Nothing was tried on the device in this run.
    Pending,
    /// The user's own filter left it out.
    NotRun,
    /// A recommendation the maker says is not met.
    NotMet,
    /// Not applicable, on a ground the standard allows.
    NotApplicable,
}

impl Standing {
    /// All of them, in the order shown.
    pub const ALL: [Self; 11] = [
        Self::Failed,
        Self::BadClaim,
        Self::Error,
        Self::Inconclusive,
        Self::NoClaim,
        Self::Shown,
        Self::Passed,
        Self::Pending,
        Self::NotRun,
        Self::NotMet,
        Self::NotApplicable,
    ];

    /// The word for it in every report.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Failed => "fail",
            Self::BadClaim => "bad-claim",
            Self::Error => "error",
            Self::Inconclusive => "inconclusive",
            Self::NoClaim => "no-claim",
            Self::Shown => "shown",
            Self::Passed => "pass",
            Self::Pending => "pending",
            Self::NotRun => "not-run",
            Self::NotMet => "not-met",
            Self::NotApplicable => "not-applicable",
        }
    }
}

/// One provision.
#[derive(Debug)]
pub struct Row<'a> {
    /// The fold.
    pub result: &'a ProvisionResult,
    /// The claim, when there is one.
    pub claim: Option<&'a Claim>,
    /// Where it stands.
    pub standing: Standing,
    /// What it waits for; empty for what is not judged.
    pub open: Vec<Open<'a>>,
    /// The run is a part of one: what was not run may be in another part.
    pub in_part: bool,
}

impl<'a> Row<'a> {
    pub(crate) fn new(
        plan: &'a Plan,
        product: &'a PlannedProduct,
        result: &'a ProvisionResult,
    ) -> Self {
        let mut row = Self {
            result,
            claim: product.profile.claim(&result.provision.id),
            standing: Standing::Pending,
            open: open_of(plan, result),
            in_part: plan.shard.is_some(),
        };
        row.standing = row.stands(plan);
        if !row.is_judged() {
            row.open.clear();
        }
        row
    }

    fn stands(&self, plan: &Plan) -> Standing {
        match &self.result.applicability {
            // A claim does not hide what the device showed.
            Applicability::NotApplicable(_) => match self.result.verdict() {
                Some(Verdict::Fail) => Standing::Failed,
                _ => Standing::NotApplicable,
            },
            Applicability::NotMet(_) => Standing::NotMet,
            Applicability::BadClaim(_) => Standing::BadClaim,
            Applicability::NoClaim => match self.result.functional {
                _ if self.result.fails() => Standing::Failed,
                None if is_filtered(plan) && !plan.counts_open() => Standing::NotRun,
                _ => Standing::NoClaim,
            },
            Applicability::Claimed => match (self.result.verdict(), self.result.functional) {
                (Some(Verdict::Pass), _) => Standing::Passed,
                (Some(Verdict::Fail), _) => Standing::Failed,
                (_, Some(Verdict::Pass)) => Standing::Shown,
                (_, Some(Verdict::Error)) => Standing::Error,
                (_, Some(_)) => Standing::Inconclusive,
                (_, None) if self.open.iter().any(Open::by_filter) => Standing::NotRun,
                // Whether anything was left out for it is told where all parts are together.
                (_, None) if plan.shard.is_some() => Standing::Pending,
                // There is a case, and the bench or the profile lacks what it needs.
                (_, None) if self.is_left_out() => Standing::Inconclusive,
                (_, None) => Standing::Pending,
            },
        }
    }

    /// Whether all that would be done for it was left out, for want of something on the bench or in the profile.
    #[must_use]
    pub fn is_left_out(&self) -> bool {
        let lacking = |o: &Open<'_>| matches!(o, Open::LeftOut(l) if !l.by_filter);
        self.result.functional.is_none() && self.open.iter().any(lacking)
    }

    /// Whether the claim lets it be judged at all.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        !matches!(self.standing, Standing::NotApplicable | Standing::NotMet)
    }

    /// What is wrong with the claim; `None` where it is in order.
    #[must_use]
    pub fn claim_trouble(&self) -> Option<String> {
        let id = &self.result.provision.id;
        match &self.result.applicability {
            Applicability::BadClaim(why) => Some(why.clone()),
            Applicability::NotApplicable(why) if self.standing == Standing::Failed => {
                Some(format!(
                    "claimed not applicable ({why}), but a criterion of {id} was refuted on the device"
                ))
            }
            Applicability::NoClaim => Some(format!(
                "the profile makes no claim about {id}: add an ICS row with Y, N or N/A and its ground"
            )),
            _ => None,
        }
    }

    /// What the maker claims, as in the ICS.
    #[must_use]
    pub fn support(&self) -> &'static str {
        match self.claim.map(|c| c.support) {
            Some(Support::Yes) => "Y",
            Some(Support::No) => "N",
            Some(Support::NotApplicable) => "N/A",
            None => "none",
        }
    }

    /// Whether papers are still to be read, rules settled them, or there are none to read.
    #[must_use]
    pub fn conceptual(&self) -> &'static str {
        let mut units = self.result.provision.units.iter();
        if self.open.iter().any(|o| matches!(o, Open::Papers(_))) {
            "pending"
        } else if self.result.applicability == Applicability::Claimed
            && units.any(|u| u.nature == UnitNature::Conceptual)
        {
            "settled"
        } else {
            "none"
        }
    }

    /// Verdict of what was done on the device.
    #[must_use]
    pub fn functional(&self) -> &'static str {
        self.result.functional.map_or("none", verdict_word)
    }

    /// Verdict as a whole; what is open makes it inconclusive at best.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.result.verdict()
    }

    /// Why it fails, for a reader: what a task refuted, and else what does not hold as it is declared.
    #[must_use]
    pub fn why_failed(&self) -> String {
        let served = self.result.served.iter();
        let on_device = served
            .filter(|s| s.verdict == Verdict::Fail)
            .map(|s| s.why.clone());
        let on_paper = self.result.refuted_on_paper();
        let on_paper = on_paper.map(|unit| format!("{}: {}", unit.unit, unit.reason));
        on_device.chain(on_paper).next().unwrap_or_default()
    }
}

/// Whether the user asked for a part of the suite or of the plan only.
fn is_filtered(plan: &Plan) -> bool {
    plan.shard.is_some() || plan.left_out.iter().any(|l| l.by_filter)
}

/// The word of a verdict.
pub(crate) const fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Error => "error",
        Verdict::Fail => "fail",
    }
}
