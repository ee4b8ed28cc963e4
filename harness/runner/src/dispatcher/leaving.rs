//! Units that leave a run while it goes on: when they do, and who goes on with their tasks.

use super::{Dispatcher, Running};
use crate::executor::Executor;
use crate::job::RunError;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::{
    Channel, Fact, LeftBecause, TaskId, Trouble, TroubleKind, UnitName, UnitSpec,
};
use proofhouse_script::Host;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

/// Who left, and who may be about to.
#[derive(Default)]
pub(super) struct Leaving {
    /// Of each unit, the cases in a row that ended because its wires did not answer.
    in_a_row: BTreeMap<UnitName, Vec<TaskId>>,
    /// Tasks that a unit left for. Where the next one fails at them too, it may be the case.
    blamed: BTreeSet<TaskId>,
    pub(super) gone: BTreeMap<UnitName, Gone>,
    /// Units that their farm took back while a case is on them.
    taken: BTreeMap<UnitName, Trouble>,
    /// Tasks that no unit could do which was there; one that comes back may.
    pub(super) not_run: BTreeSet<TaskId>,
}

/// A unit that left.
pub(super) struct Gone {
    /// When it is tried again; never where its place is somebody else's.
    pub(super) next: Option<Instant>,
    pub(super) tries: u32,
    /// Of which wire the trouble was that it left for.
    pub(super) wire: Option<Channel>,
    /// It is being tried.
    pub(super) trial: Option<Arc<Executor>>,
}

impl Gone {
    fn new(next: Option<Instant>, wire: Option<Channel>) -> Self {
        Self {
            next,
            tries: 0,
            wire,
            trial: None,
        }
    }
}

impl Leaving {
    /// A unit is out of service, which is more than to have left.
    pub(super) fn forget(&mut self, unit: &UnitName) {
        self.in_a_row.remove(unit);
        self.gone.remove(unit);
        self.taken.remove(unit);
    }
}

impl<'a> Dispatcher<'a> {
    /// Whether a unit takes no tasks now.
    pub(super) fn is_out(&self, unit: &UnitName) -> bool {
        self.broken.contains_key(unit) || self.leaving.gone.contains_key(unit)
    }

    /// Counts the cases in a row that ended because a wire of a unit did not answer; gives the units of which that is
    /// enough. The last one of its product stays: cases that do not use that wire are better carried out than not.
    pub(super) fn count(
        &mut self,
        id: TaskId,
        units: &[&'a UnitName],
        end: &CaseEnd,
        unwired: &[UnitName],
    ) -> Vec<&'a UnitName> {
        let job = self.job;
        let plan = &job.plan;
        let most = usize::try_from(plan.bench.patient.leave_after).unwrap_or(usize::MAX);
        let is_new = !self.leaving.blamed.contains(&id);
        let is_bench =
            matches!(end, CaseEnd::Stopped { trouble, .. } if trouble.kind == TroubleKind::Bench);
        let mut enough: Vec<&'a UnitName> = Vec::new();
        for unit in units {
            let row = self.leaving.in_a_row.entry((*unit).clone()).or_default();
            match (is_bench, unwired.contains(unit)) {
                (true, true) if is_new => row.push(id),
                // Another one's trouble says nothing of this unit.
                (true, _) => {}
                (false, _) => row.clear(),
            }
            let is_enough = row.len() >= most && plan.lets_units_leave();
            if is_enough && self.has_another(id, unit, &enough) {
                enough.push(unit);
            }
        }
        enough
    }

    /// Whether another unit of a task's product is in the run, and not about to leave it.
    fn has_another(&self, id: TaskId, unit: &UnitName, leave: &[&UnitName]) -> bool {
        let plan = &self.job.plan;
        let task = plan.task(id);
        let product = task.and_then(|task| plan.products.get(&task.product));
        product.is_some_and(|product| {
            let mut others = product.units.iter();
            others.any(|other| {
                let stays = other != unit && !leave.contains(&other);
                stays
                    && plan.may_use(other)
                    && !self.is_out(other)
                    && !self.leaving.taken.contains_key(other)
            })
        })
    }

