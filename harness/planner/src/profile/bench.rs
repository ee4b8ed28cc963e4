//! `bench = { ... }` of a row: typed facts, by the keys of its table.

use crate::read::{Item, Table, shorten};
use proofhouse_model::facts::{self, Fact, FactKind};
use proofhouse_model::{Pattern, nearest};
use serde_json::Value;
use toml::de::DeValue;

/// What stands behind `bench =`.
pub const EXPECTED: &str = "a table of facts, such as { states = [\"operating\"] }";

/// The key that says why there are no rows.
pub const NONE: &str = "none";

/// Reads the facts of a row. They stay as they are written: a fact has one spelling only.
pub fn read(item: &Item<'_>, table: &str) -> Option<Value> {
    let known: Vec<&Fact> = facts::of(table).collect();
    inner(&item.table(EXPECTED)?, &known)?;
    item.json()
}

fn inner(table: &Table<'_>, known: &[&Fact]) -> Option<()> {
    let names: Vec<&str> = known.iter().map(|fact| fact.name).collect();
    table.only(&names);
    let read: Vec<_> = table
        .in_order()
        .into_iter()
        .map(|(key, _, item)| {
            let fact = known.iter().find(|fact| fact.name == key)?;
            value(&item, fact.kind)
        })
        .collect();
    read.into_iter().collect()
}

fn value(item: &Item<'_>, kind: FactKind) -> Option<()> {
    match kind {
        FactKind::YesNo => item.yes_no().map(drop),
        FactKind::Whole(from, to) => item.whole(from..=to).map(drop),
        FactKind::Text => item.text().map(drop),
        FactKind::Duration => item.dur().map(drop),
        FactKind::Day => day(item),
        FactKind::Pattern => pattern(item),
        FactKind::Choice(words) => word(item, words, kind),
        FactKind::Choices(words) => each(item, kind, |one| word(one, words, kind)),
        FactKind::Texts | FactKind::Rows(_) => each(item, kind, |one| one.text().map(drop)),
        FactKind::Inner(facts) => {
            let facts: Vec<&Fact> = facts.iter().collect();
            inner(&item.table(&kind.in_words())?, &facts)
        }
    }
}

/// One by itself, or a list.
fn each(item: &Item<'_>, kind: FactKind, read: impl Fn(&Item<'_>) -> Option<()>) -> Option<()> {
    match item.raw() {
        DeValue::String(_) => read(item),
        _ => item.list_of(&kind.in_words(), read).map(drop),
    }
}

fn word(item: &Item<'_>, words: &[&str], kind: FactKind) -> Option<()> {
    let DeValue::String(text) = item.raw() else {
        return item.wrong(&kind.in_words());
    };
    if words.contains(&text.as_ref()) {
        return Some(());
    }
    let near = nearest(text, words.iter().copied());
    let message = format!("`{}` is no value of `{}`", shorten(text), item.key());
    item.log().note(item.span(), message, |d| {
        d.expected(kind.in_words()).nearest(near)
    });
    None
}

fn pattern(item: &Item<'_>) -> Option<()> {
    let text = item.text()?;
    match Pattern::new(&text) {
        Ok(_) => Some(()),
        Err(bad) => {
            let why = format!("the regular expression is wrong: {}", bad.why);
            item.bad(why, "a regular expression")
        }
    }
}

/// A day of the calendar as text.
fn day(item: &Item<'_>) -> Option<()> {
    const WANT: &str = "a day such as \"2026-11-29\"";
    let text = item.text()?;
    match text.parse::<toml::value::Datetime>() {
        Ok(toml::value::Datetime {
            date: Some(_),
            time: None,
            ..
        }) => Some(()),
        _ => item.bad(format!("`{}` is no day", shorten(&text)), WANT),
    }
}
