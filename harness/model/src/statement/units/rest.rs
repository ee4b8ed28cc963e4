//! Outages, telemetry, deletion, decisions, input and personal data (5.9 to 5.13, 6).

use super::super::rows::{all as all_rows, of};
use super::super::rules::Review;
use super::seen::{Seen, all, each, fields, is_true};
use super::{How, Outcome, UnitRule, reading, rule};

pub(super) const RULES: &[UnitRule] = &[
    reading(
        "outages-covered",
        How::PreChecked,
        &["5.9-1-1.a", "5.9-1-1.b"],
        |of, _| all(["power", "network"].map(|loss| against(of, loss))),
    ),
    reading(
        "resilience-as-before",
        How::Derived,
        &["5.9-2-1.a"],
        |of, _| {
            let rows = all(["power", "network"].map(|loss| against(of, loss)));
            all([
                rows,
                Outcome::Person("5.9-1-1, from which it follows, is a person's".to_owned()),
            ])
        },
    ),
    reading(
        "outage-described",
        How::PreChecked,
        &["5.9-2-1.b", "5.9-2-1.c"],
        |of, unit| {
            against(
                of,
                if unit == "5.9-2-1.b" {
                    "network"
                } else {
                    "power"
                },
            )
        },
    ),
    reading(
        "connections-orderly",
        How::PreChecked,
        &["5.9-3-1.a", "5.9-3-1.b"],
        |of, unit| {
            let ask = match unit {
                "5.9-3-1.a" => "whether connections come and go in order",
                _ => "whether the network stays stable when many come back at once",
            };
            each(of, "11-ComMech", |row| {
                fields(row, &["resilience-measures"], ask)
            })
        },
    ),
    rule(
        "telemetry-examined",
        How::Computed,
        &["5.10-1-1.a"],
        examined,
    ),
    rule("data-deleted", How::Computed, &["5.11-1-1.b"], deleted),
    rule(
        "service-data-deleted",
        How::Computed,
        &["5.11-2-1.a"],
        |of, _| deletes(of, "21-PersData", "on-service", "is on a service"),
    ),
    rule(
        "secure-default",
        How::PreChecked,
        &["5.12-1-1.b"],
        |of, _| {
            each(of, "26-UserDec", |row| {
                match is_true(
                    row,
                    "secure-default",
                    "has a default that is not the safest",
                ) {
                    Seen::Good => fields(row, &["options"], "whether the default is good practice"),
                    otherwise => otherwise,
                }
            })
        },
    ),
    rule("input-validated", How::Computed, &["5.13-1-1.a"], validated),
    reading(
        "consent-described",
        How::PreChecked,
        &["6-2-1.a", "6-3-1.a"],
        |of, unit| {
            let (field, ask): (&[_], _) = match unit {
                "6-2-1.a" => (
                    &["obtaining-consent"],
                    "whether consent is free, obvious and explicit",
                ),
                _ => (
                    &["withdrawing-consent"],
                    "whether it can be taken back at any time",
                ),
            };
            each(of, "21-PersData", |row| match row.yes("consent") {
                None => Seen::Unsaid("consent"),
                Some(false) => Seen::Outside,
                Some(true) => fields(row, field, ask),
            })
        },
    ),
    reading(
        "telemetry-purpose",
        How::PreChecked,
        &["6-4-1.a"],
        |of, _| {
            each(of, "24-TelData", |row| match row.names("personal") {
                None => Seen::Unsaid("personal"),
                Some(none) if none.is_empty() => Seen::Outside,
                Some(data) => fields(
                    row,
                    &["purpose"],
                    &format!("whether {} is needed for it", data.join(", ")),
                ),
            })
        },
    ),
];

