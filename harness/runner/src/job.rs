//! What a run is given: everything decided, checked and opened before.

use crate::control::BenchControl;
use crate::executor::{Executor, Held};
use crate::gate::Gate;
use crate::past::Past;
use crate::recorder::Recorder;
use proofhouse_bench::Cancel;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::{
    CaseId, CaseMeta, Finding, Plan, ProductId, Profile, Task, Trouble, TroubleKind, UnitName,
};
use proofhouse_script::{Case, DeviceScript, Host, run_case};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// The body of a case.
pub trait CaseBody: Send + Sync {
    /// Runs it to its end against a host, with the device script of the product it holds.
    fn run(&self, device: Option<&DeviceScript>, host: Arc<dyn Host>) -> CaseEnd;
}

impl CaseBody for Case {
    fn run(&self, device: Option<&DeviceScript>, host: Arc<dyn Host>) -> CaseEnd {
        run_case(self, device, host)
    }
}

/// A product of the run.
#[derive(Clone)]
pub struct RunProduct {
    /// What its maker says of it.
    pub profile: Arc<Profile>,
    /// Its device script.
    pub device: Option<Arc<DeviceScript>>,
}

/// How long a task that does not end is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long it may overrun its deadline before its thread is left behind.
    pub grace: Duration,
    /// How long running tasks get to end by themselves once the run is cancelled.
    pub cancelled: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(15),
            cancelled: Duration::from_secs(3),
        }
    }
}

/// Everything a run needs; all of it decided and checked before.
pub struct Job {
    /// What to run.
    pub plan: Arc<Plan>,
    /// SHA-256 of plan.json, the first thing the journal says.
    pub plan_hash: String,
    /// The cases of the suite, by name.
    pub cases: BTreeMap<CaseId, Arc<dyn CaseBody>>,
    /// The products of the plan.
    pub products: BTreeMap<ProductId, RunProduct>,
    /// The opened bench.
    pub bench: Arc<dyn BenchControl>,
    /// The journal.
    pub recorder: Arc<Recorder>,
    /// Ends the run in order when set.
    pub cancel: Cancel,
    /// Name of the bench PC.
    pub host: String,
    /// What the journal already says, when the run goes on after its harness had died.
    pub past: Option<Past>,
    /// Most tasks at a time; `None` for as many as there are units.
    pub workers: Option<NonZeroUsize>,
    /// How long a task that does not end is waited for.
    pub patience: Patience,
}

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The journal or the machine refused.
    #[error("{0}")]
    Stopped(Trouble),
    /// The machine gave no thread.
    #[error("cannot start a thread for {case}: {source}")]
    Thread {
        /// What it was for.
        case: String,
        /// What the machine said.
        source: std::io::Error,
    },
}

/// What the thread of a task does.
pub(crate) struct Work {
    body: Arc<dyn CaseBody>,
    device: Option<Arc<DeviceScript>>,
    case: Arc<CaseMeta>,
}

impl Work {
    /// The gate, then the case, then the gate again. Gives how it ended and the unit that turned out to be another one.
    pub fn carry_out(
        &self,
        gate: &Gate,
        executor: &Arc<Executor>,
    ) -> (CaseEnd, Vec<(UnitName, Trouble)>) {
        let device = self.device.as_deref();
        let passed = gate.pass(executor, &self.case, device);
        match passed.and_then(|()| Ok(executor.script_begins()?)) {
            Ok(()) => {
                let host: Arc<dyn Host> = Arc::<Executor>::clone(executor);
                let end = self.body.run(device, host);
                (self.afterwards(gate, executor, end), Vec::new())
            }
            Err(refusal) => {
                let broken = refusal.broken.map(|unit| (unit, refusal.trouble.clone()));
                (stopped(refusal.trouble), broken.into_iter().collect())
            }
        }
    }
}

impl Work {
    /// What a case found on a unit that is another one by its end, or another item, or over a wire that lost something
    /// on the way, is nobody's: it is taken back. A case that did not come to its end shows nothing, so its units are
    /// asked only where it refuted something.
    fn afterwards(&self, gate: &Gate, executor: &Arc<Executor>, end: CaseEnd) -> CaseEnd {
        let refuted = || {
            let made = executor.checks_made();
            made.iter().any(|check| check.finding == Finding::Refuted)
        };
        if is_called_off(&end) || end != CaseEnd::Complete && !refuted() {
            return end;
        }
        let device = self.device.as_deref();
        let over = executor.script_ended();
        let same = over.and_then(|()| gate.afterwards(executor, &self.case, device));
        let Err(trouble) = same.and_then(|()| executor.wires_agree()) else {
            return end;
        };
        if trouble.kind == TroubleKind::Cancelled {
            // Nobody was asked to the end: what was refuted stands, and nothing is shown.
            return stopped(trouble);
        }
        match executor.void_findings(&trouble) {
            Ok(()) => stopped(trouble),
            Err(unwritten) => stopped(unwritten),
        }
    }
}

/// Whether somebody ended the run meanwhile.
fn is_called_off(end: &CaseEnd) -> bool {
    matches!(end, CaseEnd::Stopped { trouble, .. } if trouble.kind == TroubleKind::Cancelled)
}

const fn stopped(trouble: Trouble) -> CaseEnd {
    CaseEnd::Stopped {
        trouble,
        place: None,
    }
}

impl Job {
    pub(crate) fn product(&self, task: &Task) -> Result<&RunProduct, Trouble> {
        let found = self.products.get(&task.product);
        found.ok_or_else(|| Trouble::case(format!("there is no profile of {}", task.product)))
    }

    pub(crate) fn held(&self, task: &Task) -> Result<Held, Trouble> {
        let units = task.units.iter();
        Ok(Held {
            task: task.id,
            case: Arc::clone(&task.case),
            units: units.filter_map(|u| self.bench.unit(u)).collect(),
            profile: Arc::clone(&self.product(task)?.profile),
            seed: self.plan.seed,
        })
    }

    pub(crate) fn work(&self, task: &Task) -> Result<Work, Trouble> {
        let id = &task.case.id;
        let body = self.cases.get(id).map(Arc::clone);
        let body =
            body.ok_or_else(|| Trouble::case(format!("the suite has no case {id} any more")))?;
        Ok(Work {
            body,
            device: self.product(task)?.device.clone(),
            case: Arc::clone(&task.case),
        })
    }
}
