//! Claims, passwords, and reports of vulnerabilities (4, 5.1, 5.2).

use super::super::conditions::factor;
use super::super::rows::{Row, of};
use super::super::rules::Review;
use super::seen::{Seen, all, each, fields};
use super::{How, Outcome, UnitRule, reading, rule};
use crate::{Dur, Level, Support};

pub(super) const RULES: &[UnitRule] = &[
    reading("reasons-given", How::Computed, &["4-1-1.a"], reasons),
    rule(
        "another-on-each-unit",
        How::PreChecked,
        &["5.1-1-1.a"],
        per_unit,
    ),
    rule(
        "password-generation",
        How::PreChecked,
        &["5.1-2-1.a", "5.1-2-1.b", "5.1-2-1.c"],
        generation,
    ),
    rule("password-strength", How::Computed, &["5.1-2-1.d"], strength),
    rule("change-documented", How::PreChecked, &["5.1-4-1.a"], change),
    rule(
        "guessing-takes-years",
        How::Computed,
        &["5.1-5-1.a"],
        guessing,
    ),
    reading("policy-address", How::PreChecked, &["5.2-1-1.a"], policy),
    reading("action-and-time", How::PreChecked, &["5.2-2-1.a"], actions),
    reading(
        "monitoring-described",
        How::PreChecked,
        &["5.2-3-1.a"],
        |of, _| {
            each(of, "5-VulnMon", |row| {
                fields(row, &["description"], "whether that finds what there is")
            })
        },
    ),
];

/// Every recommendation that is not met, or does not apply, has a reason.
fn reasons(of: &Review<'_>, _: &str) -> Outcome {
    let provisions = of.catalogue.provisions.iter();
    let recommended = provisions.filter(|p| p.level == Level::R);
    let (mut unsaid, mut good) = (Vec::new(), 0);
    for provision in recommended {
        match of.profile.claim(&provision.id) {
            None => unsaid.push(provision.id.to_string()),
            Some(claim) if claim.support == Support::Yes => {}
            Some(claim) if claim.detail.trim().is_empty() => unsaid.push(provision.id.to_string()),
            Some(_) => good += 1,
        }
    }
    match unsaid.is_empty() {
        false => Outcome::Missing(format!(
            "there is no claim with a reason about {}",
            unsaid.join(", ")
        )),
        true => Outcome::Holds(format!(
            "a reason is given for each of {good} recommendations not met or not applicable"
        )),
    }
}

fn is_machine_set(row: Row<'_>) -> Option<bool> {
    factor(row).map(|factor| factor == "password-machine")
}

fn machine_set(row: Row<'_>, look: impl Fn(Row<'_>) -> Seen) -> Seen {
    match is_machine_set(row) {
        None => Seen::Unsaid("factor"),
        Some(false) => Seen::Outside,
        Some(true) => look(row),
    }
}

fn per_unit(papers: &Review<'_>, _: &str) -> Outcome {
    each(papers, "1-AuthMech", |row| {
        machine_set(row, |row| {
            let states = row.names("states");
            if states.is_some_and(|states| !states.contains(&"operating")) {
                return Seen::Outside;
            }
            match row.yes("per-unit") {
                None => Seen::Unsaid("per-unit"),
                Some(false) => Seen::Bad("is the same password on every unit".to_owned()),
                Some(true) => fields(
                    row,
                    &["password-generation-mechanism"],
                    "whether it is another one on each unit",
                ),
            }
        })
    })
}

fn generation(papers: &Review<'_>, unit: &str) -> Outcome {
    let (bad, ask): (&[&str], _) = match unit {
        "5.1-2-1.a" => (
            &["counted", "fixed"],
            "whether passwords follow no rule that can be seen",
        ),
        "5.1-2-1.b" => (&["fixed"], "whether no common word is in them"),
        _ => (
            &[],
            "whether they have nothing to do with what anybody can know",
        ),
    };
    each(papers, "1-AuthMech", |row| {
        machine_set(row, |row| match row.text("generated") {
            None => Seen::Unsaid("generated"),
            Some(how) if bad.contains(&how) => Seen::Bad(format!("makes its passwords {how}")),
            Some(_) => fields(row, &["password-generation-mechanism"], ask),
        })
    })
}

