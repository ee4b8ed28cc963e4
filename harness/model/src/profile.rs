//! What the maker says of a product: identity, claims (ICS), IXIT, and figures its handling needs.

use crate::{Dur, ProductId, ProvisionId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Support column of the ICS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Support {
    /// Supported; the detail says how.
    #[serde(rename = "Y")]
    Yes,
    /// Not supported; the detail says why.
    #[serde(rename = "N")]
    No,
    /// Not applicable; the detail gives the ground.
    #[serde(rename = "N/A")]
    NotApplicable,
}

/// One ICS row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The provision claimed.
    pub provision: ProvisionId,
    /// Y, N or N/A.
    pub support: Support,
    /// How, why not, or on what ground; never empty.
    pub detail: String,
}

/// Identity of the product (TS 103 701: identification of the DUT).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Maker's name.
    pub maker: String,
    /// Model designation.
    pub model: String,
    /// Hardware version.
    pub hardware: String,
    /// Software version shipped.
    pub software: String,
}

/// How the console is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ConsoleFacts {
    /// Line rate in bits per second.
    pub baud: u32,
    /// What ends a line sent to the device; `\r\n`, `\n` or `\r`.
    pub line_end: String,
    /// Regular expression of the boot banner: seeing it means the device started anew.
    pub banner: String,
    /// Regular expression whose first group is the reset cause, when the device prints one.
    pub reset_cause: Option<String>,
    /// Reset causes that mean a crash, such as `watchdog`.
    pub crash_causes: Vec<String>,
    /// Regular expression of the shell prompt, when there is a shell.
    pub prompt: Option<String>,
    /// Regular expressions that mean a crash wherever they are seen, such as `HardFault|panic`.
    pub crash: Option<String>,
}

/// What is known of the debug port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct DebugFacts {
    /// Chip name of probe-rs, such as `nRF52840_xxAA`.
    pub chip: Option<String>,
    /// Flash to search: address and length in bytes.
    pub flash: Vec<(u64, u64)>,
    /// Where the chip's unique id lies: address and length in bytes, 4 to 16. Needed for chips of a family that the
    /// debug driver does not know.
    #[serde(default)]
    pub uid: Option<(u64, u64)>,
    /// Whether it can be reached with an ordinary cable (TS 103 701 V1.1.1, 5.6-4) or only by probes.
    pub standard_cable: bool,
}

/// One row of an IXIT table: field to value.
pub type IxitRow = BTreeMap<String, serde_json::Value>;

/// The maker's file, read and checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Name of the product in results and on the command line, such as `plug`.
    pub id: ProductId,
    /// Folder name, such as `proofhouse-plug`.
    pub name: String,
    /// Folder of the profile, as given; files and the device script are found there.
    pub folder: String,
    /// SHA-256 of profile.toml, device.star and the files named, hex.
    pub sha256: String,
    /// Identity.
    pub product: Product,
    /// ICS.
    pub claims: Vec<Claim>,
    /// IXIT tables by id, such as `1-AuthMech`.
    pub ixit: BTreeMap<String, Vec<IxitRow>>,
    /// Console facts, when the product has a console.
    pub console: Option<ConsoleFacts>,
    /// Debug facts, when the product has a debug port.
    pub debug: Option<DebugFacts>,
    /// Fields of a unit's label that are no secrets, such as `serial`; all others are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public_labels: Vec<String>,
    /// Files by name, such as `update.newer` to `images/plug-1.5.0.img`, relative to the folder.
    pub files: BTreeMap<String, String>,
    /// Named durations the device may take, such as `boot` or `reset`.
    pub limits: BTreeMap<String, Dur>,
    /// Free values for the device script and cases (`bench.profile.values`), such as user names or ports.
    pub values: BTreeMap<String, serde_json::Value>,
}

impl Profile {
    /// The claim about a provision.
    #[must_use]
    pub fn claim(&self, id: &ProvisionId) -> Option<&Claim> {
        self.claims.iter().find(|c| &c.provision == id)
    }
}
