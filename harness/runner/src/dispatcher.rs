//! The sole authority on order: which case starts when, on which units, and when the run is over.

use crate::executor::Executor;
use crate::gate::Gate;
use crate::past::Past;
use crate::recorder::Recorder;
use crate::retry::Attempts;
use proofhouse_bench::{Bench, Cancel};
use proofhouse_model::event::{CaseEnd, RunEnd};
use proofhouse_model::{CaseId, Fact, Plan, PlannedCase, Trouble, TroubleKind, UnitName};
use proofhouse_script::{Case, DeviceScript, run_case};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How long a case may overrun its deadline before its thread is left behind.
const GRACE: Duration = Duration::from_secs(15);

/// How long running cases get to end by themselves once the run is cancelled.
const CANCEL_GRACE: Duration = Duration::from_secs(3);

/// Stack of a case's thread: scripts nest deeply before the interpreter objects.
const STACK: usize = 16 << 20;

/// Everything a run needs; all of it decided and checked before.
pub struct Job {
    /// What to run.
    pub plan: Arc<Plan>,
    /// SHA-256 of plan.json, the first thing the journal says.
    pub plan_hash: String,
    /// The cases of the suite, by id.
    pub cases: BTreeMap<CaseId, Arc<Case>>,
    /// The profile's device script.
    pub device: Option<Arc<DeviceScript>>,
    /// The opened bench.
    pub bench: Arc<Bench>,
    /// The journal.
    pub recorder: Arc<Recorder>,
    /// Ends the run in order when set.
    pub cancel: Cancel,
    /// Name of the bench PC.
    pub host: String,
    /// What the journal already says, when the run goes on after its harness had died.
    pub past: Option<Past>,
}

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The journal or the machine refused.
    #[error("{0}")]
    Stopped(Trouble),
    /// The machine gave no thread.
    #[error("cannot start a thread for case {case}: {source}")]
    Thread {
        /// The case.
        case: CaseId,
        /// What the machine said.
        source: std::io::Error,
    },
}

struct Running {
    planned: PlannedCase,
    executor: Arc<Executor>,
}

/// A case whose thread is done, how it ended, and the unit that turned out to be another one.
type Ended = (CaseId, CaseEnd, Option<UnitName>);

struct Dispatcher<'a> {
    job: &'a Job,
    running: BTreeMap<CaseId, Running>,
    busy: BTreeSet<UnitName>,
    broken: BTreeMap<UnitName, Trouble>,
    ended: (Sender<Ended>, Receiver<Ended>),
    gate: Arc<Gate>,
    attempts: Attempts,
    /// Cases to be tried again, before those that have not been tried.
    again: Vec<PlannedCase>,
}

/// Runs every planned case and brings the bench to its safe state, whatever happens.
///
/// # Errors
/// When the journal cannot be written or a thread cannot be had; the bench is safe then too.
pub fn run(job: &Job) -> Result<RunEnd, RunError> {
    let mut dispatcher = Dispatcher {
        job,
        running: BTreeMap::new(),
        busy: BTreeSet::new(),
        broken: job
            .past
            .as_ref()
            .map(|p| p.broken.clone())
            .unwrap_or_default(),
        ended: channel(),
        gate: Arc::new(Gate::new(&job.plan.bench, &job.bench.facts())),
        attempts: Attempts::after(
            job.past
                .as_ref()
                .map(|p| p.made.clone())
                .unwrap_or_default(),
        ),
        again: Vec::new(),
    };
    let result = dispatcher.all();
    job.bench.make_safe();
    let end = result?;
    job.recorder.end(end).map_err(RunError::Stopped)?;
    Ok(end)
}

