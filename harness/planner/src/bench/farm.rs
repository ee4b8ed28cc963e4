//! Places of a farm: `[labgrid]`, and what units say of theirs.

use crate::read::{Item, Table};
use proofhouse_model::bench_spec::{FARM_WAIT, FarmSpec, PlaceSpec};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::de::DeValue;

/// The table of the farm.
pub const TABLE: &str = "labgrid";
/// Its keys, and what they are for.
pub const KEYS: [(&str, &str); 4] = [
    (
        "coordinator",
        "host or host:port of labgrid's coordinator; LG_COORDINATOR when absent",
    ),
    (
        "tls",
        "whether it speaks TLS; LG_COORDINATOR_TLS when absent",
    ),
    (
        "authority",
        "the certificates that are trusted then, PEM; the system's when absent",
    ),
    (
        "wait",
        "how long a place, and what stands on it, is waited for; 30s when absent",
    ),
];
const EXAMPLE: &str = "a table such as [labgrid] with coordinator = \"farm.lab:20408\"";
/// The place of a reservation, as labgrid's own client calls it.
const RESERVED: &str = "+";

/// A unit of the file, as its reader lists them.
type Entry<'a> = (&'a str, Range<usize>, Item<'a>);

/// Reads `[labgrid]`; `Some(None)` where there is none.
pub fn read(root: &Table<'_>) -> Option<Option<FarmSpec>> {
    let Some(item) = root.get(TABLE) else {
        return Some(None);
    };
    let table = item.table(EXAMPLE)?;
    table.only(&KEYS.map(|(key, _)| key));
    let coordinator = table.get("coordinator").map(|i| i.parsed(address));
    let tls = table.get("tls").map(|i| i.yes_no());
    let authority = table.get("authority").map(|i| i.text());
    let wait = table.get("wait").map_or(Some(FARM_WAIT), |i| i.dur());
    if let (Some(Some(false)), Some(item)) = (tls, table.get("authority")) {
        return item.bad(
            "nothing is verified without TLS",
            "`tls = true` beside it, or no `authority`",
        );
    }
    Some(Some(FarmSpec {
        coordinator: whole(coordinator)?,
        tls: whole(tls)?,
        authority: whole(authority)?,
        wait: wait?,
    }))
}

/// A key that is absent is fine, one that is wrong is not.
fn whole<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(read) => read.map(Some),
    }
}

fn address(text: &str) -> Result<String, (String, String)> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    match text.chars().all(fine) {
        true => Ok(text.to_owned()),
        false => Err((
            "this is no address of a coordinator".to_owned(),
            "a host name or address, and a port where it is not 20408, such as \"farm.lab:20408\""
                .to_owned(),
        )),
    }
}

/// The place on which a unit stands; `Some(None)` where it stands on none.
pub fn place(unit: &Table<'_>) -> Option<Option<PlaceSpec>> {
    let named = unit.get("place");
    let tagged = unit.get("tags");
    let said = named.as_ref().or(tagged.as_ref());
    if let (Some(said), Some(_)) = (said, unit.get("virtual")) {
        let message = format!(
            "a virtual unit has its own wires, and `{}` would bring others",
            said.key()
        );
        return said.bad(message, "`virtual` alone, or a place alone");
    }
    match (named, tagged) {
        (None, None) => Some(None),
        (Some(_), Some(tags)) => tags.bad(
            "`place` says already on which place this unit stands",
            "`place` or `tags`",
        ),
        (Some(place), None) => match place.text()?.as_str() {
            RESERVED => Some(Some(PlaceSpec::Reserved)),
            name => Some(Some(PlaceSpec::Named(name.to_owned()))),
        },
        (None, Some(tags)) => Some(Some(PlaceSpec::Tagged(tags_of(&tags)?))),
    }
}

fn tags_of(item: &Item<'_>) -> Option<BTreeMap<String, String>> {
    const WANT: &str = "a table such as { board = \"lamp\" }";
    let table = item.table(WANT)?;
    let entries = table.in_order();
    if entries.is_empty() {
        return item.bad("no tag is named here: any place would do", WANT);
    }
    let read: Vec<_> = entries
        .into_iter()
        .map(|(key, _, item)| Some((key.to_owned(), item.text()?)))
        .collect();
    read.into_iter().collect()
}

/// Holds the units against each other and against the farm: each place is one unit's, and is of a farm.
pub fn check(root: &Table<'_>, units: &[Entry<'_>]) {
    let mut seen = BTreeMap::new();
    let mut used = BTreeSet::new();
    for (name, _, unit) in units {
        let DeValue::Table(keys) = unit.raw() else {
            continue;
        };
        let table = Table::new(unit.log(), unit.span(), keys);
        for item in ["place", "tags"].iter().filter_map(|key| table.get(key)) {
            if root.get(TABLE).is_none() && used.is_empty() {
                let message = format!("`{}` is of a farm, and nothing says of which", item.key());
                item.log().note(item.span(), message, |d| {
                    d.expected(EXAMPLE)
                        .help("an empty [labgrid] leaves it to LG_COORDINATOR")
                });
            }
            used.insert(*name);
            let DeValue::String(place) = item.raw() else {
                continue;
            };
            if let Some(other) = seen.insert(place.to_string(), *name) {
                let message = format!("place {place} is unit {other}'s already");
                item.bad::<()>(message, "a place of its own for each unit");
            }
        }
    }
    if let (Some(farm), true) = (root.get(TABLE), used.is_empty()) {
        farm.bad::<()>(
            "no unit stands on a place of this farm",
            "`place = \"NAME\"` or `tags = { ... }` of a unit",
        );
    }
}
