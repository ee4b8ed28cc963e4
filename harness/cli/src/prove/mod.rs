//! `proofhouse prove`: every case against honest devices, every defect and every blind, in child processes.
//!
//! Each run is a `proofhouse run` like any other, into a folder of its own; its verdicts are folded from its journal,
//! and it is judged again from that alone. What comes of it all is a `Matrix`, judged and shown by `report`.

mod cells;
mod child;
mod jobs;
mod judges;
mod pool;
mod statements;

pub use cells::Cells;
pub use child::Order;
pub use jobs::{Extent, Job, plan_jobs};

use crate::at_once::AtOnce;
use crate::session::Session;
use crate::virtuals;
pub use jobs::products_of;
use jobs::promises;
use judges::Judges;
use pool::Pool;
use proofhouse_model::{ProvisionId, Verdict};
use proofhouse_report::matrix::{
    Blind, Defect, Desk, Matrix, Promise, Run, Seen, Subject, complaints,
};
use proofhouse_runner::Cancel;
pub use statements::review;
use std::sync::Arc;
use std::time::Instant;

/// What to prove and how.
pub struct Wanted {
    /// How the children are called.
    pub order: Order,
    /// Children at a time.
    pub at_once: Arc<AtOnce>,
    /// Honest runs.
    pub honest: u32,
    /// Stop at the first complaint: what was not run then is left out.
    pub fail_fast: bool,
    /// Which cells are tried.
    pub extent: Extent,
    /// What the desk review made of the broken statements, where they are tried.
    pub desk: Option<Desk>,
}

/// Runs everything there is to run and is not known. `progress` hears of each finished run, with how many are done and
/// how many there are.
#[must_use]
pub fn prove(
    session: &Session,
    wanted: &Wanted,
    cells: &mut Cells,
    cancel: &Cancel,
    progress: &mut dyn FnMut(&Run, usize, usize),
) -> Matrix {
    let start = Instant::now();
    let mut matrix = blank(session, wanted.extent);
    matrix.desk.clone_from(&wanted.desk);
    let (mut jobs, left) = plan_jobs(session, wanted.honest, wanted.extent);
    matrix.left = left;
    jobs.iter_mut().for_each(|job| cells.take(job));
    let (known, jobs): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(|j| j.cases.is_empty());
    matrix.runs.extend(known.into_iter().map(known_run));
    let (before, total) = (matrix.runs.len(), jobs.len());
    let judges = Arc::new(Judges::of(session));
    let mut pool = Pool::start(jobs, (&wanted.order, &judges), &wanted.at_once, cancel);
    while let Some(run) = pool.next() {
        cells.keep(&run, |seen| is_good(&matrix, &run.subject, seen));
        matrix.runs.push(run);
        let done = matrix.runs.len() - before;
        if let Some(run) = matrix.runs.last() {
            progress(run, done, total);
        }
        if wanted.fail_fast && done < total && spoilt(&matrix) {
            pool.stop();
        }
    }
    matrix.runs.sort_by(|a, b| a.subject.cmp(&b.subject));
    matrix.seconds = start.elapsed().as_secs_f64();
    matrix
}

/// A run of which every cell is known.
fn known_run(job: Job) -> Run {
    let mut run = Run {
        subject: job.subject,
        cases: Vec::new(),
        exit: Some(0),
        trouble: None,
        otherwise: Vec::new(),
        seconds: 0.0,
    };
    child::add_kept(&mut run, job.kept);
    run
}

/// Whether a cell came out as it has to, so that it need not be looked at again.
fn is_good(matrix: &Matrix, subject: &Subject, seen: &Seen) -> bool {
    let promise = matrix.cases.iter().find(|p| p.case == seen.case);
    let promised = |names: fn(&Promise) -> &Vec<String>, name: &String| {
        promise.is_some_and(|p| names(p).contains(name))
    };
    match subject {
        Subject::Honest { .. } => seen.verdict == Some(Verdict::Pass),
        Subject::Defect(name) => {
            let breaks = matrix.defects.iter().find(|d| &d.name == name);
            let related = |p: &ProvisionId| breaks.is_some_and(|d| d.provisions.contains(p));
            seen.failed.iter().all(related)
                && (!promised(|p| &p.caught_on, name) || seen.verdict == Some(Verdict::Fail))
        }
        // Trouble of the bench is no word of the case: it is looked at again.
        Subject::Blind(_) => matches!(seen.verdict, None | Some(Verdict::Inconclusive)),
    }
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

/// Products of which cases may promise something: of the bench, of ours, and of the strangers beside them.
fn known_products(session: &Session) -> Vec<String> {
    let of_bench = session.virtuals.iter().map(|v| v.name.clone());
    let ours = virtuals::ours().into_iter().map(|v| v.name);
    let strangers = proofhouse_fixtures::STRANGERS.iter().copied();
    let all = of_bench.chain(ours).chain(strangers.map(str::to_owned));
    all.collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect()
}

fn blank(session: &Session, extent: Extent) -> Matrix {
    let mut matrix = Matrix {
        suite: session.plan.suite.clone(),
        at: crate::session::wall_clock(),
        tool: session.plan.tool.clone(),
        partial: extent == Extent::Partial,
        left: 0,
        products: products_of(session)
            .iter()
            .map(|p| p.name.clone())
            .collect(),
        known_products: known_products(session),
        cases: promises(session),
        defects: Vec::new(),
        blinds: Vec::new(),
        runs: Vec::new(),
        desk: None,
        seconds: 0.0,
    };
    for product in products_of(session) {
        let known = |id: &String| ProvisionId::new(id).ok();
        matrix.defects.extend(product.defects.iter().map(|d| {
            Defect {
                name: format!("{}:{}", product.name, d.name),
                summary: d.summary.clone(),
                provisions: d.provisions.iter().filter_map(known).collect(),
                unseen: d
                    .unseen
                    .iter()
                    .filter_map(|(id, why)| Some((known(id)?, why.clone())))
                    .collect(),
            }
        }));
        matrix.blinds.extend(product.blinds.iter().map(|b| Blind {
            name: format!("{}:{}", product.name, b.name),
            summary: b.summary.clone(),
        }));
    }
    matrix
}