impl Dispatcher<'_> {
    fn all(&mut self) -> Result<RunEnd, RunError> {
        let mut pending = self.begin()?;
        while self.job.cancel.reason().is_none() {
            pending.splice(0..0, self.again.drain(..));
            pending = self.start_what_can(pending)?;
            if self.running.is_empty() && pending.is_empty() && self.again.is_empty() {
                return Ok(RunEnd::Finished);
            }
            self.wait()?;
        }
        self.wind_down(&pending)?;
        Ok(RunEnd::Interrupted)
    }

    /// The first words of the journal, or the first after the harness had died; gives what is to be run.
    fn begin(&mut self) -> Result<Vec<PlannedCase>, RunError> {
        let (plan, host) = (&self.job.plan, self.job.host.clone());
        let past = self.job.past.as_ref();
        let goes_on = past.filter(|p| !p.blank);
        let first = match goes_on {
            None => Fact::RunStarted {
                plan: self.job.plan_hash.clone(),
                tool: plan.tool.clone(),
                seed: plan.seed,
                host,
            },
            Some(past) => Fact::RunResumed {
                tool: env!("CARGO_PKG_VERSION").to_owned(),
                host,
                cases: past.under_way.clone(),
                open: past.open.iter().map(|o| o.seq).collect(),
            },
        };
        self.tell(None, None, first)?;
        for kept in past.iter().flat_map(|p| &p.kept) {
            let (name, blob, size) = (kept.name.clone(), kept.blob.clone(), kept.size);
            self.tell(None, None, Fact::Stored { name, blob, size })?;
        }
        for (unit, facts) in self.job.bench.facts() {
            self.tell(None, Some(&unit), Fact::UnitFacts { facts })?;
        }
        if goes_on.is_some() {
            self.bring_to_rest()?;
        }
        Ok(past.map_or_else(|| plan.cases.clone(), |p| p.left(plan)))
    }

    /// Nobody knows how the dead harness left the units: all go off, and one that does not is out of service.
    fn bring_to_rest(&mut self) -> Result<(), RunError> {
        for spec in &self.job.plan.bench.units {
            let handle = self.job.bench.unit(&spec.name);
            let Some(Err(trouble)) = handle.map(|unit| unit.rest()) else {
                continue;
            };
            if !self.broken.contains_key(&spec.name) {
                let fact = Fact::UnitBroken {
                    trouble: trouble.clone(),
                };
                self.tell(None, Some(&spec.name), fact)?;
                self.broken.insert(spec.name.clone(), trouble);
            }
        }
        Ok(())
    }

    /// Starts every case whose units are free and not awaited by an earlier one; returns the others.
    fn start_what_can(&mut self, cases: Vec<PlannedCase>) -> Result<Vec<PlannedCase>, RunError> {
        let mut awaited: BTreeSet<UnitName> = BTreeSet::new();
        let mut later = Vec::new();
        for planned in cases {
            if let Some((unit, trouble)) = planned
                .units
                .iter()
                .find_map(|u| self.broken.get_key_value(u))
            {
                let why = format!("{unit} is out of service: {trouble}");
                self.tell(Some(&planned.case.id), None, Fact::CaseNotRun { why })?;
                continue;
            }
            let taken = |u: &UnitName| self.busy.contains(u) || awaited.contains(u);
            if planned.units.iter().any(taken) {
                awaited.extend(planned.units.iter().cloned());
                later.push(planned);
            } else {
                self.start(planned)?;
            }
        }
        Ok(later)
    }

    fn start(&mut self, planned: PlannedCase) -> Result<(), RunError> {
        let id = planned.case.id.clone();
        let units = planned.units.clone();
        let attempt = self.attempts.begin(&id);
        self.tell(
            Some(&id),
            units.first(),
            Fact::CaseStarted {
                attempt,
                units: units.clone(),
            },
        )?;
        if planned.case.gravest().is_destructive() {
            self.job.recorder.sync().map_err(RunError::Stopped)?;
        }
        let Some(case) = self.job.cases.get(&id).cloned() else {
            let trouble = Trouble::case(format!("the suite has no case {id} any more"));
            return self.tell(
                Some(&id),
                None,
                Fact::CaseEnded {
                    end: stopped(trouble),
                },
            );
        };
        let executor = Arc::new(Executor::new(
            Arc::clone(&self.job.recorder),
            self.job.cancel.clone(),
            planned.case.clone(),
            units
                .iter()
                .filter_map(|u| self.job.bench.unit(u))
                .collect(),
            Arc::new(self.job.plan.profile.clone()),
            self.job.plan.seed,
            self.gate.supplies(),
        ));
        let (device, gate) = (self.job.device.clone(), Arc::clone(&self.gate));
        let meta = planned.case.clone();
        let (host, done, name) = (Arc::clone(&executor), self.ended.0.clone(), id.clone());
        let spawned = std::thread::Builder::new()
            .name(id.to_string())
            .stack_size(STACK)
            .spawn(move || {
                let (end, broken) = match gate.pass(&host, &meta, device.as_deref()) {
                    Ok(()) => (run_case(&case, device.as_deref(), host), None),
                    Err(shut) => (stopped(shut.trouble), shut.broken),
                };
                // The dispatcher may have left this case behind.
                let _ = done.send((name, end, broken));
            });
        spawned.map_err(|source| RunError::Thread {
            case: id.clone(),
            source,
        })?;
        self.busy.extend(units);
        self.running.insert(id, Running { planned, executor });
        Ok(())
    }

    /// Waits until a case ends, one overruns its grace, or the run is cancelled.
    fn wait(&mut self) -> Result<(), RunError> {
        let soonest = self
            .running
            .values()
            .map(|r| r.executor.until() + GRACE)
            .min();
        let patience = soonest
            .map_or(Duration::ZERO, |at| {
                at.saturating_duration_since(Instant::now())
            })
            .min(Duration::from_millis(200));
        match self.ended.1.recv_timeout(patience) {
            Ok((id, end, broken)) => self.finish(&id, end, broken),
            Err(RecvTimeoutError::Disconnected) => Ok(()),
            Err(RecvTimeoutError::Timeout) => {
                let now = Instant::now();
                let hung: Vec<CaseId> = self
                    .running
                    .iter()
                    .filter(|(_, r)| now >= r.executor.until() + GRACE)
                    .map(|(id, _)| id.clone())
                    .collect();
                hung.into_iter().try_for_each(|id| self.leave_behind(&id))
            }
        }
    }

    /// Teardown of a case: its units come to rest, its end is written and on disk.
    fn finish(
        &mut self,
        id: &CaseId,
        end: CaseEnd,
        other: Option<UnitName>,
    ) -> Result<(), RunError> {
        let Some(running) = self.running.remove(id) else {
            return Ok(());
        };
        let mut rest = Vec::new();
        for unit in &running.planned.units {
            self.busy.remove(unit);
            if let Some(handle) = self.job.bench.unit(unit) {
                let rested = handle.rest();
                rest.extend(rested.err().map(|t| (unit.clone(), t)));
            }
        }
        if let (Some(unit), CaseEnd::Stopped { trouble, .. }) = (other, &end) {
            rest.push((unit, trouble.clone()));
        }
        let again = self
            .attempts
            .again(&self.job.plan, id, &running.executor, &end);
        self.tell(
            Some(id),
            running.planned.units.first(),
            Fact::CaseEnded { end },
        )?;
        if again && rest.is_empty() {
            self.again.push(running.planned);
        }
        for (unit, trouble) in rest {
            self.tell(
                None,
                Some(&unit),
                Fact::UnitBroken {
                    trouble: trouble.clone(),
                },
            )?;
            self.broken.insert(unit, trouble);
        }
        self.job.recorder.sync().map_err(RunError::Stopped)
    }

    /// A case whose thread hangs in a driver: its units are switched off by another way and not used again.
    fn leave_behind(&mut self, id: &CaseId) -> Result<(), RunError> {
        let Some(running) = self.running.remove(id) else {
            return Ok(());
        };
        running.executor.give_up();
        let what = format!(
            "case {id} did not end {} s after its deadline and was given up",
            GRACE.as_secs()
        );
        let trouble = Trouble {
            kind: TroubleKind::Bench,
            channel: None,
            what,
            try_next: Some("look at its last op in the journal: that driver hangs".to_owned()),
        };
        self.tell(
            Some(id),
            None,
            Fact::CaseEnded {
                end: stopped(trouble.clone()),
            },
        )?;
        for unit in &running.planned.units {
            self.job.bench.power_off(unit);
            self.tell(
                None,
                Some(unit),
                Fact::UnitBroken {
                    trouble: trouble.clone(),
                },
            )?;
            self.busy.remove(unit);
            self.broken.insert(unit.clone(), trouble.clone());
        }
        Ok(())
    }

    /// The run was cancelled, which ended every wait: running cases get a moment, then the devices go off and all is
    /// written down.
    fn wind_down(&mut self, pending: &[PlannedCase]) -> Result<(), RunError> {
        let why = self.job.cancel.reason().unwrap_or_default();
        let until = Instant::now() + CANCEL_GRACE;
        while !self.running.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            match self.ended.1.recv_timeout(left) {
                Ok((id, end, broken)) => self.finish(&id, end, broken)?,
                Err(_) => break,
            }
        }
        let hung: Vec<CaseId> = self.running.keys().cloned().collect();
        for id in hung {
            if let Some(running) = self.running.remove(&id) {
                running.executor.give_up();
                running
                    .planned
                    .units
                    .iter()
                    .for_each(|u| self.job.bench.power_off(u));
            }
            let trouble = Trouble {
                kind: TroubleKind::Cancelled,
                channel: None,
                what: why.clone(),
                try_next: None,
            };
            self.tell(
                Some(&id),
                None,
                Fact::CaseEnded {
                    end: stopped(trouble),
                },
            )?;
        }
        for planned in pending {
            self.tell(
                Some(&planned.case.id),
                None,
                Fact::CaseNotRun { why: why.clone() },
            )?;
        }
        Ok(())
    }

    fn tell(
        &self,
        case: Option<&CaseId>,
        unit: Option<&UnitName>,
        fact: Fact,
    ) -> Result<(), RunError> {
        self.job
            .recorder
            .record(case, unit, fact)
            .map(drop)
            .map_err(RunError::Stopped)
    }
}

fn stopped(trouble: Trouble) -> CaseEnd {
    CaseEnd::Stopped {
        trouble,
        place: None,
    }
}
