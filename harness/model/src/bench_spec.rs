//! What is wired to what. The technician's file, read and checked.

use crate::{Effect, Sample, UnitName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Supply of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "driver", rename_all = "kebab-case")]
pub enum PowerSpec {
    /// A child process that is the device: spawning is power on, killing is power off.
    Virtual,
    /// Programs that switch a relay; each is run without a shell and must end with 0.
    Command {
        /// Program and arguments that switch on.
        on: Vec<String>,
        /// Program and arguments that switch off.
        off: Vec<String>,
    },
}

/// Console of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "driver", rename_all = "kebab-case")]
pub enum ConsoleSpec {
    /// The pty of the virtual device, opened through the serial stack.
    Virtual,
    /// A serial port or pty by path.
    Serial {
        /// For example `/dev/serial/by-id/...`.
        port: String,
        /// Line rate; the profile's when absent.
        baud: Option<u32>,
    },
}

/// Debug probe of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "driver", rename_all = "kebab-case")]
pub enum DebugSpec {
    /// The emulated port of the virtual device, through probe-rs's network probe.
    Virtual,
    /// A probe by probe-rs selector, such as `1366:1015:000683456789`.
    ProbeRs {
        /// `VID:PID` or `VID:PID:serial`.
        probe: String,
    },
}

/// Network of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "driver", rename_all = "kebab-case")]
pub enum LanSpec {
    /// An own loopback address chosen for the run.
    Virtual,
    /// A fixed address.
    Ip {
        /// Address of the unit.
        address: std::net::IpAddr,
    },
}

/// Peers the bench offers to a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "driver", rename_all = "kebab-case")]
pub enum BrokerSpec {
    /// An MQTT broker inside the harness, on an own loopback address.
    Virtual,
    /// The same broker on an address of this host that the unit can reach.
    Listen {
        /// Address of this host on the unit's network.
        address: std::net::IpAddr,
        /// TCP port, 8883 when absent.
        port: Option<u16>,
    },
}

/// One specimen and its wires. A channel that is absent is not wired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitSpec {
    /// Name on this bench.
    pub name: UnitName,
    /// Folder of its product's profile, resolved against the bench file's own folder.
    pub profile: String,
    /// As sold, or an open sample.
    pub sample: Sample,
    /// Effects granted beyond those that need no grant.
    pub grants: Vec<Effect>,
    /// Who it must prove to be before anything destructive: `serial`, `mac`, `chip-uid` to value.
    pub identity: BTreeMap<String, String>,
    /// What its sticker says: `password`, `mac`, ... Empty for a virtual unit: read from its data.
    pub label: BTreeMap<String, String>,
    /// A virtual product's name, such as `plug`, when the unit is one.
    pub virtual_product: Option<String>,
    /// Supply.
    pub power: Option<PowerSpec>,
    /// Console.
    pub console: Option<ConsoleSpec>,
    /// Debug probe.
    pub debug: Option<DebugSpec>,
    /// Network.
    pub lan: Option<LanSpec>,
    /// Peers offered.
    pub broker: Option<BrokerSpec>,
}

impl UnitSpec {
    /// Whether a channel is wired.
    #[must_use]
    pub fn has(&self, channel: crate::Channel) -> bool {
        use crate::Channel as C;
        match channel {
            C::Power => self.power.is_some(),
            C::Console => self.console.is_some(),
            C::Debug => self.debug.is_some(),
            C::Lan => self.lan.is_some(),
            C::Broker => self.broker.is_some(),
            C::Label => !self.label.is_empty() || self.virtual_product.is_some(),
        }
    }
}

/// A bench: its units, of one product or of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchSpec {
    /// Path of the file, as given.
    pub file: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Name for reports.
    pub name: String,
    /// The units.
    pub units: Vec<UnitSpec>,
}
