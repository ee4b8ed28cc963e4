//! Watchers on a thread of their own, behind a queue that never makes the run wait.

use super::Watcher;
use proofhouse_model::Event;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Events that may wait for the watchers; those that come while so many wait are missed.
pub(super) const QUEUE: usize = 8192;

/// The way to the watchers.
pub(super) struct Watching {
    /// Taken when they are dismissed.
    to: Mutex<Option<SyncSender<Event>>>,
    /// Ends when they have seen the last.
    over: Mutex<Receiver<()>>,
    given: AtomicU64,
    seen: Arc<AtomicU64>,
}

impl Watching {
    /// Starts their thread. Without watchers there is none.
    pub(super) fn start(mut watchers: Vec<Watcher>) -> Self {
        let (to, from) = sync_channel::<Event>(QUEUE);
        let (lives, over) = channel();
        let seen = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&seen);
        let any = !watchers.is_empty();
        let look = move || {
            let _lives = lives;
            for event in from {
                watchers.iter_mut().for_each(|watcher| watcher(&event));
                told.fetch_add(1, Ordering::SeqCst);
            }
        };
        if any {
            // A machine that gives no thread shows nothing: every event counts as missed.
            let _ = std::thread::Builder::new()
                .name("watchers".to_owned())
                .spawn(look);
        }
        Self {
            to: Mutex::new(any.then_some(to)),
            over: Mutex::new(over),
            given: AtomicU64::new(0),
            seen,
        }
    }

    /// Tells them, unless too many events wait already.
    pub(super) fn tell(&self, event: Event) {
        let to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(to) = to.as_ref() {
            self.given.fetch_add(1, Ordering::SeqCst);
            let _ = to.try_send(event);
        }
    }

    /// Waits until they have seen all that waits, and no longer than `patience`. Gives how many they did not see.
    pub(super) fn dismiss(&self, patience: Duration) -> u64 {
        let to = self
            .to
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if to.is_some() {
            drop(to);
            let over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
            // Nothing is ever sent: either it ends, or the patience does.
            let (Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected)) =
                over.recv_timeout(patience);
        }
        let (given, seen) = (&self.given, &self.seen);
        given
            .load(Ordering::SeqCst)
            .saturating_sub(seen.load(Ordering::SeqCst))
    }
}
