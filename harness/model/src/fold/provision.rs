//! From task results, claims and the catalogue to a result per provision.

use super::task::{TaskFold, TaskResult};
use crate::catalogue::{Guide, GuideRow, Provision};
use crate::event::RunEnd;
use crate::{
    Check, Event, GuideId, Plan, PlannedProduct, ProductId, ProvisionId, Support, Task, TaskId,
    UnitNature, UnitRef, Verdict,
};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

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

/// Something a provision still needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pending {
    /// Units settled by reading papers.
    Papers(Vec<UnitRef>),
    /// Units on the device that no case of this run carried out, with the reason. Without units: a
    /// case that serves the provision was left out although its units were done elsewhere, or the
    /// units of this edition are not known.
    NotTested(Vec<UnitRef>, String),
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
    /// What was done on the device, folded; `None` when no case served it.
    pub functional: Option<Verdict>,
    /// What it still needs.
    pub pending: Vec<Pending>,
}

impl ProvisionResult {
    /// Verdict of the provision as a whole (TS 103 701 roll-up): pass only when nothing is pending.
    /// `None` where it is not judged. A claim of N/A does not hide a criterion refuted on the device.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        match &self.applicability {
            Applicability::NotApplicable(_) => self.functional.filter(|v| *v == Verdict::Fail),
            Applicability::NotMet(_) => None,
            Applicability::BadClaim(_) => Some(Verdict::Fail),
            Applicability::NoClaim => Some(
                self.functional
                    .unwrap_or(Verdict::Inconclusive)
                    .and(Verdict::Inconclusive),
            ),
            Applicability::Claimed => {
                let open = if self.pending.is_empty() {
                    Verdict::Pass
                } else {
                    Verdict::Inconclusive
                };
                Some(self.functional.unwrap_or(Verdict::Inconclusive).and(open))
            }
        }
    }
}

/// Result of a guide's row: only what cases served directly.
#[derive(Debug, Clone, PartialEq)]
pub struct GuideResult {
    /// Name of the guide.
    pub guide: String,
    /// The row.
    pub row: GuideRow,
    /// Each task that serves it.
    pub served: Vec<Served>,
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
    let mut tasks: Vec<TaskResult> = plan.tasks.iter().map(|t| never_started(t.id)).collect();
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

fn never_started(task: TaskId) -> TaskResult {
    TaskResult {
        not_run: Some("the run ended before it was started".to_owned()),
        ..TaskResult::blank(task)
    }
}

/// One product, and what of the plan is about it.
struct Of<'a> {
    plan: &'a Plan,
    id: &'a ProductId,
    product: &'a PlannedProduct,
    tasks: Vec<(&'a Task, &'a TaskResult)>,
    /// Places in `tasks` of those that serve a provision.
    by_provision: BTreeMap<ProvisionId, Vec<usize>>,
    /// The same for rows of guides.
    by_guide: BTreeMap<&'a GuideId, Vec<usize>>,
    /// Units that a task carries out.
    units: BTreeSet<&'a UnitRef>,
}

