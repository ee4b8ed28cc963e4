//! What is wired to what. The technician's file, read and checked.

use crate::drivers::Driver;
use crate::settings::{Setting, Settings};
use crate::switch::Switch;
use crate::{Channel, Dur, Effect, Sample, UnitName};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;

/// One wire of a unit: the driver of its channel, and its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wire {
    /// Name of a row of [`crate::drivers::DRIVERS`].
    pub driver: String,
    /// Its settings, defaults filled in.
    pub settings: Settings,
    /// The model of its power switch, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switch: Option<Box<Switch>>,
}

/// The farm that a bench takes places from: labgrid's coordinator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FarmSpec {
    /// `host` or `host:port`; nothing where the environment says it.
    pub coordinator: Option<String>,
    /// Whether it speaks TLS; nothing where the environment says it.
    pub tls: Option<bool>,
    /// File with the certificates that are trusted then, PEM, seen from the bench file's own folder.
    pub authority: Option<String>,
    /// How long a place, and what stands on it, is waited for.
    pub wait: Dur,
}

/// How long a place is waited for where the bench file does not say.
pub const FARM_WAIT: Dur = Dur::secs(30);

impl Default for FarmSpec {
    fn default() -> Self {
        Self {
            coordinator: None,
            tls: None,
            authority: None,
            wait: FARM_WAIT,
        }
    }
}

/// A place of a farm on which a unit stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceSpec {
    /// The one of that name.
    Named(String),
    /// The one of a reservation that was made before.
    Reserved,
    /// Any that has these tags.
    Tagged(BTreeMap<String, String>),
}

impl std::fmt::Display for PlaceSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => write!(f, "place {name}"),
            Self::Reserved => f.write_str("the place of the reservation LG_TOKEN"),
            Self::Tagged(tags) => {
                let each = tags.iter().map(|(key, value)| format!("{key}={value}"));
                let each: Vec<_> = each.collect();
                write!(f, "a place with {}", each.join(" "))
            }
        }
    }
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
    /// The place of the farm on which it stands, which brings wires of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceSpec>,
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

impl Wire {
    /// The same without the values of settings that are credentials, as a plan has it.
    #[must_use]
    pub fn without_secrets(mut self, channel: Channel) -> Self {
        let secret: Vec<&str> = self.secrets(channel).map(|(key, _)| key).collect();
        for key in secret {
            let nothing = Setting::Text(String::new());
            self.settings.0.insert(key.to_owned(), nothing);
        }
        self
    }

    /// Its settings that are, or may hold, credentials.
    pub fn secrets(&self, channel: Channel) -> impl Iterator<Item = (&'static str, &Setting)> {
        let driver = Driver::find(channel, &self.driver);
        let keys = driver.map_or(&[][..], |driver| driver.keys).iter();
        keys.filter(|key| key.secret)
            .filter_map(|key| Some((key.name, self.settings.get(key.name)?)))
    }
}

impl UnitSpec {
    /// Whether both are wired alike: what was seen of one bench holds for the other. Credentials are left aside, since
    /// a plan has none, and so is the place of the profile, which changes with the folder that a file is read from.
    #[must_use]
    pub fn is_wired_as(&self, other: &Self) -> bool {
        let plain = |unit: &Self| {
            let wires = unit.wires.iter();
            let wires = wires.map(|(c, w)| (*c, w.clone().without_secrets(*c)));
            Self {
                profile: String::new(),
                label: unit
                    .label
                    .keys()
                    .map(|k| (k.clone(), String::new()))
                    .collect(),
                wires: wires.collect(),
                ..unit.clone()
            }
        };
        plain(self) == plain(other)
    }

    /// Whether a channel is wired.
    #[must_use]
    pub fn has(&self, channel: Channel) -> bool {
        match channel {
            Channel::Label => !self.label.is_empty() || self.virtual_product.is_some(),
            wired => self.wires.contains_key(&wired),
        }
    }

    /// Whether the bench can switch it off. One that it cannot is on by somebody else's doing, before the run and after
    /// it. A virtual unit that names no wire has them all.
    #[must_use]
    pub fn is_switched(&self) -> bool {
        self.has(Channel::Power) || (self.virtual_product.is_some() && self.wires.is_empty())
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
    /// How long ago `proofhouse doctor` may have found each unit's bench fit for a run to begin; absent: it need not
    /// have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fitness: Option<Dur>,
    /// The farm that it takes places from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub farm: Option<FarmSpec>,
    /// The units.
    pub units: Vec<UnitSpec>,
}
