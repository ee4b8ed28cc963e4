//! Updates (5.3).

use super::super::rows::{Row, of};
use super::super::rules::Review;
use super::seen::{Seen, all, each, fields, guarantees, is_true};
use super::{How, Outcome, UnitRule, reading, rule};
use crate::catalogue::Allowance;

pub(super) const RULES: &[UnitRule] = &[
    rule(
        "components-updated",
        How::PreChecked,
        &["5.3-1-1.a"],
        components,
    ),
    reading(
        "every-mechanism-resists",
        How::Derived,
        &["5.3-1-1.b"],
        |of, _| {
            each(of, "7-UpdMech", |_| {
                Seen::Ask(
                    "follows from 5.3-2-1.a, which has to hold for every mechanism here".to_owned(),
                )
            })
        },
    ),
    reading("simple-to-start", How::Computed, &["5.3-3-1.a"], |of, _| {
        some_mechanism(of, simple)
    }),
    rule(
        "installs-by-itself",
        How::Computed,
        &["5.3-4-1.a"],
        |of, _| {
            some_mechanism(of, |row| {
                is_true(row, "automatic", "does not install by itself")
            })
        },
    ),
    rule(
        "automatic-by-default",
        How::Computed,
        &["5.3-4-1.b"],
        |of, _| {
            where_true(of, &["automatic", "configurable"], |row| {
                is_true(row, "default-on", "is off as delivered")
            })
        },
    ),
    rule(
        "device-looks-for-updates",
        How::Computed,
        &["5.3-5-1.a"],
        |of, _| some_mechanism(of, |row| looks(of, row)),
    ),
    rule(
        "user-decides-on-updates",
        How::Computed,
        &[
            "5.3-6-1.a",
            "5.3-6-1.b",
            "5.3-6-1.c",
            "5.3-6-1.d",
            "5.3-6-1.e",
        ],
        user_decides,
    ),
    reading(
        "procedure-and-time",
        How::PreChecked,
        &["5.3-8-1.a"],
        |of, _| {
            each(of, "8-UpdProc", |row| {
                fields(
                    row,
                    &["description", "time-frame"],
                    "whether updates come in time",
                )
            })
        },
    ),
    rule(
        "update-guarantees",
        How::Computed,
        &["5.3-9-1.a"],
        |of, _| {
            each(of, "7-UpdMech", |row| {
                guarantees(row, &["authenticity", "integrity"])
            })
        },
    ),
    reading(
        "verification-described",
        How::PreChecked,
        &["5.3-9-1.b"],
        |of, _| {
            each(of, "7-UpdMech", |row| {
                fields(
                    row,
                    &["cryptographic-details"],
                    "whether that gives authenticity and integrity",
                )
            })
        },
    ),
    rule(
        "device-verifies",
        How::Computed,
        &["5.3-9-1.c", "5.3-9-1.d"],
        verifies,
    ),
    rule(
        "trust-from-verification",
        How::Derived,
        &["5.3-10-1.a"],
        |of, _| {
            let declared = each(of, "7-UpdMech", |row| {
                guarantees(row, &["authenticity", "integrity"])
            });
            all([
                declared,
                Outcome::Person("5.3-9-1.b, from which it follows, is a person's".to_owned()),
            ])
        },
    ),
    rule(
        "trusted-over-network",
        How::Computed,
        &["5.3-10-1.b"],
        trusted,
    ),
    rule("risks-named", How::PreChecked, &["5.3-11-1.b"], |of, _| {
        notifying(of, |row| match row.yes("names-risks") {
            Some(true) => fields(
                row,
                &["user-notification"],
                "whether it says what the update mends",
            ),
            _ => is_true(row, "names-risks", "does not say what the update mends"),
        })
    }),
    rule(
        "disruption-told",
        How::Computed,
        &["5.3-12-1.a"],
        |of, _| {
            where_true(of, &["disruptive"], |row| match row.text("notifies") {
                None => Seen::Unsaid("notifies"),
                Some("none") => Seen::Bad("interrupts the device and tells nobody".to_owned()),
                Some("mail") => {
                    Seen::Ask("whether a mail is a notice on the device or its service".to_owned())
                }
                Some(_) => Seen::Good,
            })
        },
    ),
    reading(
        "documents-named",
        How::PreChecked,
        &[
            "5.3-13-1.a",
            "5.3-14-1.a",
            "5.3-16-1.a",
            "6-1-1.a",
            "6-5-1.a",
        ],
        documents,
    ),
    reading(
        "replacement-described",
        How::PreChecked,
        &["5.3-15-1.a", "5.3-15-1.b"],
        |of, unit| {
            let (field, ask): (&[_], _) = match unit {
                "5.3-15-1.a" => (&["isolation"], "whether it can be used cut off"),
                _ => (&["hardware-replacement"], "whether it can be replaced"),
            };
            each(of, "9-ReplSup", |row| fields(row, field, ask))
        },
    ),
];

