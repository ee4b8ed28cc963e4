//! What the journal of a run says when its harness died: what is done, what was under way, what is left.

use crate::retry;
use proofhouse_journal::Kept;
use proofhouse_model::fold::{CaseResult, fold_cases};
use proofhouse_model::op::PowerOp;
use proofhouse_model::{CaseId, Event, Fact, Op, Plan, PlannedCase, Seq, Trouble, UnitName};
use std::collections::{BTreeMap, BTreeSet};

/// A run so far.
#[derive(Debug, Default)]
pub struct Past {
    /// No event was written: nothing was touched.
    pub blank: bool,
    /// The last event was written; only reports and seal are missing.
    pub ended: bool,
    /// Microseconds from the start of the run to its last event.
    pub at_us: u64,
    /// Cases that were under way: begun again from their start.
    pub under_way: Vec<CaseId>,
    /// Their ops that were started and have no end.
    pub open: Vec<OpenOp>,
    /// Evidence on disk that no event names.
    pub kept: Vec<Kept>,
    pub(crate) broken: BTreeMap<UnitName, Trouble>,
    pub(crate) made: BTreeMap<CaseId, u32>,
    finished: BTreeSet<CaseId>,
}

/// Something that may have happened or not.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenOp {
    /// Its `OpStarted`, or that of the cut that was armed.
    pub seq: Seq,
    /// The case.
    pub case: CaseId,
    /// The unit.
    pub unit: Option<UnitName>,
    /// What was to be done.
    pub op: Op,
    /// A cut that was armed: ended as an op, and may have come later.
    pub armed: bool,
}

impl Past {
    /// Reads it from the journal.
    #[must_use]
    pub fn of(plan: &Plan, events: &[Event], kept: Vec<Kept>) -> Self {
        let mut past = Self {
            blank: events.is_empty(),
            at_us: events.last().map_or(0, |e| e.at_us),
            kept,
            ..Self::default()
        };
        let (results, end) = fold_cases(events);
        past.ended = end.is_some();
        for result in results {
            past.add_case(plan, result);
        }
        for event in events {
            if let (Fact::UnitBroken { trouble }, Some(unit)) = (&event.fact, &event.unit) {
                let first = past.broken.entry(unit.clone());
                first.or_insert_with(|| trouble.clone());
            }
        }
        past.open = open_ops(events);
        past.open.retain(|op| past.under_way.contains(&op.case));
        past
    }

    fn add_case(&mut self, plan: &Plan, result: CaseResult) {
        let case = result.case.clone();
        if result.is_under_way() {
            // It had no result: what is started in its place has its number.
            self.made.insert(case.clone(), result.attempts - 1);
            self.under_way.push(case);
        } else if retry::is_due(plan, &result) {
            self.made.insert(case, result.attempts);
        } else if result.end.is_some() || result.not_run.is_some() {
            self.finished.insert(case);
        }
    }

    /// What is left of the plan, in its order.
    #[must_use]
    pub fn left(&self, plan: &Plan) -> Vec<PlannedCase> {
        let left = |p: &&PlannedCase| !self.finished.contains(&p.case.id);
        plan.cases.iter().filter(left).cloned().collect()
    }
}

/// Ops without an end since the run was last taken up, and cuts that were armed and not awaited.
fn open_ops(events: &[Event]) -> Vec<OpenOp> {
    let mut open: BTreeMap<Seq, OpenOp> = BTreeMap::new();
    for event in events {
        match &event.fact {
            Fact::OpStarted { op } => {
                if let Some(case) = &event.case {
                    let (unit, op) = (event.unit.clone(), op.clone());
                    let (case, armed) = (case.clone(), false);
                    let seq = event.seq;
                    open.insert(
                        seq,
                        OpenOp {
                            seq,
                            case,
                            unit,
                            op,
                            armed,
                        },
                    );
                }
            }
            Fact::OpEnded { of, .. } => op_ended(&mut open, *of),
            Fact::OpFailed { of, .. } => drop(open.remove(of)),
            Fact::CaseEnded { .. } => open.retain(|_, o| Some(&o.case) != event.case.as_ref()),
            Fact::RunResumed { .. } => open.clear(),
            _ => {}
        }
    }
    open.into_values().collect()
}

fn op_ended(open: &mut BTreeMap<Seq, OpenOp>, of: Seq) {
    let Some(mut ended) = open.remove(&of) else {
        return;
    };
    match ended.op {
        Op::Power(PowerOp::CutIn { .. }) => {
            ended.armed = true;
            open.insert(of, ended);
        }
        // Whatever was armed on this unit has come by now.
        Op::Power(PowerOp::AwaitCut | PowerOp::Off) => {
            open.retain(|_, o| !(o.armed && o.unit == ended.unit && o.case == ended.case));
        }
        _ => {}
    }
}
