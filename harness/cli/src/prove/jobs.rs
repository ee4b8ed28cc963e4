//! What there is to run: honest devices, each defect with all cases, each blind with the cases that name it.

use crate::session::Session;
use proofhouse_fixtures::{ProductInfo, products};
use proofhouse_model::CaseId;
use proofhouse_report::matrix::{Promise, Subject};

/// One run to be made.
#[derive(Debug, Clone)]
pub struct Job {
    /// On what.
    pub subject: Subject,
    /// With which cases; none for all that the bench can run.
    pub cases: Vec<CaseId>,
}

/// Virtual products on the bench of a session.
pub fn products_of(session: &Session) -> Vec<&'static ProductInfo> {
    let units = &session.plan.bench.units;
    let made = |p: &&ProductInfo| {
        let mut names = units.iter().filter_map(|u| u.virtual_product.as_deref());
        names.any(|n| n == p.name)
    };
    products().iter().filter(made).collect()
}

/// What the heads of the cases promise: of those planned, and of those the bench cannot run, which are not proved then.
#[must_use]
pub fn promises(session: &Session) -> Vec<Promise> {
    let planned = session.plan.cases.iter().map(|p| &p.case);
    let left_out = session.plan.left_out.iter().filter(|l| !l.by_filter);
    let cases = planned.chain(left_out.map(|l| &l.case));
    let promise = |c: &proofhouse_model::CaseMeta| Promise {
        case: c.id.clone(),
        sha256: c.sha256.clone(),
        caught_on: c.caught_on.clone(),
        undecided_on: c.undecided_on.clone(),
    };
    cases.map(promise).collect()
}

/// Every run of a proof, longest first, so that none is left over at the end. In a partial proof a defect that no
/// chosen case names is left out.
#[must_use]
pub fn plan_jobs(session: &Session, honest: u32, partial: bool) -> Vec<Job> {
    let promises = promises(session);
    let all: Vec<CaseId> = if partial {
        promises.iter().map(|p| p.case.clone()).collect()
    } else {
        Vec::new()
    };
    let naming = |name: &str, of: fn(&Promise) -> &Vec<String>| -> Vec<CaseId> {
        let naming = promises.iter().filter(|p| of(p).iter().any(|n| n == name));
        naming.map(|p| p.case.clone()).collect()
    };
    let (mut long, mut short) = (Vec::new(), Vec::new());
    for product in products_of(session) {
        for number in 1..=honest {
            let product = product.name.to_owned();
            let subject = Subject::Honest { product, number };
            long.push(Job {
                subject,
                cases: all.clone(),
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
