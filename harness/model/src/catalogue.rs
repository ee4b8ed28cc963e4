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

/// How far a bench gets with a functional unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// All of it, once the profile says what is declared.
    Full,
    /// A part of the evidence; a person does the rest.
    Part,
    /// Public documents.
    Web,
    /// A person alone.
    Manual,
}

/// One unit of TS 103 701.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestUnit {
    /// For example `5.11-1-2.c`.
    pub id: UnitRef,
    /// Papers or device.
    pub nature: UnitNature,
    /// How far a bench gets; nothing for what is settled by reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    /// What its test case is about, in our own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
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
    /// Why there are none, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_units: Option<String>,
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
    /// How near the duty of the row and its provisions are.
    #[serde(default)]
    pub confidence: Confidence,
    /// Whether a bench can look at it.
    #[serde(default)]
    pub bench: RowReach,
    /// What the row asks for that no case of the suite looks at, in our own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
}

/// How near a duty of a guide and the provisions it leans on are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The same duty in other words.
    High,
    /// They overlap for the most part.
    Medium,
    /// They touch.
    #[default]
    Low,
}

/// How far a bench gets with a row of a guide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowReach {
    /// All of it.
    Yes,
    /// A part.
    Partly,
    /// It is a person's.
    #[default]
    No,
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

/// Cryptography that the suite takes for good practice, and what it takes for broken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cryptography {
    /// What it is called in findings, with its date.
    pub name: String,
    /// Algorithms and protocol versions of good practice.
    pub best: Vec<String>,
    /// Those to which an attack is known.
    pub broken: Vec<String>,
}

/// Figures that rules over the statement go by: a suite's own, each with its source in the suite's file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Bits that a password set by a machine must have.
    pub least_bits: u64,
    /// Years that guessing half of the passwords must take.
    pub guessing_years: u64,
    /// What `crypto` of a row is held against.
    pub cryptography: Cryptography,
}

impl Figures {
    /// Whether the suite says none.
    #[must_use]
    pub fn are_unsaid(&self) -> bool {
        *self == Self::default()
    }
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
    /// A provision is what its cases are: there is no test specification with units of it, and no assessment after one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_cases: bool,
    /// Where this edition asks for less than others that rules of the statement know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allows: Vec<Allowance>,
    /// What rules over the statement go by.
    #[serde(default, skip_serializing_if = "Figures::are_unsaid")]
    pub figures: Figures,
}

/// What some editions leave open and others ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Allowance {
    /// The service of a device may look for its updates, and how often is open (5.3-5 and 5.3-6 of V2.1.1 ask the
    /// device to, after initialisation and periodically).
    ServiceLooksForUpdates,
}

impl Catalogue {
    /// The provision of that id.
    #[must_use]
    pub fn provision(&self, id: &ProvisionId) -> Option<&Provision> {
        self.provisions.iter().find(|p| &p.id == id)
    }
}
