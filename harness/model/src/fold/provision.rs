//! From task results, claims and the catalogue to a result per provision.

use super::guide::{GuideResult, fold_guide};
use super::task::{TaskFold, TaskResult};
use crate::catalogue::Provision;
use crate::event::{CaseEnd, RunEnd};
use crate::statement::{self, Outcome};
use crate::{
    Check, Event, Finding, GuideId, Plan, PlannedProduct, ProductId, ProvisionId, Support, Task,
    TaskId, UnitNature, UnitRef, Verdict,
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
                // What is settled by reading alone needs nothing of a device.
                let mut units = self.provision.units.iter();
                let without_cases = match units.any(|u| u.nature == UnitNature::Functional) {
                    true => Verdict::Inconclusive,
                    false => Verdict::Pass,
                };
                Some(self.functional.unwrap_or(without_cases).and(open))
            }
        }
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
pub(super) struct Of<'a> {
    pub(super) plan: &'a Plan,
    pub(super) id: &'a ProductId,
    pub(super) product: &'a PlannedProduct,
    tasks: Vec<(&'a Task, &'a TaskResult)>,
    /// Places in `tasks` of those that serve a provision.
    by_provision: BTreeMap<ProvisionId, Vec<usize>>,
    /// The same for rows of guides.
    pub(super) by_guide: BTreeMap<&'a GuideId, Vec<usize>>,
    /// Units that a task carries out.
    units: BTreeSet<&'a UnitRef>,
    /// Claims that cannot stand as the statement is, with the reason.
    cannot_stand: BTreeMap<ProvisionId, String>,
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
            cannot_stand: cannot_stand(plan, product),
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
        }
        for (at, (task, result)) in of.tasks.iter().enumerate() {
            let named = |unit: &&UnitRef| result.checks.iter().any(|(_, c)| c.may_be_part_of(unit));
            // Where it ended before its checks, that is told as its verdict; a whole case has said all that it says.
            let whole = result.end == Some(CaseEnd::Complete);
            let units = task.case.units.iter();
            of.units.extend(units.filter(|unit| !whole || named(unit)));
            let refuted = result.checks.iter().map(|(_, c)| c);
            let refuted = refuted.filter(|c| c.finding == Finding::Refuted);
            let against: BTreeSet<_> = refuted.flat_map(|c| &c.against).collect();
            for provision in against.into_iter().filter(|p| !task.case.answers_for(p)) {
                let known = of.by_provision.entry(provision.clone()).or_default();
                known.push(at);
            }
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
    let provisions: Vec<_> = provisions.iter().map(|p| fold_provision(&of, p)).collect();
    let guides = guides.iter().flat_map(|g| fold_guide(&of, g, &provisions));
    ProductResult {
        product: id.clone(),
        guides: guides.collect(),
        provisions,
    }
}

/// The verdict of each task at these places, over the checks that speak for a target.
pub(super) fn served(
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
        applicability: applicability(of, provision),
        pending: pending(of, provision),
        provision: provision.clone(),
        served,
        functional,
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

/// Whether a rule settles a unit by what is declared, and nothing that was seen speaks against it.
fn holds_as_declared(of: &Of<'_>, provision: &ProvisionId, unit: &UnitRef) -> bool {
    let decided = statement::decide(&of.plan.catalogue, &of.product.profile, unit);
    let holds = decided.is_some_and(|d| matches!(d.outcome, Outcome::Holds(_)));
    let mut checks = of.tasks.iter().flat_map(|(_, result)| &result.checks);
    holds && !checks.any(|(_, check)| check.contradicts(provision))
}

fn pending(of: &Of<'_>, provision: &Provision) -> Vec<Pending> {
    let units = |nature| {
        let fits = provision.units.iter().filter(move |u| u.nature == nature);
        fits.map(|u| u.id.clone()).collect::<Vec<_>>()
    };
    let mut out = Vec::new();
    if provision.units.is_empty() && !of.plan.catalogue.by_cases {
        let edition = of.plan.catalogue.edition;
        let unknown = || format!("the units that test it in {edition} are not known to this suite");
        let why = provision.without_units.clone().unwrap_or_else(unknown);
        out.push(Pending::NotTested(Vec::new(), why));
    }
    let mut papers = units(UnitNature::Conceptual);
    papers.retain(|unit| !holds_as_declared(of, &provision.id, unit));
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
