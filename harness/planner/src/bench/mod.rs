//! The technician's file: what is wired to what.
//!
//! ```toml
//! name = "desk 3"
//! fitness = "24h"                                # no run begins unless `proofhouse doctor` found it fit since
//! leave_after = 2                                # cases in a row in which the wires of a unit do not answer
//! try_again_after = "1m"                         # when a unit that left a run by that is tried again
//! profile = "../device-profiles/acme-lamp"      # from this file's own folder
//!
//! [power.strip.desk]                             # takes one session at a time; of a unit on it:
//! on = ["pdu", "{outlet}", "on"]                 # power = { driver = "outlet", strip = "desk", outlet = "3" }
//! off = ["pdu", "{outlet}", "off"]
//!
//! [labgrid]                                      # units may stand on places of a farm
//! coordinator = "farm.lab:20408"
//!
//! [unit.lamp-b]
//! place = "lamp-b"                               # or tags = { board = "lamp" }: what stands there are its wires
//!
//! [unit.lamp-a]
//! profile = "../device-profiles/acme-hub"        # where the unit is of another product than the bench's default
//! sample = "production"                          # or "open"; production when absent
//! grants = ["may-brick"]                         # what this specimen may suffer
//! identity = { serial = "A17", mac = "02:00:00:00:00:17" }
//! label = { password = "correct-horse" }
//! power = { driver = "command", on = ["relay", "1", "on"], off = ["relay", "1", "off"] }
//! console = { driver = "serial", port = "/dev/ttyUSB0", baud = 115200 }
//! debug = { driver = "probe-rs", probe = "1366:1015:000683456789" }
//! lan = { driver = "ip", address = "192.168.1.7" }
//! peers = { mqtt = { driver = "listen", address = "192.168.1.2", port = 8883 } }
//! ```
//!
//! Drivers and their keys are the rows of `model::drivers`. A channel that is absent is not wired. A unit with
//! `virtual = "plug"` is a child process; when it names no channel, all of them are virtual.

mod apart;
mod button;
mod covered;
mod dhcp;
mod farm;
mod hid_relay;
mod patient;
mod picture;
mod probe;
mod serial;
mod strips;
mod switch;
mod taken;
mod unit;
mod usb_hub;
mod wires;

pub use farm::KEYS as FARM_KEYS;
pub use patient::{LEAVE, MOST as MOST_IN_A_ROW, TRY_AGAIN};
pub use taken::read_wire;
pub(crate) use unit::label_field;
pub use unit::{IDENTITY, KEYS as UNIT_KEYS};
pub(crate) use wires::settings;

use crate::read::{Item, Log, Table, Text, load, outcome, parse};
use crate::switches::Switches;
use proofhouse_model::{BenchSpec, Diagnostic, Dur, UnitSpec};
use std::path::{Component, Path, PathBuf};
use toml::de::DeValue;

/// Least time that a trial of the bench stays good.
const SHORTEST_FITNESS: Dur = Dur::secs(60);

/// What the wires of several units may share.
pub struct Shared<'a> {
    /// Strips, by name.
    strips: strips::Strips,
    /// Models of switches.
    switches: &'a Switches<'a>,
    /// The bench file's own, from which paths are seen.
    folder: &'a Path,
}

/// Reads and checks a bench file.
///
/// # Errors
/// Every mistake in it, in the file's order. Its text in them has no password left.
pub fn read_bench(path: &Path) -> Result<BenchSpec, Vec<Diagnostic>> {
    read(path).map_err(|mut found| {
        covered::cover(&mut found, &path.display().to_string());
        found
    })
}

fn read(path: &Path) -> Result<BenchSpec, Vec<Diagnostic>> {
    let text = load(path)?;
    let log = Log::new(&text.file, &text.source);
    let folder = path.parent().unwrap_or(Path::new(""));
    let switches = Switches::new(folder);
    let spec = parse(&log, |root| bench(&root, &text, folder, &switches));
    let mut of_switches = switches.into_found();
    match outcome(spec, log) {
        Ok(spec) if of_switches.is_empty() => Ok(spec),
        Ok(_) => Err(of_switches),
        // What was not recorded is in the other file.
        Err(found) if found.iter().all(|d| d.place.is_none()) && !of_switches.is_empty() => {
            Err(of_switches)
        }
        Err(mut found) => {
            found.append(&mut of_switches);
            Err(found)
        }
    }
}

