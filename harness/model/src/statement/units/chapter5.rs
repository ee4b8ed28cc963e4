//! Stored parameters and communication (5.4, 5.5), and personal data on its way (5.8).

use super::super::clear::is_open;
use super::super::rows::{Row, of};
use super::super::rules::Review;
use super::cryptography::in_catalogue;
use super::seen::{Seen, all, each, fields, guarantees, is_true};
use super::{How, Outcome, UnitRule, reading, rule};

pub(super) const RULES: &[UnitRule] = &[
    reading("class-said", How::PreChecked, &["5.4-1-1.a"], |of, _| {
        each(of, "10-SecParam", |row| match row.text("class") {
            None => Seen::Unsaid("class"),
            Some(class) => fields(
                row,
                &["type"],
                &format!("whether \"{class}\" is what it is"),
            ),
        })
    }),
    rule(
        "guarantees-by-class",
        How::Computed,
        &["5.4-1-1.b"],
        |of, _| {
            each(of, "10-SecParam", |row| match row.text("class") {
                None => Seen::Unsaid("class"),
                Some("public") => guarantees(row, &["integrity"]),
                Some(_) => guarantees(row, &["confidentiality", "integrity"]),
            })
        },
    ),
    rule(
        "parameters-complete",
        How::Computed,
        &["5.4-1-1.d"],
        parameters,
    ),
    rule(
        "identity-kept",
        How::PreChecked,
        &["5.4-2-1.a", "5.4-2-1.b"],
        identity,
    ),
    reading(
        "hard-coded-in-use",
        How::PreChecked,
        &["5.4-3-1.a", "5.4-3-1.b"],
        |of, _| {
            hard_coded(of, |row| match row.text("class") {
                None => Seen::Unsaid("class"),
                Some("public") => Seen::Outside,
                Some(_) => fields(
                    row,
                    &["provisioning-mechanism"],
                    "whether another value takes its place before the device is used",
                ),
            })
        },
    ),
    rule("unique-on-each-unit", How::Computed, &["5.4-4-1.a"], unique),
    rule(
        "report-fits-version",
        How::PreChecked,
        &["5.5-2-1.a"],
        report,
    ),
    rule(
        "cryptography-updatable",
        How::Computed,
        &["5.5-3-1.a"],
        |of, _| {
            each(of, "6-SoftComp", |row| {
                match (row.yes("cryptography"), row.names("updates")) {
                    (None, _) => Seen::Unsaid("cryptography"),
                    (Some(false), _) => Seen::Outside,
                    (Some(true), None) => Seen::Unsaid("updates"),
                    (Some(true), Some(all)) if all.is_empty() => {
                        Seen::Bad("has cryptography and no update mechanism".to_owned())
                    }
                    (Some(true), Some(_)) => Seen::Good,
                }
            })
        },
    ),
    reading(
        "cryptography-described",
        How::PreChecked,
        &["5.5-3-1.b"],
        |of, _| {
            each(of, "6-SoftComp", |row| {
                fields(
                    row,
                    &["cryptographic-usage"],
                    "whether side effects of replacing it were thought of",
                )
            })
        },
    ),
    rule(
        "services-authenticate",
        How::Computed,
        &["5.5-4-1.a"],
        services,
    ),
    rule("log-in-cryptography", How::Derived, &["5.5-4-1.c"], log_ins),
    reading(
        "log-ins-resist",
        How::PreChecked,
        &["5.5-4-1.d"],
        |of, _| {
            each(of, "13-SoftServ", |row| match row.names("auth") {
                Some(auth) if !auth.is_empty() => Seen::Ask(format!(
                    "whether {} resists what 5.1-3-1.d asks about",
                    auth.join(", ")
                )),
                Some(_) => Seen::Outside,
                None if row.text("public").is_some() => Seen::Outside,
                None => Seen::Unsaid("auth"),
            })
        },
    ),
    rule(
        "configuration-guarded",
        How::Derived,
        &["5.5-5-1.a"],
        |of, _| {
            each(of, "13-SoftServ", |row| {
                match (row.yes("allows-configuration"), row.names("auth")) {
                    (None, _) => Seen::Unsaid("allows-configuration"),
                    (Some(false), _) => Seen::Outside,
                    (Some(true), Some(auth)) if !auth.is_empty() => Seen::Ask(
                        "follows from 5.5-4-1 in all states, some of which is a person's"
                            .to_owned(),
                    ),
                    (Some(true), None) if row.text("public").is_none() => Seen::Unsaid("auth"),
                    (Some(true), _) => Seen::Bad("lets strangers change settings".to_owned()),
                }
            })
        },
    ),
    rule(
        "parameters-sent-confidentially",
        How::Derived,
        &["5.5-6-1.a", "5.5-7-1.a"],
        |of, unit| {
            let remote = unit == "5.5-7-1.a";
            each(of, "10-SecParam", |row| match row.text("class") {
                None => Seen::Unsaid("class"),
                Some("public") => Seen::Outside,
                Some(_) => carried(of, row, remote),
            })
        },
    ),
    rule(
        "personal-data-sent-confidentially",
        How::Derived,
        &["5.8-1-1.a", "5.8-2-1.a"],
        |of, unit| {
            each(of, "21-PersData", |row| {
                match (unit, row.yes("sensitive")) {
                    ("5.8-2-1.a", None) => Seen::Unsaid("sensitive"),
                    ("5.8-2-1.a", Some(false)) => Seen::Outside,
                    _ => match guarantees(row, &["confidentiality"]) {
                        Seen::Good => carried(of, row, false),
                        otherwise => otherwise,
                    },
                }
            })
        },
    ),
    reading(
        "management-described",
        How::PreChecked,
        &["5.5-8-1.a"],
        |of, _| {
            each(of, "14-SecMgmt", |row| {
                fields(
                    row,
                    &["description"],
                    "whether that covers a parameter's whole life",
                )
            })
        },
    ),
];

