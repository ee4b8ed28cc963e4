//! What a case says about itself, before any of it runs.

use crate::ids::CaseId;
use crate::{Channel, CutKind, Dur, Effect, GuideId, ProvisionId, UnitRef};
use serde::{Deserialize, Serialize};

/// Which specimens a case may use.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "kebab-case")]
pub enum Sample {
    /// As sold.
    #[default]
    Production,
    /// Debug port left open by the maker for the lab. Its open port is never held against the product.
    Open,
}

impl Sample {
    /// The name used in cases and bench files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Open => "open",
        }
    }
}

/// Which specimens a case may use.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "kebab-case")]
pub enum Samples {
    /// As sold.
    #[default]
    Production,
    /// With the debug port left open.
    Open,
    /// Whatever there is: for what is asked of the bench and not of the device.
    Any,
}

impl Samples {
    /// The name used in cases.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Open => "open",
            Self::Any => "any",
        }
    }

    /// Whether a specimen of this kind is one of them.
    #[must_use]
    pub fn hold(self, sample: Sample) -> bool {
        match self {
            Self::Production => sample == Sample::Production,
            Self::Open => sample == Sample::Open,
            Self::Any => true,
        }
    }
}

/// How often a case runs in one run.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default,
)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// Once for each product, on one unit or on as many as it holds at a time.
    #[default]
    Product,
    /// Once on every unit it suits: what it looks at may differ from specimen to specimen.
    Unit,
}

impl Per {
    /// The name used in cases.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Unit => "unit",
        }
    }
}

/// Head of a case file: the arguments of its `case(...)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseMeta {
    /// File name without `.star`.
    pub id: CaseId,
    /// First line of the file's doc string.
    pub title: String,
    /// Path of the file, relative to the suite.
    pub file: String,
    /// SHA-256 of the file and of everything it loads, hex.
    pub sha256: String,
    /// Provisions served. A check may narrow itself to some of them.
    pub provisions: Vec<ProvisionId>,
    /// Units of TS 103 701 carried out.
    pub units: Vec<UnitRef>,
    /// Rows of other guides served directly, such as `acsc-6-g4`.
    pub guides: Vec<GuideId>,
    /// Channels without which the case cannot run.
    pub needs: Vec<Channel>,
    /// Channels that add evidence when there.
    pub wants: Vec<Channel>,
    /// What it cuts of a unit's network.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<CutKind>,
    /// Operations of the profile's device script without which the case cannot run.
    pub device_ops: Vec<String>,
    /// Operations that add evidence where the profile's device script has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub device_wants: Vec<String>,
    /// IXIT tables without which nothing can be concluded, such as `7-UpdMech`.
    pub ixit: Vec<String>,
    /// What it may do to the unit; the gravest decides the order.
    pub effects: Vec<Effect>,
    /// Which specimens it may use.
    pub sample: Samples,
    /// How many specimens it holds at the same time (1 or more).
    pub specimens: usize,
    /// Whether it runs once for a product or on every unit of it.
    #[serde(default)]
    pub per: Per,
    /// Deadline for the whole case.
    pub within: Dur,
    /// Typical time on the default bench; for planning and "time left" only.
    pub takes: Dur,
    /// Defects it must catch, `product:defect`.
    pub caught_on: Vec<String>,
    /// Blinds (`product:blind`: honest, but something needed to judge it is missing or untrue) under which it must
    /// come to no verdict: neither pass nor fail.
    #[serde(default)]
    pub undecided_on: Vec<String>,
}

impl CaseMeta {
    /// The gravest effect, `Reversible` when none is declared.
    #[must_use]
    pub fn gravest(&self) -> Effect {
        self.effects
            .iter()
            .copied()
            .max()
            .unwrap_or(Effect::Reversible)
    }

    /// The provisions it serves, some of them twice: those that it names, and those whose units it carries out. Whoever
    /// takes the credit for a unit must also answer for it.
    pub fn answered(&self) -> impl Iterator<Item = ProvisionId> {
        let of_units = self.units.iter().map(UnitRef::provision);
        self.provisions.iter().cloned().chain(of_units)
    }

    /// Whether it serves a provision.
    #[must_use]
    pub fn answers_for(&self, provision: &ProvisionId) -> bool {
        self.answered().any(|p| &p == provision)
    }

    /// Whether it serves a row of a guide directly.
    #[must_use]
    pub fn answers_for_guide(&self, row: &GuideId) -> bool {
        self.guides.contains(row)
    }
}
