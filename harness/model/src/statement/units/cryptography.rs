//! Cryptography of log-ins, updates and communication, against the suite's catalogue.

use super::super::rows::Row;
use super::super::rules::Review;
use super::seen::{Seen, each, fields};
use super::{How, UnitRule, reading, rule};

pub(super) const RULES: &[UnitRule] = &[
    rule(
        "cryptography-in-catalogue",
        How::Computed,
        &["5.1-3-1.c", "5.3-7-1.c", "5.5-1-1.c"],
        |papers, unit| each(papers, table(unit), |row| in_catalogue(papers, row)),
    ),
    reading(
        "guarantees-said",
        How::PreChecked,
        &["5.1-3-1.a", "5.3-7-1.a", "5.5-1-1.a"],
        |papers, unit| {
            each(papers, table(unit), |row| match row.names("guarantees") {
                None => Seen::Unsaid("guarantees"),
                Some(given) => Seen::Ask(format!(
                    "whether {} are what it is used for asks for",
                    given.join(", ")
                )),
            })
        },
    ),
    rule(
        "cryptography-not-broken",
        How::PreChecked,
        &["5.1-3-1.d", "5.3-7-1.d", "5.5-1-1.d"],
        |papers, unit| each(papers, table(unit), |row| not_broken(papers, row)),
    ),
];

fn table(unit: &str) -> &'static str {
    match unit.get(..5) {
        Some("5.1-3") => "1-AuthMech",
        Some("5.3-7") => "7-UpdMech",
        _ => "11-ComMech",
    }
}

/// Each item of a row is in the catalogue, and none is outside.
pub(super) fn in_catalogue(papers: &Review<'_>, row: Row<'_>) -> Seen {
    let catalogue = &papers.catalogue.figures.cryptography;
    let Some(items) = row.names("crypto") else {
        return Seen::Unsaid("crypto");
    };
    let outside: Vec<&str> = items
        .into_iter()
        .filter(|item| !catalogue.best.iter().any(|known| known == item))
        .collect();
    match outside.as_slice() {
        [] => Seen::Good,
        outside => Seen::Bad(format!(
            "uses {}, which {} does not have",
            outside.join(", "),
            catalogue.name
        )),
    }
}

fn not_broken(papers: &Review<'_>, row: Row<'_>) -> Seen {
    let catalogue = &papers.catalogue.figures.cryptography;
    let Some(items) = row.names("crypto") else {
        return Seen::Unsaid("crypto");
    };
    let broken: Vec<&str> = items
        .into_iter()
        .filter(|item| catalogue.broken.iter().any(|known| known == item))
        .collect();
    match broken.as_slice() {
        [] => fields(
            row,
            &["cryptographic-details"],
            "whether no attack on it is known",
        ),
        broken => Seen::Bad(format!(
            "uses {}, which is broken after {}",
            broken.join(", "),
            catalogue.name
        )),
    }
}
