//! Units that leave a run while it goes on, and come back: when they do, and who may do what they leave behind.

use crate::{Dur, Per, Plan, Task, Trouble, UnitName, UnitSpec};
use serde::{Deserialize, Serialize};

/// How long a bench is patient with a unit whose wires do not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// It leaves the run after so many cases in a row in which one of its wires did not answer and which ended by that.
    pub leave_after: u32,
    /// How long it is left alone then, and between two tries, before it is tried again.
    pub try_again_after: Dur,
}

impl Patient {
    /// What holds where a bench file does not say.
    pub const USUAL: Self = Self {
        leave_after: 2,
        try_again_after: Dur::secs(60),
    };

    /// Whether a bench file need not say it.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::USUAL
    }
}

impl Default for Patient {
    fn default() -> Self {
        Self::USUAL
    }
}

/// Why a unit left a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LeftBecause {
    /// Cases on it ended in trouble of its wires, one after the other.
    Trouble {
        /// How many.
        cases: u32,
    },
    /// The farm that it stands in gave its place to somebody else.
    TakenBack,
}

impl LeftBecause {
    /// One sentence, without its full stop.
    #[must_use]
    pub fn told(self, unit: &UnitName, trouble: &Trouble) -> String {
        let what = &trouble.what;
        match self {
            Self::Trouble { cases: 1 } => {
                format!("{unit} left the run: a case on it ended in trouble of the bench: {what}")
            }
            Self::Trouble { cases } => format!(
                "{unit} left the run: {cases} cases in a row on it ended in trouble of the bench: {what}"
            ),
            Self::TakenBack => format!("{unit} left the run: its farm took it back: {what}"),
        }
    }
}

impl Plan {
    /// Whether a unit may hold a task in the place of one that left: where the planner could have given it the task.
    /// What is asked of every unit by itself no other can answer.
    #[must_use]
    pub fn may_stand_in(&self, task: &Task, unit: &UnitSpec) -> bool {
        let is_its = |product: &crate::PlannedProduct| product.units.contains(&unit.name);
        task.case.per == Per::Product
            && self.products.get(&task.product).is_some_and(is_its)
            && self.may_use(&unit.name)
            && unit.misfits(&task.case).is_empty()
    }

    /// Whether units leave its run at all. A trial of the bench looks at what does not work, to its end.
    #[must_use]
    pub fn lets_units_leave(&self) -> bool {
        !self.catalogue.by_cases
    }
}
