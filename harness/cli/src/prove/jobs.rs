//! What there is to run: honest devices, each defect with all cases, each blind with the cases that name it.

use crate::session::Session;
use crate::virtuals::Virtual;
use proofhouse_model::seeded::{self, Seeded};
use proofhouse_model::{CaseId, CaseMeta};
use proofhouse_report::matrix::{Promise, Seen, Subject};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One run to be made.
#[derive(Debug, Clone)]
pub struct Job {
    /// On what.
    pub subject: Subject,
    /// With which cases; none when all are known already.
    pub cases: Vec<CaseId>,
    /// What is known from earlier proofs, with the exit code of the run in which it was seen.
    pub kept: Vec<(Seen, i32)>,
}

/// What a proof tries of the cells of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Every case on every defect.
    Full,
    /// Cells that cases promise, honest devices, and of the others one in this many, drawn from what the suite and the
    /// harness are: each change tries other ones.
    Sample(u64),
    /// Only the chosen cases, on what they name.
    Partial,
}

/// Virtual products of a session's plan.
pub fn products_of(session: &Session) -> Vec<&Virtual> {
    let planned = |p: &&Virtual| {
        let mut names = session.plan.products.keys();
        names.any(|n| n.as_str() == p.name)
    };
    session.virtuals.iter().filter(planned).collect()
}

/// What the heads of the cases promise: of those planned, and of those the bench cannot run, which are not proved then.
#[must_use]
pub fn promises(session: &Session) -> Vec<Promise> {
    let plan = &session.plan;
    let left_out = plan.left_out.iter().filter(|l| !l.by_filter);
    let mut cases = plan.cases();
    cases.extend(left_out.map(|l| (&l.case.id, &*l.case)));
    let promise = |case: &CaseMeta| {
        let runs = plan.tasks.iter().filter(|t| t.case.id == case.id);
        let runs_on: BTreeSet<_> = runs.map(|t| t.product.to_string()).collect();
        Promise {
            case: case.id.clone(),
            sha256: case.sha256.clone(),
            provisions: case.provisions.clone(),
            caught_on: case.caught_on.clone(),
            undecided_on: case.undecided_on.clone(),
            runs_on: runs_on.into_iter().collect(),
        }
    };
    cases.into_values().map(promise).collect()
}

/// Every run of a proof, longest first, so that none is left over at the end, and how many cells are not tried.
#[must_use]
pub fn plan_jobs(session: &Session, honest: u32, extent: Extent) -> (Vec<Job>, usize) {
    let promises = promises(session);
    let mut draw = Draw::of(&promises, extent);
    let mut jobs = Vec::new();
    for product in products_of(session) {
        let runs_on = |p: &&Promise| p.runs_on.contains(&product.name);
        let all: Vec<&Promise> = promises.iter().filter(runs_on).collect();
        // Of the chosen cases none may run on it.
        let honest = if all.is_empty() { 0 } else { honest };
        for number in 1..=honest {
            let product = product.name.clone();
            let subject = Subject::Honest { product, number };
            let cases = all.iter().map(|p| p.case.clone());
            jobs.push(job(subject, cases.collect()));
        }
        for defect in &product.defects {
            let name = format!("{}:{}", product.name, defect.name);
            let named = |p: &&&Promise| p.caught_on.contains(&name) || draw.takes();
            let cases: Vec<CaseId> = all.iter().filter(named).map(|p| p.case.clone()).collect();
            if !cases.is_empty() {
                jobs.push(job(Subject::Defect(name), cases));
            }
        }
        for blind in &product.blinds {
            let name = format!("{}:{}", product.name, blind.name);
            let named = promises.iter().filter(|p| p.undecided_on.contains(&name));
            let cases: Vec<CaseId> = named.map(|p| p.case.clone()).collect();
            if !cases.is_empty() {
                jobs.push(job(Subject::Blind(name), cases));
            }
        }
    }
    let cases = session.plan.cases();
    jobs.sort_by_cached_key(|job| Reverse(length(&cases, job)));
    (jobs, draw.left)
}

/// How long its cases say they take.
fn length(cases: &BTreeMap<&CaseId, &CaseMeta>, job: &Job) -> Duration {
    let one = |case: &CaseId| cases.get(case).map_or(Duration::ZERO, |c| c.takes.std());
    job.cases.iter().map(one).sum()
}

fn job(subject: Subject, cases: Vec<CaseId>) -> Job {
    Job {
        subject,
        cases,
        kept: Vec::new(),
    }
}

/// Which cells beyond those promised are tried.
struct Draw {
    extent: Extent,
    stream: Seeded,
    left: usize,
}

impl Draw {
    fn of(promises: &[Promise], extent: Extent) -> Self {
        let texts: String = promises.iter().map(|p| p.sha256.as_str()).collect();
        let seed = seeded::fnv1a((texts + env!("PROOFHOUSE_SOURCES")).into_bytes());
        Self {
            extent,
            stream: Seeded::new(seed),
            left: 0,
        }
    }

    fn takes(&mut self) -> bool {
        let taken = match self.extent {
            Extent::Full => true,
            Extent::Partial => return false,
            Extent::Sample(one_in) => self.stream.next().is_multiple_of(one_in.max(1)),
        };
        self.left += usize::from(!taken);
        taken
    }
}