fn bench(
    root: &Table<'_>,
    text: &Text,
    folder: &Path,
    switches: &Switches<'_>,
) -> Option<BenchSpec> {
    root.only(&[
        "name",
        "profile",
        "fitness",
        LEAVE,
        TRY_AGAIN,
        "power",
        farm::TABLE,
        "unit",
    ]);
    let name = root.need("name").and_then(|i| i.text());
    let fitness = root.get("fitness").map(|item| fitness(&item));
    // A mistake in the default is told once, and not again for every unit.
    let default = match root.get("profile") {
        None if some_unit_has_its_own(root) => None,
        _ => Some(root.need("profile").and_then(|item| profile(&item, folder))),
    };
    let default_profile = default.as_ref().map(|d| d.as_deref());
    let patient = patient::read(root);
    let farm = farm::read(root, folder);
    let units = units(root, folder, default_profile, switches);
    if let Some(None) = default {
        return None;
    }
    Some(BenchSpec {
        file: text.file.clone(),
        sha256: text.sha256.clone(),
        name: name?,
        fitness: fitness.map_or(Some(None), |read| read.map(Some))?,
        patient: patient?,
        farm: farm?,
        units: units?,
    })
}

/// How old a trial of the bench may be: one that holds for no time would never let a run begin.
fn fitness(item: &Item<'_>) -> Option<Dur> {
    let valid = item.dur()?;
    if valid < SHORTEST_FITNESS {
        let want = "how long a trial of the bench stays good, from 1m to 720h, such as \"24h\"";
        return item.bad("no run could begin in this time", want);
    }
    Some(valid)
}

/// Whether a unit names a profile by itself: then the others that name none are told one by one.
fn some_unit_has_its_own(root: &Table<'_>) -> bool {
    let Some(DeValue::Table(units)) = root.get("unit").map(|item| item.raw()) else {
        return false;
    };
    let names_it = |unit: &DeValue<'_>| match unit {
        DeValue::Table(keys) => keys.iter().any(|(key, _)| key.get_ref() == "profile"),
        _ => false,
    };
    units.iter().any(|(_, unit)| names_it(unit.get_ref()))
}

/// The folder of a profile, seen from the bench file's own folder.
fn profile(item: &Item<'_>, seen_from: &Path) -> Option<String> {
    let folder = seen_from.join(item.text()?);
    if !folder.is_dir() {
        let message = format!("there is no folder {}", folder.display());
        let want = "the profile's folder, seen from this file's own folder";
        return item.bad(message, want);
    }
    Some(short(&folder).display().to_string())
}

/// The path without `x/..`, where that leads to the same folder: with links it need not.
fn short(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        let named = matches!(out.components().next_back(), Some(Component::Normal(_)));
        if part == Component::ParentDir && named {
            out.pop();
        } else {
            out.push(part);
        }
    }
    if out.as_os_str().is_empty() {
        out.push(".");
    }
    match (out.canonicalize(), path.canonicalize()) {
        (Ok(a), Ok(b)) if a == b => out,
        _ => path.to_owned(),
    }
}

fn units(
    root: &Table<'_>,
    folder: &Path,
    default: Option<Option<&str>>,
    switches: &Switches<'_>,
) -> Option<Vec<UnitSpec>> {
    const WANT: &str = "a table for each unit, such as [unit.lamp-a]";
    let Some(item) = root.get("unit") else {
        root.log()
            .note(root.span(), "no unit is on this bench", |d| {
                d.expected(WANT)
            });
        return None;
    };
    let table = item.table(WANT)?;
    let entries = table.in_order();
    if entries.is_empty() {
        return item.bad("no unit is on this bench", WANT);
    }
    let strips = strips::read(root);
    apart::check(&entries, folder, &strips);
    farm::check(root, &entries);
    let shared = Shared {
        strips,
        switches,
        folder,
    };
    let read: Vec<_> = entries
        .into_iter()
        .map(|(key, span, item)| {
            let profile = |table: &Table<'_>| match (table.get("profile"), default) {
                (Some(own), _) => profile(&own, folder),
                (None, Some(default)) => default.map(str::to_owned),
                (None, None) => {
                    let message = "nothing says of which product this unit is";
                    table.log().note(table.span(), message, |d| {
                        d.expected("`profile` here, or at the top of the file for all units")
                    });
                    None
                }
            };
            unit::read(root.log(), key, span, &item, &profile, &shared)
        })
        .collect();
    let mut units = read.into_iter().collect::<Option<Vec<_>>>()?;
    strips::count(&mut units);
    Some(units)
}
