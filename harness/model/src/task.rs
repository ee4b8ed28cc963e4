//! A thing that runs: one case on one product, on the units it holds.

use crate::{CaseMeta, ProductId, UnitName};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Place of a task in its plan, from 0. Events, verdicts and retries go by it: one case may run on several products,
/// and on every unit of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub u32);

impl TaskId {
    /// As an index into `Plan::tasks`.
    #[must_use]
    pub fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    /// The task at an index of `Plan::tasks`; a plan of more than 4 billion tasks cannot be made.
    #[must_use]
    pub fn at(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {}", self.0)
    }
}

/// One task of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its place in the plan.
    pub id: TaskId,
    /// The case; shared with the other tasks that run it.
    pub case: Arc<CaseMeta>,
    /// The product whose units it holds. Its verdict speaks for this product alone.
    pub product: ProductId,
    /// Units it will hold; as many as the case asks for.
    pub units: Vec<UnitName>,
}
