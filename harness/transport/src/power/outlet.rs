//! Outlets of a strip that takes one session at a time: whoever comes meanwhile would be sent away, so all units of the
//! bench take turns.

use super::{CommandPower, Power};
use crate::open::Context;
use crate::sync::hold;
use proofhouse_model::Trouble;
use proofhouse_model::settings::Settings;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The strips of a bench, by name.
#[derive(Default)]
pub struct Strips(Mutex<BTreeMap<String, Arc<Strip>>>);

impl Strips {
    pub(super) fn get(&self, name: &str, between: Duration) -> Arc<Strip> {
        let mut all = hold(&self.0);
        let new = || Arc::new(Strip::new(between));
        all.entry(name.to_owned()).or_insert_with(new).clone()
    }
}

/// One strip: one session after another, with a pause between.
pub(super) struct Strip {
    between: Duration,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    taken: bool,
    /// Who waits to switch off. That comes first: it is the way to safety.
    offs: usize,
    /// Who waits to switch on.
    ons: usize,
    not_before: Option<Instant>,
}

/// A session; the next one may begin when it is dropped, and the pause is over.
pub(super) struct Session<'a>(&'a Strip);

impl Strip {
    fn new(between: Duration) -> Self {
        Self {
            between,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Waits for its turn and for the pause. Everybody before has a deadline, so this ends.
    pub(super) fn session(&self, on: bool) -> Session<'_> {
        let mut state = hold(&self.state);
        *state.waiting(on) += 1;
        let not_yet = |state: &mut State| state.taken || (on && state.offs > 0);
        let waited = self.changed.wait_while(state, not_yet);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        *state.waiting(on) -= 1;
        state.taken = true;
        let not_before = state.not_before;
        drop(state);
        if let Some(at) = not_before {
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
        }
        Session(self)
    }
}

impl State {
    fn waiting(&mut self, on: bool) -> &mut usize {
        match on {
            true => &mut self.ons,
            false => &mut self.offs,
        }
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        let mut state = hold(&self.0.state);
        state.taken = false;
        state.not_before = Instant::now().checked_add(self.0.between);
        drop(state);
        self.0.changed.notify_all();
    }
}

/// One outlet, switched by the programs of its strip.
pub struct OutletPower {
    programs: CommandPower,
    strip: Arc<Strip>,
    slowest: Duration,
}

impl OutletPower {
    /// By its setting `strip`, and what the bench file says of that strip: `on`, `off`, `within`, `between`, and how
    /// many `outlets` of it are in use.
    ///
    /// # Errors
    /// Bench trouble: they are missing.
    pub fn open(settings: &Settings, context: &Context<'_>) -> Result<Self, Trouble> {
        let between = settings.optional("between", Settings::duration)?;
        let between = between.map_or(Duration::ZERO, |between| between.std());
        let strip = context.strips.get(settings.text("strip")?, between);
        let programs = CommandPower::open(settings, context)?;
        let outlets = settings.optional("outlets", Settings::whole::<u32>)?;
        let session = programs.slowest().saturating_add(between);
        Ok(Self {
            slowest: session.saturating_mul(outlets.unwrap_or(1)),
            programs,
            strip,
        })
    }
}

impl Power for OutletPower {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        let _session = self.strip.session(on);
        self.programs.switch(on)
    }

    fn is_on(&self) -> Option<bool> {
        self.programs.is_on()
    }

    fn slowest(&self) -> Duration {
        self.slowest
    }
}

#[cfg(test)]
mod tests;