fn components(papers: &Review<'_>, _: &str) -> Outcome {
    each(papers, "6-SoftComp", |row| {
        match (row.names("updates"), row.text("fixed")) {
            (None, _) => Seen::Unsaid("updates"),
            (Some(all), _) if !all.is_empty() => Seen::Outside,
            (Some(_), None) => {
                Seen::Bad("has no update mechanism, and nothing says why (`fixed`)".to_owned())
            }
            (Some(_), Some(why)) => {
                Seen::Ask(format!("whether it may go without updates: \"{why}\""))
            }
        }
    })
}

/// Each component that is updated has a mechanism for which something holds.
fn some_mechanism(papers: &Review<'_>, good: impl Fn(Row<'_>) -> Seen) -> Outcome {
    each(papers, "6-SoftComp", |row| {
        let Some(names) = row.names("updates") else {
            return Seen::Unsaid("updates");
        };
        if names.is_empty() {
            return Seen::Outside;
        }
        let mechanisms = of(papers.profile, "7-UpdMech");
        let its = mechanisms.filter(|m| m.id().is_some_and(|id| names.contains(&id)));
        // The best of them counts.
        let mut best = Seen::Unsaid("a mechanism that 7-UpdMech has");
        for seen in its.map(&good) {
            best = match (best, seen) {
                (Seen::Good, _) | (_, Seen::Good) => Seen::Good,
                (Seen::Ask(what), _) | (_, Seen::Ask(what)) => Seen::Ask(what),
                (_, Seen::Unsaid(key)) => Seen::Unsaid(key),
                (_, Seen::Bad(why)) => {
                    Seen::Bad(format!("has no other mechanism than one that {why}"))
                }
                (best, Seen::Outside) => best,
            };
        }
        best
    })
}

fn simple(row: Row<'_>) -> Seen {
    let Some(ways) = row.names("started-by") else {
        return Seen::Unsaid("started-by");
    };
    match ways.iter().any(|way| *way != "comparable") {
        true => Seen::Good,
        false => Seen::Ask(
            "whether the way in which an update is begun is as simple as the usual ones".to_owned(),
        ),
    }
}

/// Asked by the device itself, after set-up and again and again, unless the edition leaves that open.
fn looks(papers: &Review<'_>, row: Row<'_>) -> Seen {
    if row.fact("checks").is_none() {
        return Seen::Unsaid("checks");
    }
    let service_may = papers
        .catalogue
        .allows
        .contains(&Allowance::ServiceLooksForUpdates);
    let by = row.inner("checks", "by").and_then(|v| v.as_str());
    let after = row
        .inner("checks", "after-set-up")
        .and_then(|v| v.as_bool());
    let period = row.inner("checks", "period");
    match (by, after, period) {
        (None, _, _) => Seen::Unsaid("checks.by"),
        (Some("app" | "service"), Some(true), _) if service_may => Seen::Good,
        (Some("device"), Some(true), _) if service_may => Seen::Good,
        (Some("device"), Some(true), Some(_)) => Seen::Good,
        (Some("device"), _, _) => {
            Seen::Bad("does not ask both after set-up and periodically".to_owned())
        }
        (Some(other), _, _) => Seen::Bad(format!("has the {other} ask, not the device")),
    }
}

