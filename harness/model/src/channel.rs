//! The wires of a unit.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One wire between bench and unit. What it can do is a capability in `transport`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// Supply that can be switched on and off.
    Power,
    /// Serial console: bytes both ways.
    Console,
    /// SWD or JTAG through a debug probe.
    Debug,
    /// The unit's own network address, reachable from the bench.
    Lan,
    /// Peers the bench offers to the unit, such as an MQTT broker.
    Broker,
    /// What is printed on this very unit: sticker, manual, box.
    Label,
}

impl Channel {
    /// All of them, in the order shown to people.
    pub const ALL: [Self; 6] = [
        Self::Power,
        Self::Console,
        Self::Debug,
        Self::Lan,
        Self::Broker,
        Self::Label,
    ];

    /// The name used in bench files, cases and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::Console => "console",
            Self::Debug => "debug",
            Self::Lan => "lan",
            Self::Broker => "broker",
            Self::Label => "label",
        }
    }

    /// What it is, a lower-case clause.
    #[must_use]
    pub const fn doc(self) -> &'static str {
        match self {
            Self::Power => "supply that can be switched on and off",
            Self::Console => "serial console: bytes both ways",
            Self::Debug => "SWD or JTAG through a debug probe",
            Self::Lan => "the unit's own network address, reachable from the bench",
            Self::Broker => "the MQTT broker that the bench offers to the unit",
            Self::Label => "what is printed on this very unit",
        }
    }

    /// The channel of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
