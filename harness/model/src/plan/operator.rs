//! The person at the terminal: which units they reset, which tasks may have them asked, and a run without them.

use super::{Plan, RunMode};
use crate::drivers::OPERATOR;
use crate::{Channel, Effect, Task, UnitName, UnitSpec};

impl UnitSpec {
    /// Whether it is reset by a person, who is asked at the terminal.
    #[must_use]
    pub fn asks_operator(&self) -> bool {
        let reset = self.wire(Channel::Reset);
        reset.is_some_and(|wire| wire.driver == OPERATOR)
    }
}

impl RunMode {
    /// The unit as this run uses it: without the person who is not asked.
    #[must_use]
    pub fn as_used(&self, unit: &UnitSpec) -> UnitSpec {
        let mut unit = unit.clone();
        if self.without_operator.contains(&unit.name) && unit.asks_operator() {
            unit.wires.remove(&Channel::Reset);
        }
        unit
    }
}

impl Plan {
    /// Tasks carried out here in which a person may be asked, each with a unit that they would reset. A device script
    /// may ask as well as a case, so what a case may do decides, not which channels it names.
    pub fn may_ask_operator(&self) -> impl Iterator<Item = (&Task, &UnitName)> {
        let resets = |task: &&Task| task.case.gravest() >= Effect::FactoryReset;
        self.here().filter(resets).flat_map(|task| {
            let theirs = self.bench.units.iter().filter(|u| u.asks_operator());
            let held = theirs.filter(move |unit| task.units.contains(&unit.name));
            held.map(move |unit| (task, &unit.name))
        })
    }
}
