//! Typed facts in a row of the maker's tables: the keys of `bench = { ... }`, table by table, as data.
//!
//! A maker's prose cannot be computed on, and a misspelt key says nothing where it was meant to say something. So each
//! key has a name, a kind and a purpose here, and nowhere else: the reader of profiles with its mistakes and nearest
//! names, the JSON schema, the printed table and the rules over the statement all follow it.

mod tables;
mod words;

pub use tables::{EVERYWHERE, TABLES};

use std::fmt::Write;

/// What a fact's value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactKind {
    /// `true` or `false`.
    YesNo,
    /// A whole number of a range, both ends included.
    Whole(u64, u64),
    /// Text that says something.
    Text,
    /// Such texts: one, or a list.
    Texts,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Some of these words: one, or a list.
    Choices(&'static [&'static str]),
    /// A duration such as `250ms` or `24h`.
    Duration,
    /// A day such as `2026-11-29`.
    Day,
    /// A regular expression.
    Pattern,
    /// Ids of rows of these tables: one, or a list.
    Rows(&'static [&'static str]),
    /// A table with these keys and no others.
    Inner(&'static [Fact]),
}

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// As written in the file.
    pub name: &'static str,
    /// What its value must be.
    pub kind: FactKind,
    /// What it says, a lower-case clause.
    pub doc: &'static str,
}

const fn fact(name: &'static str, kind: FactKind, doc: &'static str) -> Fact {
    Fact { name, kind, doc }
}

/// The keys that a row of a table may have: its own, and those of every table.
pub fn of(table: &str) -> impl Iterator<Item = &'static Fact> {
    let own = TABLES.iter().filter(move |(id, _)| *id == table);
    own.flat_map(|(_, facts)| *facts).chain(EVERYWHERE)
}

/// The key of that name in a table.
#[must_use]
pub fn find(table: &str, name: &str) -> Option<&'static Fact> {
    of(table).find(|fact| fact.name == name)
}

/// The tables whose rows a key names, where it names rows.
#[must_use]
pub fn rows_named_by(table: &str, name: &str) -> Option<&'static [&'static str]> {
    match find(table, name)?.kind {
        FactKind::Rows(tables) => Some(tables),
        _ => None,
    }
}

/// The table of facts for people, in Markdown.
#[must_use]
pub fn facts_markdown() -> String {
    let mut out = "| table | key | is | says |\n|---|---|---|---|\n".to_owned();
    let every = [("all", EVERYWHERE)];
    for (table, facts) in TABLES.iter().copied().chain(every) {
        for fact in facts {
            let (name, kind, doc) = (fact.name, fact.kind.in_words(), fact.doc);
            // Writing to a string never fails.
            let _ = writeln!(out, "| `{table}` | `{name}` | {kind} | {doc} |");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree(table: &str, facts: &[Fact]) {
        for (n, fact) in facts.iter().enumerate() {
            let at = format!("{table} {}", fact.name);
            assert!(!facts[..n].iter().any(|f| f.name == fact.name), "{at}");
            let plain = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(fact.name.chars().all(plain), "{at}");
            assert!(
                !fact.doc.is_empty() && !fact.doc.ends_with('.') && !fact.doc.contains('|'),
                "{at}"
            );
            match fact.kind {
                FactKind::Choice(words) | FactKind::Choices(words) => {
                    assert!(!words.is_empty(), "{at}");
                }
                FactKind::Rows(tables) => {
                    let known = |t: &&str| TABLES.iter().any(|(id, _)| *id == *t);
                    assert!(tables.iter().all(known), "{at}");
                }
                FactKind::Inner(inner) => agree(&at, inner),
                _ => {}
            }
        }
    }

    #[test]
    fn rows_agree_with_themselves() {
        for (n, (table, facts)) in TABLES.iter().enumerate() {
            assert!(!TABLES[..n].iter().any(|(id, _)| id == table), "{table}");
            agree(table, facts);
            assert!(
                facts
                    .iter()
                    .all(|f| EVERYWHERE.iter().all(|e| e.name != f.name)),
                "{table}"
            );
        }
        agree("all", EVERYWHERE);
    }
}
