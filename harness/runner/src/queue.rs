//! Which task starts next: for each unit, its tasks in their order. Pure.

use proofhouse_model::{Task, TaskId, UnitName};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroUsize;
use std::time::Duration;

/// Tasks that were not started yet.
///
/// A task starts when it is the first of every unit it holds and all of them are free. So a task that must wait for two
/// units is not starved by those that need one, and looking for the next costs no more than the units that became free.
pub struct Queue<'a> {
    tasks: &'a [Task],
    by_unit: BTreeMap<&'a UnitName, VecDeque<TaskId>>,
    /// Units of tasks that hold others than the plan says, because one of those left the run.
    moved: BTreeMap<TaskId, Vec<&'a UnitName>>,
    /// Waiting tasks; what is in a unit's line and not here was dropped.
    waiting: BTreeSet<TaskId>,
    busy: BTreeSet<&'a UnitName>,
    /// Most tasks at a time, where that is less than the units allow.
    workers: Option<NonZeroUsize>,
    running: usize,
}

impl<'a> Queue<'a> {
    /// The tasks of a plan that are to be run, in its order. `tasks` are all of the plan's.
    pub fn new(tasks: &'a [Task], to_run: &[TaskId]) -> Self {
        let mut queue = Self {
            tasks,
            by_unit: BTreeMap::new(),
            moved: BTreeMap::new(),
            waiting: to_run.iter().copied().collect(),
            busy: BTreeSet::new(),
            workers: None,
            running: 0,
        };
        for id in to_run {
            for unit in queue.units_of(*id) {
                queue.by_unit.entry(unit).or_default().push_back(*id);
            }
        }
        queue
    }

    /// The same, with so many tasks at a time at most.
    pub fn with_workers(self, workers: Option<NonZeroUsize>) -> Self {
        Self { workers, ..self }
    }

    /// Whether one more task may start.
    fn has_room(&self) -> bool {
        self.workers.is_none_or(|most| self.running < most.get())
    }

    /// The units that a task holds, or will hold.
    pub fn units_of(&self, id: TaskId) -> Vec<&'a UnitName> {
        if let Some(moved) = self.moved.get(&id) {
            return moved.clone();
        }
        let task = self.tasks.get(id.index());
        task.map_or_else(Vec::new, |task| task.units.iter().collect())
    }

    /// Whether nothing waits any more.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Tasks that wait, in plan order.
    pub fn waiting(&self) -> Vec<TaskId> {
        self.waiting.iter().copied().collect()
    }

    /// Every task that can start now, in plan order; their units are busy from now on.
    pub fn take_ready(&mut self) -> Vec<TaskId> {
        let units: Vec<&'a UnitName> = self.by_unit.keys().copied().collect();
        self.take_ready_of(&units)
    }

    /// The same, looking only at units that became free; or at all of them, where a task may wait for a worker and not
    /// for a unit.
    pub fn take_ready_of(&mut self, units: &[&'a UnitName]) -> Vec<TaskId> {
        let all: Vec<&'a UnitName> = match self.workers {
            Some(_) => self.by_unit.keys().copied().collect(),
            None => Vec::new(),
        };
        let units = if all.is_empty() { units } else { &all };
        let mut fronts: BTreeSet<TaskId> = BTreeSet::new();
        for unit in units {
            fronts.extend(self.front(unit));
        }
        let mut ready = Vec::new();
        for id in fronts {
            let units = self.units_of(id);
            let first = units.iter().all(|u| self.front(u) == Some(id));
            let free = units.iter().all(|u| !self.busy.contains(u));
            if first && free && self.has_room() {
                self.start(id);
                ready.push(id);
            }
        }
        ready
    }

    /// The first task that still waits for a unit.
    fn front(&mut self, unit: &'a UnitName) -> Option<TaskId> {
        let line = self.by_unit.get_mut(unit)?;
        while let Some(id) = line.front() {
            if self.waiting.contains(id) {
                return Some(*id);
            }
            line.pop_front();
        }
        None
    }

    fn start(&mut self, id: TaskId) {
        self.waiting.remove(&id);
        self.running += 1;
        self.busy.extend(self.units_of(id));
    }

    /// A task is over: its units are free.
    pub fn free(&mut self, id: TaskId) -> Vec<&'a UnitName> {
        let units = self.units_of(id);
        self.running = self.running.saturating_sub(1);
        for unit in &units {
            self.busy.remove(unit);
        }
        units
    }

    /// Whether a task holds that unit now.
    pub fn is_busy(&self, unit: &UnitName) -> bool {
        self.busy.contains(unit)
    }

    /// What waits for a unit takes so long, by what the heads of the cases say.
    pub fn load(&self, unit: &UnitName) -> Duration {
        let line = self.by_unit.get(unit).into_iter().flatten();
        let waiting = line.filter(|id| self.waiting.contains(*id));
        let tasks = waiting.filter_map(|id| self.tasks.get(id.index()));
        tasks.map(|task| task.case.takes.std()).sum()
    }

    /// A task that waits, or was dropped, is to be started on these units. All lines are in the plan's order again
    /// then: of two tasks that hold two units each, neither may be first on the one and second on the other.
    pub fn give(&mut self, id: TaskId, units: Vec<&'a UnitName>) {
        self.waiting.insert(id);
        for unit in &units {
            self.by_unit.entry(unit).or_default().push_back(id);
        }
        for (unit, line) in &mut self.by_unit {
            let mut all: Vec<TaskId> = line.drain(..).collect();
            all.retain(|other| {
                self.waiting.contains(other) && (*other != id || units.contains(unit))
            });
            all.sort_unstable();
            all.dedup();
            line.extend(all);
        }
        self.moved.insert(id, units);
    }

    /// A task is to be tried again, before those that have not been tried.
    pub fn again(&mut self, id: TaskId) {
        self.waiting.insert(id);
        for unit in self.units_of(id) {
            self.by_unit.entry(unit).or_default().push_front(id);
        }
    }

    /// A unit is out of service: gives the tasks that waited for it, which will not be started, in their order.
    pub fn drop_unit(&mut self, unit: &UnitName) -> Vec<TaskId> {
        let Some(line) = self.by_unit.get_mut(unit) else {
            return Vec::new();
        };
        let line = std::mem::take(line);
        let waited = line.into_iter().filter(|id| self.waiting.remove(id));
        waited.collect()
    }
}

#[cfg(test)]
mod tests;
