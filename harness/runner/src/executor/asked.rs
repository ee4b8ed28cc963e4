//! A person who is asked by an op: what they take is none of the case's time, and a question that nobody answers pauses
//! the run.

use super::{Executor, lock, plain};
use crate::control::UnitControl;
use proofhouse_model::{Observation, Op, Trouble, TroubleKind};
use std::time::{Duration, Instant};

/// When a case must be over. While a person is asked its time stands still: it is moved on by what they took.
pub(super) struct Deadline {
    at: Instant,
    /// Most that the person takes who is asked now.
    asked: Duration,
}

impl Deadline {
    pub(super) fn at(at: Instant) -> Self {
        Self {
            at,
            asked: Duration::ZERO,
        }
    }

    /// If the person who is asked now takes all of their time.
    pub(super) fn latest(&self) -> Instant {
        self.at + self.asked
    }
}

impl Executor {
    /// Carries it out; what a person takes who is asked is none of the case's time.
    pub(super) fn carry_out_or_ask(
        &self,
        unit: &dyn UnitControl,
        op: &Op,
    ) -> Result<Observation, Trouble> {
        let Some(most) = unit.person_within(op) else {
            return self.carry_out(unit, op);
        };
        let begun = self.now();
        lock(&self.deadline).asked = most;
        let done = self.carry_out(unit, op);
        let took = self.now().saturating_duration_since(begun);
        let mut deadline = lock(&self.deadline);
        deadline.at += took.min(most);
        deadline.asked = Duration::ZERO;
        done
    }

    /// A question that nobody answered is trouble of the bench, and stands in the journal as that. It pauses the run,
    /// lest the next one be asked of nobody as well: for the case the run ends here, and begins again when it goes on.
    pub(super) fn unless_unanswered(
        &self,
        unit: &dyn UnitControl,
        op: &Op,
        result: Result<Observation, Trouble>,
    ) -> Result<Observation, Trouble> {
        match result {
            Err(trouble)
                if trouble.kind == TroubleKind::Bench
                    && unit.person_within(op).is_some()
                    && unit.nobody_answered() =>
            {
                let why = format!("the run is paused: {}", trouble.what);
                self.cancel.cancel(&why);
                Err(plain(TroubleKind::Cancelled, &why))
            }
            result => result,
        }
    }
}
