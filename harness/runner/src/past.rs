//! What the journal of a run says when its harness died or somebody ended it: what is done, what was under way, what is
//! left.

use crate::retry;
use proofhouse_journal::Kept;
use proofhouse_model::event::{GuardActed, RunEnd};
use proofhouse_model::fold::{TaskFold, TaskResult};
use proofhouse_model::op::PowerOp;
use proofhouse_model::{Event, Fact, LeftBecause, Op, Plan, Seq, TaskId, Trouble, UnitName};
use std::collections::{BTreeMap, BTreeSet};

/// A run so far.
#[derive(Debug, Default)]
pub struct Past {
    /// No event was written: nothing was touched.
    pub blank: bool,
    /// Every planned case was tried; only reports and seal are missing.
    pub ended: bool,
    /// It was ended before that, on purpose or because its bench was lost.
    pub interrupted: bool,
    /// Microseconds from the start of the run to its last event.
    pub at_us: u64,
    /// Tasks that were under way: begun again from their start.
    pub under_way: Vec<TaskId>,
    /// Their ops that were started and have no end.
    pub open: Vec<OpenOp>,
    /// Evidence on disk that no event names.
    pub kept: Vec<Kept>,
    /// What the guard did after the harness had died, where it is not in the journal yet.
    pub guard: Option<GuardActed>,
    pub(crate) broken: BTreeMap<UnitName, Trouble>,
    /// Units that had left and were not back.
    pub(crate) left: BTreeMap<UnitName, (LeftBecause, Trouble)>,
    pub(crate) made: BTreeMap<TaskId, u32>,
    finished: BTreeSet<TaskId>,
}

/// Something that may have happened or not.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenOp {
    /// Its `OpStarted`, or that of the cut that was armed.
    pub seq: Seq,
    /// The task.
    pub task: TaskId,
    /// The unit.
    pub unit: Option<UnitName>,
    /// What was to be done.
    pub op: Op,
    /// A cut that was armed: ended as an op, and may have come later.
    pub armed: bool,
}

impl Past {
    /// Reads it from the journal, one event at a time.
    ///
    /// # Errors
    /// What the journal's reader says.
    pub fn read<E>(
        plan: &Plan,
        events: impl IntoIterator<Item = Result<Event, E>>,
        kept: Vec<Kept>,
        guard: Option<GuardActed>,
    ) -> Result<Self, E> {
        let mut past = Self {
            blank: true,
            kept,
            guard,
            ..Self::default()
        };
        let mut tasks = TaskFold::default();
        let mut open = BTreeMap::new();
        for event in events {
            let event = event?;
            past.blank = false;
            past.at_us = event.at_us;
            tasks.see(&event);
            open_op(&mut open, &event);
            match (event.fact, event.unit) {
                (Fact::UnitBroken { trouble }, Some(unit)) => {
                    past.broken.entry(unit).or_insert(trouble);
                }
                (Fact::UnitLeft { why, trouble, .. }, Some(unit)) => {
                    past.left.insert(unit, (why, trouble));
                }
                (Fact::UnitJoined { .. }, Some(unit)) => drop(past.left.remove(&unit)),
                // Told by a process that took the run up before this one, and died.
                (Fact::GuardActed(told), _) if past.guard.as_ref() == Some(&told) => {
                    past.guard = None;
                }
                _ => {}
            }
        }
        let (results, end) = tasks.finish();
        past.ended = end == Some(RunEnd::Finished);
        past.interrupted = matches!(end, Some(RunEnd::Interrupted | RunEnd::BrokenOff));
        for result in results {
            past.add_task(plan, &result);
        }
        past.left.retain(|unit, _| !past.broken.contains_key(unit));
        past.open = open.into_values().collect();
        past.open.retain(|op| past.under_way.contains(&op.task));
        Ok(past)
    }

    fn add_task(&mut self, plan: &Plan, result: &TaskResult) {
        let task = result.task;
        // Cases are cut short and left out before the journal says that the run was ended: a second signal, or SIGKILL,
        // may come between the two.
        if result.is_under_way() || !self.ended && result.is_cut_short() {
            // It had no result: what is started in its place has its number.
            self.made.insert(task, result.attempts - 1);
            self.under_way.push(task);
        } else if retry::is_due(plan, result) || !self.ended && result.not_run.is_some() {
            // Where a unit is out of service, the dispatcher leaves it out again.
            let made = match result.end.is_none() {
                // Its unit left the run in the middle of it, and no other one could begin it again.
                true => result.attempts.saturating_sub(1),
                false => result.attempts,
            };
            self.made.insert(task, made);
        } else if result.end.is_some() || result.not_run.is_some() {
            self.finished.insert(task);
        }
    }

    /// What is left of the plan, in its order.
    #[must_use]
    pub fn left(&self, plan: &Plan) -> Vec<TaskId> {
        let all = plan.here().map(|t| t.id);
        all.filter(|id| !self.finished.contains(id)).collect()
    }
}

/// Ops without an end since the run was last taken up, and cuts that were armed and not awaited.
fn open_op(open: &mut BTreeMap<Seq, OpenOp>, event: &Event) {
    match &event.fact {
        Fact::OpStarted { op } => {
            let begun = |task| OpenOp {
                seq: event.seq,
                task,
                unit: event.unit.clone(),
                op: op.clone(),
                armed: false,
            };
            open.extend(event.task.map(|task| (event.seq, begun(task))));
        }
        Fact::OpEnded { of, .. } => op_ended(open, *of),
        Fact::OpFailed { of, .. } => drop(open.remove(of)),
        Fact::TaskEnded { .. } => open.retain(|_, o| Some(o.task) != event.task),
        Fact::RunResumed { .. } => open.clear(),
        _ => {}
    }
}

fn op_ended(open: &mut BTreeMap<Seq, OpenOp>, of: Seq) {
    let Some(mut ended) = open.remove(&of) else {
        return;
    };
    match ended.op {
        Op::Power(ref op) if op.arms() => {
            ended.armed = true;
            open.insert(of, ended);
        }
        // Whatever was armed on this unit has come by now.
        Op::Power(PowerOp::AwaitCut | PowerOp::Off) => {
            open.retain(|_, o| !(o.armed && o.unit == ended.unit && o.task == ended.task));
        }
        _ => {}
    }
}
