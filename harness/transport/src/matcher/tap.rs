//! Taps: every match of a pattern is recorded, without consuming anything.

use super::search::{Hit, Search};
use super::{Entry, Found, Matcher, NoMatch};
use crate::budget::Budget;
use crate::sync::hold;
use proofhouse_model::{Bytes, Pattern, Trouble};
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;

/// Sightings kept with their text; older ones are only counted.
const KEPT: usize = 64;

/// A pattern seen once by a tap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Position of its first byte since the wire was opened.
    pub at: u64,
    /// The match.
    pub text: Bytes,
}

/// Sightings of one pattern.
#[derive(Default)]
pub(super) struct Sightings {
    kept: VecDeque<Sighting>,
    count: u64,
    waiters: usize,
}

impl Sightings {
    pub(super) fn note(&mut self, hit: Hit) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(Sighting {
            at: hit.start,
            text: Bytes::from(hit.text),
        });
        self.count += 1;
    }

    pub(super) fn awaited(&self) -> bool {
        self.waiters > 0
    }

    fn since(&self, position: u64) -> Option<Sighting> {
        self.kept.iter().find(|s| s.at >= position).cloned()
    }
}

/// Watches a stream for a pattern until dropped: a crash banner, a boot banner. It never moves the
/// place of the stream, and misses nothing whoever else reads. It sees what comes after it was set.
pub struct Tap {
    matcher: Arc<Matcher>,
    id: u64,
}

impl Tap {
    pub(crate) fn set(matcher: &Arc<Matcher>, pattern: &Pattern) -> Result<Self, Trouble> {
        let mut state = hold(&matcher.state);
        let search = Search::new(pattern.clone(), state.store.end());
        let id = state.add(Entry::new(search, Found::Every(Sightings::default())))?;
        drop(state);
        Ok(Self {
            matcher: matcher.clone(),
            id,
        })
    }

    /// The first sighting at or after a position, of the last 64; at once.
    #[must_use]
    pub fn seen_since(&self, position: u64) -> Option<Sighting> {
        let mut state = hold(&self.matcher.state);
        self.with(&mut state, |s| s.since(position))?
    }

    /// Sightings so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        let mut state = hold(&self.matcher.state);
        self.with(&mut state, |s| s.count).unwrap_or(0)
    }

    /// Waits for a sighting at or after a position; `None` when there was none in time.
    ///
    /// # Errors
    /// The wire ended, or the run is being ended.
    pub fn wait_since(&self, position: u64, budget: &Budget) -> Result<Option<Sighting>, Trouble> {
        let _woken = budget.cancel().on_cancel(Waker::from(self.matcher.clone()));
        let mut state = hold(&self.matcher.state);
        self.with(&mut state, |s| s.waiters += 1);
        let look = |state: &mut super::State| self.with(state, |s| s.since(position))?;
        let (mut state, seen) = self.matcher.wait(state, budget, look);
        self.with(&mut state, |s| s.waiters -= 1);
        match seen {
            Ok(sighting) => Ok(Some(sighting)),
            Err(NoMatch::Timeout) => Ok(None),
            Err(NoMatch::Ended(why)) => Err(why),
        }
    }

    fn with<T>(
        &self,
        state: &mut super::State,
        look: impl FnOnce(&mut Sightings) -> T,
    ) -> Option<T> {
        match &mut state.entry(self.id)?.found {
            Found::Every(sightings) => Some(look(sightings)),
            Found::Once(_) => None,
        }
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        hold(&self.matcher.state).remove(self.id);
    }
}

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tap(seen {} times)", self.count())
    }
}
