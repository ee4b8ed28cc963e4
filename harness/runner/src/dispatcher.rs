//! The sole authority on order: which task starts when, on which units, and when the run is over.

mod leaving;
mod trial;

use crate::control::UnitControl;
use crate::executor::Executor;
use crate::gate::Gate;
use crate::job::{Job, RunError};
use crate::queue::Queue;
use crate::retry::Attempts;
use crate::syncer::Syncer;
use leaving::Leaving;
use proofhouse_bench::MayBeOn;
use proofhouse_model::event::{CaseEnd, RunEnd};
use proofhouse_model::{Fact, Task, TaskId, Trouble, TroubleKind, UnitName};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use trial::Tried;

/// Stack of a task's thread: scripts nest deeply before the interpreter objects.
const STACK: usize = 16 << 20;

/// How often the end of the run is looked for while tasks run.
const LOOK: Duration = Duration::from_millis(200);

struct Running {
    executor: Arc<Executor>,
}

/// A task whose thread is done: how it ended, and units that are out of service from now on.
struct Ended {
    task: TaskId,
    end: CaseEnd,
    broken: Vec<(UnitName, Trouble)>,
}

struct Dispatcher<'a> {
    job: &'a Job,
    queue: Queue<'a>,
    running: BTreeMap<TaskId, Running>,
    broken: BTreeMap<UnitName, Trouble>,
    leaving: Leaving,
    ended: (Sender<Ended>, Receiver<Ended>),
    tried: (Sender<Tried>, Receiver<Tried>),
    gate: Arc<Gate>,
    attempts: Attempts,
    syncer: Syncer,
}

/// Runs every planned task and brings the bench to its safe state, whatever happens.
///
/// # Errors
/// When the journal cannot be written or a thread cannot be had; the bench is safe then too.
pub fn run(job: &Job) -> Result<RunEnd, RunError> {
    let past = job.past.as_ref();
    let all: Vec<TaskId> = job.plan.here().map(|t| t.id).collect();
    let left = past.map_or(all, |p| p.left(&job.plan));
    let mut dispatcher = Dispatcher {
        job,
        queue: Queue::new(&job.plan.tasks, &left).with_workers(job.workers),
        running: BTreeMap::new(),
        broken: past.map(|p| p.broken.clone()).unwrap_or_default(),
        leaving: Leaving::default(),
        ended: channel(),
        tried: channel(),
        gate: Arc::new(Gate::new(&job.plan.bench, &job.bench.facts())),
        attempts: Attempts::after(past.map(|p| p.made.clone()).unwrap_or_default()),
        syncer: Syncer::start(&job.recorder)?,
    };
    let result = dispatcher.all();
    let may_be_on = job.bench.make_safe();
    let told = dispatcher.tell_of_supplies(may_be_on);
    drop(dispatcher);
    let end = result?;
    told?;
    job.recorder.end(end).map_err(RunError::Stopped)?;
    Ok(end)
}

impl<'a> Dispatcher<'a> {
    fn all(&mut self) -> Result<RunEnd, RunError> {
        self.begin()?;
        for (unit, trouble) in self.broken.clone() {
            self.not_run(&unit, &trouble)?;
        }
        self.see_who_is_taken(&[])?;
        self.start_ready()?;
        while self.job.cancel.reason().is_none() {
            // No unit is waited for that left: what it alone could do is told by now.
            let nothing_waits = self.running.is_empty() && self.queue.is_empty();
            if nothing_waits {
                let until = Instant::now() + self.job.patience.cancelled;
                self.call_off_trials("the run is over", until)?;
                return Ok(RunEnd::Finished);
            }
            self.wait()?;
            self.see_to_units()?;
        }
        self.wind_down()?;
        Ok(match self.job.cancel.is_lost() {
            true => RunEnd::BrokenOff,
            false => RunEnd::Interrupted,
        })
    }

