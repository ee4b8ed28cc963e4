//! Places of a farm: `[labgrid]`, and what units say of theirs.

use crate::read::{Item, Table};
use proofhouse_model::bench_spec::{FARM_WAIT, FarmSpec, PlaceSpec};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv6Addr;
use std::ops::Range;
use std::path::Path;
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

/// Reads `[labgrid]` of a file in that folder; `Some(None)` where there is none.
pub fn read(root: &Table<'_>, folder: &Path) -> Option<Option<FarmSpec>> {
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
    let authority = match (authority, table.get("authority")) {
        (Some(Some(path)), Some(item)) => Some(there(path, &item, folder)),
        (read, _) => read,
    };
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

/// A file that is there: without it the coordinator is not reached, and that is seen before anything is asked for.
fn there(path: String, item: &Item<'_>, folder: &Path) -> Option<String> {
    match folder.join(&path).is_file() {
        true => Some(path),
        false => item.bad(
            "there is no such file",
            "a file with the certificates that are trusted, PEM, seen from this file's own folder",
        ),
    }
}

fn address(text: &str) -> Result<String, (String, String)> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    match text.chars().all(fine) && is_address(text) {
        true => Ok(text.to_owned()),
        false => Err((
            "this is no address of a coordinator".to_owned(),
            "a host name or address, and a port where it is not 20408, such as \"farm.lab:20408\""
                .to_owned(),
        )),
    }
}

/// A name or an address, and a port or none; one of IPv6 with a port stands in brackets.
fn is_address(text: &str) -> bool {
    let is_v6 = |text: &str| text.parse::<Ipv6Addr>().is_ok();
    let is_port = |text: &str| text.parse::<u16>().is_ok_and(|port| port > 0);
    if is_v6(text) {
        return true;
    }
    if let Some(rest) = text.strip_prefix('[') {
        let Some((inner, behind)) = rest.split_once(']') else {
            return false;
        };
        let port = behind.strip_prefix(':');
        return is_v6(inner) && (behind.is_empty() || port.is_some_and(is_port));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    !host.is_empty() && !host.contains(['[', ']']) && port.is_none_or(is_port)
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
        (Some(place), Some(tags)) => match place.text()?.as_str() {
            RESERVED => Some(Some(PlaceSpec::ReservedWith(tags_of(&tags)?))),
            _ => tags.bad(
                "`place` says already on which place this unit stands",
                "`place` or `tags`",
            ),
        },
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
            let place = match table.get("tags").filter(|_| place == RESERVED) {
                // Which of the reservations it is, its tags say.
                Some(tags) => format!("{place} with {}", in_words(&tags)),
                None => place.to_string(),
            };
            if let Some(other) = seen.insert(place.clone(), *name) {
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

/// Tags as they stand, in one order; mistakes in them are told where they are read.
fn in_words(tags: &Item<'_>) -> String {
    let DeValue::Table(keys) = tags.raw() else {
        return String::new();
    };
    let all = Table::new(tags.log(), tags.span(), keys).in_order();
    let each = all.into_iter().map(|(key, _, value)| match value.raw() {
        DeValue::String(text) => format!("{key}={text}"),
        _ => key.to_owned(),
    });
    let mut each: Vec<String> = each.collect();
    each.sort_unstable();
    each.join(" ")
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_coordinator_is_a_host_and_a_port_that_there_can_be() {
        for fine in [
            "farm",
            "farm.lab",
            "farm:1",
            "10.0.0.1:65535",
            "::1",
            "[::1]",
            "[fe80::1]:20408",
        ] {
            assert_eq!(address(fine).as_deref(), Ok(fine));
        }
        for bad in [
            "127.0.0.1:99999",
            "farm:0",
            "a:b:c",
            ":",
            ":1",
            "farm:",
            "[::1",
            "[::1]x",
            "[::1]:",
            "[farm]:1",
            "a]:1",
            "http://farm",
            "farm lab",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
