//! Devices that take one connection at a time: every client of the harness takes turns, with a pause between.

use super::Gate;
use crate::budget::Budget;
use crate::sync::hold;
use proofhouse_model::profile::Pace;
use proofhouse_model::{Channel, Route, SocketKind, Trouble};
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a wait looks whether it was called off.
const LOOK: Duration = Duration::from_millis(50);

/// How the sockets to a unit are opened: where to, and how many at once.
#[derive(Debug, Clone, Default)]
pub struct Way {
    /// Where to; straight unless the bench is faulty on purpose.
    pub route: Route,
    /// One connection after another, where the device takes no more.
    pub turns: Turns,
    /// What stands on the way to a virtual unit that can be cut off.
    pub gate: Option<Gate>,
}

impl Way {
    /// The address to connect to.
    #[must_use]
    pub fn of(&self, kind: SocketKind, to: SocketAddr) -> SocketAddr {
        self.route.of(kind, to)
    }
}

impl From<Route> for Way {
    fn from(route: Route) -> Self {
        Self {
            route,
            ..Self::default()
        }
    }
}

/// Turns at a unit's network; by default there are none, and nobody waits. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct Turns(Option<Arc<Line>>);

#[derive(Debug)]
struct Line {
    between: Duration,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    taken: bool,
    not_before: Option<Instant>,
}

/// Whoever has it may hold a connection. Dropped, the connection is over.
#[derive(Debug)]
#[must_use = "the next connection may begin when it is dropped"]
pub struct Turn(Option<Arc<Line>>);

impl Turns {
    /// As the profile says that its device wants it.
    #[must_use]
    pub fn of(pace: Pace) -> Self {
        let line = || Line {
            between: pace.between.std(),
            state: Mutex::default(),
            changed: Condvar::new(),
        };
        Self(pace.one_at_a_time.then(line).map(Arc::new))
    }

    /// Whether the device takes one connection at a time.
    #[must_use]
    pub fn one_at_a_time(&self) -> bool {
        self.0.is_some()
    }

    /// Waits until no other connection is open, and for the pause after it.
    ///
    /// # Errors
    /// The budget is over before (deadline), or it was called off.
    pub fn take(&self, budget: &Budget) -> Result<Turn, Trouble> {
        let Some(line) = &self.0 else {
            return Ok(Turn(None));
        };
        let doing = || {
            "waiting for a turn at a device that takes one connection at a time, as its profile says: \
             another one was open, or the pause was not over"
                .to_owned()
        };
        let mut state = hold(&line.state);
        loop {
            let pause = state.not_before.map_or(Duration::ZERO, |at| {
                at.saturating_duration_since(Instant::now())
            });
            if !state.taken && pause.is_zero() {
                state.taken = true;
                return Ok(Turn(Some(line.clone())));
            }
            budget.check(Channel::Lan, doing)?;
            let wait = if state.taken { LOOK } else { pause.min(LOOK) };
            let waited = line.changed.wait_timeout(state, wait.min(budget.left()));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Turn {
    /// No connection came of it: the next one need not wait.
    pub fn unused(mut self) {
        if let Some(line) = self.0.take() {
            line.release(None);
        }
    }
}

impl Line {
    fn release(&self, not_before: Option<Instant>) {
        let mut state = hold(&self.state);
        state.taken = false;
        state.not_before = not_before;
        drop(state);
        self.changed.notify_all();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(line) = self.0.take() {
            line.release(Instant::now().checked_add(line.between));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cancel;
    use proofhouse_model::{Dur, TroubleKind};

    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(20);

    fn turns(between: Dur) -> Turns {
        Turns::of(Pace {
            one_at_a_time: true,
            between,
        })
    }

    #[test]
    fn the_next_connection_waits_for_the_end_of_the_last_one_and_the_pause() {
        let turns = turns(Dur::ms(20));
        let first = turns.take(&Budget::of(LONG)).unwrap();
        let late = turns.take(&Budget::of(SHORT)).unwrap_err();
        assert_eq!(late.kind, TroubleKind::Deadline);
        assert!(late.what.contains("one connection at a time"), "{late}");
        let ended = Instant::now();
        drop(first);
        let second = turns.take(&Budget::of(LONG)).unwrap();
        assert!(ended.elapsed() >= SHORT, "no pause");
        let next = std::thread::scope(|scope| {
            let next = scope.spawn(|| turns.take(&Budget::of(LONG)));
            drop(second);
            next.join().unwrap()
        });
        drop(next.unwrap());
    }

    #[test]
    fn what_brought_no_connection_costs_no_pause() {
        let turns = turns(Dur::secs(3600));
        turns.take(&Budget::of(LONG)).unwrap().unused();
        turns.take(&Budget::of(LONG)).unwrap().unused();
        drop(turns.take(&Budget::of(LONG)).unwrap());
        let late = turns.take(&Budget::of(SHORT)).unwrap_err();
        assert_eq!(late.kind, TroubleKind::Deadline, "the pause");
    }

    #[test]
    fn the_wait_can_be_called_off() {
        let (turns, cancel) = (turns(Dur::secs(3600)), Cancel::new());
        drop(turns.take(&Budget::of(LONG)).unwrap());
        let ended = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| turns.take(&Budget::new(LONG, &cancel)));
            cancel.cancel("the run ends");
            waiting.join().unwrap()
        });
        assert_eq!(ended.unwrap_err().kind, TroubleKind::Cancelled);
    }

    #[test]
    fn other_devices_take_as_many_as_come() {
        let turns = Turns::default();
        let _first = turns.take(&Budget::of(SHORT)).unwrap();
        let _second = turns.take(&Budget::of(SHORT)).unwrap();
        assert!(!turns.one_at_a_time());
    }
}
