//! The smallest judgement: one thing looked at, and how it came out.

use crate::{DeviceState, GuideId, ProvisionId, Seq, UnitRef};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How a check came out. Only `Shown` can ever make a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// Evidence says the criterion holds.
    Shown,
    /// Nothing was seen either way: silence, a timeout, missing information.
    NotObserved,
    /// Evidence says the criterion does not hold.
    Refuted,
}

/// A limit a measured value is held against.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// Value must not be above.
    AtMost(#[serde(with = "crate::number")] f64),
    /// Value must not be below.
    AtLeast(#[serde(with = "crate::number")] f64),
}

/// A measured value with its unit and limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// What was measured.
    pub name: String,
    /// The value; never NaN.
    #[serde(with = "crate::number")]
    pub value: f64,
    /// SI unit or count, such as `ms` or `tries`.
    pub unit: String,
    /// The limit, when it decides something.
    pub limit: Option<Limit>,
}

impl Measurement {
    /// How the value stands to its limit; without a limit it shows nothing and refutes nothing.
    #[must_use]
    pub fn finding(&self) -> Option<Finding> {
        let holds = match self.limit? {
            Limit::AtMost(max) => self.value <= max,
            Limit::AtLeast(min) => self.value >= min,
        };
        Some(if holds {
            Finding::Shown
        } else {
            Finding::Refuted
        })
    }
}

/// One check, as journaled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// How it came out.
    pub finding: Finding,
    /// The sentence that is true when shown, such as "the old login is refused".
    pub holds: String,
    /// The sentence that is true when refuted, such as "the old login still opens the device".
    pub otherwise: String,
    /// What was wanted and what was there, in short.
    pub detail: String,
    /// Provisions it speaks for; empty for all of its case.
    pub serves: Vec<ProvisionId>,
    /// Guide rows it speaks for; empty for all of its case.
    pub guides: Vec<GuideId>,
    /// Units of TS 103 701 that it is a part of; a unit is done by the checks that name it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<UnitRef>,
    /// Rows of IXIT tables that it is about, such as `SoftServ-API`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<String>,
    /// The state the device was in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<DeviceState>,
    /// Provisions for which it is one-sided evidence: against them where it is refuted, nothing where it is shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub against: Vec<ProvisionId>,
    /// Measured value it rests on, if it is one.
    pub measurement: Option<Measurement>,
    /// Journal events it rests on.
    pub rests_on: Vec<Seq>,
    /// Line in the case file.
    pub line: Option<u32>,
}

impl Check {
    /// What is true as it came out: never the sentence that is not.
    #[must_use]
    pub fn statement(&self) -> Cow<'_, str> {
        match self.finding {
            Finding::Shown => Cow::Borrowed(&self.holds),
            Finding::Refuted => Cow::Borrowed(&self.otherwise),
            Finding::NotObserved => Cow::Owned(format!("not observed whether {}", self.holds)),
        }
    }

    /// The same, with what was wanted and what was there.
    #[must_use]
    pub fn told(&self) -> String {
        match self.detail.as_str() {
            "" => self.statement().into_owned(),
            detail => format!("{}: {detail}", self.statement()),
        }
    }

    /// Whether it speaks for a provision its case serves: one that it names, or one of whose units it is a part. One
    /// that names guides and no provisions speaks for those guides alone. What is against a provision speaks for it
    /// when it is refuted, and only then.
    #[must_use]
    pub fn speaks_for(&self, provision: &ProvisionId) -> bool {
        self.serves.contains(provision)
            || self.units.iter().any(|unit| unit.provision() == *provision)
            || self.speaks_for_all()
            || self.speaks_against(provision)
    }

    /// Whether it names a unit; one that names none may be a part of any unit of what it speaks for.
    #[must_use]
    pub fn may_be_part_of(&self, unit: &UnitRef) -> bool {
        match self.units.is_empty() {
            true => self.speaks_for(&unit.provision()),
            false => self.units.contains(unit),
        }
    }

    /// Whether it is one-sided evidence against a provision, and was refuted.
    #[must_use]
    pub fn speaks_against(&self, provision: &ProvisionId) -> bool {
        self.finding == Finding::Refuted && self.against.contains(provision)
    }

    /// Whether what was seen takes the ground from what is declared of a provision.
    #[must_use]
    pub fn contradicts(&self, provision: &ProvisionId) -> bool {
        let of_it = |unit: &UnitRef| unit.provision() == *provision;
        let about = self.against.contains(provision) || self.units.iter().any(of_it);
        self.finding == Finding::Refuted && about
    }

    /// Whether it speaks for a row of a guide its case serves.
    #[must_use]
    pub fn speaks_for_guide(&self, row: &GuideId) -> bool {
        self.guides.contains(row) || self.speaks_for_all()
    }

    /// One that names nobody speaks for everything its case serves.
    fn speaks_for_all(&self) -> bool {
        let names_nobody = self.serves.is_empty() && self.guides.is_empty();
        names_nobody && self.units.is_empty() && self.against.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn came_out(finding: Finding) -> Check {
        Check {
            finding,
            holds: "the old login is refused".to_owned(),
            otherwise: "the old login opens the device".to_owned(),
            detail: String::new(),
            serves: Vec::new(),
            guides: Vec::new(),
            units: Vec::new(),
            rows: Vec::new(),
            state: None,
            against: Vec::new(),
            measurement: None,
            rests_on: Vec::new(),
            line: None,
        }
    }

    #[test]
    fn a_check_states_what_is_true_as_it_came_out() {
        let stated = |finding| came_out(finding).statement().into_owned();
        assert_eq!(stated(Finding::Shown), "the old login is refused");
        assert_eq!(stated(Finding::Refuted), "the old login opens the device");
        let open = "not observed whether the old login is refused";
        assert_eq!(stated(Finding::NotObserved), open);
    }
}
