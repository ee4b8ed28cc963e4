//! Strips: supplies that several units share, each described once in `[power.strip.NAME]`.

use super::wires::settings;
use crate::read::{Table, nearest, one_of, shorten};
use proofhouse_model::drivers::{BUTTON, OUTLET, OUTLET_MARK, STRIP, STRIP_PROGRAMS, SWITCH};
use proofhouse_model::settings::{Setting, Settings};
use proofhouse_model::{Channel, UnitSpec, Wire};
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

/// The strip whose programs these are, and the outlet that they switch.
pub fn switched_by<'a>(
    key: &str,
    words: &[String],
    strips: &'a Strips,
) -> Option<(&'a str, String)> {
    strips.iter().find_map(|(name, said)| {
        let pattern = said.as_ref()?.command(key).ok()?;
        Some((name.as_str(), outlet_in(pattern, words)?))
    })
}

/// What stands where the mark is, where the words are the pattern otherwise, and the same wherever it is.
fn outlet_in(pattern: &[String], words: &[String]) -> Option<String> {
    let pairs = || pattern.iter().zip(words);
    let (marked, word) = pairs().find(|(marked, _)| marked.contains(OUTLET_MARK))?;
    let times = marked.matches(OUTLET_MARK).count();
    let before = marked.find(OUTLET_MARK)?;
    let around = marked.len() - times * OUTLET_MARK.len();
    let len = word.len().checked_sub(around)? / times;
    let outlet = word.get(before..before + len)?;
    let is_it = |(marked, word): (&String, &String)| marked.replace(OUTLET_MARK, outlet) == *word;
    let fits = !outlet.is_empty() && pattern.len() == words.len() && pairs().all(is_it);
    fits.then(|| outlet.to_owned())
}

/// A button whose programs are those of a strip is a socket of it: it takes its turn with the strip's supplies.
pub fn at_button(mut own: Settings, strips: &Strips) -> Settings {
    let of = |key: &str| switched_by(key, own.command(key).ok()?, strips);
    let (Some(on), Some(off)) = (of("on"), of("off")) else {
        return own;
    };
    let said = strips.get(on.0).and_then(Option::as_ref);
    let Some(said) = said.filter(|_| on == off) else {
        return own;
    };
    let name = Setting::Text(on.0.to_owned());
    own.0.insert("strip".to_owned(), name);
    for (theirs, ours) in [
        ("on", STRIP_PROGRAMS),
        ("between", "between"),
        ("within", "within"),
    ] {
        if let Some(setting) = said.get(theirs) {
            let kept = own.0.entry(ours.to_owned());
            kept.or_insert_with(|| setting.clone());
        }
    }
    own
}

/// Tells each outlet how many of its strip or switch are in use: so long may it have to wait for its turn. The relay at
/// a button may be one of them.
pub fn count(units: &mut [UnitSpec]) {
    let strip_of = |channel: Channel, wire: &Wire| -> Option<String> {
        match (channel, wire.driver.as_str()) {
            (Channel::Power, OUTLET) => wire.settings.text("strip").ok().map(str::to_owned),
            (Channel::Power | Channel::Uplink, SWITCH) | (Channel::Reset, BUTTON) => {
                let strip = wire.settings.text("strip").map(str::to_owned);
                strip.or_else(|_| wire.settings.switch_place()).ok()
            }
            _ => None,
        }
    };
    let mut used = BTreeMap::<String, u64>::new();
    let wires = units.iter().flat_map(|unit| &unit.wires);
    for strip in wires.filter_map(|(channel, wire)| strip_of(*channel, wire)) {
        *used.entry(strip).or_default() += 1;
    }
    let wires = units.iter_mut().flat_map(|unit| &mut unit.wires);
    for (channel, wire) in wires {
        let strip = strip_of(*channel, wire);
        if let Some(n) = strip.and_then(|strip| used.get(&strip)) {
            let n = Setting::Whole(*n);
            wire.settings.0.insert("outlets".to_owned(), n);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::outlet_in;

    #[test]
    fn programs_are_a_strips_where_they_are_its_own_but_for_the_outlet() {
        let words = |all: &[&str]| all.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let of = |pattern: &[&str], own: &[&str]| outlet_in(&words(pattern), &words(own));
        let pdu = ["pdu", "{outlet}", "on"];
        assert_eq!(of(&pdu, &["pdu", "12", "on"]).as_deref(), Some("12"));
        for other in [
            &["pdu", "3", "off"][..],
            &["pdu", "3"],
            &["pdu", "3", "on", "now"],
            &["relay", "3", "on"],
            &["pdu", "", "on"],
        ] {
            assert_eq!(of(&pdu, other), None, "{other:?}");
        }
        let within = ["sh", "-c", "pdu --on={outlet} && log {outlet}"];
        let own = of(&within, &["sh", "-c", "pdu --on=ä7 && log ä7"]);
        assert_eq!(own.as_deref(), Some("ä7"));
        assert_eq!(of(&within, &["sh", "-c", "pdu --on=7 && log 8"]), None);
        let twice = ["pdu", "-o{outlet}", "{outlet}"];
        assert_eq!(of(&twice, &["pdu", "-o3", "3"]).as_deref(), Some("3"));
        assert_eq!(of(&twice, &["pdu", "-o3", "4"]), None);
    }
}
