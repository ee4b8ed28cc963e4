//! What a rule can say of a unit that is settled by reading: over the claims, the maker's tables and the typed facts in
//! them, and nothing else.
//!
//! Each file has the rules of a few chapters, as data: the units, how far the rule goes, and a function. A rule that
//! lacks a fact says which one, and leaves the unit to a person.

mod chapter1;
mod chapter3;
mod chapter5;
mod chapter6;
mod confirmed;
mod cryptography;
mod people;
mod rest;
mod seen;
#[cfg(test)]
mod tests;

use super::rules::{Review, fault};
use super::{Rule, StatementFault};
use crate::{Catalogue, Profile, ProvisionId, UnitRef};
use serde::{Deserialize, Serialize};

/// How a unit came to what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// On the bench.
    Bench,
    /// From public documents.
    Document,
    /// By the maker's claim alone.
    Claim,
    /// By a rule over the statement, both ways.
    Computed,
    /// From other units, over a set of rows.
    Derived,
    /// A rule looked for what refutes it or is missing; the rest is a person's.
    PreChecked,
    /// A person alone.
    Person,
}

impl How {
    /// As reports print it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bench => "bench",
            Self::Document => "document",
            Self::Claim => "claim",
            Self::Computed => "computed",
            Self::Derived => "derived",
            Self::PreChecked => "pre-checked",
            Self::Person => "person",
        }
    }
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds by what is declared, with what was looked at.
    Holds(String),
    /// It does not, by these rows.
    Refuted {
        /// Rows that say so.
        rows: Vec<String>,
        /// In what way, a lower-case clause.
        why: String,
    },
    /// A fact is not said, or a table is empty: which key of which row.
    Missing(String),
    /// What a person is to look at.
    Person(String),
}

/// A rule's word on a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// How far the rule goes.
    pub how: How,
    /// The rule.
    pub rule: Rule,
    /// What it says.
    pub outcome: Outcome,
}

/// A rule over units.
struct UnitRule {
    rule: Rule,
    how: How,
    /// Whether it can find a statement at fault. One that cannot says what is missing, and leaves the rest to a person.
    refutes: bool,
    units: &'static [&'static str],
    /// Given the unit, as one rule may have several.
    look: fn(&Review<'_>, &str) -> Outcome,
}

const fn rule(
    name: &'static str,
    how: How,
    units: &'static [&'static str],
    look: fn(&Review<'_>, &str) -> Outcome,
) -> UnitRule {
    UnitRule {
        rule: Rule(name),
        how,
        refutes: true,
        units,
        look,
    }
}

/// A rule that refutes nothing.
const fn reading(
    name: &'static str,
    how: How,
    units: &'static [&'static str],
    look: fn(&Review<'_>, &str) -> Outcome,
) -> UnitRule {
    UnitRule {
        refutes: false,
        ..rule(name, how, units, look)
    }
}

const ALL: [&[UnitRule]; 8] = [
    chapter1::RULES,
    confirmed::RULES,
    chapter3::RULES,
    cryptography::RULES,
    chapter5::RULES,
    chapter6::RULES,
    rest::RULES,
    people::RULES,
];

fn all() -> impl Iterator<Item = &'static UnitRule> {
    ALL.into_iter().flatten()
}

/// Every unit that a rule speaks of, or that is known to be a person's, with how far the rule goes.
pub fn units() -> impl Iterator<Item = (&'static str, How)> {
    all().flat_map(|rule| rule.units.iter().map(|unit| (*unit, rule.how)))
}

/// Rules that can find a statement at fault.
pub(super) fn refuting() -> impl Iterator<Item = Rule> {
    all().filter(|rule| rule.refutes).map(|rule| rule.rule)
}

impl UnitRule {
    /// A rule that cannot decide both ways leaves to a person what it does not refute.
    fn outcome(&self, of: &Review<'_>, unit: &str) -> Outcome {
        match (self.how, (self.look)(of, unit)) {
            (How::PreChecked | How::Person, Outcome::Holds(why)) => Outcome::Person(why),
            (_, outcome) => outcome,
        }
    }
}

/// What a rule says of a unit; nothing where no rule knows it.
#[must_use]
pub fn decide(catalogue: &Catalogue, profile: &Profile, unit: &UnitRef) -> Option<Decision> {
    let rule = all().find(|rule| rule.units.contains(&unit.as_str()))?;
    let of = Review { catalogue, profile };
    Some(Decision {
        how: rule.how,
        rule: rule.rule,
        outcome: rule.outcome(&of, unit.as_str()),
    })
}

/// Units of claimed provisions that rules refute: the statement cannot be true as it stands. What two rules say of the
/// same rows in the same words is told once.
pub(super) fn faults(of: &Review<'_>) -> Vec<StatementFault> {
    let mut found: Vec<StatementFault> = Vec::new();
    for rule in all() {
        for unit in rule.units {
            let Some(provision) = claimed(of, unit) else {
                continue;
            };
            let Outcome::Refuted { rows, why } = rule.outcome(of, unit) else {
                continue;
            };
            let same =
                |f: &&mut StatementFault| f.rows == rows && (f.rule == rule.rule || f.what == why);
            match found.iter_mut().find(same) {
                Some(known) if known.provisions.contains(provision) => {}
                Some(known) => known.provisions.push(provision.clone()),
                None => found.push(fault(rule.rule, &[provision], rows, why)),
            }
        }
    }
    found
}

/// The provision of a unit, where it is claimed Y.
fn claimed<'a>(of: &Review<'a>, unit: &str) -> Option<&'a ProvisionId> {
    let provision = UnitRef::new(unit).ok()?.provision();
    of.says_yes(provision.as_str())
}