    /// The first words of the journal, or the first after the harness had died.
    fn begin(&mut self) -> Result<(), RunError> {
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
                tasks: past.under_way.clone(),
                open: past.open.iter().map(|o| o.seq).collect(),
            },
        };
        self.record(None, None, first)?;
        for kept in past.iter().flat_map(|p| &p.kept) {
            let (name, blob, size) = (kept.name.clone(), kept.blob.clone(), kept.size);
            self.record(None, None, Fact::Stored { name, blob, size })?;
        }
        if let Some(acted) = past.and_then(|p| p.guard.clone()) {
            self.record(None, None, Fact::GuardActed(acted))?;
        }
        for (unit, fact) in self.job.recorder.take_given() {
            self.record(None, unit.as_ref(), fact)?;
        }
        for (unit, facts) in self.job.bench.facts() {
            self.record(None, Some(&unit), Fact::UnitFacts { facts })?;
        }
        // Whoever takes it up again has seen to them, or they leave again: every case asks them who they are.
        for unit in past.iter().flat_map(|past| past.left.keys()) {
            self.record(None, Some(unit), Fact::UnitJoined { tries: 0 })?;
        }
        match goes_on {
            Some(_) => self.bring_to_rest(),
            None => Ok(()),
        }
    }

    /// Nobody knows how the dead harness left the units: all go off, and one that does not is out of service.
    fn bring_to_rest(&mut self) -> Result<(), RunError> {
        let names = self.job.plan.bench.units.iter().map(|u| u.name.clone());
        let units: Vec<_> = names
            .filter_map(|name| self.job.bench.unit(&name))
            .collect();
        for (unit, trouble) in rest_all(&units) {
            if !self.broken.contains_key(&unit) {
                let fact = Fact::UnitBroken {
                    trouble: trouble.clone(),
                };
                self.record(None, Some(&unit), fact)?;
                self.broken.insert(unit, trouble);
            }
        }
        Ok(())
    }

    /// Starts tasks, and those that come up when one of them is refused. A list and no recursion: thousands may be.
    fn start_all(&mut self, ready: Vec<TaskId>) -> Result<(), RunError> {
        let job = self.job;
        let mut ready = VecDeque::from(ready);
        while let Some(id) = ready.pop_front() {
            let Some(task) = job.plan.task(id) else {
                continue;
            };
            if !self.start(task)? {
                let units = self.queue.units_of(id);
                ready.extend(self.queue.take_ready_of(&units));
            }
        }
        Ok(())
    }

    /// Gives whether it was started.
    fn start(&mut self, task: &'a Task) -> Result<bool, RunError> {
        // Another unit may stand in for one that left.
        let units = self.queue.units_of(task.id);
        let task = &Task {
            units: units.into_iter().cloned().collect(),
            ..task.clone()
        };
        let started = Fact::TaskStarted {
            case: task.case.id.clone(),
            attempt: self.attempts.begin(task.id),
            units: task.units.clone(),
        };
        self.record(Some(task.id), task.units.first(), started)?;
        if task.case.gravest().is_destructive() {
            self.job.recorder.sync().map_err(RunError::Stopped)?;
        }
        let (held, work) = match (self.job.held(task), self.job.work(task)) {
            (Ok(held), Ok(work)) => (held, work),
            (Err(trouble), _) | (_, Err(trouble)) => return self.refuse(task, trouble),
        };
        let executor = Arc::new(Executor::new(
            Arc::clone(&self.job.recorder),
            self.job.cancel.clone(),
            held,
            self.gate.supplies(),
        ));
        let (host, done) = (Arc::clone(&executor), self.ended.0.clone());
        let (id, gate) = (task.id, Arc::clone(&self.gate));
        let (bench, units) = (Arc::clone(&self.job.bench), task.units.clone());
        let spawned = std::thread::Builder::new()
            .name(task.case.id.to_string())
            .stack_size(STACK)
            .spawn(move || {
                let (end, mut broken) = work.carry_out(&gate, &host);
                let turn = host.turn_to_rest();
                broken.extend(rest_all(host.units()));
                drop(turn);
                // Behind the supplies, which no farm holds up.
                let end = unless_lost(end, bench.still_ours(&units), &host);
                // The dispatcher may have left this task behind.
                let _ = done.send(Ended {
                    task: id,
                    end,
                    broken,
                });
            });
        spawned.map_err(|source| RunError::Thread {
            case: task.case.id.to_string(),
            source,
        })?;
        self.running.insert(id, Running { executor });
        Ok(true)
    }

    /// The plan asks for what this harness has not. Its units are free again.
    fn refuse(&mut self, task: &Task, trouble: Trouble) -> Result<bool, RunError> {
        let end = stopped(trouble);
        self.record(Some(task.id), None, Fact::TaskEnded { end })?;
        self.queue.free(task.id);
        Ok(false)
    }

    /// Waits until a task ends, one overruns its grace, or the run is cancelled.
    fn wait(&mut self) -> Result<(), RunError> {
        let grace = self.job.patience.grace;
        let soonest = self
            .running
            .values()
            .map(|r| r.executor.until() + grace)
            .min();
        let left = |at: Instant| at.saturating_duration_since(Instant::now());
        let patience = soonest.map_or(LOOK, left).min(LOOK);
        match self.ended.1.recv_timeout(patience) {
            Ok(ended) => self.finish(ended),
            Err(RecvTimeoutError::Disconnected) => Ok(()),
            Err(RecvTimeoutError::Timeout) => {
                let now = Instant::now();
                let hung = |r: &Running| now >= r.executor.until() + grace;
                let hung = self.running.iter().filter(|(_, r)| hung(r));
                let hung: Vec<TaskId> = hung.map(|(id, _)| *id).collect();
                hung.into_iter().try_for_each(|id| self.leave_behind(id))
            }
        }
    }

    /// Its end is written, the next tasks of its units start, and only then the disk is waited for, elsewhere.
    fn finish(&mut self, ended: Ended) -> Result<(), RunError> {
        let (id, end) = (ended.task, ended.end);
        let Some(running) = self.running.remove(&id) else {
            return Ok(());
        };
        let plan = &self.job.plan;
        let again = self.attempts.again(plan, id, &running.executor, &end);
        let units = self.queue.free(id);
        let leave = self.count(id, &units, &end, &running.executor.unwired());
        let by = trouble_of_bench(&end);
        self.record_end(id, units.first().copied(), end)?;
        // What is begun on another unit takes the place of this attempt, and is none of its own.
        let taken = self.job.bench.taken_back();
        let stays = leave.is_empty() && !taken.iter().any(|(unit, _)| units.contains(&unit));
        if again && ended.broken.is_empty() && stays {
            self.queue.again(id);
        }
        for (unit, trouble) in &ended.broken {
            self.out_of_service(unit, trouble)?;
        }
        let goes_on = self.job.cancel.reason().is_none();
        let fewer = goes_on && self.see_who_leaves(id, &leave, by.as_ref())?;
        if fewer || !ended.broken.is_empty() {
            // What waited for a unit out of service may have held up another unit.
            self.start_ready()?;
        } else if self.job.cancel.reason().is_none() {
            let ready = self.queue.take_ready_of(&units);
            self.start_all(ready)?;
        }
        self.syncer.ask();
        Ok(())
    }

    fn out_of_service(&mut self, unit: &UnitName, trouble: &Trouble) -> Result<(), RunError> {
        let fact = Fact::UnitBroken {
            trouble: trouble.clone(),
        };
        self.record(None, Some(unit), fact)?;
        self.broken.insert(unit.clone(), trouble.clone());
        self.not_run(unit, trouble)
    }

    /// Tasks that wait for a unit out of service are not started on it.
    fn not_run(&mut self, unit: &UnitName, trouble: &Trouble) -> Result<(), RunError> {
        self.leaving.forget(unit);
        let waiting = self.queue.drop_unit(unit);
        let why = format!("{unit} is out of service: {trouble}");
        self.hand_over(unit, waiting, &why)
    }

    /// Starts what can start, on any unit, unless the run is being ended.
    fn start_ready(&mut self) -> Result<(), RunError> {
        if self.job.cancel.reason().is_some() {
            return Ok(());
        }
        let ready = self.queue.take_ready();
        self.start_all(ready)
    }

    /// A task whose thread hangs in a driver: its units are switched off by another way and not used again.
    fn leave_behind(&mut self, id: TaskId) -> Result<(), RunError> {
        let (Some(running), Some(task)) = (self.running.remove(&id), self.job.plan.task(id)) else {
            return Ok(());
        };
        running.executor.give_up();
        let what = format!(
            "case {} did not end {} s after its deadline and was given up",
            task.case.id,
            self.job.patience.grace.as_secs_f64()
        );
        let trouble = Trouble {
            kind: TroubleKind::Bench,
            channel: None,
            what,
            try_next: Some("look at its last op in the journal: that driver hangs".to_owned()),
        };
        let end = stopped(trouble.clone());
        self.record(Some(id), None, Fact::TaskEnded { end })?;
        for unit in self.queue.free(id) {
            self.power_off(unit);
            self.out_of_service(unit, &trouble)?;
        }
        self.start_ready()
    }

    /// Off by a thread of its own: the relay may be what hangs.
    fn power_off(&self, unit: &UnitName) {
        let (bench, unit) = (Arc::clone(&self.job.bench), unit.clone());
        // Without a thread the supply goes off at the end of the run.
        let _ = std::thread::Builder::new().spawn(move || bench.power_off(&unit));
    }

    /// The run was cancelled, which ended every wait: running tasks get a moment, then the devices go off and all is
    /// written down.
    fn wind_down(&mut self) -> Result<(), RunError> {
        let why = self.job.cancel.reason().unwrap_or_default();
        let until = Instant::now() + self.job.patience.cancelled;
        while !self.running.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            match self.ended.1.recv_timeout(left) {
                Ok(ended) => self.finish(ended)?,
                Err(_) => break,
            }
        }
        for (id, running) in std::mem::take(&mut self.running) {
            running.executor.give_up();
            self.queue.free(id).iter().for_each(|u| self.power_off(u));
            let what = format!("{why}; the case did not stop by itself");
            let end = stopped(Trouble {
                kind: TroubleKind::Cancelled,
                channel: None,
                what,
                try_next: None,
            });
            self.record(Some(id), None, Fact::TaskEnded { end })?;
        }
        self.call_off_trials(&why, until)?;
        for id in self.queue.waiting() {
            let why = why.clone();
            self.record(Some(id), None, Fact::TaskNotRun { why })?;
        }
        Ok(())
    }

    /// How a task ended, or in its place that what its script said of that does not fit into the journal.
    fn record_end(
        &self,
        id: TaskId,
        unit: Option<&UnitName>,
        end: CaseEnd,
    ) -> Result<(), RunError> {
        let fact = Fact::TaskEnded { end };
        match self.job.recorder.record(Some(id), unit, fact) {
            Err(unfit) if unfit.kind == TroubleKind::Case => {
                let end = stopped(unfit);
                self.record(Some(id), unit, Fact::TaskEnded { end })
            }
            done => done.map(drop).map_err(RunError::Stopped),
        }
    }

    /// Supplies that may still be on, and what the guard did by itself.
    fn tell_of_supplies(&self, may_be_on: Vec<MayBeOn>) -> Result<(), RunError> {
        if let Some(acted) = self.job.bench.guard_acted() {
            self.record(None, None, Fact::GuardActed(acted))?;
        }
        may_be_on.into_iter().try_for_each(|MayBeOn { unit, why }| {
            self.record(None, Some(&unit), Fact::MayBeOn { trouble: why })
        })
    }

    fn record(
        &self,
        task: Option<TaskId>,
        unit: Option<&UnitName>,
        fact: Fact,
    ) -> Result<(), RunError> {
        let done = self.job.recorder.record(task, unit, fact);
        done.map(drop).map_err(RunError::Stopped)
    }
}

