//! A run judged again, and what comes out otherwise: for `rejudge`, and for `prove` after each of its runs.

use crate::compare::differences;
use proofhouse_journal::{Recorded, mark_of};
use proofhouse_model::{BlobId, CaseId, Dur, Plan, ProductId, TaskId};
use proofhouse_report::{Folded, Outcome};
use proofhouse_runner::{Blobs, CaseBody, Rejudge, RunProduct, told_apart};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A run that was broken off and that nobody has taken up, with what may have been left on.
pub fn as_left<'a>(dir: &Path, run: Folded<'a>) -> Folded<'a> {
    let mark = mark_of(dir);
    match mark.all_off {
        true => run,
        false => run.broken_off(mark.guard.as_ref()),
    }
}

/// What came of it.
pub struct Came {
    /// Cases that ask for what is not on record, each with where it left it.
    pub left: Vec<(String, String)>,
    /// Provisions, guide rows and cases that came out otherwise, a line each.
    pub found: Vec<String>,
    /// Reports that come out as they are but for short pieces of secrets, each with how many of these were passed
    /// over.
    pub over: Vec<(String, usize)>,
    /// Reports that would be written otherwise, each with its first line that would be.
    pub other: Vec<(String, String)>,
    /// What the run came to now.
    pub outcome: Outcome,
}

impl Came {
    /// What speaks against the record, by its name and in words; nothing where all came out as it is. Of what follows
    /// from something else nothing is said.
    pub fn otherwise(self) -> Vec<(String, String)> {
        if !self.left.is_empty() {
            return self.left;
        }
        let named = |line: String| match line.split_once(": ") {
            Some((name, how)) => (name.to_owned(), how.to_owned()),
            None => (line, String::new()),
        };
        match self.found.is_empty() {
            true => self.other,
            false => self.found.into_iter().map(named).collect(),
        }
    }
}

/// Judges a recorded run again, without any device, under a plan with the heads of the cases that judge.
///
/// # Errors
/// A report cannot be made of what came of it.
pub fn judge(
    recorded: &Recorded,
    plan: &Plan,
    cases: &BTreeMap<CaseId, Arc<dyn CaseBody>>,
    products: &BTreeMap<ProductId, RunProduct>,
) -> Result<Came, String> {
    let rejudge = Rejudge {
        plan,
        within: other_times(&recorded.plan, plan),
        events: &recorded.events,
        cases,
        products,
        blobs: blobs(&recorded.dir),
    };
    let judged = rejudge.judge();
    let now = Folded::new(plan, &judged.events);
    // As `report` writes one that nobody has taken up.
    let now = match recorded.sealed {
        true => now,
        false => as_left(&recorded.dir, now),
    };
    let then = Folded::new(&recorded.plan, &recorded.events);
    let name = |task: TaskId| {
        plan.task(task)
            .map_or_else(String::new, |t| plan.task_name(t))
    };
    let left = judged.left.iter();
    let files = proofhouse_report::render_all(&now).map_err(|why| why.to_string())?;
    let (mut over, mut other) = (Vec::new(), Vec::new());
    for (file, bytes) in files {
        let stored = std::fs::read(recorded.dir.join(&file)).unwrap_or_default();
        match rejudge.passed_over(&stored, &bytes) {
            Some(0) => {}
            Some(pieces) => over.push((file, pieces)),
            None => other.push((file, first_difference(&stored, &bytes))),
        }
    }
    Ok(Came {
        left: left.map(|(task, why)| (name(*task), why.clone())).collect(),
        found: differences(&then, &now),
        over,
        other,
        outcome: proofhouse_report::outcome(&now),
    })
}

/// Where a report that is written now begins to differ from the stored one, for somebody who has to find out why.
fn first_difference(stored: &[u8], now: &[u8]) -> String {
    let lines = |bytes: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(bytes);
        text.lines().map(str::to_owned).collect()
    };
    let (stored, now) = (lines(stored), lines(now));
    let same = stored.iter().zip(&now).take_while(|(a, b)| a == b).count();
    let line = |all: &[String]| all.get(same).cloned().unwrap_or_default();
    let (then, now) = told_apart(&line(&stored), &line(&now));
    format!("line {}: then `{then}`, now `{now}`", same + 1)
}

/// Cases whose head gives them another time now.
fn other_times(then: &Plan, now: &Plan) -> BTreeMap<TaskId, Dur> {
    let both = then.tasks.iter().zip(&now.tasks);
    let other = both.filter(|(then, now)| then.case.within != now.case.within);
    other.map(|(_, now)| (now.id, now.case.within)).collect()
}

fn blobs(run: &Path) -> Blobs {
    let run = run.to_owned();
    Arc::new(move |id: &BlobId| proofhouse_journal::read_blob(&run, id).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_something_else_is_not_said() {
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        let came = |left: bool, found: bool| Came {
            left: left
                .then(|| pair("resets", "asks for more"))
                .into_iter()
                .collect(),
            found: found
                .then(|| "case locks: pass -> fail".to_owned())
                .into_iter()
                .collect(),
            over: Vec::new(),
            other: vec![pair("report.json", "line 1")],
            outcome: Outcome::Passed,
        };
        let left = vec![pair("resets", "asks for more")];
        assert_eq!(came(true, true).otherwise(), left);
        let found = vec![pair("case locks", "pass -> fail")];
        assert_eq!(came(false, true).otherwise(), found);
        let other = vec![pair("report.json", "line 1")];
        assert_eq!(came(false, false).otherwise(), other);
    }

    #[test]
    fn a_report_is_told_by_its_first_line_that_differs() {
        let told = first_difference(b"a\nb\nc\n", b"a\nx\nc\n");
        assert_eq!(told, "line 2: then `b`, now `x`");
        assert_eq!(first_difference(b"", b"a\n"), "line 1: then ``, now `a`");
    }
}
