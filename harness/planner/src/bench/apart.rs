//! Two units cannot share a wire, nor look the same. What names a wire is said by the table of drivers.

use super::probe::Probe;
use super::strips::{Strips, switched_by};
use super::switch;
use super::wires::{inside, named};
use crate::read::{Item, Table};
use proofhouse_model::drivers::{BUTTON, OUTLET};
use proofhouse_model::settings::{Key, Kind, Setting};
use proofhouse_model::{Channel, Driver, spelling};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, absolute};
use toml::de::DeValue;

/// Something that one unit alone can have.
struct Claim<'a> {
    /// What it is called; only what is called the same is compared.
    what: &'static str,
    /// One text for all spellings of the same thing.
    value: String,
    /// Where in the unit it is said, such as `power.on`.
    path: String,
    item: Item<'a>,
    /// It follows from another claim of the same item, and is told where that one is not.
    follows: bool,
}

/// Who has something already: the unit, and where it says so.
type Taken<'a> = BTreeMap<(&'static str, String), (&'a str, String)>;

/// Notes identities and wires that two units have in common. Mistakes of form are left to the reader of each unit.
/// Paths are seen from `folder`.
pub fn check(units: &[(&str, Range<usize>, Item<'_>)], folder: &Path, strips: &Strips) {
    let mut taken = Taken::new();
    let mut told = BTreeSet::new();
    for (unit, _, item) in units {
        let DeValue::Table(entries) = item.raw() else {
            continue;
        };
        let table = Table::new(item.log(), item.span(), entries);
        for claim in claims(&table, folder, strips) {
            let at = claim.item.span().start;
            if !(claim.follows && told.contains(&at)) && note(unit, &claim, &taken) {
                told.insert(at);
            }
            let key = (claim.what, claim.value);
            taken.entry(key).or_insert((unit, claim.path));
        }
    }
}

/// Whether there was something to note.
fn note(unit: &str, claim: &Claim<'_>, taken: &Taken<'_>) -> bool {
    let what = claim.what;
    let key = (what, claim.value.clone());
    const OWN: &str = "something each unit has of its own";
    let (message, expected) = match taken.get(&key) {
        Some((other, _)) if *other != unit => {
            (format!("this {what} is that of {other} already"), OWN)
        }
        Some((_, path)) => (
            format!("this {what} is that of `{path}` already"),
            "another one",
        ),
        None => match look_alike(claim, taken) {
            Some((other, (why, expected))) => (
                format!("this {what} may be that of {other}: {why}"),
                expected,
            ),
            None => return false,
        },
    };
    claim.item.bad::<()>(message, expected);
    true
}

/// A unit whose probe may be the same one, because one of the two is not named in full; and what is missing.
fn look_alike<'a>(
    claim: &Claim<'_>,
    taken: &Taken<'a>,
) -> Option<(&'a str, (&'static str, &'static str))> {
    if claim.what != "probe" {
        return None;
    }
    let (own, host) = on_host(&claim.value)?;
    let mut all = taken.iter().filter(|((what, _), _)| *what == "probe");
    all.find_map(|((_, value), (unit, _))| {
        let (other, there) = on_host(value)?;
        let alike = own.may_be(&other).filter(|_| host == there)?;
        Some((*unit, alike))
    })
}

/// A probe and where it is plugged in, as a claim has them. No host has a blank in its name.
fn on_host(value: &str) -> Option<(Probe<'_>, &str)> {
    let (probe, host) = value.rsplit_once(' ')?;
    Some((Probe::of(probe)?, host))
}

/// What must be a unit's own.
fn claims<'a>(unit: &Table<'a>, folder: &Path, strips: &Strips) -> Vec<Claim<'a>> {
    let mut out = Vec::new();
    for what in super::unit::IDENTITY {
        let Some(item) = inside(unit, "identity").and_then(|t| t.get(what)) else {
            continue;
        };
        if let DeValue::String(text) = item.raw() {
            out.push(Claim {
                what,
                value: text.trim().to_lowercase(),
                path: format!("identity.{what}"),
                item,
                follows: false,
            });
        }
    }
    for (channel, item) in named(unit) {
        out.extend(wire(channel, &item, folder, strips));
    }
    out
}

