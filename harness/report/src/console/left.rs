//! Units that may be set up still, now that the run is over: somebody's data is on them.

use super::writer::{Page, Tone};
use crate::view::{RunView, TaskView, View};
use proofhouse_model::{Effect, Seq, UnitName};

pub(super) fn write(page: &mut Page, run: &RunView<'_>) {
    let mut left = Vec::new();
    for view in &run.products {
        for unit in units_of(view) {
            if let Some((task, event)) = owned(view, unit) {
                let case = view.name(task.planned.id);
                left.push(format!(
                    "{unit} may still be set up, with the data of the owner that {case} made for it (event {event}): \
                     reset it before it goes back, or to somebody else"
                ));
            }
        }
    }
    if left.is_empty() {
        return;
    }
    page.heading("LEFT SET UP");
    for text in left {
        page.indented(2, &text, Tone::Doubt);
    }
}

/// Units that are there when the run is over: a virtual one is gone with it.
fn units_of<'a>(view: &'a View<'_>) -> impl Iterator<Item = &'a UnitName> {
    let is_real = move |unit: &&UnitName| {
        let mut all = view.plan.bench.units.iter();
        all.any(|spec| spec.name == **unit && spec.virtual_product.is_none())
    };
    view.product.units.iter().filter(is_real)
}

/// The last case that might reset a unit, if it made an owner, and the event of that. What it left is not asked after:
/// an owner may have been reset, and a case without one has brought the unit to its factory state itself.
fn owned<'a>(view: &'a View<'_>, unit: &UnitName) -> Option<(&'a TaskView<'a>, Seq)> {
    let held = view
        .tasks
        .iter()
        .filter(|task| task.result.units.contains(unit));
    let resets = held.filter(|task| task.planned.case.gravest() >= Effect::FactoryReset);
    let last = resets.max_by_key(|task| task.result.first)?;
    Some((last, last.facts?.owner?))
}
