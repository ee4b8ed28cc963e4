//! How a rule goes over rows: each is good, bad, silent, a person's, or none of its business.

use super::super::rows::{Row, of};
use super::super::rules::Review;
use super::Outcome;

/// How one row comes out.
pub(super) enum Seen {
    Good,
    Bad(String),
    /// A key of `bench`, or a field, that is not said.
    Unsaid(&'static str),
    /// What a person is to look at in it.
    Ask(String),
    /// The row says that the rule is not about it.
    Outside,
}

/// What the rows of a table come to. A table that says why it has no rows leaves nothing to refute; one that is just
/// empty says nothing.
pub(super) fn each<'a>(
    papers: &Review<'a>,
    table: &'a str,
    look: impl Fn(Row<'a>) -> Seen,
) -> Outcome {
    if let Some(why) = papers.profile.without_rows.get(table) {
        return Outcome::Holds(format!("{table} has no rows: {why}"));
    }
    let rows: Vec<Row<'a>> = of(papers.profile, table).collect();
    if rows.is_empty() {
        return Outcome::Missing(format!("{table} has no row, and does not say why"));
    }
    let seen = rows.iter().map(|row| (*row, look(*row)));
    fold(table, seen.collect())
}

fn fold(table: &str, seen: Vec<(Row<'_>, Seen)>) -> Outcome {
    let (mut rows, mut bad, mut unsaid, mut ask) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut good = Vec::new();
    for (row, how) in seen {
        match how {
            Seen::Good => good.push(row.name()),
            Seen::Bad(why) => {
                rows.push(row.name());
                bad.push(format!("{} {why}", row.name()));
            }
            Seen::Unsaid(key) => unsaid.push(format!("{} does not say `{key}`", row.name())),
            Seen::Ask(what) => ask.push(format!("{}: {what}", row.name())),
            Seen::Outside => {}
        }
    }
    if !bad.is_empty() {
        let why = bad.join("; ");
        return Outcome::Refuted { rows, why };
    }
    if !unsaid.is_empty() {
        return Outcome::Missing(unsaid.join("; "));
    }
    if !ask.is_empty() {
        return Outcome::Person(ask.join("; "));
    }
    Outcome::Holds(match good.as_slice() {
        [] => format!("no row of {table} is of the kind that it is about"),
        good => good.join(", "),
    })
}

/// All of these have to hold.
pub(super) fn all(outcomes: impl IntoIterator<Item = Outcome>) -> Outcome {
    let (mut rows, mut bad, mut unsaid, mut ask) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut good = Vec::new();
    for outcome in outcomes {
        match outcome {
            Outcome::Holds(why) => good.push(why),
            Outcome::Refuted { rows: its, why } => {
                rows.extend(its);
                bad.push(why);
            }
            Outcome::Missing(what) => unsaid.push(what),
            Outcome::Person(what) => ask.push(what),
        }
    }
    match (bad.is_empty(), unsaid.is_empty(), ask.is_empty()) {
        (false, _, _) => Outcome::Refuted {
            rows,
            why: bad.join("; "),
        },
        (true, false, _) => Outcome::Missing(unsaid.join("; ")),
        (true, true, false) => Outcome::Person(ask.join("; ")),
        (true, true, true) => Outcome::Holds(good.join("; ")),
    }
}

/// A fact that is to be true.
pub(super) fn is_true(row: Row<'_>, key: &'static str, otherwise: &str) -> Seen {
    match row.yes(key) {
        None => Seen::Unsaid(key),
        Some(true) => Seen::Good,
        Some(false) => Seen::Bad(otherwise.to_owned()),
    }
}

/// Guarantees that the row is to have.
pub(super) fn guarantees(row: Row<'_>, wanted: &[&str]) -> Seen {
    let Some(given) = row.names("guarantees") else {
        return Seen::Unsaid("guarantees");
    };
    let missing: Vec<&str> = wanted
        .iter()
        .copied()
        .filter(|w| !given.contains(w))
        .collect();
    match missing.as_slice() {
        [] => Seen::Good,
        missing => Seen::Bad(format!("does not guarantee {}", missing.join(" and "))),
    }
}

/// Fields that are to be filled in; whether what they say will do is a person's.
pub(super) fn fields(row: Row<'_>, wanted: &[&'static str], ask: &str) -> Seen {
    let mut told = Vec::with_capacity(wanted.len());
    for field in wanted {
        match row.field(field) {
            None => return Seen::Unsaid(field),
            Some(said) => told.push(format!("\"{said}\"")),
        }
    }
    Seen::Ask(format!("{ask}: {}", told.join(", ")))
}
