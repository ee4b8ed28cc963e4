//! The rules.

use super::conditions::{Answer, answer};
use super::rows::{Row, all, of};
use super::{Rule, StatementFault};
use crate::facts;
use crate::profile::Claim;
use crate::{Catalogue, Level, Profile, Provision, ProvisionId, Support};
use std::collections::BTreeMap;

/// Claims of Y that rest on a table: without a row of it they rest on nothing.
const RESTS_ON: [(&str, &str); 22] = [
    ("5.1-1", "1-AuthMech"),
    ("5.2-1", "2-UserInfo"),
    ("5.2-2", "3-VulnTypes"),
    ("5.2-3", "5-VulnMon"),
    ("5.3-1", "6-SoftComp"),
    ("5.3-2", "7-UpdMech"),
    ("5.3-8", "8-UpdProc"),
    ("5.3-13", "2-UserInfo"),
    ("5.3-16", "2-UserInfo"),
    ("5.4-1", "10-SecParam"),
    ("5.5-1", "11-ComMech"),
    ("5.5-2", "12-NetSecImpl"),
    ("5.6-1", "15-Intf"),
    ("5.6-6", "16-CodeMin"),
    ("5.6-9", "19-SecDev"),
    ("5.7-1", "20-SecBoot"),
    ("5.8-3", "22-ExtSens"),
    ("5.9-1", "23-ResMech"),
    ("5.10-1", "24-TelData"),
    ("5.11-1", "25-DelFunc"),
    ("5.13-1", "29-InpVal"),
    ("6-1", "21-PersData"),
];

/// Words in which a reason for N or N/A is none.
const FEWEST_WORDS: usize = 3;

pub(super) struct Review<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) profile: &'a Profile,
}

pub(super) fn fault(
    rule: Rule,
    provisions: &[&ProvisionId],
    rows: Vec<String>,
    what: String,
) -> StatementFault {
    StatementFault {
        rule,
        provisions: provisions.iter().map(|p| (*p).clone()).collect(),
        rows,
        what,
    }
}

fn word(support: Support) -> &'static str {
    match support {
        Support::Yes => "Y",
        Support::No => "N",
        Support::NotApplicable => "N/A",
    }
}

impl<'a> Review<'a> {
    pub(super) fn claimed(&self) -> impl Iterator<Item = (&'a Provision, &'a Claim)> {
        let provisions = self.catalogue.provisions.iter();
        provisions.filter_map(|p| Some((p, self.profile.claim(&p.id)?)))
    }

    fn claim_of(&self, id: &str) -> Option<(&'a Provision, &'a Claim)> {
        self.claimed().find(|(p, _)| p.id.as_str() == id)
    }

