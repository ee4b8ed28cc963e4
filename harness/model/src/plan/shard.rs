//! A part of a plan, for a host of its own.

use super::Plan;
use crate::{ProductId, Task, TaskId, UnitSpec};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which part of a plan a host carries out. The plan stays whole: every task is in it under its own id, and those of
/// other parts are not this run's. So whoever reads it knows what is missing, and parts can be put together by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Its number, from 1.
    pub part: u32,
    /// How many there are.
    pub of: u32,
    /// SHA-256 of the whole plan's `plan.json`, hex: what all parts have in common.
    pub whole: String,
    /// The part that carries out each task, by the task's place in the plan.
    pub parts: Vec<u32>,
}

impl Shard {
    /// Which part carries a task out; a task that the plan has not is in none.
    #[must_use]
    pub fn part_of(&self, task: TaskId) -> Option<u32> {
        self.parts.get(task.index()).copied()
    }

    /// Why it cannot be a part of a plan of so many tasks.
    pub(super) fn fault(&self, tasks: usize) -> Option<String> {
        let known = |part: &u32| (1..=self.of).contains(part);
        if !known(&self.part) {
            return Some(format!("there is no shard {self}"));
        }
        if self.parts.len() != tasks || !self.parts.iter().all(known) {
            return Some(format!(
                "shard {self} does not say of each of {tasks} tasks where it is carried out"
            ));
        }
        None
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

impl Plan {
    /// Whether this run carries a task out: all of them, unless the plan is for one part.
    #[must_use]
    pub fn is_here(&self, task: TaskId) -> bool {
        let shard = self.shard.as_ref();
        shard.is_none_or(|shard| shard.part_of(task) == Some(shard.part))
    }

    /// The tasks that this run carries out, in order.
    pub fn here(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|task| self.is_here(task.id))
    }

    /// The tasks of a product that other parts carry out.
    pub fn elsewhere<'a>(&'a self, product: &'a ProductId) -> impl Iterator<Item = &'a Task> {
        self.tasks_of(product).filter(|t| !self.is_here(t.id))
    }

    /// Where a task of another part is carried out, for a reader.
    #[must_use]
    pub fn lies_in(&self, task: TaskId) -> Option<String> {
        let shard = self.shard.as_ref().filter(|_| !self.is_here(task))?;
        let part = shard.part_of(task)?;
        Some(format!("shard {part}/{}", shard.of))
    }

    /// Whether what is still open counts against the run. Of a part it does not: much of it is open because other
    /// parts have it, and the merged run counts it.
    #[must_use]
    pub fn counts_open(&self) -> bool {
        self.complete && self.shard.is_none()
    }

    /// The plan that it is a part of. When a bench was last tried is each host's own, and so is where the wires lead
    /// that a place of a farm brought: each part takes the place for itself.
    #[must_use]
    pub fn whole(&self) -> Self {
        let mut whole = Self {
            shard: None,
            fitness: None,
            ..self.clone()
        };
        let units = std::mem::take(&mut whole.bench.units).into_iter();
        whole.bench.units = units.map(UnitSpec::without_brought).collect();
        whole
    }
}
