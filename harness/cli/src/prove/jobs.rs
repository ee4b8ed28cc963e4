//! What there is to run: honest devices, each defect with all cases, each blind with the cases that name it.

use crate::session::Session;
use proofhouse_fixtures::{ProductInfo, products};
use proofhouse_model::{CaseId, CaseMeta};
use proofhouse_report::matrix::{Promise, Subject};
use std::collections::BTreeSet;

/// One run to be made.
#[derive(Debug, Clone)]
pub struct Job {
    /// On what.
    pub subject: Subject,
    /// With which cases; none for all that the bench can run.
    pub cases: Vec<CaseId>,
}

/// Virtual products of a session's plan.
pub fn products_of(session: &Session) -> Vec<&'static ProductInfo> {
    let planned = |p: &&ProductInfo| {
        let mut names = session.plan.products.keys();
        names.any(|n| n.as_str() == p.name)
    };
    products().iter().filter(planned).collect()
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
            caught_on: case.caught_on.clone(),
            undecided_on: case.undecided_on.clone(),
            runs_on: runs_on.into_iter().collect(),
        }
    };
    cases.into_values().map(promise).collect()
}

/// Every run of a proof, longest first, so that none is left over at the end. In a partial proof a defect that no
/// chosen case names is left out.
#[must_use]
pub fn plan_jobs(session: &Session, honest: u32, partial: bool) -> Vec<Job> {
    let promises = promises(session);
    let all = |product: &str| -> Vec<CaseId> {
        let runs = promises
            .iter()
            .filter(|p| p.runs_on.iter().any(|r| r == product));
        let runs = runs.filter(|_| partial);
        runs.map(|p| p.case.clone()).collect()
    };
    let naming = |name: &str, of: fn(&Promise) -> &Vec<String>| -> Vec<CaseId> {
        let naming = promises.iter().filter(|p| of(p).iter().any(|n| n == name));
        naming.map(|p| p.case.clone()).collect()
    };
    let (mut long, mut short) = (Vec::new(), Vec::new());
    for product in products_of(session) {
        let chosen = all(product.name);
        // Of the chosen cases none runs on it.
        let honest = if partial && chosen.is_empty() {
            0
        } else {
            honest
        };
        for number in 1..=honest {
            let product = product.name.to_owned();
            let subject = Subject::Honest { product, number };
            long.push(Job {
                subject,
                cases: chosen.clone(),
            });
        }
        for defect in product.defects {
            let name = format!("{}:{}", product.name, defect.name);
            let named = naming(&name, |p| &p.caught_on);
            if !partial {
                long.push(Job {
                    subject: Subject::Defect(name),
                    cases: Vec::new(),
                });
            } else if !named.is_empty() {
                long.push(Job {
                    subject: Subject::Defect(name),
                    cases: named,
                });
            }
        }
        for blind in product.blinds {
            let name = format!("{}:{}", product.name, blind.name);
            let cases = naming(&name, |p| &p.undecided_on);
            if !cases.is_empty() {
                short.push(Job {
                    subject: Subject::Blind(name),
                    cases,
                });
            }
        }
    }
    long.extend(short);
    long
}
