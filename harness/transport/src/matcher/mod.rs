//! Expect engine: pattern matching on a growing byte stream. Shared by the console and by raw connections.
//!
//! One thread or task *feeds* bytes; it looks for every pattern that somebody waits for as the
//! bytes pass, so a flood can push bytes out of the buffer but never past a waiting pattern.
//! Waiting threads sleep until there is a match, an end or a stop.

mod search;
mod store;
mod tap;

pub use tap::{Sighting, Tap};

use crate::budget::Budget;
use crate::sync::hold;
use proofhouse_model::observation::Matched;
use proofhouse_model::{Bytes, Dur, Pattern, Trouble};
use search::{Hit, Search};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Wake, Waker};
use std::time::Instant;
use store::Store;

/// Patterns looked for at the same time on one stream, taps included.
const MOST_SEARCHES: usize = 64;

/// The stream received so far, and the patterns that are waited for.
pub(crate) struct Matcher {
    state: Mutex<State>,
    woken: Condvar,
}

struct State {
    store: Store,
    /// Up to here it was consumed.
    place: u64,
    searches: Vec<Entry>,
    next_id: u64,
    ended: Option<Trouble>,
}

struct Entry {
    id: u64,
    search: Search,
    found: Found,
}

enum Found {
    /// Somebody waits for the first match.
    Once(Option<Hit>),
    /// Every match is noted.
    Every(tap::Sightings),
}

/// Why a wait ended without a match.
pub(crate) enum NoMatch {
    /// The budget is over.
    Timeout,
    /// Nothing more will come: the wire is gone, the peer closed, or the run is being ended.
    Ended(Trouble),
}

impl Matcher {
    pub(crate) fn new() -> Arc<Self> {
        let state = State {
            store: Store::default(),
            place: 0,
            searches: Vec::new(),
            next_id: 0,
            ended: None,
        };
        Arc::new(Self {
            state: Mutex::new(state),
            woken: Condvar::new(),
        })
    }

    /// Takes in bytes, looks for what is waited for, and wakes who has a match.
    pub(crate) fn feed(&self, chunk: &[u8]) {
        let mut state = hold(&self.state);
        let State {
            store, searches, ..
        } = &mut *state;
        // In pieces no larger than what is kept, so that no byte leaves before it was looked at.
        for piece in chunk.chunks(store::KEEP) {
            store.push(piece);
            for entry in searches.iter_mut() {
                entry.step(store);
            }
        }
        let anybody = searches.iter().any(Entry::has_news);
        drop(state);
        if anybody {
            self.woken.notify_all();
        }
    }

    /// Nothing more will come. The first cause stays until [`Matcher::go_on`].
    pub(crate) fn end(&self, why: Trouble) {
        hold(&self.state).ended.get_or_insert(why);
        self.woken.notify_all();
    }

    /// Forgets that it ended.
    pub(crate) fn go_on(&self) {
        hold(&self.state).ended = None;
    }

    /// Why it ended, when it did.
    pub(crate) fn ended(&self) -> Option<Trouble> {
        hold(&self.state).ended.clone()
    }

    /// Position after the last byte received.
    pub(crate) fn position(&self) -> u64 {
        hold(&self.state).store.end()
    }

    /// Consumes all that came so far.
    pub(crate) fn skip(&self) {
        let mut state = hold(&self.state);
        state.place = state.store.end();
    }

    /// The last bytes received since the place, at most `most`.
    pub(crate) fn tail(&self, most: usize) -> Vec<u8> {
        let state = hold(&self.state);
        state
            .store
            .before(state.store.end(), state.place, most)
            .to_vec()
    }

    /// Waits for the first match after the place, and moves the place behind it.
    pub(crate) fn expect(
        self: &Arc<Self>,
        pattern: &Pattern,
        budget: &Budget,
    ) -> Result<Matched, NoMatch> {
        let began = Instant::now();
        // Before the lock is taken: a cancel wakes with the lock held.
        let _woken = budget.cancel().on_cancel(Waker::from(self.clone()));
        let mut state = hold(&self.state);
        let from = state.place;
        let mut entry = Entry::new(Search::new(pattern.clone(), from), Found::Once(None));
        entry.step(&state.store);
        let hit = match entry.take() {
            Some(hit) => hit,
            None => {
                let id = state.add(entry).map_err(NoMatch::Ended)?;
                let (mut state, hit) =
                    self.wait(state, budget, |s| s.entry(id).and_then(Entry::take));
                state.remove(id);
                state.place = state.place.max(hit.as_ref().map_or(0, |h| h.end));
                return hit.map(|h| matched(h, began));
            }
        };
        state.place = hit.end;
        Ok(matched(hit, began))
    }