fn wire<'a>(channel: Channel, item: &Item<'a>, folder: &Path, strips: &Strips) -> Vec<Claim<'a>> {
    let DeValue::Table(entries) = item.raw() else {
        return Vec::new();
    };
    let table = Table::new(item.log(), item.span(), entries);
    let name = match table.get("driver").map(|i| i.raw()) {
        Some(DeValue::String(name)) => name,
        _ => return Vec::new(),
    };
    let Some(driver) = Driver::find(channel, name) else {
        return Vec::new();
    };
    let claim = |own: &'static proofhouse_model::drivers::Own| {
        let first = own.keys.first()?;
        let values: Option<Vec<_>> = own
            .keys
            .iter()
            .map(|key| value(&table, driver.key(key)?, folder))
            .collect();
        Some(Claim {
            what: own.what,
            value: values?.join(" "),
            path: format!("{channel}.{first}"),
            item: table.get(first)?,
            follows: false,
        })
    };
    let own = driver.own.iter().filter_map(claim);
    own.chain(on_strip(channel, name, &table, strips)).collect()
}

/// An outlet of a strip, by programs that are the strip's own although they are not said to be: those of a relay at a
/// button, or of a supply.
fn on_strip<'a>(
    channel: Channel,
    driver: &str,
    table: &Table<'a>,
    strips: &Strips,
) -> Option<Claim<'a>> {
    if !matches!(
        (channel, driver),
        (Channel::Power, "command") | (Channel::Reset, BUTTON)
    ) {
        return None;
    }
    let outlet = Driver::find(Channel::Power, OUTLET)?.own.first()?;
    ["on", "off"].into_iter().find_map(|key| {
        let item = table.get(key)?;
        let DeValue::Array(all) = item.raw() else {
            return None;
        };
        let (strip, which) = switched_by(key, &words(all)?, strips)?;
        Some(Claim {
            what: outlet.what,
            value: format!("{strip} {which}"),
            path: format!("{channel}.{key}"),
            item,
            follows: true,
        })
    })
}

/// A value in the one spelling that is compared; nothing when it is no such value.
fn value(table: &Table<'_>, key: &Key, folder: &Path) -> Option<String> {
    let Some(item) = table.get(key.name) else {
        let Some(default) = key.default() else {
            let absent = spelling::of_absent(key.kind);
            return absent.or_else(|| switch::default_of(table, key.name, folder));
        };
        return Some(match default {
            Setting::Text(text) => text,
            Setting::Whole(n) => n.to_string(),
            Setting::YesNo(yes) => yes.to_string(),
            Setting::Words(words) => format!("{words:?}"),
        });
    };
    match (item.raw(), key.kind) {
        (DeValue::String(text), Kind::Path) => Some(path(text, folder)),
        (DeValue::String(text), kind) => spelling::of_text(kind, text),
        (DeValue::Integer(n), _) => {
            let n = u64::from_str_radix(n.as_str(), n.radix()).ok()?;
            Some(n.to_string())
        }
        (DeValue::Boolean(yes), _) => Some(yes.to_string()),
        (DeValue::Array(all), Kind::Command) => command(all, folder),
        _ => None,
    }
}

fn words(all: &toml::de::DeArray<'_>) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for word in all {
        let DeValue::String(word) = word.get_ref() else {
            return None;
        };
        words.push(word.to_string());
    }
    Some(words)
}

fn command(all: &toml::de::DeArray<'_>, folder: &Path) -> Option<String> {
    let mut words = words(all)?;
    let program = words.first_mut()?;
    if program.contains('/') {
        let place = folder.join(&program);
        let real = place.canonicalize();
        *program = real.map_or_else(|_| plain(&place), |real| real.display().to_string());
    }
    Some(format!("{words:?}"))
}

/// A port by path, through its links when it is there: `/dev/serial/by-id/...` is a link to `/dev/ttyUSB0`. A
/// pseudo-terminal is left as it is written, because its number is given to another one once it is gone.
fn path(text: &str, folder: &Path) -> String {
    if !text.contains('/') {
        return text.to_lowercase();
    }
    let path = folder.join(text);
    match path.canonicalize() {
        Ok(real) if !real.starts_with("/dev/pts") => real.display().to_string(),
        _ => plain(&path),
    }
}

/// Without `.` and `..`, and from the root.
fn plain(path: &Path) -> String {
    let whole = absolute(path).unwrap_or_else(|_| path.to_owned());
    spelling::of_path(&whole)
}