/// Some row is about such a loss.
fn against(papers: &Review<'_>, loss: &str) -> Outcome {
    let rows: Vec<_> = of(papers.profile, "23-ResMech").collect();
    if let Some(row) = rows.iter().find(|row| row.field("type").is_none()) {
        return Outcome::Missing(format!("{} does not say `type`", row.name()));
    }
    if !rows.iter().any(|row| row.field("type") == Some(loss)) {
        return Outcome::Missing(format!(
            "no row of 23-ResMech says that it is against the loss of {loss} (`type`)"
        ));
    }
    each(papers, "23-ResMech", |row| {
        match row.field("type") == Some(loss) {
            false => Seen::Outside,
            true => fields(
                row,
                &["description"],
                &format!("whether that will do when {loss} is lost"),
            ),
        }
    })
}

/// Some row is looked at for anomalies.
fn examined(papers: &Review<'_>, _: &str) -> Outcome {
    let rows = || of(papers.profile, "24-TelData");
    if rows().any(|row| row.yes("examined") == Some(true)) {
        return each(papers, "24-TelData", |row| match row.yes("examined") {
            Some(true) => Seen::Good,
            _ => Seen::Outside,
        });
    }
    each(papers, "24-TelData", |row| {
        is_true(
            row,
            "examined",
            "is not looked at for anomalies, nor is any other",
        )
    })
}

/// Rows with a fact are each a target of some function that deletes.
fn deletes(papers: &Review<'_>, table: &'static str, key: &'static str, what: &str) -> Outcome {
    let rows = of(papers.profile, "25-DelFunc");
    let targets: Vec<&str> = rows
        .filter_map(|row| row.names("targets"))
        .flatten()
        .collect();
    each(papers, table, |row| match (row.yes(key), row.id()) {
        (None, _) => Seen::Unsaid(key),
        (Some(false), _) => Seen::Outside,
        (Some(true), Some(id)) if targets.contains(&id) => Seen::Good,
        (Some(true), _) => Seen::Bad(format!("{what}, and no row of 25-DelFunc targets it")),
    })
}

fn deleted(papers: &Review<'_>, _: &str) -> Outcome {
    let mut functions = of(papers.profile, "25-DelFunc");
    let configuration = match functions.any(|row| row.yes("configuration") == Some(true)) {
        true => Outcome::Holds("the configuration is erased".to_owned()),
        false => Outcome::Missing(
            "no row of 25-DelFunc says that it erases the `configuration`".to_owned(),
        ),
    };
    all([
        deletes(papers, "21-PersData", "on-device", "is on the device"),
        deletes(papers, "10-SecParam", "of-user", "is the user's"),
        configuration,
    ])
}

/// Every way in is covered by some validation.
fn validated(papers: &Review<'_>, _: &str) -> Outcome {
    let methods = || all_rows(papers.profile).filter(|row| row.table == "29-InpVal");
    let silent = methods().find(|row| row.names("covers").is_none());
    let covered: Vec<&str> = methods()
        .filter_map(|row| row.names("covers"))
        .flatten()
        .collect();
    let of_table = |table: &'static str| {
        each(papers, table, |row| {
            if table == "11-ComMech" {
                match row.yes("remote") {
                    None => return Seen::Unsaid("remote"),
                    Some(false) => return Seen::Outside,
                    Some(true) => {}
                }
            }
            match (
                row.id().is_some_and(|id| covered.contains(&id)),
                silent.is_some(),
            ) {
                (true, _) => Seen::Good,
                (false, true) => {
                    Seen::Unsaid("id` in `covers` of a row of 29-InpVal, or that row its `covers")
                }
                (false, false) if covered.is_empty() => Seen::Unsaid(
                    "id` in `covers` of a row of 29-InpVal, which are not there, nor `none",
                ),
                (false, false) => {
                    Seen::Bad("takes input, and no row of 29-InpVal covers it".to_owned())
                }
            }
        })
    };
    let tables = ["27-UserIntf", "28-ExtAPI", "11-ComMech"];
    let there = tables
        .into_iter()
        .filter(|table| of(papers.profile, table).next().is_some());
    let found: Vec<Outcome> = there.map(of_table).collect();
    match found.is_empty() {
        true => Outcome::Missing("27-UserIntf, 28-ExtAPI and 11-ComMech have no rows".to_owned()),
        false => all(found),
    }
}
