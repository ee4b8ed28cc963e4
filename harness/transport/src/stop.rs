//! One switch that ends every wait on a bench at once.

use crate::sync::hold;
use proofhouse_model::{Trouble, TroubleKind};
use std::fmt;
use std::sync::{Arc, Mutex, Weak};
use tokio::sync::watch;

/// Something that waits on a condition variable and has to look up when the run is ended.
pub(crate) trait Wake: Send + Sync {
    /// Wakes every thread that waits.
    fn wake(&self);
}

/// Ends waits early when raised: Ctrl-C, a run that is called off. Clones are the same switch.
///
/// Every driver that waits for a device is given one. While it is raised their waits fail with
/// [`TroubleKind::Cancelled`]; the supply can still be switched, so that a run ends safely.
#[derive(Clone)]
pub struct Stop {
    shared: Arc<Shared>,
}

struct Shared {
    cause: watch::Sender<Option<Trouble>>,
    waiting: Mutex<Vec<Weak<dyn Wake>>>,
}

impl Stop {
    /// A switch that is not raised.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                cause: watch::Sender::new(None),
                waiting: Mutex::new(Vec::new()),
            }),
        }
    }

    /// Raises it; `why` is a lower-case clause. The first reason stays.
    pub fn raise(&self, why: impl Into<String>) {
        let trouble = Trouble {
            kind: TroubleKind::Cancelled,
            channel: None,
            what: why.into(),
            try_next: None,
        };
        self.shared.cause.send_if_modified(|cause| {
            let first = cause.is_none();
            cause.get_or_insert(trouble);
            first
        });
        self.wake_all();
    }

    /// Lowers it, so that the wires can be used again.
    pub fn lower(&self) {
        self.shared.cause.send_replace(None);
    }

    /// Why it is raised, when it is.
    #[must_use]
    pub fn cause(&self) -> Option<Trouble> {
        self.shared.cause.borrow().clone()
    }

    /// Fails while raised.
    ///
    /// # Errors
    /// [`TroubleKind::Cancelled`] with the reason.
    pub fn check(&self) -> Result<(), Trouble> {
        self.cause().map_or(Ok(()), Err)
    }

    /// Waits until it is raised.
    pub(crate) async fn raised(&self) -> Trouble {
        let mut seen = self.shared.cause.subscribe();
        loop {
            if let Some(cause) = seen.borrow_and_update().clone() {
                return cause;
            }
            if seen.changed().await.is_err() {
                // The sender lives as long as `self`: never reached.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Has `waiter` woken at every raise, for as long as it lives.
    pub(crate) fn wakes(&self, waiter: Weak<dyn Wake>) {
        let mut waiting = hold(&self.shared.waiting);
        waiting.retain(|w| w.strong_count() > 0);
        waiting.push(waiter);
    }

    fn wake_all(&self) {
        let waiting = hold(&self.shared.waiting).clone();
        for waiter in waiting.iter().filter_map(Weak::upgrade) {
            waiter.wake();
        }
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stop")
            .field("cause", &self.cause())
            .finish()
    }
}
