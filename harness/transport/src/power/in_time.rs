//! What may hang in the kernel, and is given up then: each switching on a thread of its own, which no deadline ends.

use super::Power;
use crate::sync::hold;
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Dur, Trouble};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Longest that one switching may take, where nothing else is said.
const WITHIN: Duration = Duration::from_secs(5);

/// What went wrong, a clause about the relay, and what to try.
pub(super) type Failed = (String, &'static str);

/// A relay that the kernel switches.
pub trait Port: Send + Sync + 'static {
    /// What its threads are called.
    const NAME: &'static str;
    /// What to try where nobody knows what became of a switching.
    const CHECK: &'static str;

    /// Switches it, and reads it back where it can be.
    ///
    /// # Errors
    /// What went wrong.
    fn switch(&self, on: bool, turn: &Turn<'_>) -> Result<(), Failed>;

    /// What it is called in messages, such as `port 3 of the USB hub 1-2`.
    fn called(&self) -> String;
}

/// A switching that is under way; of two the one that was begun last counts.
pub struct Turn<'a> {
    begun: &'a AtomicU64,
    number: u64,
    check: &'static str,
}

impl Turn<'_> {
    /// Looked at before anything is written: a switching that was given up must not come behind a later one.
    ///
    /// # Errors
    /// A later one was begun.
    pub(super) fn is_last(&self) -> Result<(), Failed> {
        match self.begun.load(Ordering::SeqCst) == self.number {
            true => Ok(()),
            false => Err(("was switched again meanwhile".to_owned(), self.check)),
        }
    }
}

/// A supply, or the relay at a button, by such a port. The state is unknown until it is switched.
pub struct InTime<P> {
    shared: Arc<Shared<P>>,
    within: Duration,
    state: Option<bool>,
}

struct Shared<P> {
    port: P,
    /// Who switches now.
    turn: Mutex<()>,
    /// Switchings that were begun.
    begun: AtomicU64,
}

impl<P: Port> Shared<P> {
    /// The switching of this number, once none is under way.
    fn switch(&self, on: bool, number: u64) -> Result<(), Failed> {
        let _turn = hold(&self.turn);
        let turn = Turn {
            begun: &self.begun,
            number,
            check: P::CHECK,
        };
        turn.is_last()?;
        self.port.switch(on, &turn)
    }
}

impl<P: Port> InTime<P> {
    /// With the setting `within`.
    pub(super) fn over(port: P, settings: &Settings) -> Result<Self, Trouble> {
        let within = settings.optional("within", Settings::duration)?;
        let shared = Shared {
            port,
            turn: Mutex::new(()),
            begun: AtomicU64::new(0),
        };
        Ok(Self {
            shared: Arc::new(shared),
            within: within.map_or(WITHIN, Dur::std),
            state: None,
        })
    }

    /// Waits until no switching is under way, one that was given up among them.
    #[cfg(test)]
    pub(super) fn comes_to_rest(&self) {
        drop(hold(&self.shared.turn));
    }

    fn in_time(&self, on: bool) -> Result<(), Failed> {
        let number = self.shared.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let (tell, told) = channel();
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name(P::NAME.to_owned());
        let begun = thread.spawn(move || {
            let done = shared.switch(on, number);
            // Before anybody is told: whoever waited may give the port up next, and it is let go with its last holder.
            drop(shared);
            // Nobody may be waiting any more.
            let _ = tell.send(done);
        });
        if let Err(e) = begun {
            let what = format!("cannot be switched, since no thread starts: {e}");
            return Err((what, "end other programs; see `ulimit -u`"));
        }
        told.recv_timeout(self.within).unwrap_or_else(|e| {
            let what = match e {
                RecvTimeoutError::Timeout => {
                    format!("has not switched within {}", Dur::from(self.within))
                }
                RecvTimeoutError::Disconnected => {
                    "was left in the middle of its switching".to_owned()
                }
            };
            Err((what, P::CHECK))
        })
    }
}

impl<P: Port> Power for InTime<P> {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        // Whatever happens, the old state is no longer known.
        self.state = None;
        self.in_time(on).map_err(|(what, next)| {
            let what = format!("{} {what}", self.shared.port.called());
            Trouble::bench(Channel::Power, what, next)
        })?;
        self.state = Some(on);
        Ok(())
    }

    fn is_on(&self) -> Option<bool> {
        self.state
    }

    fn slowest(&self) -> Duration {
        self.within
    }
}

/// That a port says something else than it was told.
pub(super) fn says_otherwise(told: bool) -> String {
    let word = |on| if on { "on" } else { "off" };
    let (is, told) = (word(!told), word(told));
    format!("says it is {is} after it was switched {told}")
}
