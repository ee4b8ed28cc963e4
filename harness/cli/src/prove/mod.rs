//! `proofhouse prove`: every case against honest devices, every defect and every blind, in child processes.
//!
//! Each run is a `proofhouse run` like any other, into a folder of its own; its verdicts are folded from its journal.
//! What comes of it all is a `Matrix`, judged and shown by `report`.

mod child;
mod jobs;
mod pool;

pub use child::Order;
pub use jobs::{Job, plan_jobs};

use crate::session::Session;
use jobs::{products_of, promises};
use pool::Pool;
use proofhouse_fixtures::products;
use proofhouse_model::ProvisionId;
use proofhouse_report::matrix::{Blind, Defect, Matrix, Run, complaints};
use proofhouse_runner::Cancel;
use std::time::Instant;

/// What to prove and how.
pub struct Wanted {
    /// How the children are called.
    pub order: Order,
    /// Children at a time.
    pub at_once: usize,
    /// Honest runs.
    pub honest: u32,
    /// Stop at the first complaint: what was not run then is left out.
    pub fail_fast: bool,
    /// Only some cases: what a whole proof would owe is not asked for.
    pub partial: bool,
}

/// Runs everything there is to run. `told` hears of each finished run, with how many are done and how many there are.
#[must_use]
pub fn prove(
    session: &Session,
    wanted: &Wanted,
    cancel: &Cancel,
    told: &mut dyn FnMut(&Run, usize, usize),
) -> Matrix {
    let start = Instant::now();
    let mut matrix = blank(session, wanted.partial);
    let jobs = plan_jobs(session, wanted.honest, wanted.partial);
    let total = jobs.len();
    let mut pool = Pool::start(jobs, &wanted.order, wanted.at_once, cancel);
    while let Some(run) = pool.next() {
        matrix.runs.push(run);
        if let Some(run) = matrix.runs.last() {
            told(run, matrix.runs.len(), total);
        }
        if wanted.fail_fast && matrix.runs.len() < total && spoilt(&matrix) {
            pool.stop();
        }
    }
    matrix.runs.sort_by(|a, b| a.subject.cmp(&b.subject));
    matrix.seconds = start.elapsed().as_secs_f64();
    matrix
}

/// Whether a run that is over already spoils the proof, whatever the others bring.
fn spoilt(matrix: &Matrix) -> bool {
    use proofhouse_report::matrix::Complaint as C;
    let of_a_run = |c: &C| {
        !matches!(
            c,
            C::NothingTried(_)
                | C::PromisesNothing(_)
                | C::KillsNothing(_)
                | C::NotTried(..)
                | C::Survives(_)
        )
    };
    let mut seen = matrix.clone();
    seen.partial = true;
    complaints(&seen).iter().any(of_a_run)
}

fn blank(session: &Session, partial: bool) -> Matrix {
    let mut matrix = Matrix {
        suite: session.plan.suite.clone(),
        at: crate::session::wall_clock(),
        tool: session.plan.tool.clone(),
        partial,
        products: products_of(session)
            .iter()
            .map(|p| p.name.to_owned())
            .collect(),
        known_products: products().iter().map(|p| p.name.to_owned()).collect(),
        cases: promises(session),
        defects: Vec::new(),
        blinds: Vec::new(),
        runs: Vec::new(),
        seconds: 0.0,
    };
    for product in products_of(session) {
        let known = |id: &&'static str| ProvisionId::new(*id).ok();
        matrix
            .defects
            .extend(product.defects.iter().map(|d| Defect {
                name: format!("{}:{}", product.name, d.name),
                summary: d.summary.to_owned(),
                provisions: d.provisions.iter().filter_map(known).collect(),
            }));
        matrix.blinds.extend(product.blinds.iter().map(|b| Blind {
            name: format!("{}:{}", product.name, b.name),
            summary: b.summary.to_owned(),
        }));
    }
    matrix
}
