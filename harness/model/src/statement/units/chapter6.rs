//! Exposed surfaces and the integrity of software (5.6, 5.7).

use super::super::rows::{Row, of};
use super::super::rules::Review;
use super::seen::{Seen, each, fields, guarantees, is_true};
use super::{How, Outcome, UnitRule, reading, rule};
use crate::facts::{self, FactKind};

pub(super) const RULES: &[UnitRule] = &[
    reading(
        "interfaces-have-a-purpose",
        How::PreChecked,
        &["5.6-1-1.a"],
        |of, _| {
            each(of, "15-Intf", |row| {
                fields(row, &["description", "status"], "whether it is needed")
            })
        },
    ),
    reading(
        "disclosures-said",
        How::PreChecked,
        &["5.6-2-1.a"],
        |of, _| {
            each(of, "15-Intf", |row| {
                match (row.yes("reachable"), row.names("discloses")) {
                    (Some(false), _) => Seen::Outside,
                    (_, None) => Seen::Unsaid("discloses"),
                    (_, Some(told)) => Seen::Ask(format!(
                        "whether [{}] has something of use to an attacker",
                        told.join(", ")
                    )),
                }
            })
        },
    ),
    rule(
        "needless-interfaces-shut",
        How::Computed,
        &["5.6-3-1.a", "5.6-3-1.b", "5.6-3-1.c"],
        needless,
    ),
    rule(
        "debug-interfaces-off",
        How::Computed,
        &["5.6-4-1.a", "5.6-4-1.b", "5.6-4-1.c"],
        debug,
    ),
    reading(
        "services-justified",
        How::PreChecked,
        &["5.6-5-1.a"],
        |of, _| {
            each(of, "13-SoftServ", |row| {
                fields(row, &["justification"], "whether it has to be on")
            })
        },
    ),
    reading(
        "minimisation-described",
        How::PreChecked,
        &["5.6-6-1.a"],
        |of, _| {
            each(of, "16-CodeMin", |row| {
                fields(
                    row,
                    &["description"],
                    "whether that leaves out what is not needed",
                )
            })
        },
    ),
    reading(
        "privileges-described",
        How::PreChecked,
        &["5.6-7-1.a"],
        |of, _| {
            each(of, "17-PrivlCtrl", |row| {
                fields(
                    row,
                    &["description"],
                    "whether each part may do only what it must",
                )
            })
        },
    ),
    rule(
        "access-control-in-hardware",
        How::Computed,
        &["5.6-8-1.a"],
        |of, _| {
            each(of, "18-AccCtrl", |row| {
                is_true(row, "in-hardware", "is not done by hardware")
            })
        },
    ),
    reading(
        "development-topics",
        How::PreChecked,
        &["5.6-9-1.a"],
        topics,
    ),
    rule("boot-guarantees", How::Computed, &["5.7-1-1.a"], |of, _| {
        each(of, "20-SecBoot", |row| {
            guarantees(row, &["integrity", "authenticity"])
        })
    }),
    reading(
        "functions-after-alert",
        How::PreChecked,
        &["5.7-2-1.b"],
        |of, _| {
            each(of, "20-SecBoot", |row| match row.names("left-open") {
                None => Seen::Unsaid("left-open"),
                Some(left) => Seen::Ask(format!(
                    "whether [{}] is needed to tell the user, and no more",
                    left.join(", ")
                )),
            })
        },
    ),
];

fn needless(papers: &Review<'_>, unit: &str) -> Outcome {
    each(papers, "15-Intf", |row| {
        let kind = row.field("type").unwrap_or_default();
        let (needed, radio) = (row.yes("needed"), row.yes("radio"));
        match unit {
            "5.6-3-1.a" if kind == "network" || kind == "logical" || radio == Some(true) => {
                Seen::Outside
            }
            "5.6-3-1.a" => when(needed, "needed", false, || match row.text("covered-by") {
                None => Seen::Unsaid("covered-by"),
                Some("casing") => Seen::Good,
                Some(_) => Seen::Bad("is not needed, and no casing covers it".to_owned()),
            }),
            "5.6-3-1.b" => when(radio, "radio", true, || {
                when(needed, "needed", false, || match row.yes("enabled") {
                    None => Seen::Unsaid("enabled"),
                    Some(false) => Seen::Good,
                    Some(true) => Seen::Bad("is a radio that is not needed, and on".to_owned()),
                })
            }),
            _ => when(
                row.yes("needed-now-and-then"),
                "needed-now-and-then",
                true,
                || when_idle(row),
            ),
        }
    })
}

fn when(said: Option<bool>, key: &'static str, wanted: bool, look: impl FnOnce() -> Seen) -> Seen {
    match said {
        None => Seen::Unsaid(key),
        Some(is) if is == wanted => look(),
        Some(_) => Seen::Outside,
    }
}

fn when_idle(row: Row<'_>) -> Seen {
    match row.text("when-idle") {
        None => Seen::Unsaid("when-idle"),
        Some("off") => Seen::Good,
        Some(_) => Seen::Bad("stays on while it is not needed".to_owned()),
    }
}

/// Debug interfaces that a user reaches.
fn debug(papers: &Review<'_>, unit: &str) -> Outcome {
    each(papers, "15-Intf", |row| {
        when(row.yes("debug"), "debug", true, || {
            when(row.yes("reachable"), "reachable", true, || {
                match (unit, row.text("disable"), row.text("default")) {
                    ("5.6-4-1.a", None, _) => Seen::Unsaid("disable"),
                    ("5.6-4-1.a", Some("software"), _) => Seen::Good,
                    ("5.6-4-1.a", Some(_), _) => Seen::Bad(
                        "is a debug interface that software does not switch off".to_owned(),
                    ),
                    (_, _, None) => Seen::Unsaid("default"),
                    ("5.6-4-1.b", _, Some("on")) => {
                        Seen::Bad("is a debug interface that is on as delivered".to_owned())
                    }
                    ("5.6-4-1.b", _, Some(_)) => Seen::Good,
                    (_, _, Some("off")) => when_idle(row),
                    (_, _, Some(_)) => Seen::Outside,
                }
            })
        })
    })
}

/// Every topic of secure development has a row.
fn topics(papers: &Review<'_>, _: &str) -> Outcome {
    let Some(FactKind::Choices(wanted)) = facts::find("19-SecDev", "topics").map(|fact| fact.kind)
    else {
        return Outcome::Missing("19-SecDev has no topics".to_owned());
    };
    let told: Vec<&str> = of(papers.profile, "19-SecDev")
        .filter_map(|row| row.names("topics"))
        .flatten()
        .collect();
    let missing: Vec<&str> = wanted
        .iter()
        .copied()
        .filter(|topic| !told.contains(topic))
        .collect();
    match missing.as_slice() {
        [] => each(papers, "19-SecDev", |row| {
            fields(row, &["description"], "whether that is how it is done")
        }),
        missing => Outcome::Missing(format!(
            "no row of 19-SecDev has the `topics` {}",
            missing.join(", ")
        )),
    }
}
