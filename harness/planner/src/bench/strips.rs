//! Strips: supplies that several units share, each described once in `[power.strip.NAME]`.

use super::wires::settings;
use crate::read::{Table, nearest, one_of, shorten};
use proofhouse_model::drivers::{OUTLET, OUTLET_MARK, STRIP, STRIP_PROGRAMS, SWITCH};
use proofhouse_model::settings::{Setting, Settings};
use proofhouse_model::{Channel, UnitSpec};
use std::collections::BTreeMap;

/// What is said of each strip; nothing of one that is told with a mistake.
pub type Strips = BTreeMap<String, Option<Settings>>;

/// What the table of strips should hold.
const WANT: &str = "a table for each strip, such as [power.strip.desk]";

/// Reads `[power.strip.NAME]`.
pub fn read(root: &Table<'_>) -> Strips {
    let strips = || -> Option<Table<'_>> {
        let power = root.get("power")?.table(WANT)?;
        power.only(&["strip"]);
        power.get("strip")?.table(WANT)
    };
    let Some(strips) = strips() else {
        return Strips::new();
    };
    let read = strips.in_order().into_iter().map(|(name, _, item)| {
        let table = item.table("a table with the strip's programs");
        (name.to_owned(), table.and_then(|table| strip(&table)))
    });
    read.collect()
}

fn strip(table: &Table<'_>) -> Option<Settings> {
    let names: Vec<_> = STRIP.iter().map(|key| key.name).collect();
    table.only(&names);
    let said = settings(table, STRIP)?;
    let unmarked = ["on", "off"].into_iter().find(|key| {
        let words = said.command(key).unwrap_or_default();
        !words.iter().any(|word| word.contains(OUTLET_MARK))
    });
    match unmarked {
        None => Some(said),
        Some(key) => table.get(key)?.bad(
            format!("`{key}` does not say which outlet it switches"),
            "`{outlet}` in one of its words, which stands for the outlet of the unit",
        ),
    }
}

/// Adds what is said of its strip to the settings of an outlet. `table` is that of the unit's supply.
pub fn complete(table: &Table<'_>, mut own: Settings, strips: &Strips) -> Option<Settings> {
    let (name, outlet) = (own.text("strip").ok()?, own.text("outlet").ok()?);
    let Some(said) = strips.get(name) else {
        let item = table.get("strip")?;
        let names: Vec<_> = strips.keys().map(|name| (name.as_str(), ())).collect();
        let expected = match names.is_empty() {
            true => format!("a strip of this file: {WANT}"),
            false => one_of(&names),
        };
        let near = nearest(name, strips.keys().map(String::as_str));
        let message = format!("there is no strip `{}`", shorten(name));
        item.log()
            .note(item.span(), message, |d| d.expected(expected).nearest(near));
        return None;
    };
    let mut said = said.clone()?;
    let programs = said.get("on")?.clone();
    for setting in said.0.values_mut() {
        if let Setting::Words(words) = setting {
            for word in words {
                *word = word.replace(OUTLET_MARK, outlet);
            }
        }
    }
    own.0.extend(said.0);
    own.0.insert(STRIP_PROGRAMS.to_owned(), programs);
    Some(own)
}

/// Tells each outlet how many of its strip or switch are in use: so long may it have to wait for its turn.
pub fn count(units: &mut [UnitSpec]) {
    let strip_of = |unit: &UnitSpec| -> Option<String> {
        let wire = unit.wire(Channel::Power)?;
        match wire.driver.as_str() {
            OUTLET => wire.settings.text("strip").ok().map(str::to_owned),
            SWITCH => wire.settings.switch_place().ok(),
            _ => None,
        }
    };
    let mut used = BTreeMap::<String, u64>::new();
    for strip in units.iter().filter_map(strip_of) {
        *used.entry(strip).or_default() += 1;
    }
    for unit in units {
        let strip = strip_of(unit);
        let outlets = strip.and_then(|strip| used.get(&strip));
        if let (Some(n), Some(wire)) = (outlets, unit.wires.get_mut(&Channel::Power)) {
            let n = Setting::Whole(*n);
            wire.settings.0.insert("outlets".to_owned(), n);
        }
    }
}