fn strength(papers: &Review<'_>, _: &str) -> Outcome {
    let least = papers.catalogue.figures.least_bits;
    each(papers, "1-AuthMech", |row| {
        machine_set(row, |row| match row.number("bits") {
            None => Seen::Unsaid("bits"),
            Some(bits) if bits < least => {
                Seen::Bad(format!("has passwords of {bits} bits, fewer than {least}"))
            }
            Some(_) => Seen::Good,
        })
    })
}

fn change(papers: &Review<'_>, _: &str) -> Outcome {
    let told = of(papers.profile, "2-UserInfo").next();
    each(papers, "1-AuthMech", |row| {
        let users = match (row.yes("changeable"), factor(row)) {
            (Some(yes), _) => yes,
            (None, None) => return Seen::Unsaid("factor"),
            (None, Some(factor)) => factor == "password-user",
        };
        let documented = told.and_then(|told| told.names("changes"));
        match (users, documented, row.id()) {
            (false, _, _) => Seen::Outside,
            (true, None, _) => Seen::Unsaid("changes` in 2-UserInfo, `id"),
            (true, Some(rows), Some(id)) if rows.contains(&id) => Seen::Ask(
                "whether a layman understands how the documentation has it changed".to_owned(),
            ),
            (true, Some(_), _) => Seen::Bad(
                "is in no documentation of how it is changed (2-UserInfo `changes`)".to_owned(),
            ),
        }
    })
}

const DAY_S: f64 = 86_400.0;
const YEAR_DAYS: f64 = 365.0;
/// Bits of a digit: the least that a user may choose from.
const DIGIT_BITS: f64 = std::f64::consts::LOG2_10;

/// Half of the passwords there are, at the pace that the limit leaves.
fn guessing(papers: &Review<'_>, _: &str) -> Outcome {
    let least = papers.catalogue.figures.guessing_years;
    each(papers, "1-AuthMech", |row| {
        match (row.yes("local"), factor(row)) {
            (Some(true), _) => return Seen::Outside,
            (_, None) => return Seen::Unsaid("factor"),
            (_, Some(factor)) if !factor.starts_with("password") => return Seen::Outside,
            _ => {}
        }
        let space = match (row.number("bits"), row.number("least-length")) {
            (Some(bits), _) => bits as f64,
            (None, Some(length)) => length as f64 * DIGIT_BITS,
            (None, None) if is_machine_set(row) == Some(true) => return Seen::Unsaid("bits"),
            (None, None) => return Seen::Unsaid("least-length"),
        };
        let Some(first) = row.number("guesses-before-limit") else {
            return Seen::Unsaid("guesses-before-limit");
        };
        let Some(wait) = row.text("wait").and_then(|wait| Dur::parse(wait).ok()) else {
            return Seen::Unsaid("wait");
        };
        let a_day = first as f64 + DAY_S / wait.std().as_secs_f64().max(0.001);
        let years = (space - 1.0).exp2() / a_day / YEAR_DAYS;
        if years >= least as f64 {
            return Seen::Good;
        }
        Seen::Bad(format!(
            "lets through {a_day:.0} guesses a day: half of its passwords are tried in {years:.1} years, not {least}"
        ))
    })
}

fn policy(papers: &Review<'_>, _: &str) -> Outcome {
    const FIELD: &str = "publication-of-vulnerability-disclosure-policy";
    each(papers, "2-UserInfo", |row| match row.field(FIELD) {
        None => Seen::Unsaid(FIELD),
        Some(said) if said.split_whitespace().any(is_address) => {
            Seen::Ask(format!("whether anybody can read \"{said}\""))
        }
        Some(_) => Seen::Unsaid("an address in publication-of-vulnerability-disclosure-policy"),
    })
}

/// An address of the web with a host in it.
fn is_address(word: &str) -> bool {
    let word = word.trim_matches(['<', '>', ',', ';', '(', ')']);
    let host = word
        .strip_prefix("https://")
        .or(word.strip_prefix("http://"));
    host.is_some_and(|host| {
        host.split('/')
            .next()
            .is_some_and(|host| host.contains('.'))
    })
}

fn actions(papers: &Review<'_>, _: &str) -> Outcome {
    all([each(papers, "3-VulnTypes", |row| {
        fields(
            row,
            &["action", "time-frame"],
            "whether that is done in time",
        )
    })])
}
