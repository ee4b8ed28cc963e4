//! One specimen.

use super::{Shared, farm, wires};
use crate::read::{Item, Log, Table, nearest, shorten};
use proofhouse_model::drivers::DUMP;
use proofhouse_model::{Channel, Effect, Sample, UnitName, UnitSpec, Wire};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Keys of a unit beside its channels, and what they are for.
pub const KEYS: [(&str, &str); 8] = [
    (
        "profile",
        "folder of its product's profile, where it is not the bench's",
    ),
    (
        "sample",
        "as sold, or open: the maker left its debug port open for the lab",
    ),
    (
        "grants",
        "effects allowed on this unit beyond the harmless ones",
    ),
    ("virtual", "the virtual product that it is, such as plug"),
    (
        "place",
        "the place of [labgrid] on which it stands, `+` for that of the reservation LG_TOKEN or for its `tags`",
    ),
    (
        "tags",
        "what the place must have on which it stands, by tag",
    ),
    (
        "identity",
        "who it must prove to be before anything destructive",
    ),
    ("label", "what its sticker says, by field"),
];
/// Who a unit can prove to be.
pub const IDENTITY: [&str; 3] = ["serial", "mac", "chip-uid"];

/// Reads `[unit.<name>]`; `profile` finds the folder of its product's profile.
pub fn read(
    log: &Log,
    key: &str,
    span: Range<usize>,
    item: &Item<'_>,
    profile: &dyn Fn(&Table<'_>) -> Option<String>,
    shared: &Shared<'_>,
) -> Option<UnitSpec> {
    let name = UnitName::new(key)
        .map_err(|e| {
            let message = format!("`{}` is no unit name", shorten(key));
            log.note(span, message, |d| d.expected(e.expected));
        })
        .ok();
    let table = item.table("a table with the unit's wires")?;
    let mut known: Vec<_> = KEYS.into_iter().map(|(key, _)| key).collect();
    known.extend(wires::keys());
    table.only_but(&known, &[wires::FORMER]);
    let profile = profile(&table);
    let sample = match table.get("sample") {
        None => Some(Sample::default()),
        Some(i) => i.one_of(
            "sample",
            &[("production", Sample::Production), ("open", Sample::Open)],
        ),
    };
    let grants = table.get("grants").map_or(Some(Vec::new()), |i| grants(&i));
    let virtual_product = table.get("virtual").map(|i| i.text());
    let identity = table
        .get("identity")
        .map_or(Some(BTreeMap::new()), |i| identity(&i));
    let label = table
        .get("label")
        .map_or(Some(BTreeMap::new()), |i| label(&i));
    let place = farm::place(&table);
    let wires = wires::read(&table, virtual_product.is_some(), shared);
    let (grants, identity) = (grants?, identity?);
    gate(&table, &grants, &identity)?;
    let wires = wires?;
    shows_no_lock(&table, sample?, &wires)?;
    Some(UnitSpec {
        name: name?,
        profile: profile?,
        sample: sample?,
        grants,
        identity,
        label: label?,
        virtual_product: match virtual_product {
            None => None,
            Some(read) => Some(read?),
        },
        place: place?,
        brought: BTreeSet::new(),
        wires,
    })
}

/// Of a dump nobody can tell whether the port of a unit as sold is locked.
fn shows_no_lock(table: &Table<'_>, sample: Sample, wires: &BTreeMap<Channel, Wire>) -> Option<()> {
    let debug = wires.get(&Channel::Debug);
    if sample == Sample::Open || debug.is_none_or(|wire| wire.driver != DUMP) {
        return Some(());
    }
    let place = table.get("debug").map_or(table.span(), |i| i.span());
    let message = "a dump shows nothing of the lock of a unit as sold";
    table.log().note(place, message, |d| {
        d.expected("`sample = \"open\"` beside it: flash is read and searched on such samples")
            .help("wire a probe to units as sold, so that their lock is tried")
    });
    None
}

fn grants(item: &Item<'_>) -> Option<Vec<Effect>> {
    let words = Effect::ALL.map(|e| (e.name(), e));
    item.list_of("a list of effects, such as [\"may-brick\"]", |i| {
        i.one_of("effect", &words)
    })
}

/// A specimen that may be destroyed must be able to prove that it is the one.
fn gate(table: &Table<'_>, grants: &[Effect], identity: &BTreeMap<String, String>) -> Option<()> {
    let Some(grave) = grants.iter().find(|e| e.needs_grant()) else {
        return Some(());
    };
    if !identity.is_empty() {
        return Some(());
    }
    let place = table.get("grants").map_or(table.span(), |i| i.span());
    table.log().note(
        place,
        format!("{grave} is granted, but nothing says how to tell this unit from another"),
        |d| {
            d.expected("`identity` with serial, mac or chip-uid")
                .help("before anything destructive the unit must prove that it is the one meant")
        },
    );
    None
}

fn identity(item: &Item<'_>) -> Option<BTreeMap<String, String>> {
    let table = item.table("a table such as { serial = \"A17\" }")?;
    table.only(&IDENTITY);
    texts(&table)
}

fn label(item: &Item<'_>) -> Option<BTreeMap<String, String>> {
    let table = item.table("a table such as { password = \"as printed\" }")?;
    let mut fine = true;
    for (key, span, _) in table.in_order() {
        if let Err((message, near)) = label_field(key) {
            table.log().note(span, message, |d| {
                d.expected("lower case, digits and hyphens, such as `password`")
                    .nearest(near)
            });
            fine = false;
        }
    }
    texts(&table).filter(|_| fine)
}

/// Whether that can be the name of a label field; else why not, and the field it is near to.
///
/// # Errors
/// It has other characters than small letters, digits and hyphens.
pub fn label_field(name: &str) -> Result<(), (String, Option<String>)> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.is_empty() && name.chars().all(plain) {
        return Ok(());
    }
    let message = format!("`{}` is no name of a label field", shorten(name));
    let near = nearest(name, ["password", "mac", "serial", "ssid", "pin", "model"]);
    Err((message, near))
}

fn texts(table: &Table<'_>) -> Option<BTreeMap<String, String>> {
    let read = table.in_order().into_iter();
    let read: Vec<_> = read
        .map(|(key, _, item)| item.text().map(|t| (key.to_owned(), t)))
        .collect();
    read.into_iter().collect()
}