/// The mechanisms for which all of these facts are true.
fn where_true(
    papers: &Review<'_>,
    keys: &[&'static str],
    look: impl Fn(Row<'_>) -> Seen,
) -> Outcome {
    each(papers, "7-UpdMech", |row| {
        for key in keys {
            match row.yes(key) {
                None => return Seen::Unsaid(key),
                Some(false) => return Seen::Outside,
                Some(true) => {}
            }
        }
        look(row)
    })
}

fn notifying(papers: &Review<'_>, look: impl Fn(Row<'_>) -> Seen) -> Outcome {
    each(papers, "7-UpdMech", |row| match row.text("notifies") {
        None => Seen::Unsaid("notifies"),
        Some("none") => Seen::Outside,
        Some(_) => look(row),
    })
}

fn user_decides(papers: &Review<'_>, unit: &str) -> Outcome {
    match unit {
        "5.3-6-1.a" => where_true(papers, &["automatic"], |row| {
            is_true(row, "configurable", "cannot be set by the user")
        }),
        "5.3-6-1.b" => where_true(papers, &["automatic"], |row| {
            is_true(row, "default-on", "is off as delivered")
        }),
        "5.3-6-1.c" => notifying(papers, |row| {
            is_true(
                row,
                "notices-configurable",
                "has notices that the user cannot set",
            )
        }),
        "5.3-6-1.d" => notifying(papers, |row| {
            is_true(
                row,
                "notices-default-on",
                "has notices that are off as delivered",
            )
        }),
        _ => all([
            where_true(papers, &["automatic"], |row| user_may(row, "user-may")),
            notifying(papers, |row| user_may(row, "notices-user-may")),
        ]),
    }
}

fn user_may(row: Row<'_>, key: &'static str) -> Seen {
    let Some(may) = row.names(key) else {
        return Seen::Unsaid(key);
    };
    let missing = ["enable", "disable", "postpone"]
        .into_iter()
        .filter(|word| !may.contains(word));
    let missing: Vec<_> = missing.collect();
    match missing.as_slice() {
        [] => Seen::Good,
        missing => Seen::Bad(format!("does not let the user {}", missing.join(" or "))),
    }
}

fn verifies(papers: &Review<'_>, unit: &str) -> Outcome {
    let (key, wanted) = match unit {
        "5.3-9-1.c" => ("verified-by", "device"),
        _ => ("verified-before", "install"),
    };
    each(papers, "7-UpdMech", |row| match row.text(key) {
        None => Seen::Unsaid(key),
        Some(said) if said == wanted => Seen::Good,
        Some(said) => Seen::Bad(format!("says {key} = \"{said}\", not \"{wanted}\"")),
    })
}

fn trusted(papers: &Review<'_>, _: &str) -> Outcome {
    each(papers, "7-UpdMech", |row| match row.text("route") {
        None => Seen::Unsaid("route"),
        Some("local") => Seen::Outside,
        Some(_) => match row.names("trust").as_deref() {
            None => Seen::Unsaid("trust"),
            Some([]) => Seen::Bad("comes over a network, and nothing makes it trusted".to_owned()),
            Some(all) if all.iter().all(|one| *one == "other") => {
                Seen::Ask("whether it can be trusted by what is described".to_owned())
            }
            Some(_) => Seen::Good,
        },
    })
}

fn documents(papers: &Review<'_>, unit: &str) -> Outcome {
    let (field, ask): (&[_], _) = match unit {
        "5.3-13-1.a" => (
            &["publication-of-support-period"],
            "whether a layman finds the support period there",
        ),
        "5.3-14-1.a" => (
            &[
                "publication-of-non-updatable",
                "documentation-of-replacement",
            ],
            "whether a layman finds there why it is not updated and how it is replaced",
        ),
        "5.3-16-1.a" => (
            &["model-designation"],
            "whether a user recognises the model by that",
        ),
        "6-1-1.a" => (
            &["documentation-of-personal-data"],
            "whether consumers are told clearly",
        ),
        _ => (
            &["documentation-of-telemetry-data"],
            "whether consumers are told clearly",
        ),
    };
    each(papers, "2-UserInfo", |row| fields(row, field, ask))
}