    pub(super) fn says_yes(&self, id: &str) -> Option<&'a ProvisionId> {
        let (provision, claim) = self.claim_of(id)?;
        (claim.support == Support::Yes).then_some(&provision.id)
    }

    /// Each claim by itself.
    pub(super) fn claims(&self) -> Vec<StatementFault> {
        let each = self.claimed().filter_map(|(provision, claim)| {
            let id = &provision.id;
            let row = vec![format!("ics {id} {}", word(claim.support))];
            let words = claim.detail.split_whitespace().count();
            let (rule, what) = match claim.support {
                _ if words == 0 => (
                    Rule::REASON_MISSING,
                    format!("claimed {} without saying why", word(claim.support)),
                ),
                Support::NotApplicable if !provision.may_be_not_applicable() => (
                    Rule::NOT_APPLICABLE_WITHOUT_CONDITION,
                    format!("claimed N/A, but {id} has no condition that could be false"),
                ),
                Support::No if provision.level == Level::M => (
                    Rule::NO_ON_MANDATORY,
                    format!(
                        "claimed N, but {id} is mandatory: a conforming product cannot answer N"
                    ),
                ),
                Support::No | Support::NotApplicable if words < FEWEST_WORDS => (
                    Rule::REASON_TOO_SHORT,
                    format!(
                        "the reason for {} is {:?}: no sentence",
                        word(claim.support),
                        claim.detail
                    ),
                ),
                _ => return None,
            };
            Some(fault(rule, &[id], row, what))
        });
        each.collect()
    }

    /// Claims against the tables that their conditions are about.
    pub(super) fn conditions(&self) -> Vec<StatementFault> {
        let mut found = Vec::new();
        for (provision, claim) in self.claimed() {
            let answers = provision
                .conditions
                .iter()
                .map(|n| (*n, answer(*n, self.profile)));
            let answers: Vec<(u8, Option<Answer>)> = answers.collect();
            if answers.is_empty() {
                continue;
            }
            let id = &provision.id;
            let mut rows = vec![format!("ics {id} {}", word(claim.support))];
            let all_hold = answers
                .iter()
                .all(|(_, a)| a.as_ref().is_some_and(|a| a.holds));
            let false_one = answers
                .iter()
                .find(|(_, a)| a.as_ref().is_some_and(|a| !a.holds));
            match (claim.support, false_one) {
                (Support::NotApplicable, _) if all_hold => {
                    let says = answers.iter().filter_map(|(_, a)| a.as_ref());
                    rows.extend(says.flat_map(|a| a.rows.iter().cloned()));
                    let what = format!("claimed N/A, but {}", self.condition_words(&answers));
                    found.push(fault(Rule::CONDITION_HOLDS, &[id], rows, what));
                }
                (Support::Yes, Some((n, answer))) => {
                    rows.extend(answer.iter().flat_map(|a| a.rows.iter().cloned()));
                    let what = format!(
                        "claimed Y, but it is asked only where {}",
                        self.words_of(*n)
                    );
                    found.push(fault(Rule::CONDITION_DOES_NOT_HOLD, &[id], rows, what));
                }
                _ => {}
            }
        }
        found.extend(self.two_answers());
        found
    }

    fn words_of(&self, number: u8) -> &str {
        let known = self.catalogue.conditions.iter().find(|(n, _)| *n == number);
        known.map_or("its condition holds", |(_, words)| words)
    }

    fn condition_words(&self, answers: &[(u8, Option<Answer>)]) -> String {
        let words: Vec<_> = answers.iter().map(|(n, _)| self.words_of(*n)).collect();
        words.join(", and ")
    }

    /// One condition alone decides two provisions, and they answer it differently.
    fn two_answers(&self) -> Vec<StatementFault> {
        let mut by_condition: BTreeMap<u8, (Vec<&ProvisionId>, Vec<&ProvisionId>)> =
            BTreeMap::new();
        for (provision, claim) in self.claimed() {
            let [number] = provision.conditions[..] else {
                continue;
            };
            let (no, yes) = by_condition.entry(number).or_default();
            match claim.support {
                Support::NotApplicable => no.push(&provision.id),
                Support::Yes => yes.push(&provision.id),
                Support::No => {}
            }
        }
        let both = by_condition.into_iter().filter_map(|(number, (no, yes))| {
            let (first, second) = (no.first()?, yes.first()?);
            let rows = vec![format!("ics {first} N/A"), format!("ics {second} Y")];
            let what = format!(
                "{first} says that it is not so that {}, and {second} says that it is",
                self.words_of(number)
            );
            Some(fault(Rule::ONE_CONDITION_TWO_ANSWERS, &no, rows, what))
        });
        both.collect()
    }

    /// Claims over tables that are empty.
    pub(super) fn tables(&self) -> Vec<StatementFault> {
        let empty = RESTS_ON.iter().filter_map(|(id, table)| {
            let id = self.says_yes(id)?;
            if of(self.profile, table).next().is_some() {
                return None;
            }
            let what = format!("claimed Y, but {table}, which it rests on, has no row");
            Some(fault(
                Rule::TABLE_EMPTY,
                &[id],
                vec![format!("ics {id} Y"), (*table).to_owned()],
                what,
            ))
        });
        empty.collect()
    }

    /// Rows against each other.
    pub(super) fn rows(&self) -> Vec<StatementFault> {
        let mut found = self.references();
        found.extend(self.same_twice());
        found.extend(self.services());
        found.extend(self.wires());
        found.extend(self.clear());
        found
    }

    fn references(&self) -> Vec<StatementFault> {
        let named = all(self.profile).flat_map(|row| {
            let keys = facts::of(row.table).map(|fact| fact.name);
            let keys = keys.filter(move |key| facts::rows_named_by(row.table, key).is_some());
            let names = keys.filter_map(move |key| row.names(key));
            names.flatten().map(move |name| (row, name))
        });
        let missing = named.filter(|(_, name)| !self.profile.has_row(name));
        let told = missing.map(|(row, name)| {
            let what = format!("{} names the row {name}, and no table has it", row.name());
            fault(
                Rule::ROW_NOT_THERE,
                &[],
                vec![row.name(), name.to_owned()],
                what,
            )
        });
        told.collect()
    }

    fn same_twice(&self) -> Vec<StatementFault> {
        let mut seen: BTreeMap<(&str, u64, &str), Row<'_>> = BTreeMap::new();
        let mut found = Vec::new();
        for row in of(self.profile, "13-SoftServ") {
            let (Some(proto), Some(port)) = (row.text("proto"), row.number("port")) else {
                continue;
            };
            for state in row.names("states").unwrap_or_default() {
                if let Some(first) = seen.insert((proto, port, state), row) {
                    let what = format!("both listen on {proto} {port} in the {state} state");
                    found.push(fault(
                        Rule::SAME_TWICE,
                        &[],
                        vec![first.name(), row.name()],
                        what,
                    ));
                }
            }
        }
        found
    }

    /// A port that is spoken on is a service.
    fn services(&self) -> Vec<StatementFault> {
        let declared: Vec<u64> = of(self.profile, "13-SoftServ")
            .filter_map(|r| r.number("port"))
            .collect();
        let spoken = of(self.profile, "11-ComMech").chain(of(self.profile, "28-ExtAPI"));
        let odd = spoken.filter(|row| {
            row.number("port")
                .is_some_and(|port| !declared.contains(&port))
        });
        let told = odd.map(|row| {
            let what = format!(
                "{} is spoken on port {}, and no row of 13-SoftServ listens there",
                row.name(),
                row.number("port").unwrap_or_default()
            );
            let provisions: Vec<_> = self.says_yes("5.6-1").into_iter().collect();
            fault(
                Rule::SERVICE_NOT_DECLARED,
                &provisions,
                vec![row.name(), "13-SoftServ".to_owned()],
                what,
            )
        });
        told.collect()
    }

    /// What rows say of the product's wires and label.
    fn wires(&self) -> Vec<StatementFault> {
        let mut found = Vec::new();
        for row in of(self.profile, "1-AuthMech") {
            if row.text("factor") == Some("password-user") && row.text("label").is_some() {
                let what = "a password that the user chooses cannot stand on the label".to_owned();
                found.push(fault(
                    Rule::OWN_PASSWORD_ON_LABEL,
                    &[],
                    vec![row.name()],
                    what,
                ));
            }
        }
        for row in of(self.profile, "10-SecParam") {
            if row.text("rests-on") == Some("debug-lock") && self.profile.debug.is_none() {
                let what = format!(
                    "{} rests on the lock of a debug port, and there is no [debug]",
                    row.name()
                );
                let provisions: Vec<_> = self.says_yes("5.4-1").into_iter().collect();
                found.push(fault(
                    Rule::PROTECTION_NOT_THERE,
                    &provisions,
                    vec![row.name(), "[debug]".to_owned()],
                    what,
                ));
            }
        }
        for row in of(self.profile, "27-UserIntf") {
            if row.text("speaks") == Some("console") && self.profile.console.is_none() {
                let what = format!("{} is a console, and there is no [console]", row.name());
                found.push(fault(
                    Rule::INTERFACE_NOT_THERE,
                    &[],
                    vec![row.name(), "[console]".to_owned()],
                    what,
                ));
            }
        }
        found
    }
}