/// Brings units to rest, side by side: a slow relay costs its own time and no other's.
fn rest_all(units: &[Arc<dyn UnitControl>]) -> Vec<(UnitName, Trouble)> {
    let rest = |unit: &Arc<dyn UnitControl>| unit.rest().err().map(|t| (unit.name().clone(), t));
    if let [one] = units {
        return rest(one).into_iter().collect();
    }
    std::thread::scope(|scope| {
        let all: Vec<_> = units.iter().map(|u| scope.spawn(move || rest(u))).collect();
        all.into_iter()
            .filter_map(|t| t.join().ok().flatten())
            .collect()
    })
}

/// How a case ended whose units may have been somebody else's meanwhile: what it found is taken back. What the bench or
/// the run's end had stopped already keeps that end.
fn unless_lost(end: CaseEnd, looked: Result<(), Trouble>, executor: &Executor) -> CaseEnd {
    let Err(lost) = looked else {
        return end;
    };
    if let Err(unwritten) = executor.void_findings(&lost) {
        return stopped(unwritten);
    }
    match end {
        CaseEnd::Stopped { trouble, place } if !trouble.kind.is_device() => {
            CaseEnd::Stopped { trouble, place }
        }
        _ => stopped(lost),
    }
}

/// The trouble of the bench, or the call from outside, that ended a case.
fn trouble_of_bench(end: &CaseEnd) -> Option<Trouble> {
    match end {
        CaseEnd::Stopped { trouble, .. }
            if matches!(trouble.kind, TroubleKind::Bench | TroubleKind::Cancelled) =>
        {
            Some(trouble.clone())
        }
        _ => None,
    }
}

fn stopped(trouble: Trouble) -> CaseEnd {
    CaseEnd::Stopped {
        trouble,
        place: None,
    }
}

#[cfg(test)]
mod tests;
