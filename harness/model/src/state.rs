//! The state a device is in while something is looked at.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A state of a device. EN 303 645 and TS 103 701 tell apart the factory default state, which includes the one after a
/// reset, and the initialized one; the others are parts of the latter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceState {
    /// As sold, or after a reset: nobody has set it up.
    FactoryDefault,
    /// Set up and in use.
    Operating,
    /// Set up, and cut off from its network.
    OffNetwork,
    /// While an update is installed.
    Updating,
    /// Without its supply.
    Off,
}

impl DeviceState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::FactoryDefault,
        Self::Operating,
        Self::OffNetwork,
        Self::Updating,
        Self::Off,
    ];

    /// The name used in cases and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FactoryDefault => "factory-default",
            Self::Operating => "operating",
            Self::OffNetwork => "off-network",
            Self::Updating => "updating",
            Self::Off => "off",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl fmt::Display for DeviceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
