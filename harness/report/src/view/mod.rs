//! One reading of a run for all reports: folds of the model, joined with what they leave out.

mod awaited;
mod evidence;
mod facts;
mod figures;
mod guide;
mod open;
mod proved;
mod relays;
mod row;
mod tried;

pub use awaited::{AwaitedRead, awaited_in_words};
pub use evidence::{Line, Picked, TargetKind};
pub use facts::{ItemRead, LeftRead, RecorderRead, RunFacts, ShardRead, TaskFacts, merged};
pub use figures::figures;
pub use guide::GuideView;
pub use open::Open;
pub(crate) use open::told;
pub use proved::Proved;
pub(crate) use row::verdict_word;
pub use row::{Row, Standing};
pub use tried::Tried;

use proofhouse_journal::{ReadError, Reader};
use proofhouse_model::event::{GuardActed, RunEnd};
use proofhouse_model::fold::{
    Assessment, LedgerRow, LooseFinding, ProductResult, RunResult, Served, TaskFold, TaskResult,
    assess, judge,
};
use proofhouse_model::statement::{StatementFault, review};
use proofhouse_model::{
    CaseId, Channel, Event, GuideId, Plan, PlannedProduct, ProductId, ProvisionId, Seq, Task,
    TaskId, Trouble, UnitName, Verdict,
};
use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;
use std::path::Path;

/// A folded run. It keeps what reports tell, and no event.
#[derive(Debug)]
pub struct Folded<'a> {
    plan: Cow<'a, Plan>,
    facts: RunFacts,
    result: RunResult,
}

impl<'a> Folded<'a> {
    /// Folds the events of a journal with its plan, one at a time.
    #[must_use]
    pub fn new<E: Borrow<Event>>(plan: &'a Plan, events: impl IntoIterator<Item = E>) -> Self {
        let mut folding = Folding::default();
        events.into_iter().for_each(|e| folding.see(e.borrow()));
        folding.finish(Cow::Borrowed(plan))
    }
}

impl Folded<'static> {
    /// Reads and folds a run folder, with one event at a time in memory.
    ///
    /// # Errors
    /// The first thing in it that is not as it was written.
    pub fn read(run_dir: &Path) -> Result<Self, ReadError> {
        let mut reader = Reader::open(run_dir)?;
        let mut folding = Folding::default();
        for event in reader.by_ref() {
            folding.see(&event?);
        }
        Ok(folding.finish(Cow::Owned(reader.into_plan())))
    }
}

/// A run that is being folded.
#[derive(Default)]
struct Folding {
    facts: RunFacts,
    tasks: TaskFold,
}

impl Folding {
    fn see(&mut self, event: &Event) {
        self.facts.see(event);
        self.tasks.see(event);
    }

    fn finish(self, plan: Cow<'_, Plan>) -> Folded<'_> {
        Folded {
            result: judge(&plan, self.tasks),
            facts: self.facts,
            plan,
        }
    }
}

impl Folded<'_> {
    /// The same of a run that was broken off and that nobody has taken up: what may have been left on counts as told.
    /// `guard` is what its guard noted after the harness had died, where it noted anything.
    #[must_use]
    pub fn broken_off(mut self, guard: Option<&GuardActed>) -> Self {
        let last = Seq::try_from(self.facts.events.saturating_sub(1)).unwrap_or_default();
        let told = |acted: &&GuardActed| self.facts.guards.iter().any(|(_, told)| told == *acted);
        // One that stands in the journal is of an earlier death.
        let left: Vec<_> = match guard.filter(|acted| !told(acted)) {
            Some(acted) => {
                let seen_to: Vec<_> = relays::seen_to(acted).collect();
                let may_be_on = &mut self.facts.may_be_on;
                may_be_on.retain(|(_, unit, why)| {
                    let mut seen_to = seen_to.iter();
                    !seen_to.any(|(of, channel)| of == unit && why.channel == Some(*channel))
                });
                let left = relays::left_by(acted).into_iter();
                left.map(|((unit, _), why)| (last, unit, why)).collect()
            }
            None => self.abandoned(),
        };
        self.facts.may_be_on.extend(left);
        self
    }

    /// Relays of real units that the journal does not show to be at rest. A virtual one ends with its harness.
    fn abandoned(&self) -> Vec<(Seq, UnitName, Trouble)> {
        let known = |unit: &UnitName, channel: Channel| {
            let mut told = self.facts.may_be_on.iter();
            told.any(|(_, of, why)| of == unit && why.channel == Some(channel))
        };
        let is_real = |unit: &UnitName, channel: Channel| {
            let spec = self.plan.bench.units.iter().find(|u| &u.name == unit);
            let wire = spec.and_then(|spec| spec.wire(channel));
            wire.is_some_and(|wire| wire.driver != "virtual")
        };
        let relays = self.facts.relays.not_at_rest();
        let relays =
            relays.filter(|((unit, channel), _)| is_real(unit, *channel) && !known(unit, *channel));
        relays
            .map(|((unit, channel), seq)| (seq, unit.clone(), relays::abandoned(*channel)))
            .collect()
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The result.
    #[must_use]
    pub fn result(&self) -> &RunResult {
        &self.result
    }

    /// The reading of it.
    #[must_use]
    pub fn view(&self) -> RunView<'_> {
        let products = self.result.products.iter();
        RunView {
            plan: &self.plan,
            facts: &self.facts,
            end: self.result.end,
            products: products.filter_map(|p| View::new(self, p)).collect(),
        }
    }
}

