//! How an outlet is read back.

use super::mqtt;
use super::read::words;
use super::request;
use crate::read::{Item, Table};
use proofhouse_model::switch::{Bits, Request, State, Take, Way};
use std::ops::RangeInclusive;

/// Where an answer says it: one of these keys, or none where the answer is nothing else.
const TAKES: [&str; 5] = ["json", "after", "field", "bit", "told"];

/// Reads `[state]` of a switch with so many outlets.
pub fn read(item: &Item<'_>, way: &Way, outlets: u64) -> Option<State> {
    let table = item.table("a table with what asks for it, and what it says")?;
    let known = request::keys(way).iter().copied();
    let known = known.filter(|key| !["answer", "value"].contains(key));
    let known: Vec<_> = known
        .chain(TAKES)
        .chain(["separator", "number", "on", "off"])
        .chain(matches!(way, Way::Mqtt(_)).then_some("ask"))
        .collect();
    table.only(&known);
    let ask = match way {
        Way::Mqtt(_) => mqtt::hear(&table),
        _ => request::of_table(&table, way),
    };
    let take = take(&table, outlets);
    let (on, off) = match take {
        Some(Take::Bit { .. } | Take::Told) => match table.get("on").or(table.get("off")) {
            Some(extra) if take == Some(Take::Told) => {
                return extra.bad("the bench file tells it", "`told = true` alone");
            }
            Some(extra) => {
                return extra.bad("a bit is on when it is 1", "`on` and `off` with no bit");
            }
            None => (Some(Vec::new()), Some(Vec::new())),
        },
        _ => {
            let one = |key| table.need(key).and_then(|item| values(&item));
            (one("on"), one("off"))
        }
    };
    let state = State {
        ask: ask?,
        take: take?,
        on: on?,
        off: off?,
    };
    if let (Request::Snmp { .. }, false) = (&state.ask, state.take == Take::Whole) {
        return item.bad("an object is a number by itself", "`on` and `off` alone");
    }
    Some(state)
}

/// Words, or one number.
fn values(item: &Item<'_>) -> Option<Vec<String>> {
    match item.raw() {
        toml::de::DeValue::Integer(_) => Some(vec![item.whole(0..=u64::MAX)?.to_string()]),
        toml::de::DeValue::Boolean(yes) => Some(vec![yes.to_string()]),
        _ => words(item),
    }
}

fn take(table: &Table<'_>, outlets: u64) -> Option<Take> {
    let named: Vec<_> = TAKES.iter().filter_map(|key| table.get(key)).collect();
    let item = match named.as_slice() {
        [] => return Some(Take::Whole),
        [one] => one,
        [_, second, ..] => {
            return second.bad(
                "it is looked for in two places",
                "one of `json`, `after`, `field`, `bit` and `told`",
            );
        }
    };
    Some(match item.key() {
        "json" => Take::Json(json(item)?),
        "after" => Take::After(request::template(item)?),
        "told" => match item.yes_no()? {
            true => Take::Told,
            false => return item.bad("this tells nothing", "`told = true`"),
        },
        "field" => Take::Field {
            separator: table.need("separator")?.text()?,
            index: by_outlet(item, outlets, 0..=10_000)?
                .into_iter()
                .map(|n| usize::try_from(n).ok())
                .collect::<Option<_>>()?,
        },
        _ => Take::Bit {
            number: match table.get("number") {
                None => Bits::Byte,
                Some(item) => item.one_of("number", &[("byte", Bits::Byte), ("hex", Bits::Hex)])?,
            },
            index: by_outlet(item, outlets, 0..=63)?
                .into_iter()
                .map(|n| u32::try_from(n).ok())
                .collect::<Option<_>>()?,
        },
    })
}

/// One place of a document, or several of which one is there.
fn json(item: &Item<'_>) -> Option<Vec<proofhouse_model::switch::Template>> {
    let places = match item.raw() {
        toml::de::DeValue::Array(_) => item.list_of("a list of places", request::template)?,
        _ => vec![request::template(item)?],
    };
    let rooted =
        |place: &proofhouse_model::switch::Template| String::from(place.clone()).starts_with('/');
    match places.iter().all(rooted) && !places.is_empty() {
        true => Some(places),
        false => item.bad(
            "this is no place in a document",
            "a JSON Pointer, such as \"/outputs/{outlet0}/state\"",
        ),
    }
}

/// A number for each outlet; one alone for a switch with one.
fn by_outlet(item: &Item<'_>, outlets: u64, range: RangeInclusive<u64>) -> Option<Vec<u64>> {
    let all = match item.raw() {
        toml::de::DeValue::Integer(_) => vec![item.whole(range)?],
        _ => item.list_of("a number, or a list with one for each outlet", |i| {
            i.whole(range.clone())
        })?,
    };
    match all.len() as u64 == outlets {
        true => Some(all),
        false => item.bad(
            format!(
                "`{}` has {} numbers for {outlets} outlets",
                item.key(),
                all.len()
            ),
            "a number for each outlet",
        ),
    }
}