    /// Behind a task: units that leave because of it, and those that their farm took back. Gives whether there are.
    pub(super) fn see_who_leaves(
        &mut self,
        id: TaskId,
        leave: &[&'a UnitName],
        by: Option<&Trouble>,
    ) -> Result<bool, RunError> {
        let mut fewer = false;
        for unit in leave {
            let (Some(trouble), false) = (by, self.is_out(unit)) else {
                continue;
            };
            let mut tasks = self.leaving.in_a_row.remove(*unit).unwrap_or_default();
            // Each attempt is one: the bench failed so often.
            let cases = u32::try_from(tasks.len()).unwrap_or(u32::MAX);
            tasks.sort_unstable();
            tasks.dedup();
            self.leaving.blamed.extend(&tasks);
            self.leave(unit, LeftBecause::Trouble { cases }, trouble, &tasks)?;
            fewer = true;
        }
        let ended = by.map(|_| id);
        Ok(self.see_who_is_taken(ended.as_slice())? || fewer)
    }

    /// Units that their farm took back leave; a case that is on one is called off before. Without any other unit the
    /// run ends, and may be taken up again when the place is to be had. `ended` is a task that was the last on its
    /// units, and came to nothing.
    pub(super) fn see_who_is_taken(&mut self, ended: &[TaskId]) -> Result<bool, RunError> {
        let mut fewer = false;
        for (unit, trouble) in self.job.bench.taken_back() {
            if let Some(gone) = self.leaving.gone.get_mut(&unit) {
                // It is not tried again: it is somebody else's.
                gone.next = None;
                gone.trial.iter().for_each(|t| t.call_off(&trouble.what));
            } else if !self.broken.contains_key(&unit) {
                self.leaving.taken.entry(unit).or_insert(trouble);
            }
        }
        for (unit, trouble) in self.leaving.taken.clone() {
            if self.is_the_last(&unit) {
                self.job.cancel.lose(&trouble.what);
                return Ok(fewer);
            }
            if self.queue.is_busy(&unit) {
                self.call_off(&unit, &trouble);
                continue;
            }
            let held = |id: &&TaskId| self.queue.units_of(**id).contains(&&unit);
            let tasks: Vec<TaskId> = ended.iter().filter(held).copied().collect();
            self.leaving.taken.remove(&unit);
            self.leave(&unit, LeftBecause::TakenBack, &trouble, &tasks)?;
            fewer = true;
        }
        Ok(fewer)
    }

    /// Whether no other unit is left in the run.
    fn is_the_last(&self, unit: &UnitName) -> bool {
        let plan = &self.job.plan;
        let others = plan.bench.units.iter().map(|u| &u.name);
        let mut others = others.filter(|u| *u != unit && plan.may_use(u));
        others.all(|u| self.is_out(u) || self.leaving.taken.contains_key(u))
    }

    fn call_off(&self, unit: &UnitName, trouble: &Trouble) {
        let of_it = |(id, _): &(&TaskId, &Running)| self.queue.units_of(**id).contains(&unit);
        for (_, running) in self.running.iter().filter(of_it) {
            running.executor.call_off(&trouble.what);
        }
    }

    /// Takes a unit out of the run. `tasks` came to nothing by what it leaves for: another unit begins them again.
    fn leave(
        &mut self,
        unit: &UnitName,
        why: LeftBecause,
        trouble: &Trouble,
        tasks: &[TaskId],
    ) -> Result<(), RunError> {
        let again = self.job.plan.bench.patient.try_again_after.std();
        let next = match why {
            LeftBecause::Trouble { .. } => Some(Instant::now() + again),
            LeftBecause::TakenBack => None,
        };
        self.leaving.in_a_row.remove(unit);
        self.gate.forget(unit);
        let gone = Gone::new(next, trouble.channel);
        self.leaving.gone.insert(unit.clone(), gone);
        let mut waiting = self.queue.drop_unit(unit);
        let mut moved = Vec::new();
        for id in tasks {
            if self.hand(*id, unit) {
                if !waiting.contains(id) {
                    self.attempts.had_no_result(*id);
                }
                moved.push(*id);
            }
        }
        waiting.retain(|id| !moved.contains(id));
        let left = Fact::UnitLeft {
            why,
            trouble: trouble.clone(),
            tasks: moved,
        };
        self.record(None, Some(unit), left)?;
        let told = format!(
            "{}; no other unit of this run can do it",
            why.told(unit, trouble)
        );
        self.hand_over(unit, waiting, &told)
    }

    /// What waited for a unit goes to another one of its product; what none can do is told.
    pub(super) fn hand_over(
        &mut self,
        unit: &UnitName,
        waiting: Vec<TaskId>,
        why: &str,
    ) -> Result<(), RunError> {
        for id in waiting {
            if self.hand(id, unit) {
                continue;
            }
            let why = why.to_owned();
            self.record(Some(id), None, Fact::TaskNotRun { why })?;
            self.leaving.not_run.insert(id);
        }
        Ok(())
    }

    /// The units of a task that one which left is of, where none of them is out: those that are planned, or else those
    /// that it was given to.
    pub(super) fn units_with(
        &self,
        unit: &UnitName,
        id: TaskId,
        is_out: impl Fn(&UnitName) -> bool,
    ) -> Option<Vec<&'a UnitName>> {
        let job = self.job;
        let planned: Vec<&'a UnitName> = job.plan.task(id)?.units.iter().collect();
        let mut either = [planned, self.queue.units_of(id)].into_iter();
        either.find(|units| units.contains(&unit) && !units.iter().any(|other| is_out(other)))
    }

    /// Gives a task to another unit in the place of one that is out; gives whether there is one.
    fn hand(&mut self, id: TaskId, out: &UnitName) -> bool {
        match self.stand_in(id, out) {
            Some(units) => {
                self.leaving.not_run.remove(&id);
                self.queue.give(id, units);
                true
            }
            None => false,
        }
    }

    /// The units of a task with another one in the place of one that is out, chosen as the planner would: evidence
    /// before speed, then the one with the least to do.
    fn stand_in(&self, id: TaskId, out: &UnitName) -> Option<Vec<&'a UnitName>> {
        let job = self.job;
        let task = job.plan.task(id).filter(|_| job.plan.lets_units_leave())?;
        let bench = &job.plan.bench.units;
        let held = self.queue.units_of(id);
        if !held.contains(&out) {
            // It was given to others meanwhile, and may be under way there, or done.
            return None;
        }
        let others = held.into_iter();
        let mut units: Vec<&'a UnitName> = others.filter(|unit| *unit != out).collect();
        if units.iter().any(|unit| self.is_out(unit)) {
            return None;
        }
        let fits = |unit: &&UnitSpec| {
            let free = unit.name != *out && !units.contains(&&unit.name);
            free && !self.is_out(&unit.name)
                && !self.leaving.taken.contains_key(&unit.name)
                && job.bench.unit(&unit.name).is_some()
                && job.plan.may_stand_in(task, unit)
        };
        let key = |unit: &&UnitSpec| {
            let liked = unit.liked_by(&task.case);
            (Reverse(liked), self.queue.load(&unit.name))
        };
        let best = bench.iter().filter(fits).min_by_key(key)?;
        units.push(&best.name);
        // The bench file's order, as in the plan.
        units.sort_by_key(|name| bench.iter().position(|unit| unit.name == **name));
        Some(units)
    }
}
