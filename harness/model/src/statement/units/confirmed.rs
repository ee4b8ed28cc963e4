//! Confirmations of 4-Conf: each names the process and since when it is in force.

use super::super::rules::Review;
use super::seen::{Seen, each};
use super::{How, Outcome, UnitRule, rule};

pub(super) const RULES: &[UnitRule] = &[rule(
    "confirmation-with-date",
    How::Computed,
    &[
        "5.2-2-1.b",
        "5.2-3-1.d",
        "5.3-8-1.b",
        "5.5-8-1.b",
        "5.6-9-1.b",
    ],
    confirmed,
)];

fn confirmed(papers: &Review<'_>, unit: &str) -> Outcome {
    let key = match unit {
        "5.2-2-1.b" => "vulnerability-actions",
        "5.2-3-1.d" => "vulnerability-monitoring",
        "5.3-8-1.b" => "update-procedures",
        "5.5-8-1.b" => "secure-management",
        _ => "secure-development",
    };
    each(papers, "4-Conf", |row| {
        if row.fact(key).is_none() {
            return Seen::Unsaid(key);
        }
        match (row.inner(key, "process"), row.inner(key, "since")) {
            (Some(_), Some(_)) => Seen::Good,
            (None, _) => Seen::Bad(format!("confirms `{key}` without naming the process")),
            (_, None) => Seen::Bad(format!(
                "confirms `{key}` without the day since when it is in force"
            )),
        }
    })
}
