//! One product of a plan, and what of the run is about it: found once, since each row asks for its own.

use super::provision::Served;
use super::task::TaskResult;
use crate::plan::LeftOut;
use crate::statement;
use crate::{
    Check, Finding, GuideId, Plan, PlannedProduct, ProductId, ProvisionId, Seq, Task, TaskId,
    UnitRef,
};
use std::collections::{BTreeMap, BTreeSet};

/// A check that names a unit: its task and its event.
pub(super) type Named<'a> = (TaskId, Seq, &'a Check);

/// One product, and what of the plan is about it.
pub(super) struct Of<'a> {
    pub(super) plan: &'a Plan,
    pub(super) product: &'a PlannedProduct,
    pub(super) tasks: Vec<(&'a Task, &'a TaskResult)>,
    /// Places in `tasks` of those that serve a provision.
    by_provision: BTreeMap<ProvisionId, Vec<usize>>,
    /// The same for rows of guides.
    pub(super) by_guide: BTreeMap<&'a GuideId, Vec<usize>>,
    /// The same for those whose heads say that they carry out a unit.
    carriers: BTreeMap<&'a UnitRef, Vec<usize>>,
    /// Checks that name a unit.
    named: BTreeMap<&'a UnitRef, Vec<Named<'a>>>,
    /// Cases that were left out, each by its place in the plan.
    pub(super) left_out: Vec<(usize, &'a LeftOut)>,
    /// Tasks that other parts of the run carry out: nothing is known here of what they find.
    pub(super) elsewhere: Vec<&'a Task>,
    /// Claims that cannot stand as the statement is, with the reason.
    pub(super) cannot_stand: BTreeMap<ProvisionId, String>,
}

impl<'a> Of<'a> {
    /// One pass over the tasks: there may be many.
    pub(super) fn new(
        plan: &'a Plan,
        id: &'a ProductId,
        product: &'a PlannedProduct,
        tasks: &'a [TaskResult],
    ) -> Self {
        let mine = plan.tasks.iter().zip(tasks);
        let left_out = plan.left_out.iter().enumerate();
        let mut of = Self {
            plan,
            product,
            tasks: mine
                .filter(|(t, _)| &t.product == id && plan.is_here(t.id))
                .collect(),
            by_provision: BTreeMap::new(),
            by_guide: BTreeMap::new(),
            carriers: BTreeMap::new(),
            named: BTreeMap::new(),
            left_out: left_out.filter(|(_, l)| &l.product == id).collect(),
            elsewhere: plan.elsewhere(id).collect(),
            cannot_stand: cannot_stand(plan, product),
        };
        of.index_heads();
        of.index_checks();
        of
    }

    fn index_heads(&mut self) {
        for (at, (task, _)) in self.tasks.iter().enumerate() {
            let answered: BTreeSet<_> = task.case.answered().collect();
            for provision in answered {
                self.by_provision.entry(provision).or_default().push(at);
            }
            let rows: BTreeSet<&GuideId> = task.case.guides.iter().collect();
            for row in rows {
                self.by_guide.entry(row).or_default().push(at);
            }
            let units: BTreeSet<&UnitRef> = task.case.units.iter().collect();
            for unit in units {
                self.carriers.entry(unit).or_default().push(at);
            }
        }
    }

    fn index_checks(&mut self) {
        for (at, (task, result)) in self.tasks.iter().enumerate() {
            for (seq, check) in &result.checks {
                let units: BTreeSet<&UnitRef> = check.units.iter().collect();
                for unit in units {
                    let all = self.named.entry(unit).or_default();
                    all.push((task.id, *seq, check));
                }
            }
            let refuted = result.checks.iter().map(|(_, c)| c);
            let refuted = refuted.filter(|c| c.finding == Finding::Refuted);
            let against: BTreeSet<_> = refuted.flat_map(|c| &c.against).collect();
            for provision in against.into_iter().filter(|p| !task.case.answers_for(p)) {
                let known = self.by_provision.entry(provision.clone()).or_default();
                known.push(at);
            }
        }
    }

    /// Tasks whose heads say that they carry out a unit.
    pub(super) fn carriers(&self, unit: &UnitRef) -> Vec<(&'a Task, &'a TaskResult)> {
        let places = self.carriers.get(unit).map_or(&[][..], Vec::as_slice);
        places.iter().map(|at| self.tasks[*at]).collect()
    }

    /// A task of another part that carries out a unit, for a reader.
    pub(super) fn carried_elsewhere(&self, unit: &UnitRef) -> Option<String> {
        let mut tasks = self.elsewhere.iter();
        let task = tasks.find(|task| task.case.units.contains(unit))?;
        let lies_in = self.plan.lies_in(task.id)?;
        Some(format!("{lies_in} carries out {}", task.case.id))
    }

    /// Checks that name a unit.
    pub(super) fn named(&self, unit: &UnitRef) -> &[Named<'a>] {
        self.named.get(unit).map_or(&[], Vec::as_slice)
    }

    /// What each task that serves a provision says of it.
    pub(super) fn serving(&self, provision: &ProvisionId) -> Vec<Served> {
        let places = self.by_provision.get(provision);
        self.served(places, |check| check.speaks_for(provision))
    }

    /// The verdict of each task at these places, over the checks that speak for a target.
    pub(super) fn served(
        &self,
        places: Option<&Vec<usize>>,
        speaks: impl Fn(&Check) -> bool,
    ) -> Vec<Served> {
        let places = places.map(Vec::as_slice).unwrap_or_default();
        let tasks = places.iter().filter_map(|at| self.tasks.get(*at));
        let told = tasks.map(|(task, result)| {
            let (verdict, why) = result.verdict_over(&speaks);
            let task = task.id;
            Served { task, verdict, why }
        });
        told.collect()
    }

    /// Whether the statement has something for a left-out case to look at.
    pub(super) fn would_look(&self, left: &LeftOut) -> bool {
        let mut needs = left.case.ixit.iter();
        needs.all(|need| self.product.profile.declares(need))
    }
}

/// What a desk review of the statement says against claims; of several faults of one claim the first.
fn cannot_stand(plan: &Plan, product: &PlannedProduct) -> BTreeMap<ProvisionId, String> {
    let mut out = BTreeMap::new();
    let faults = statement::review(&plan.catalogue, &product.profile);
    for fault in faults.into_iter().filter(|f| f.rule.forbids_claim()) {
        for provision in fault.provisions {
            out.entry(provision).or_insert_with(|| fault.what.clone());
        }
    }
    out
}