impl<'a> Of<'a> {
    /// One pass over the tasks: there may be many, and each row asks for its own.
    fn new(
        plan: &'a Plan,
        id: &'a ProductId,
        product: &'a PlannedProduct,
        tasks: &'a [TaskResult],
    ) -> Self {
        let mine = plan.tasks.iter().zip(tasks);
        let mut of = Self {
            plan,
            id,
            product,
            tasks: mine.filter(|(t, _)| &t.product == id).collect(),
            by_provision: BTreeMap::new(),
            by_guide: BTreeMap::new(),
            units: BTreeSet::new(),
        };
        for (at, (task, _)) in of.tasks.iter().enumerate() {
            let answered: BTreeSet<_> = task.case.answered().collect();
            for provision in answered {
                of.by_provision.entry(provision).or_default().push(at);
            }
            let rows: BTreeSet<&GuideId> = task.case.guides.iter().collect();
            for row in rows {
                of.by_guide.entry(row).or_default().push(at);
            }
            of.units.extend(&task.case.units);
        }
        of
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
    ProductResult {
        product: id.clone(),
        provisions: provisions.iter().map(|p| fold_provision(&of, p)).collect(),
        guides: guides.iter().flat_map(|g| fold_guide(&of, g)).collect(),
    }
}

/// The verdict of each task at these places, over the checks that speak for a target.
fn served(
    of: &Of<'_>,
    places: Option<&Vec<usize>>,
    speaks: impl Fn(&Check) -> bool,
) -> Vec<Served> {
    let places = places.map(Vec::as_slice).unwrap_or_default();
    let tasks = places.iter().filter_map(|at| of.tasks.get(*at));
    let told = tasks.map(|(task, result)| {
        let (verdict, why) = result.verdict_over(&speaks);
        let task = task.id;
        Served { task, verdict, why }
    });
    told.collect()
}

fn fold_provision(of: &Of<'_>, provision: &Provision) -> ProvisionResult {
    let id = &provision.id;
    let served = served(of, of.by_provision.get(id), |check| check.speaks_for(id));
    let functional = served.iter().map(|s| s.verdict).reduce(Verdict::and);
    ProvisionResult {
        applicability: applicability(of.product, provision),
        pending: pending(of, provision),
        provision: provision.clone(),
        served,
        functional,
    }
}

fn applicability(product: &PlannedProduct, provision: &Provision) -> Applicability {
    let Some(claim) = product.profile.claim(&provision.id) else {
        return Applicability::NoClaim;
    };
    let detail = claim.detail.clone();
    if detail.trim().is_empty() {
        return Applicability::BadClaim(format!(
            "claimed {} without saying why",
            support_word(claim.support)
        ));
    }
    match claim.support {
        Support::Yes => Applicability::Claimed,
        Support::NotApplicable if provision.may_be_not_applicable() => {
            Applicability::NotApplicable(detail)
        }
        Support::NotApplicable => Applicability::BadClaim(format!(
            "claimed N/A, but {} has no condition that could be false",
            provision.id
        )),
        Support::No if provision.level == crate::Level::R => Applicability::NotMet(detail),
        Support::No => Applicability::BadClaim(format!(
            "claimed N, but {} is mandatory: a conforming product cannot answer N",
            provision.id
        )),
    }
}

fn support_word(support: Support) -> &'static str {
    match support {
        Support::Yes => "Y",
        Support::No => "N",
        Support::NotApplicable => "N/A",
    }
}

fn pending(of: &Of<'_>, provision: &Provision) -> Vec<Pending> {
    let units = |nature| {
        let fits = provision.units.iter().filter(move |u| u.nature == nature);
        fits.map(|u| u.id.clone()).collect::<Vec<_>>()
    };
    let mut out = Vec::new();
    if provision.units.is_empty() {
        let edition = of.plan.catalogue.edition;
        let why = format!("the units that test it in {edition} are not known to this suite");
        out.push(Pending::NotTested(Vec::new(), why));
    }
    let papers = units(UnitNature::Conceptual);
    if !papers.is_empty() {
        out.push(Pending::Papers(papers));
    }
    let mut untested = units(UnitNature::Functional);
    untested.retain(|unit| !of.units.contains(unit));
    for left in &of.plan.left_out {
        if &left.product != of.id || !left.case.answers_for(&provision.id) {
            continue;
        }
        let (its, others) = untested
            .into_iter()
            .partition(|u| left.case.units.contains(u));
        untested = others;
        let why = format!("{} was left out: {}", left.case.id, left.why);
        out.push(Pending::NotTested(its, why));
    }
    if !untested.is_empty() {
        let why = "no case of this suite carries it out yet".to_owned();
        out.push(Pending::NotTested(untested, why));
    }
    out
}

fn fold_guide(of: &Of<'_>, guide: &Guide) -> Vec<GuideResult> {
    let row = |row: &GuideRow| {
        let served = served(of, of.by_guide.get(&row.id), |check| {
            check.speaks_for_guide(&row.id)
        });
        (!served.is_empty()).then(|| GuideResult {
            guide: guide.name.clone(),
            row: row.clone(),
            served,
        })
    };
    guide.rows.iter().filter_map(row).collect()
}