/// What other tables imply is in 10-SecParam: what passwords are verified against, and keys.
fn parameters(papers: &Review<'_>, _: &str) -> Outcome {
    let mut found = vec![each(papers, "1-AuthMech", |row| {
        match row.names("verifier") {
            _ if super::super::conditions::factor(row)
                .is_some_and(|f| !f.starts_with("password")) =>
            {
                Seen::Outside
            }
            None => Seen::Unsaid("verifier"),
            Some(none) if none.is_empty() => {
                Seen::Bad("has no row of 10-SecParam for what it is verified against".to_owned())
            }
            Some(_) => Seen::Good,
        }
    })];
    let silent = of(papers.profile, "10-SecParam").find(|row| row.names("used-for").is_none());
    let needs = [
        ("7-UpdMech", "updates", "verified with"),
        ("20-SecBoot", "secure-boot", "verified with"),
        ("11-ComMech", "communication", "protected by"),
    ];
    for (table, purpose, by) in needs {
        if of(papers.profile, table).next().is_none() {
            continue;
        }
        found.push(each(papers, table, |row| {
            let keyed = row.yes("tls") == Some(true) || row.yes("keyed") == Some(true);
            if table == "11-ComMech" && !keyed {
                return Seen::Outside;
            }
            let mut all = of(papers.profile, "10-SecParam");
            let there = all.any(|param| match row.id().filter(|_| table == "11-ComMech") {
                Some(id) => param.lists("protects", id),
                None => param.lists("used-for", purpose),
            });
            match (there, silent.is_some()) {
                (true, _) => Seen::Good,
                (false, true) => Seen::Unsaid("used-for` in a row of 10-SecParam, `id"),
                (false, false) => {
                    Seen::Bad(format!("has no row of 10-SecParam for what it is {by}"))
                }
            }
        }));
    }
    all(found)
}

fn hard_coded<'a>(papers: &Review<'a>, look: impl Fn(Row<'a>) -> Seen) -> Outcome {
    each(papers, "10-SecParam", |row| match row.yes("hard-coded") {
        None => Seen::Unsaid("hard-coded"),
        Some(false) => Seen::Outside,
        Some(true) => look(row),
    })
}

fn identity(papers: &Review<'_>, unit: &str) -> Outcome {
    hard_coded(papers, |row| match (row.names("used-for"), unit) {
        (None, _) => Seen::Unsaid("used-for"),
        (Some(uses), _) if !uses.contains(&"identity") => Seen::Outside,
        (Some(_), "5.4-2-1.a") => Seen::Ask("whether all identities are here".to_owned()),
        (Some(_), _) => match guarantees(row, &["integrity"]) {
            Seen::Good => fields(
                row,
                &["protection-scheme"],
                "whether that keeps it from being changed",
            ),
            otherwise => otherwise,
        },
    })
}

