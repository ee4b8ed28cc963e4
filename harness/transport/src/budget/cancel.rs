//! The flag that ends a run in order, and whoever has to be woken by it.

use crate::sync::hold;
use proofhouse_model::{Trouble, TroubleKind};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

/// Ends every wait that was given it: Ctrl-C, a lost journal, a run that is called off. Cloning shares the flag.
///
/// Waits look at it, sleep on it ([`Cancel::pause`]), or leave a [`Waker`] ([`Cancel::on_cancel`]). Supplies can still
/// be switched afterwards, so that a run ends safely.
#[derive(Clone, Default)]
pub struct Cancel {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Default)]
struct State {
    reason: Option<String>,
    /// Nobody asked for it.
    lost: bool,
    wakers: Vec<(u64, Waker)>,
    last_id: u64,
}

impl Cancel {
    /// A flag that is not set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks everything to stop; `why` is a lower-case clause. The first reason stays.
    pub fn cancel(&self, why: &str) {
        self.set(why, false);
    }

    /// The same where nobody asked for it: what the run needs to go on is lost.
    pub fn lose(&self, why: &str) {
        self.set(why, true);
    }

    fn set(&self, why: &str, lost: bool) {
        let wakers = {
            let mut state = hold(&self.shared.state);
            if state.reason.is_none() {
                state.reason = Some(why.to_owned());
                state.lost = lost;
            }
            state.wakers.clone()
        };
        self.shared.bell.notify_all();
        // Outside the lock: a waker may take a lock of its own.
        for (_, waker) in wakers {
            waker.wake();
        }
    }

    /// Why everything is to stop, if it is.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        hold(&self.shared.state).reason.clone()
    }

    /// Whether everything is to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        hold(&self.shared.state).reason.is_some()
    }

    /// Whether the first reason was one that nobody asked for.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        hold(&self.shared.state).lost
    }

    /// Nothing while it is not set.
    ///
    /// # Errors
    /// [`TroubleKind::Cancelled`] with the reason.
    pub fn check(&self) -> Result<(), Trouble> {
        self.reason().map_or(Ok(()), |why| Err(cancelled(why)))
    }

    /// Waits for a length of time, or less when cancelled meanwhile. Returns whether it was cancelled.
    #[must_use]
    pub fn pause(&self, length: Duration) -> bool {
        let until = Instant::now().checked_add(length);
        let mut state = hold(&self.shared.state);
        while state.reason.is_none() {
            let left = until.map_or(length, |at| at.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return false;
            }
            let woken = self.shared.bell.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Has `waker` called when the flag is set, for as long as the registration lives. Look at the flag after
    /// registering: one that is set already calls nobody.
    #[must_use]
    pub fn on_cancel(&self, waker: Waker) -> Registration {
        let mut state = hold(&self.shared.state);
        state.last_id += 1;
        let id = state.last_id;
        state.wakers.push((id, waker));
        Registration {
            shared: Arc::clone(&self.shared),
            id,
        }
    }

    /// A flag of its own that is set with this one, and can be set without it.
    #[must_use]
    pub fn own(&self) -> OwnCancel {
        let cancel = Self::new();
        let follows = Arc::new(Follows {
            first: self.clone(),
            own: cancel.clone(),
        });
        let registration = self.on_cancel(Waker::from(follows.clone()));
        // First the registration, then the look: nothing is missed between.
        follows.wake();
        OwnCancel {
            cancel,
            _registration: registration,
        }
    }

    /// Done once the flag is set, with the trouble that ends the wait.
    pub(crate) fn cancelled(&self) -> Cancelled<'_> {
        Cancelled {
            cancel: self,
            registration: None,
        }
    }
}

fn cancelled(why: String) -> Trouble {
    Trouble {
        kind: TroubleKind::Cancelled,
        channel: None,
        what: why,
        try_next: None,
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cancel({:?})", self.reason())
    }
}

/// The flag of one wait, for as long as it lives: see [`Cancel::own`].
#[derive(Debug)]
pub struct OwnCancel {
    /// Set with the one it is of, or alone.
    pub cancel: Cancel,
    _registration: Registration,
}

struct Follows {
    first: Cancel,
    own: Cancel,
}

impl Wake for Follows {
    fn wake(self: Arc<Self>) {
        if let Some(why) = self.first.reason() {
            self.own.cancel(&why);
        }
    }
}

/// A waker that is called when the flag is set; dropped, it no longer is.
pub struct Registration {
    shared: Arc<Shared>,
    id: u64,
}

impl Drop for Registration {
    fn drop(&mut self) {
        hold(&self.shared.state)
            .wakers
            .retain(|(id, _)| *id != self.id);
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registration({})", self.id)
    }
}

/// The future of [`Cancel::cancelled`].
pub(crate) struct Cancelled<'a> {
    cancel: &'a Cancel,
    registration: Option<Registration>,
}

impl Future for Cancelled<'_> {
    type Output = Trouble;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Trouble> {
        // First the registration, then the look: nothing is missed between.
        self.registration = Some(self.cancel.on_cancel(cx.waker().clone()));
        match self.cancel.reason() {
            Some(why) => Poll::Ready(cancelled(why)),
            None => Poll::Pending,
        }
    }
}
