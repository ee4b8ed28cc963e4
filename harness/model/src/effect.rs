//! What a case may do to the unit it runs on.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Blast radius of a case, from harmless to final. Safe cases run first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Settings change and change back.
    Reversible,
    /// Erase and program cycles are spent.
    WearsFlash,
    /// User data and set-up are gone afterwards.
    FactoryReset,
    /// A product with a defect may not come back. Needs the bench's grant for the unit.
    MayBrick,
    /// One-way changes such as fuses. Needs the bench's grant for the unit.
    BurnsFuses,
}

impl Effect {
    /// All of them, safest first.
    pub const ALL: [Self; 5] = [
        Self::Reversible,
        Self::WearsFlash,
        Self::FactoryReset,
        Self::MayBrick,
        Self::BurnsFuses,
    ];

    /// The name used in cases and bench files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reversible => "reversible",
            Self::WearsFlash => "wears-flash",
            Self::FactoryReset => "factory-reset",
            Self::MayBrick => "may-brick",
            Self::BurnsFuses => "burns-fuses",
        }
    }

    /// The effect of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.name() == name)
    }

    /// Whether the bench file must grant it for the unit.
    #[must_use]
    pub fn needs_grant(self) -> bool {
        self >= Self::MayBrick
    }

    /// Whether the unit must prove its identity before, and the journal be on disk.
    #[must_use]
    pub fn is_destructive(self) -> bool {
        self >= Self::FactoryReset
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