fn unique(papers: &Review<'_>, _: &str) -> Outcome {
    each(papers, "10-SecParam", |row| {
        match (row.text("class"), row.names("used-for")) {
            (None, _) => Seen::Unsaid("class"),
            (Some("public"), _) => Seen::Outside,
            (Some(_), None) => Seen::Unsaid("used-for"),
            (Some(_), Some(uses)) if uses.contains(&"updates") || uses.contains(&"service") => {
                is_true(row, "unique", "is the same on every unit")
            }
            (Some(_), Some(_)) => Seen::Outside,
        }
    })
}

fn report(papers: &Review<'_>, _: &str) -> Outcome {
    each(papers, "12-NetSecImpl", |row| {
        let said = |key| row.inner("report", key).and_then(|v| v.as_str());
        match (
            row.text("version"),
            said("version"),
            said("by"),
            said("day"),
        ) {
            (None, _, _, _) => Seen::Unsaid("version"),
            (Some(_), None, _, _) => Seen::Unsaid("report.version"),
            (Some(ours), Some(theirs), _, _) if ours != theirs => {
                Seen::Bad(format!("is of version {ours}, and its report of {theirs}"))
            }
            (Some(_), Some(_), Some(by), Some(day)) => Seen::Ask(format!(
                "whether the review of {by}, {day}, looked at what the device uses"
            )),
            (_, _, None, _) => Seen::Unsaid("report.by"),
            (_, _, _, None) => Seen::Unsaid("report.day"),
        }
    })
}

fn services(papers: &Review<'_>, _: &str) -> Outcome {
    each(papers, "13-SoftServ", |row| {
        match row.names("states") {
            None => return Seen::Unsaid("states"),
            Some(states) if !states.contains(&"operating") => return Seen::Outside,
            Some(_) => {}
        }
        match (row.names("auth"), row.text("public")) {
            (None, None) => Seen::Unsaid("auth"),
            (Some(auth), None) if auth.is_empty() => {
                Seen::Bad("asks for no log-in, and nothing says why (`public`)".to_owned())
            }
            _ => Seen::Good,
        }
    })
}

/// The log-ins that services name, by what 5.1-3-1.c asks.
fn log_ins(papers: &Review<'_>, _: &str) -> Outcome {
    let named: Vec<&str> = of(papers.profile, "13-SoftServ")
        .filter_map(|row| row.names("auth"))
        .flatten()
        .collect();
    let silent = of(papers.profile, "13-SoftServ")
        .find(|row| row.names("auth").is_none() && row.text("public").is_none());
    if let Some(row) = silent {
        return Outcome::Missing(format!("{} does not say `auth`", row.name()));
    }
    each(papers, "1-AuthMech", |row| match row.id() {
        Some(id) if named.contains(&id) => in_catalogue(papers, row),
        _ => Seen::Outside,
    })
}

/// The communication that carries a row guarantees confidentiality at least; the rest of 5.5-1-1 is a person's, too.
fn carried(papers: &Review<'_>, row: Row<'_>, remote: bool) -> Seen {
    let Some(by) = row.names("carried-by") else {
        return Seen::Unsaid("carried-by");
    };
    let mut seen = Seen::Outside;
    for way in
        of(papers.profile, "11-ComMech").filter(|way| way.id().is_some_and(|id| by.contains(&id)))
    {
        match (remote, way.yes("remote")) {
            (true, None) => {
                return Seen::Unsaid("carried-by` whose row of 11-ComMech says `remote");
            }
            (true, Some(false)) => continue,
            _ => {}
        }
        match guarantees(way, &["confidentiality"]) {
            Seen::Good => {
                seen = Seen::Ask(format!(
                    "follows from 5.5-1-1 for {}, some of which is a person's",
                    way.name()
                ));
            }
            Seen::Unsaid(_) if is_open(&way) => {
                return Seen::Bad(format!("goes by {}, without TLS", way.name()));
            }
            Seen::Unsaid(_) => {
                return Seen::Unsaid("carried-by` whose row of 11-ComMech says `guarantees");
            }
            _ => {
                return Seen::Bad(format!(
                    "goes by {}, which does not guarantee confidentiality",
                    way.name()
                ));
            }
        }
    }
    seen
}
