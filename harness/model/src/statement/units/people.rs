//! Units that no rule decides: what a person reads for them.

use super::super::rows::of;
use super::super::rules::Review;
use super::{How, Outcome, UnitRule, reading};

/// Each unit with the table to read.
const READ: [(&str, &str); 22] = [
    ("5.1-3-1.b", "1-AuthMech"),
    ("5.2-3-1.b", "5-VulnMon"),
    ("5.2-3-1.c", "5-VulnMon"),
    ("5.3-2-1.a", "7-UpdMech"),
    ("5.3-7-1.b", "7-UpdMech"),
    ("5.3-11-1.a", "7-UpdMech"),
    ("5.4-1-1.c", "10-SecParam"),
    ("5.4-2-1.c", "10-SecParam"),
    ("5.4-4-1.b", "10-SecParam"),
    ("5.5-1-1.b", "11-ComMech"),
    ("5.5-2-1.b", "12-NetSecImpl"),
    ("5.5-4-1.b", "13-SoftServ"),
    ("5.6-2-1.b", "15-Intf"),
    ("5.6-8-1.b", "18-AccCtrl"),
    ("5.7-1-1.b", "20-SecBoot"),
    ("5.7-2-1.a", "20-SecBoot"),
    ("5.10-1-1.b", "24-TelData"),
    ("5.11-1-1.a", "25-DelFunc"),
    ("5.11-1-1.c", "25-DelFunc"),
    ("5.11-2-1.b", "25-DelFunc"),
    ("5.12-1-1.a", "26-UserDec"),
    ("5.13-1-1.b", "29-InpVal"),
];

const UNITS: [&str; READ.len()] = {
    let mut units = [""; READ.len()];
    let mut at = 0;
    while at < READ.len() {
        units[at] = READ[at].0;
        at += 1;
    }
    units
};

pub(super) const RULES: &[UnitRule] = &[reading("read-by-a-person", How::Person, &UNITS, read)];

fn read(papers: &Review<'_>, unit: &str) -> Outcome {
    let table = READ.iter().find(|(known, _)| *known == unit);
    let table = table.map_or("the statement", |(_, table)| *table);
    match of(papers.profile, table).count() {
        0 => Outcome::Missing(format!("{table} has no row to read")),
        1 => Outcome::Person(format!("{table} has one row to read")),
        n => Outcome::Person(format!("{table} has {n} rows to read")),
    }
}
