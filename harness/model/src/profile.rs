//! What the maker says of a product: identity, claims (ICS), IXIT, and figures its handling needs.

use crate::secret::names_a_credential;
use crate::{Dur, ProductId, ProvisionId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
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
    /// Why the device counts as constrained, where it does (EN 303 645, conditions 4 and 5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constrained: Option<String>,
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
    /// Regular expression of the prompt that asks who logs in, where the console stands at one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_prompt: Option<String>,
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

/// How many connections a device takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Pace {
    /// One after another, and never two.
    pub one_at_a_time: bool,
    /// The pause it needs from the end of one to the next.
    pub between: Dur,
}

impl Pace {
    /// Whether it is as of any device.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

fn secret_values(values: &BTreeMap<String, Value>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (name, value) in values {
        secrets_in(name, names_a_credential(name), value, &mut out);
    }
    out
}

fn secrets_in(path: &str, secret: bool, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| {
            let secret = secret || names_a_credential(name);
            secrets_in(&format!("{path}.{name}"), secret, value, out);
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(n, value)| {
            secrets_in(&format!("{path}.{n}"), secret, value, out);
        }),
        Value::String(text) if secret => out.push((path.to_owned(), text.clone())),
        Value::Number(number) if secret => out.push((path.to_owned(), number.to_string())),
        _ => {}
    }
}

/// Largest file of a profile, in bytes: as large as a value of a script.
pub const LARGEST_FILE: u64 = 256 << 20;

/// One row of an IXIT table: field to value.
pub type IxitRow = BTreeMap<String, Value>;

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
    /// Tables that have no rows, by id, each with the reason (`bench = { none = "why" }`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub without_rows: BTreeMap<String, String>,
    /// Console facts, when the product has a console.
    pub console: Option<ConsoleFacts>,
    /// Debug facts, when the product has a debug port.
    pub debug: Option<DebugFacts>,
    /// How many connections it takes.
    #[serde(default, skip_serializing_if = "Pace::is_usual")]
    pub pace: Pace,
    /// Fields of a unit's label that are no secrets, such as `serial`; all others are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public_labels: Vec<String>,
    /// Files by name, such as `update.newer` to `images/plug-1.5.0.img`, relative to the folder.
    pub files: BTreeMap<String, String>,
    /// Named durations the device may take, such as `boot` or `reset`.
    pub limits: BTreeMap<String, Dur>,
    /// Free values for the device script and cases (`bench.profile.values`), such as user names or ports. A plan has
    /// their names alone, each with `null`.
    pub values: BTreeMap<String, Value>,
}

impl Profile {
    /// As a plan has it: values may be credentials.
    pub fn withhold_values(&mut self) {
        self.values.values_mut().for_each(|v| *v = Value::Null);
    }

    /// Puts back what was withheld, from the same profile as it was read.
    pub fn with_values_of(&mut self, read: &Self) {
        for (name, value) in &mut self.values {
            if let (Value::Null, Some(read)) = (&value, read.values.get(name)) {
                *value = read.clone();
            }
        }
    }

    /// How a journal names one of its secret values.
    #[must_use]
    pub fn secret_name(&self, path: &str) -> String {
        format!("values.{}.{path}", self.id)
    }

    /// Texts and numbers among its values that are named like credentials, by their names from the root:
    /// `wifi.key`.
    #[must_use]
    pub fn secret_values(&self) -> Vec<(String, String)> {
        secret_values(&self.values)
    }

    /// The claim about a provision.
    #[must_use]
    pub fn claim(&self, id: &ProvisionId) -> Option<&Claim> {
        self.claims.iter().find(|c| &c.provision == id)
    }

    /// Whether the tables have what a case needs of them: a row of the table, or with `28-ExtAPI[speaks=coap]` a row
    /// with that fact in its `bench`; without a value, as in `1-AuthMech[guesses-before-limit]`, any will do.
    #[must_use]
    pub fn declares(&self, need: &str) -> bool {
        let (table, only) = need
            .trim_end_matches(']')
            .split_once('[')
            .map_or((need, None), |(table, only)| (table, Some(only)));
        let rows = self.ixit.get(table).map_or(&[][..], Vec::as_slice);
        let Some(only) = only else {
            return !rows.is_empty();
        };
        let (key, value) = only
            .split_once('=')
            .map_or((only, None), |(k, v)| (k, Some(v)));
        let fact = |row: &IxitRow| {
            let fact = row.get("bench")?.get(key)?;
            Some(
                fact.as_str()
                    .map_or_else(|| fact.to_string(), str::to_owned),
            )
        };
        let is_it = |is: String| value.is_none_or(|value| is == value);
        rows.iter().any(|row| fact(row).is_some_and(is_it))
    }

    /// Whether an IXIT table has a row of that id, or is called so itself (a table of one row has no id).
    #[must_use]
    pub fn has_row(&self, id: &str) -> bool {
        let is_it = |row: &IxitRow| row.get("id").and_then(|v| v.as_str()) == Some(id);
        self.ixit.contains_key(id) || self.ixit.values().flatten().any(is_it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_named_like_credentials_are_found_wherever_they_stand() {
        let values = serde_json::json!({"user": "root", "api-key": "k1", "public-labels": ["mac"],
            "wifi": {"ssid": "home", "passphrase": "p2"}, "pin": 4815, "accounts": [{"password": ["p3", "p4"]}]});
        let values: BTreeMap<String, Value> = serde_json::from_value(values).unwrap();
        let found = secret_values(&values);
        let all: Vec<String> = found.into_iter().map(|(n, v)| format!("{n}={v}")).collect();
        let wanted = [
            "accounts.0.password.0=p3",
            "accounts.0.password.1=p4",
            "api-key=k1",
            "pin=4815",
            "wifi.passphrase=p2",
        ];
        assert_eq!(all, wanted);
    }
}
