//! From the ledger of its units, findings and claims to a result per provision.

use super::findings::LooseFinding;
use super::guide::{GuideResult, fold_guide};
use super::ledger::{LedgerRow, LedgerState};
use super::of::Of;
use super::pending::{Pending, pending};
use super::task::{TaskFold, TaskResult};
use crate::catalogue::Provision;
use crate::event::RunEnd;
use crate::statement::How;
use crate::{Event, Plan, PlannedProduct, ProductId, Support, TaskId, Verdict};
use std::borrow::Borrow;

/// Whether a provision is to be judged at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applicability {
    /// Claimed Y: it is judged.
    Claimed,
    /// Claimed N/A with a ground the standard allows.
    NotApplicable(String),
    /// A recommendation not met, with the reason.
    NotMet(String),
    /// The claim itself is wrong: N/A on an unconditional row, N on a mandatory one, no reason given.
    BadClaim(String),
    /// There is no claim.
    NoClaim,
}

/// What one task says of one target: a provision or a row of a guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The task.
    pub task: TaskId,
    /// Its verdict over the checks that speak for the target.
    pub verdict: Verdict,
    /// Why, for a reader.
    pub why: String,
}

/// Result of one provision on one product.
#[derive(Debug, Clone, PartialEq)]
pub struct ProvisionResult {
    /// The provision.
    pub provision: Provision,
    /// Whether it is judged.
    pub applicability: Applicability,
    /// Each task that serves it.
    pub served: Vec<Served>,
    /// What these tasks come to, folded; `None` when no case served it.
    pub functional: Option<Verdict>,
    /// What became of each of its units.
    pub units: Vec<LedgerRow>,
    /// What was refuted and names no unit of it.
    pub findings: Vec<LooseFinding>,
    /// What it still needs.
    pub pending: Vec<Pending>,
}

impl ProvisionResult {
    /// Verdict of the provision as a whole (TS 103 701 roll-up): the gravest of its units, of what its tasks say beside
    /// them, and of what is pending. `None` where it is not judged. A claim of N/A does not hide a criterion
    /// refuted on the device.
    ///
    /// A provision for which the edition has no units is what its tasks come to: the one other way. Where the suite
    /// does not know the units, that is pending, and only a catalogue that has none at all (`by_cases`) can pass so.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        let fails = self.fails().then_some(Verdict::Fail);
        match &self.applicability {
            Applicability::NotApplicable(_) => fails,
            Applicability::NotMet(_) => None,
            Applicability::BadClaim(_) => Some(Verdict::Fail),
            Applicability::NoClaim => {
                let at_best = Some(Verdict::Inconclusive);
                self.functional
                    .into_iter()
                    .chain(fails)
                    .chain(at_best)
                    .max()
            }
            Applicability::Claimed => {
                let units = self.units.iter().map(|unit| Verdict::from(unit.state));
                let open = (!self.pending.is_empty()).then_some(Verdict::Inconclusive);
                let found = units.chain(self.functional).chain(fails).chain(open);
                Some(found.reduce(Verdict::and).unwrap_or(Verdict::Inconclusive))
            }
        }
    }

    /// Whether a unit of it or a finding that names none speaks against it.
    #[must_use]
    pub fn fails(&self) -> bool {
        let refuted = |unit: &LedgerRow| unit.state == LedgerState::Refuted;
        self.units.iter().any(refuted) || !self.findings.is_empty()
    }

    /// Whether a criterion of it was refuted on the device.
    #[must_use]
    pub fn fails_on_the_device(&self) -> bool {
        self.functional == Some(Verdict::Fail)
    }

    /// Units that do not hold by what is declared alone: no check on the device refuted them.
    pub fn refuted_on_paper(&self) -> impl Iterator<Item = &LedgerRow> {
        let on_paper =
            |unit: &&LedgerRow| unit.state == LedgerState::Refuted && unit.how == How::Computed;
        self.units.iter().filter(on_paper)
    }
}

/// Result of one product.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductResult {
    /// The product.
    pub product: ProductId,
    /// All provisions, printed order.
    pub provisions: Vec<ProvisionResult>,
    /// Guide rows that a case served directly.
    pub guides: Vec<GuideResult>,
}