/// The whole run: each product by itself.
#[derive(Debug)]
pub struct RunView<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Facts of the run as a whole.
    pub facts: &'a RunFacts,
    /// How the run ended.
    pub end: Option<RunEnd>,
    /// The products, by name.
    pub products: Vec<View<'a>>,
}

/// A planned task with what came of it.
#[derive(Debug, Clone, Copy)]
pub struct TaskView<'a> {
    /// As planned.
    pub planned: &'a Task,
    /// As folded.
    pub result: &'a TaskResult,
    /// What the fold leaves out; `None` when the journal has no event of it.
    pub facts: Option<&'a TaskFacts>,
}

/// One product: everything the reports read of it.
#[derive(Debug)]
pub struct View<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Facts of the run as a whole.
    pub facts: &'a RunFacts,
    /// How the run ended.
    pub end: Option<RunEnd>,
    /// The product.
    pub id: &'a ProductId,
    /// As planned.
    pub product: &'a PlannedProduct,
    /// Its tasks that are carried out here, in planned order.
    pub tasks: Vec<TaskView<'a>>,
    /// All provisions, in printed order.
    pub rows: Vec<Row<'a>>,
    /// Guide rows served directly.
    pub guides: Vec<GuideView<'a>>,
    /// Whether another of its tasks runs the same case, by task.
    shares_case: Vec<bool>,
    of: &'a ProductResult,
}

impl<'a> View<'a> {
    fn new(folded: &'a Folded<'_>, of: &'a ProductResult) -> Option<Self> {
        let (plan, result) = (folded.plan(), &folded.result);
        let product = plan.products.get(&of.product)?;
        let here = plan.tasks_of(&of.product).filter(|t| plan.is_here(t.id));
        let tasks = here.filter_map(|planned| {
            Some(TaskView {
                planned,
                result: result.task(planned.id)?,
                facts: folded.facts.tasks.get(&planned.id),
            })
        });
        let rows = of.provisions.iter();
        let tasks: Vec<TaskView<'a>> = tasks.collect();
        Some(Self {
            plan,
            facts: &folded.facts,
            end: result.end,
            id: &of.product,
            product,
            shares_case: shares_case(plan, &of.product, &tasks),
            of,
            tasks,
            rows: rows.map(|p| Row::new(plan, product, p)).collect(),
            guides: of.guides.iter().map(GuideView::new).collect(),
        })
    }

    /// What became of every unit of the test specification.
    #[must_use]
    pub fn ledger(&self) -> Vec<&'a LedgerRow> {
        self.of.ledger().collect()
    }

    /// What was refuted and names no unit.
    #[must_use]
    pub fn loose_findings(&self) -> Vec<&'a LooseFinding> {
        self.of.loose_findings().collect()
    }

    /// The roll-up of the test specification.
    #[must_use]
    pub fn assessment(&self) -> Assessment {
        assess(self.plan, self.of)
    }

    /// What cannot be true of the maker's statement.
    #[must_use]
    pub fn statement_faults(&self) -> Vec<StatementFault> {
        review(&self.plan.catalogue, &self.product.profile)
    }

    /// The task of that id; its tasks are in the order of their ids.
    #[must_use]
    pub fn task(&self, id: TaskId) -> Option<TaskView<'a>> {
        self.tasks.get(self.position(id)?).copied()
    }

    fn position(&self, id: TaskId) -> Option<usize> {
        let by_id = |task: &TaskView<'_>| task.planned.id;
        self.tasks.binary_search_by_key(&id, by_id).ok()
    }

    /// How a task is named beside others of this product: its case, and its unit where others run the same case.
    #[must_use]
    pub fn name(&self, id: TaskId) -> String {
        let Some(at) = self.position(id) else {
            return id.to_string();
        };
        let task = self.tasks[at].planned;
        match self.shares_case.get(at) {
            Some(true) => format!("{} on {}", task.case.id, units_of(task)),
            _ => task.case.id.to_string(),
        }
    }

    /// Events that the folded verdict of some tasks rests on, sorted: those of the tasks that decide it.
    #[must_use]
    pub fn rests_on(&self, served: &[Served], target: TargetKind<'_>) -> Vec<Seq> {
        let Some(worst) = served.iter().map(|s| s.verdict).reduce(Verdict::and) else {
            return Vec::new();
        };
        let deciding = served.iter().filter(|s| s.verdict == worst);
        let tasks = deciding.filter_map(|s| self.task(s.task));
        let mut out: Vec<Seq> = tasks
            .flat_map(|task| task.result.rests_on(|check| target.heeds(check)))
            .collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The provision of that id.
    #[must_use]
    pub fn row(&self, id: &ProvisionId) -> Option<&Row<'a>> {
        self.rows.iter().find(|r| &r.result.provision.id == id)
    }

    /// The guide row of that id.
    #[must_use]
    pub fn guide(&self, id: &GuideId) -> Option<&GuideView<'a>> {
        self.guides.iter().find(|g| &g.result.row.id == id)
    }
}

/// For each task whether the plan has another of the same case and product.
fn shares_case(plan: &Plan, product: &ProductId, tasks: &[TaskView<'_>]) -> Vec<bool> {
    let mut runs: BTreeMap<&CaseId, usize> = BTreeMap::new();
    for task in plan.tasks_of(product) {
        *runs.entry(&task.case.id).or_default() += 1;
    }
    let shared = |task: &TaskView<'_>| runs.get(&task.planned.case.id).is_some_and(|n| *n > 1);
    tasks.iter().map(shared).collect()
}

fn units_of(task: &Task) -> String {
    let names: Vec<_> = task.units.iter().map(|u| u.as_str()).collect();
    names.join(" and ")
}
