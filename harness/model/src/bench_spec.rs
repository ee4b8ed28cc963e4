//! What is wired to what. The technician's file, read and checked.

use crate::settings::Settings;
use crate::{Channel, Effect, Sample, UnitName};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;

/// One wire of a unit: the driver of its channel, and its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wire {
    /// Name of a row of [`crate::drivers::DRIVERS`].
    pub driver: String,
    /// Its settings, defaults filled in.
    pub settings: Settings,
}

/// One specimen and its wires.
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
    /// What its sticker says: `password`, `mac`, ... Empty for a virtual unit: read from its data. A plan holds the
    /// names of its fields alone, with empty values: they are secrets, and whoever goes on with a run has the file.
    #[serde(serialize_with = "without_values")]
    pub label: BTreeMap<String, String>,
    /// A virtual product's name, such as `plug`, when the unit is one.
    pub virtual_product: Option<String>,
    /// Its wires. A channel that is absent is not wired.
    pub wires: BTreeMap<Channel, Wire>,
}

/// Fields of a label are written by their names alone.
fn without_values<S: Serializer>(
    label: &BTreeMap<String, String>,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_map(label.keys().map(|name| (name, "")))
}

impl UnitSpec {
    /// Whether a channel is wired.
    #[must_use]
    pub fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Label => !self.label.is_empty() || self.virtual_product.is_some(),
            wired => self.wires.contains_key(&wired),
        }
    }

    /// The wire of a channel.
    #[must_use]
    pub fn wire(&self, channel: Channel) -> Option<&Wire> {
        self.wires.get(&channel)
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