impl ProductResult {
    /// What became of every unit of the edition, in printed order.
    pub fn ledger(&self) -> impl Iterator<Item = &LedgerRow> {
        self.provisions.iter().flat_map(|p| &p.units)
    }

    /// What was refuted and names no unit, in printed order of the provisions.
    pub fn loose_findings(&self) -> impl Iterator<Item = &LooseFinding> {
        self.provisions.iter().flat_map(|p| &p.findings)
    }
}

/// Result of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunResult {
    /// All tasks, planned order: the place of each is its id.
    pub tasks: Vec<TaskResult>,
    /// All products, by name.
    pub products: Vec<ProductResult>,
    /// How the run ended.
    pub end: Option<RunEnd>,
}

impl RunResult {
    /// The result of a task.
    #[must_use]
    pub fn task(&self, id: TaskId) -> Option<&TaskResult> {
        self.tasks.get(id.index())
    }
}

/// Folds the events of a journal with its plan.
#[must_use]
pub fn fold_run<E: Borrow<Event>>(plan: &Plan, events: impl IntoIterator<Item = E>) -> RunResult {
    let mut fold = TaskFold::default();
    events.into_iter().for_each(|e| fold.see(e.borrow()));
    judge(plan, fold)
}

/// What the tasks of a run came to, as results of its products.
#[must_use]
pub fn judge(plan: &Plan, fold: TaskFold) -> RunResult {
    let (found, end) = fold.finish();
    let never = |task: &crate::Task| never_started(task.id, plan.lies_in(task.id));
    let mut tasks: Vec<TaskResult> = plan.tasks.iter().map(never).collect();
    for result in found {
        // A journal that names a task the plan has not is no journal of this plan; it was refused before.
        if let Some(place) = tasks.get_mut(result.task.index()) {
            *place = result;
        }
    }
    let products = plan.products.iter();
    let products = products.map(|(id, product)| fold_product(plan, &tasks, id, product));
    RunResult {
        products: products.collect(),
        tasks,
        end,
    }
}

fn never_started(task: TaskId, lies_in: Option<String>) -> TaskResult {
    let why = match lies_in {
        Some(shard) => format!("{shard} carries it out, and this is another part of the run"),
        None => "the run ended before it was started".to_owned(),
    };
    TaskResult {
        not_run: Some(why),
        ..TaskResult::blank(task)
    }
}

fn fold_product(
    plan: &Plan,
    tasks: &[TaskResult],
    id: &ProductId,
    product: &PlannedProduct,
) -> ProductResult {
    let of = Of::new(plan, id, product, tasks);
    let (provisions, guides) = (&plan.catalogue.provisions, &plan.catalogue.guides);
    let provisions: Vec<_> = provisions.iter().map(|p| fold_provision(&of, p)).collect();
    let guides = guides.iter().flat_map(|g| fold_guide(&of, g, &provisions));
    ProductResult {
        product: id.clone(),
        guides: guides.collect(),
        provisions,
    }
}

fn fold_provision(of: &Of<'_>, provision: &Provision) -> ProvisionResult {
    let id = &provision.id;
    let applicability = applicability(of, provision);
    let served = of.serving(id);
    let units = of.units(provision, &applicability);
    ProvisionResult {
        pending: pending(of, provision, &applicability, &units, &served),
        functional: served.iter().map(|s| s.verdict).reduce(Verdict::and),
        findings: of.findings(id),
        provision: provision.clone(),
        applicability,
        served,
        units,
    }
}

fn applicability(of: &Of<'_>, provision: &Provision) -> Applicability {
    let Some(claim) = of.product.profile.claim(&provision.id) else {
        return Applicability::NoClaim;
    };
    if let Some(why) = of.cannot_stand.get(&provision.id) {
        return Applicability::BadClaim(why.clone());
    }
    let detail = claim.detail.clone();
    match claim.support {
        Support::Yes => Applicability::Claimed,
        Support::NotApplicable => Applicability::NotApplicable(detail),
        Support::No => Applicability::NotMet(detail),
    }
}
