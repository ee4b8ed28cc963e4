//! The provisions of a standard and the units its test specification asks for, as data.

use crate::{Edition, GuideId, ProvisionId, UnitRef};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Requirement level. One of three fields that are never mixed: level, applicability, result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// Mandatory.
    M,
    /// Recommendation.
    R,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::M => "M",
            Self::R => "R",
        })
    }
}

/// Whether a unit is settled by reading or on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitNature {
    /// Papers read by a person.
    Conceptual,
    /// Done on the device (or against public documents).
    Functional,
}

/// One unit of TS 103 701.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestUnit {
    /// For example `5.11-1-2.c`.
    pub id: UnitRef,
    /// Papers or device.
    pub nature: UnitNature,
}

/// One provision of one edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provision {
    /// For example `5.3-2`.
    pub id: ProvisionId,
    /// Title in our own words.
    pub title: String,
    /// M or R.
    pub level: Level,
    /// Numbers of its conditions; empty when unconditional.
    pub conditions: Vec<u8>,
    /// V3.1.3 only: applies to a feature, and may be N/A where the feature is absent.
    pub feature: bool,
    /// Units of the test specification, empty where none is known.
    pub units: Vec<TestUnit>,
}

impl Provision {
    /// Whether a claim of N/A is open at all (EN 303 645 annex B: only conditional or feature rows).
    #[must_use]
    pub fn may_be_not_applicable(&self) -> bool {
        !self.conditions.is_empty() || self.feature
    }

    /// Status as the standard's table prints it, such as `M C (5)`.
    #[must_use]
    pub fn status(&self) -> String {
        let mut out = self.level.to_string();
        if !self.conditions.is_empty() {
            let list: Vec<_> = self.conditions.iter().map(u8::to_string).collect();
            out.push_str(&format!(" C ({})", list.join(", ")));
        }
        if self.feature {
            out.push_str(" F");
        }
        out
    }
}

/// A row of another regime that cites provisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuideRow {
    /// For example `acsc-6-g4`.
    pub id: GuideId,
    /// Title in our own words.
    pub title: String,
    /// `true` for an example of bad practice: observing it is the finding.
    #[serde(default)]
    pub bad_example: bool,
    /// Provisions the row leans on.
    pub provisions: Vec<ProvisionId>,
    /// `false` where the link is our judgement and not the regime's own text.
    #[serde(default)]
    pub from_text: bool,
}

/// A guide as a view over the same results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guide {
    /// Short name, such as `ACSC` or `PSTI`.
    pub name: String,
    /// Full title.
    pub title: String,
    /// Its rows in printed order.
    pub rows: Vec<GuideRow>,
}

/// Everything a suite knows about its standard in one edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// Name of the standard, such as `EN 303 645`.
    pub standard: String,
    /// Edition the provisions are of.
    pub edition: Edition,
    /// What each condition number means, in our own words.
    pub conditions: Vec<(u8, String)>,
    /// All provisions in printed order.
    pub provisions: Vec<Provision>,
    /// Crosswalks.
    pub guides: Vec<Guide>,
}

impl Catalogue {
    /// The provision of that id.
    #[must_use]
    pub fn provision(&self, id: &ProvisionId) -> Option<&Provision> {
        self.provisions.iter().find(|p| &p.id == id)
    }
}
