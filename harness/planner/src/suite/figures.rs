//! `figures.toml`: what rules over the statement go by.

use crate::read::{Item, Table};
use proofhouse_model::catalogue::{Cryptography, Figures};

/// Reads the file.
pub fn read(root: &Table<'_>) -> Option<Figures> {
    root.only(&["least-bits", "guessing-years", "cryptography"]);
    let least_bits = figure(root, "least-bits");
    let guessing_years = figure(root, "guessing-years");
    let cryptography = root
        .need("cryptography")
        .and_then(|item| cryptography(&item));
    Some(Figures {
        least_bits: least_bits?,
        guessing_years: guessing_years?,
        cryptography: cryptography?,
    })
}

/// A figure with where it comes from.
fn figure(root: &Table<'_>, key: &str) -> Option<u64> {
    let table = root
        .need(key)?
        .table("{ value = 40, source = \"own choice, November 2026\" }")?;
    table.only(&["value", "source"]);
    let source = table.need("source").and_then(|item| item.text());
    let value = table
        .need("value")
        .and_then(|item| item.whole(1..=1_000_000));
    source?;
    value
}

fn cryptography(item: &Item<'_>) -> Option<Cryptography> {
    let table = item.table("a table with name, best and broken")?;
    table.only(&["name", "best", "broken"]);
    let name = table.need("name").and_then(|item| item.text());
    let best = table.need("best").and_then(|item| item.texts());
    let broken = table.need("broken").and_then(|item| item.texts());
    Some(Cryptography {
        name: name?,
        best: best?,
        broken: broken?,
    })
}
