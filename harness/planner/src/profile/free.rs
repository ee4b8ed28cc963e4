//! Tables whose names are the lab's own, beside those that cases look for: a slip of one of these would be taken in
//! silence, and a case would find nothing.

use crate::read::{Log, Table, shorten};
use proofhouse_model::slip_of;
use std::ops::Range;

/// Names of `[files]` that cases look for.
pub const FILES: &[&str] = &[
    "update.newer",
    "update.alternate",
    "update.shipped",
    "update.older",
    "update.wrong-key",
    "update.other-product",
    "update.unsigned",
];
/// Of `[limits]`.
pub const LIMITS: &[&str] = &["boot", "reset", "update", "reconnect"];
/// Of `[values]`.
pub const VALUES: &[&str] = &["user", "public-labels", "flash-control", "image-regions"];

/// Notes each name that is a slip of one that cases look for, where that one is not there. `names`: as written, and
/// where.
pub fn note_slips(log: &Log, names: &[(String, Range<usize>)], known: &[&'static str]) {
    let there = |name: &str| names.iter().any(|(key, _)| key == name);
    for (key, span) in names {
        let missing = known.iter().copied().filter(|name| !there(name));
        let Some(meant) = slip_of(key, missing).filter(|_| !known.contains(&key.as_str())) else {
            continue;
        };
        log.note(
            span.clone(),
            format!("`{}` is read by no case", shorten(key)),
            |d| {
                d.expected("a name that cases look for, or one that is not so near to it")
                    .nearest(Some(meant.to_owned()))
            },
        );
    }
}

/// Names of a table, and where they stand.
pub fn names(table: &Table<'_>) -> Vec<(String, Range<usize>)> {
    let all = table.in_order().into_iter();
    all.map(|(key, span, _)| (key.to_owned(), span)).collect()
}
