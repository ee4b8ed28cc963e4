//! Two units cannot share a wire, nor look the same.

use crate::read::Item;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::de::DeValue;

/// Wires of which a unit needs its own: channel, key, what it is called.
const WIRES: [(&str, &str, &str); 3] = [
    ("console", "port", "port"),
    ("debug", "probe", "probe"),
    ("lan", "address", "address"),
];

/// Notes identities, ports, probes and addresses that two units have in common. Mistakes of form are
/// left to the reader of each unit.
pub fn check(units: &[(&str, Range<usize>, Item<'_>)]) {
    let mut taken: BTreeMap<(String, String), &str> = BTreeMap::new();
    for (unit, _, item) in units {
        for (what, value, item) in own(item) {
            let other = *taken.entry((what.clone(), value)).or_insert(*unit);
            if other != *unit {
                item.bad::<()>(
                    format!("this {what} is that of {other} already"),
                    "something each unit has of its own",
                );
            }
        }
    }
}

/// What must be a unit's own: what it is, its value, its place.
fn own<'a>(unit: &Item<'a>) -> Vec<(String, String, Item<'a>)> {
    let mut out = Vec::new();
    for (key, item) in inside(unit, "identity") {
        out.extend(text(&item).map(|v| (key.to_owned(), v, item)));
    }
    for (channel, wanted, what) in WIRES {
        for (key, item) in inside(unit, channel) {
            if key == wanted {
                out.extend(text(&item).map(|v| (what.to_owned(), v, item)));
            }
        }
    }
    out
}

fn inside<'a>(unit: &Item<'a>, table: &str) -> Vec<(&'a str, Item<'a>)> {
    let DeValue::Table(entries) = unit.raw() else {
        return Vec::new();
    };
    let of = |name: &str| entries.iter().find(|(k, _)| k.get_ref() == name);
    let Some(DeValue::Table(found)) = of(table).map(|(_, v)| v.get_ref()) else {
        return Vec::new();
    };
    let item = |(k, v): (&'a toml::Spanned<_>, &'a toml::Spanned<DeValue<'a>>)| {
        let key: &'a std::borrow::Cow<'a, str> = k.get_ref();
        (
            key.as_ref(),
            Item::new(unit.log(), key, v.span(), v.get_ref()),
        )
    };
    found.iter().map(item).collect()
}

fn text(item: &Item<'_>) -> Option<String> {
    match item.raw() {
        DeValue::String(s) => Some(s.trim().to_lowercase()),
        _ => None,
    }
}
