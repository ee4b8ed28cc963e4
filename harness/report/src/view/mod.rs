//! One reading of a run for all reports: folds of the model, joined with what they leave out.

mod evidence;
mod facts;
mod guide;
mod open;
mod proved;
mod row;

pub use evidence::{Line, Picked, TargetKind};
pub use facts::{CaseFacts, RunFacts};
pub use guide::GuideView;
pub use open::Open;
pub use proved::Proved;
pub(crate) use row::verdict_word;
pub use row::{Row, Standing};

use proofhouse_model::fold::{CaseResult, RunResult, fold_run};
use proofhouse_model::{CaseId, Event, GuideId, Plan, PlannedCase, ProvisionId, Seq, Verdict};
use std::collections::BTreeMap;

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
    pub fn view(&self) -> View<'_> {
        View::new(self)
    }
}

/// A planned case with what came of it.
#[derive(Debug, Clone, Copy)]
pub struct CaseView<'a> {
    /// As planned.
    pub planned: &'a PlannedCase,
    /// As folded.
    pub result: &'a CaseResult,
    /// What the fold leaves out; `None` when the journal has no event of it.
    pub facts: Option<&'a CaseFacts<'a>>,
}

/// Everything the reports read.
#[derive(Debug)]
pub struct View<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Facts of the run as a whole.
    pub facts: &'a RunFacts<'a>,
    /// The fold.
    pub result: &'a RunResult,
    /// All planned cases, in their order.
    pub cases: Vec<CaseView<'a>>,
    /// All provisions, in printed order.
    pub rows: Vec<Row<'a>>,
    /// Guide rows served directly.
    pub guides: Vec<GuideView<'a>>,
    index: BTreeMap<&'a CaseId, usize>,
}

impl<'a> View<'a> {
    fn new(folded: &'a Folded<'a>) -> Self {
        let (plan, result) = (folded.plan, &folded.result);
        let cases: Vec<_> = plan
            .cases
            .iter()
            .zip(&result.cases)
            .map(|(planned, result)| CaseView {
                planned,
                result,
                facts: folded.facts.cases.get(&result.case),
            })
            .collect();
        let index = cases.iter().enumerate();
        let index = index.map(|(i, c)| (&c.planned.case.id, i)).collect();
        Self {
            plan,
            facts: &folded.facts,
            rows: result
                .provisions
                .iter()
                .map(|p| Row::new(plan, p))
                .collect(),
            guides: result.guides.iter().map(GuideView::new).collect(),
            result,
            cases,
            index,
        }
    }

    /// The planned case of that id.
    #[must_use]
    pub fn case(&self, id: &CaseId) -> Option<CaseView<'a>> {
        self.index.get(id).map(|i| self.cases[*i])
    }

    /// Events that the folded verdict of some cases rests on, sorted: those of the cases that decide it.
    #[must_use]
    pub fn rests_on(
        &self,
        served: &[(CaseId, Verdict, String)],
        target: TargetKind<'_>,
    ) -> Vec<Seq> {
        let Some(worst) = served.iter().map(|(_, v, _)| *v).reduce(Verdict::and) else {
            return Vec::new();
        };
        let deciding = served.iter().filter(|(_, v, _)| *v == worst);
        let cases = deciding.filter_map(|(id, ..)| self.case(id));
        let mut out: Vec<Seq> = cases
            .flat_map(|case| case.result.rests_on(|check| target.heeds(check)))
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