    /// Waits for any bytes after the place, and takes them all.
    pub(crate) fn expect_any(self: &Arc<Self>, budget: &Budget) -> Result<Matched, NoMatch> {
        let began = Instant::now();
        // One byte, whichever; then everything that is there.
        let any = Pattern::new("(?s).").map_err(|bad| NoMatch::Ended(bad.into()))?;
        self.expect(&any, budget)?;
        let mut state = hold(&self.state);
        let (_, bytes) = state.store.from(state.place - 1);
        let text = Bytes::from(&bytes[..bytes.len().min(64 << 10)]);
        state.place += text.len() as u64 - 1;
        Ok(Matched {
            text,
            groups: vec![],
            before: Bytes::default(),
            after: Dur::from(began.elapsed()),
        })
    }

    /// Sleeps until `look` brings something, the budget is over, or nothing more will come. Has to be registered with
    /// the budget's cancel.
    fn wait<'a, T>(
        &'a self,
        mut state: std::sync::MutexGuard<'a, State>,
        budget: &Budget,
        mut look: impl FnMut(&mut State) -> Option<T>,
    ) -> (std::sync::MutexGuard<'a, State>, Result<T, NoMatch>) {
        loop {
            if let Some(found) = look(&mut state) {
                return (state, Ok(found));
            }
            let ended = budget.cancel().check().err();
            if let Some(why) = ended.or_else(|| state.ended.clone()) {
                return (state, Err(NoMatch::Ended(why)));
            }
            let left = budget.left();
            if left.is_zero() {
                return (state, Err(NoMatch::Timeout));
            }
            let woken = self.woken.wait_timeout(state, left);
            state = woken.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
    }
}

impl Wake for Matcher {
    fn wake(self: Arc<Self>) {
        // Taking the lock makes sure that a thread between its check and its sleep is not missed.
        drop(hold(&self.state));
        self.woken.notify_all();
    }
}

impl State {
    fn add(&mut self, mut entry: Entry) -> Result<u64, Trouble> {
        if self.searches.len() >= MOST_SEARCHES {
            let what = format!("more than {MOST_SEARCHES} patterns are waited for at once");
            return Err(Trouble::case(what));
        }
        self.next_id += 1;
        entry.id = self.next_id;
        self.searches.push(entry);
        Ok(self.next_id)
    }

    fn remove(&mut self, id: u64) {
        self.searches.retain(|e| e.id != id);
    }

    fn entry(&mut self, id: u64) -> Option<&mut Entry> {
        self.searches.iter_mut().find(|e| e.id == id)
    }
}

impl Entry {
    fn new(search: Search, found: Found) -> Self {
        Self {
            id: 0,
            search,
            found,
        }
    }

    fn step(&mut self, store: &Store) {
        match &mut self.found {
            Found::Once(Some(_)) => {}
            Found::Once(none) => *none = self.search.step(store),
            Found::Every(sightings) => {
                while let Some(hit) = self.search.step(store) {
                    self.search.go_on(&hit);
                    sightings.note(hit);
                }
            }
        }
    }

    fn take(&mut self) -> Option<Hit> {
        match &mut self.found {
            Found::Once(hit) => hit.take(),
            Found::Every(_) => None,
        }
    }

    fn has_news(&self) -> bool {
        match &self.found {
            Found::Once(hit) => hit.is_some(),
            Found::Every(sightings) => sightings.awaited(),
        }
    }
}

fn matched(hit: Hit, began: Instant) -> Matched {
    Matched {
        text: Bytes::from(hit.text),
        groups: hit.groups.into_iter().map(Bytes::from).collect(),
        before: Bytes::from(hit.before),
        after: Dur::from(began.elapsed()),
    }
}
