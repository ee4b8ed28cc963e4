//! A race for the lock, from the harness's side.

use std::time::{Duration, Instant};

use proofhouse_model::Trouble;
use proofhouse_model::observation::DebugLevel;

use super::DebugPort;
use crate::budget::Budget;
use crate::swd::child::Reply;
use crate::swd::protocol::{Answer, Request};
use crate::swd::race::Race;

/// A race under way. Dropped without [`RaceHandle::join`], its worker is killed.
pub struct RaceHandle<'a> {
    pub(super) port: &'a mut DebugPort,
    pub(super) length: Duration,
    pub(super) powered: Option<Instant>,
    pub(super) ended: bool,
}

impl RaceHandle<'_> {
    /// The supply is on now: times count from here. A second call has no effect.
    pub fn powered(&mut self) {
        if self.powered.is_none() {
            self.powered = Some(Instant::now());
            if let Some(worker) = &mut self.port.worker {
                // A worker that is gone is noticed by `join`.
                let _ = worker.send(&Request::Powered);
            }
        }
    }

    /// Waits for the end of the race, at most `grace` longer than it should last; of the budget it is called off by
    /// the flag alone. If power was not announced, it counts as coming now.
    ///
    /// # Errors
    /// Bench trouble: the probe never opened, or the worker overran and had seen nothing open.
    /// Memory that *was* read stays a fact: then the race so far is returned, with a doubt.
    pub fn join(mut self, grace: Duration, budget: &Budget) -> Result<Race, Trouble> {
        self.powered();
        let end = self.powered.unwrap_or_else(Instant::now) + self.length + grace;
        let budget = Budget::until(end, budget.cancel());
        let mut seen: Option<Race> = None;
        loop {
            let next = self.port.next_reply(&budget);
            match next.map_err(|trouble| self.port.placed(trouble)) {
                Ok(Reply {
                    answer: Answer::Further(race),
                    ..
                }) => seen = Some(*race),
                Ok(Reply {
                    answer: Answer::Raced(race),
                    ..
                }) => {
                    self.ended = true;
                    return Ok(*race);
                }
                Ok(other) => return Err(self.port.confused(&other)),
                Err(trouble) => {
                    // An answer in words leaves the worker fit for the next request.
                    self.ended = self.port.worker.is_some();
                    return salvage(seen, trouble);
                }
            }
        }
    }
}

impl Drop for RaceHandle<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.port.worker = None;
        }
    }
}

/// A broken race proves nothing, except where memory had been read before it broke.
fn salvage(seen: Option<Race>, trouble: Trouble) -> Result<Race, Trouble> {
    match seen {
        Some(mut race) if race.best.grade.level == DebugLevel::Open => {
            race.best.doubts.push(format!(
                "the race broke off after memory was read: {trouble}"
            ));
            Ok(race)
        }
        _ => Err(trouble),
    }
}
