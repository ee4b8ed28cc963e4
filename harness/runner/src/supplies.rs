//! Whose turn it is: supplies are switched by many cases at a time, or by one gate that proves one, never both.
//!
//! Who waits to prove goes before those who come to switch later: on a bench of many units some relay is always at
//! work, and a gate that waited for all of them to rest by chance would wait for ever.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The turns of one run.
#[derive(Debug, Default)]
pub struct Supplies(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    switching: usize,
    waiting: usize,
    proving: bool,
    /// How often a turn was given back.
    given_back: u64,
}

impl Supplies {
    /// A turn to switch, unless a supply is being proved or somebody waits to prove one.
    pub fn try_switch(self: &Arc<Self>) -> Option<Turn> {
        let mut state = self.state();
        if state.proving || state.waiting > 0 {
            return None;
        }
        state.switching += 1;
        Some(Turn(Arc::clone(self)))
    }

    /// From now on nobody begins to switch.
    pub fn wait_to_prove(&self) -> Waiting<'_> {
        self.state().waiting += 1;
        Waiting(self)
    }

    /// Grows with every turn that ends: while it does, waiting is no sign of a relay that hangs.
    pub fn given_back(&self) -> u64 {
        self.state().given_back
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn to switch supplies; others may have one, too.
#[derive(Debug)]
pub struct Turn(Arc<Supplies>);

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.switching -= 1;
        state.given_back += 1;
    }
}

/// Somebody who waits until no supply is being switched.
#[derive(Debug)]
pub struct Waiting<'a>(&'a Supplies);

impl<'a> Waiting<'a> {
    /// The turn to prove, once nobody else has one.
    pub fn try_prove(&self) -> Option<Proving<'a>> {
        let mut state = self.0.state();
        if state.proving || state.switching > 0 {
            return None;
        }
        state.proving = true;
        Some(Proving(self.0))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().waiting -= 1;
    }
}

/// The only turn there is.
#[derive(Debug)]
pub struct Proving<'a>(&'a Supplies);

impl Drop for Proving<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.proving = false;
        state.given_back += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_switch_at_a_time_and_one_proves_alone() {
        let all = Arc::new(Supplies::default());
        let turns = (all.try_switch().unwrap(), all.try_switch().unwrap());
        let waiting = all.wait_to_prove();
        assert!(waiting.try_prove().is_none());
        drop(turns.0);
        assert!(waiting.try_prove().is_none());
        drop(turns.1);
        let proving = waiting.try_prove().unwrap();
        assert!(all.wait_to_prove().try_prove().is_none());
        drop(waiting);
        assert!(all.try_switch().is_none());
        drop(proving);
        assert!(all.try_switch().is_some());
    }

    /// A relay is always at work somewhere: who waits to prove must not wait for a moment without any.
    #[test]
    fn nobody_begins_to_switch_while_somebody_waits_to_prove() {
        let all = Arc::new(Supplies::default());
        let early = all.try_switch().unwrap();
        let waiting = all.wait_to_prove();
        assert!(all.try_switch().is_none());
        drop(early);
        assert!(waiting.try_prove().is_some());
        drop(waiting);
        assert!(
            all.try_switch().is_some(),
            "given up waiting, given back the turn"
        );
    }

    #[test]
    fn every_turn_that_ends_is_told() {
        let all = Arc::new(Supplies::default());
        drop(all.try_switch());
        drop(all.wait_to_prove().try_prove());
        assert_eq!(all.given_back(), 2);
    }
}
