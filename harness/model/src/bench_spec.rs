//! What is wired to what. The technician's file, read and checked.

use crate::drivers::Driver;
use crate::settings::{Setting, Settings};
use crate::switch::Switch;
use crate::{Channel, Dur, Effect, Patient, Sample, UnitName};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};

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
    /// The one of a reservation that was made before for these tags.
    ReservedWith(BTreeMap<String, String>),
    /// Any that has these tags.
    Tagged(BTreeMap<String, String>),
}

impl std::fmt::Display for PlaceSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => write!(f, "place {name}"),
            Self::Reserved => f.write_str("the place of the reservation LG_TOKEN"),
            Self::ReservedWith(tags) => {
                write!(f, "the place of the reservation for {}", words(tags))
            }
            Self::Tagged(tags) => write!(f, "a place with {}", words(tags)),
        }
    }
}

fn words(tags: &BTreeMap<String, String>) -> String {
    let each = tags.iter().map(|(key, value)| format!("{key}={value}"));
    each.collect::<Vec<_>>().join(" ")
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
    /// Channels whose wires the place brought: where these lead is the farm's word, and may be new each time.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub brought: BTreeSet<Channel>,
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
        let switch = self.switch.take();
        self.switch = switch.map(|switch| Box::new(switch.without_secrets()));
        self
    }

    /// Its settings that are not alike in both, credentials aside.
    fn set_otherwise(&self, other: &Self, channel: Channel) -> Vec<String> {
        let one = self.clone().without_secrets(channel);
        let two = other.clone().without_secrets(channel);
        let key = |name: &str| format!("{channel}.{name}");
        let mut out = Vec::new();
        if one.driver != two.driver {
            out.push(key("driver"));
        }
        if one.switch != two.switch {
            out.push(key("model"));
        }
        let (one, two) = (one.settings.0, two.settings.0);
        let names: BTreeSet<&String> = one.keys().chain(two.keys()).collect();
        let other = names
            .into_iter()
            .filter(|name| one.get(*name) != two.get(*name));
        out.extend(other.map(|name| key(name)));
        out
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
    /// Whether both are wired alike: what was seen of one bench holds for the other.
    #[must_use]
    pub fn is_wired_as(&self, other: &Self) -> bool {
        self.wired_otherwise(other).is_empty()
    }

    /// Keys of the unit's entry in a bench file that are not alike in both, by their names alone. Credentials are left
    /// aside, since a plan has none, and so is the place of the profile, which changes with the folder that a file is
    /// read from.
    #[must_use]
    pub fn wired_otherwise(&self, other: &Self) -> Vec<String> {
        // A field that is added has its line here, or it does not compile.
        let Self {
            name,
            profile: _,
            sample,
            grants,
            identity,
            label,
            virtual_product,
            place,
            brought,
            wires,
        } = self;
        let plain = [
            ("name", *name == other.name),
            ("sample", *sample == other.sample),
            ("grants", *grants == other.grants),
            ("identity", *identity == other.identity),
            ("label", label.keys().eq(other.label.keys())),
            ("virtual", *virtual_product == other.virtual_product),
            ("place", *place == other.place),
        ];
        let other_keys = plain.into_iter().filter(|(_, alike)| !alike);
        let mut out: Vec<String> = other_keys.map(|(key, _)| key.to_owned()).collect();
        let channels: BTreeSet<&Channel> = wires.keys().chain(other.wires.keys()).collect();
        for channel in channels {
            match (wires.get(channel), other.wires.get(channel)) {
                // What a place brings is known by the place and its kind.
                (Some(one), Some(two))
                    if brought.contains(channel) && other.brought.contains(channel) =>
                {
                    out.extend((one.driver != two.driver).then(|| format!("{channel}.driver")));
                }
                (Some(one), Some(two)) => out.extend(one.set_otherwise(two, *channel)),
                _ => out.push(channel.to_string()),
            }
        }
        out
    }

    /// The same without where the wires lead that its place brought; of what kind they are stays.
    #[must_use]
    pub fn without_brought(mut self) -> Self {
        for (_, wire) in self
            .wires
            .iter_mut()
            .filter(|(c, _)| self.brought.contains(*c))
        {
            wire.settings = Settings::default();
            wire.switch = None;
        }
        self
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
    /// How long it is patient with a unit whose wires do not answer.
    #[serde(default, skip_serializing_if = "Patient::is_usual")]
    pub patient: Patient,
    /// The farm that it takes places from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub farm: Option<FarmSpec>,
    /// The units.
    pub units: Vec<UnitSpec>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit() -> UnitSpec {
        let text = |text: &str| Setting::Text(text.to_owned());
        let settings = BTreeMap::from([("port".to_owned(), text("tty-a"))]);
        let console = Wire {
            driver: "serial".to_owned(),
            settings: Settings(settings),
            switch: None,
        };
        UnitSpec {
            name: UnitName::new("a").unwrap(),
            profile: "p".to_owned(),
            sample: Sample::Production,
            grants: Vec::new(),
            identity: BTreeMap::new(),
            label: BTreeMap::from([("password".to_owned(), "hunter2".to_owned())]),
            virtual_product: None,
            place: None,
            brought: BTreeSet::new(),
            wires: BTreeMap::from([(Channel::Console, console)]),
        }
    }

    #[test]
    fn what_is_wired_otherwise_is_told_by_its_key_alone() {
        let mut other = unit();
        other.profile = "elsewhere/p".to_owned();
        other.label.insert("password".to_owned(), String::new());
        assert!(unit().is_wired_as(&other));
        other.label.insert("mac".to_owned(), "02:00".to_owned());
        other.grants.push(Effect::MayBrick);
        let wire = other.wires.get_mut(&Channel::Console).unwrap();
        let port = Setting::Text("tty-b".to_owned());
        wire.settings.0.insert("port".to_owned(), port);
        let lan = wire.clone();
        other.wires.insert(Channel::Lan, lan);
        let told = ["grants", "label", "console.port", "lan"];
        assert_eq!(unit().wired_otherwise(&other), told);
        assert_eq!(other.wired_otherwise(&unit()), told);
        assert!(!unit().is_wired_as(&other));
    }

    #[test]
    fn where_a_wire_leads_that_a_place_brought_is_new_each_time() {
        let mut one = unit();
        one.place = Some(PlaceSpec::Named("lamp".to_owned()));
        one.brought.insert(Channel::Console);
        let mut other = one.clone();
        let wire = other.wires.get_mut(&Channel::Console).unwrap();
        wire.settings
            .0
            .insert("port".to_owned(), Setting::Whole(40_001));
        assert!(one.is_wired_as(&other));
        assert_eq!(
            one.clone().without_brought(),
            other.clone().without_brought()
        );
        let wire = other.wires.get_mut(&Channel::Console).unwrap();
        wire.driver = "rfc2217".to_owned();
        assert_eq!(one.wired_otherwise(&other), ["console.driver"]);
        assert_ne!(one.clone().without_brought(), other.without_brought());
        // The bench file's own wire is compared as it is.
        let mut own = unit();
        own.place = one.place.clone();
        let wire = own.wires.get_mut(&Channel::Console).unwrap();
        wire.settings
            .0
            .insert("port".to_owned(), Setting::Whole(40_001));
        assert_eq!(one.wired_otherwise(&own), ["console.port"]);
    }
}
