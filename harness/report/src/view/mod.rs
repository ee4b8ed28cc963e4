//! One reading of a run for all reports: folds of the model, joined with what they leave out.

mod evidence;
mod facts;
mod guide;
mod open;
mod proved;
mod row;

pub use evidence::{Line, Picked, TargetKind};
pub use facts::{RunFacts, TaskFacts};
pub use guide::GuideView;
pub use open::Open;
pub use proved::Proved;
pub(crate) use row::verdict_word;
pub use row::{Row, Standing};

use proofhouse_model::event::RunEnd;
use proofhouse_model::fold::{ProductResult, RunResult, Served, TaskResult, fold_run};
use proofhouse_model::{
    Event, GuideId, Plan, PlannedProduct, ProductId, ProvisionId, Seq, Task, TaskId, Verdict,
};

/// A folded run.
#[derive(Debug)]
pub struct Folded<'a> {
    plan: &'a Plan,
    facts: RunFacts<'a>,
    result: RunResult,
}

impl<'a> Folded<'a> {
    /// Folds a journal with its plan.
    #[must_use]
    pub fn new(plan: &'a Plan, events: &'a [Event]) -> Self {
        Self {
            plan,
            facts: RunFacts::of(events),
            result: fold_run(plan, events),
        }
    }

    /// The reading of it.
    #[must_use]
    pub fn view(&self) -> RunView<'_> {
        let products = self.result.products.iter();
        RunView {
            plan: self.plan,
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
    pub facts: &'a RunFacts<'a>,
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
    pub facts: Option<&'a TaskFacts<'a>>,
}

/// One product: everything the reports read of it.
#[derive(Debug)]
pub struct View<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Facts of the run as a whole.
    pub facts: &'a RunFacts<'a>,
    /// How the run ended.
    pub end: Option<RunEnd>,
    /// The product.
    pub id: &'a ProductId,
    /// As planned.
    pub product: &'a PlannedProduct,
    /// Its tasks, in planned order.
    pub tasks: Vec<TaskView<'a>>,
    /// All provisions, in printed order.
    pub rows: Vec<Row<'a>>,
    /// Guide rows served directly.
    pub guides: Vec<GuideView<'a>>,
}

impl<'a> View<'a> {
    fn new(folded: &'a Folded<'a>, of: &'a ProductResult) -> Option<Self> {
        let (plan, result) = (folded.plan, &folded.result);
        let product = plan.products.get(&of.product)?;
        let tasks = plan.tasks_of(&of.product).filter_map(|planned| {
            Some(TaskView {
                planned,
                result: result.task(planned.id)?,
                facts: folded.facts.tasks.get(&planned.id),
            })
        });
        let rows = of.provisions.iter();
        Some(Self {
            plan,
            facts: &folded.facts,
            end: result.end,
            id: &of.product,
            product,
            tasks: tasks.collect(),
            rows: rows
                .map(|p| Row::new(plan, product, &of.product, p))
                .collect(),
            guides: of.guides.iter().map(GuideView::new).collect(),
        })
    }

    /// The task of that id; its tasks are in the order of their ids.
    #[must_use]
    pub fn task(&self, id: TaskId) -> Option<TaskView<'a>> {
        let at = self
            .tasks
            .binary_search_by_key(&id, |t| t.planned.id)
            .ok()?;
        self.tasks.get(at).copied()
    }

    /// How a task is named beside others of this product: its case, and its unit where others run the same case.
    #[must_use]
    pub fn name(&self, id: TaskId) -> String {
        let Some(task) = self.task(id) else {
            return id.to_string();
        };
        let case = &task.planned.case.id;
        let mut others = self.tasks.iter();
        match others.any(|t| t.planned.id != id && &t.planned.case.id == case) {
            true => format!("{case} on {}", units_of(task.planned)),
            false => case.to_string(),
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

fn units_of(task: &Task) -> String {
    let names: Vec<_> = task.units.iter().map(|u| u.as_str()).collect();
    names.join(" and ")
}
