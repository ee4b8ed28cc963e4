//! Whether the maker's statement (ICS and IXIT) can be true as it stands: a desk review, before any device is touched.
//!
//! Rules look at claims, at conditions by the tables they rest on, at tables that must not be empty, and at rows that
//! contradict each other. What is computed on stands in `bench = { ... }` of a row: prose cannot be computed on. A rule
//! that finds no such facts says nothing.

mod clear;
mod conditions;
mod rows;
mod rules;
mod units;

pub use units::{Decision, How, Outcome, decide, units};

use crate::{Catalogue, Profile, ProvisionId};
use serde::Serialize;

/// Which rule a statement breaks, or a unit was decided by. Rules over units are named where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Rule(&'static str);

/// Rules over the statement as a whole, each known by being listed here.
macro_rules! own_rules {
    ($($(#[$about:meta])* $name:ident = $word:literal,)*) => {
        impl Rule {
            $($(#[$about])* pub const $name: Self = Self($word);)*

            const OWN: &[Self] = &[$(Self::$name),*];
        }
    };
}

own_rules! {
    /// N/A on a row that has no condition.
    NOT_APPLICABLE_WITHOUT_CONDITION = "not-applicable-without-condition",
    /// N on a mandatory row.
    NO_ON_MANDATORY = "no-on-mandatory",
    /// A reason for N or N/A that is shorter than a sentence of three words.
    REASON_TOO_SHORT = "reason-too-short",
    /// N/A although the tables say that the condition holds.
    CONDITION_HOLDS = "condition-holds",
    /// Y although the tables say that the condition does not hold.
    CONDITION_DOES_NOT_HOLD = "condition-does-not-hold",
    /// Two provisions under one condition, one answered N/A and one Y.
    ONE_CONDITION_TWO_ANSWERS = "one-condition-two-answers",
    /// Y although the table that it rests on is empty.
    TABLE_EMPTY = "table-empty",
    /// A row names a row that is not there.
    ROW_NOT_THERE = "row-not-there",
    /// Two rows say that they are the same thing.
    SAME_TWICE = "same-twice",
    /// A port that one table tells of and the table of services does not.
    SERVICE_NOT_DECLARED = "service-not-declared",
    /// A password that is the user's own and stands on the label.
    OWN_PASSWORD_ON_LABEL = "own-password-on-label",
    /// A protection that the product does not have.
    PROTECTION_NOT_THERE = "protection-not-there",
    /// An interface of the product that nothing else tells of.
    INTERFACE_NOT_THERE = "interface-not-there",
    /// A password that goes over a network in clear.
    LOG_IN_IN_CLEAR = "log-in-in-clear",
}

impl Rule {
    /// No reason at all. No file can break it, since the reader of profiles refuses an empty reason first, so `prove`
    /// does not ask to see it fail. It holds plans to the same.
    pub const REASON_MISSING: Self = Self("reason-missing");

    /// Whether a claim that breaks it is one that the standard does not allow, so that a run fails by it. The others
    /// make the statement invalid as a whole: the assessment fails, and what was seen on the device stands by itself.
    #[must_use]
    pub fn forbids_claim(self) -> bool {
        matches!(
            self,
            Self::NOT_APPLICABLE_WITHOUT_CONDITION
                | Self::NO_ON_MANDATORY
                | Self::REASON_MISSING
                | Self::CONDITION_HOLDS
        )
    }

    /// Its name in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }
}

/// Something that cannot be true as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementFault {
    /// The rule.
    pub rule: Rule,
    /// Provisions whose claims cannot stand.
    pub provisions: Vec<ProvisionId>,
    /// Rows, and answers, that say so: each by its table or provision and its id.
    pub rows: Vec<String>,
    /// What is wrong, a lower-case clause.
    pub what: String,
}

/// Everything that cannot be true, in the order of the rules.
#[must_use]
pub fn review(catalogue: &Catalogue, profile: &Profile) -> Vec<StatementFault> {
    let of = rules::Review { catalogue, profile };
    let mut found = of.claims();
    found.extend(of.conditions());
    found.extend(of.tables());
    found.extend(of.rows());
    found.extend(units::faults(&of));
    found
}

/// Every rule by which a statement in files can be found at fault, each once.
pub fn rules() -> impl Iterator<Item = Rule> {
    Rule::OWN.iter().copied().chain(units::refuting())
}

#[cfg(test)]
mod tests;
