//! Switches a supply some time after it was asked to, in order.

use proofhouse_model::{Channel, Trouble};
use proofhouse_transport::power::Power;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A supply that two threads may switch.
pub(super) type Shared = Arc<Mutex<Box<dyn Power>>>;

/// Puts a supply where two threads reach it.
pub(super) fn shared(power: Box<dyn Power>) -> Shared {
    Arc::new(Mutex::new(power))
}

/// Switches at once.
pub(super) fn switch(power: &Shared, on: bool) -> Result<(), Trouble> {
    let mut power = hold(power);
    if on { power.on() } else { power.off() }
}

/// A thread that switches when it is time. What is left when it is dropped is not done any more.
pub(super) struct Later {
    queue: Arc<(Mutex<Queue>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<(Instant, bool)>,
    closing: bool,
}

impl Later {
    pub(super) fn start(power: &Shared) -> Result<Self, Trouble> {
        let queue = Arc::new((Mutex::new(Queue::default()), Condvar::new()));
        let (own, power) = (Arc::clone(&queue), Arc::clone(power));
        let thread = std::thread::Builder::new()
            .name("late relay".into())
            .spawn(move || work(&own, &power));
        let thread = thread.map_err(|e| {
            let what = format!("no thread for a late relay: {e}");
            Trouble::bench(Channel::Power, what, "end other programs; see `ulimit -u`")
        })?;
        Ok(Self {
            queue,
            thread: Some(thread),
        })
    }

    pub(super) fn add(&self, after: Duration, on: bool) {
        let mut queue = hold(&self.queue.0);
        queue.jobs.push_back((Instant::now() + after, on));
        self.queue.1.notify_all();
    }

    /// Waits until everything asked for was done.
    pub(super) fn drained(&self) {
        let mut queue = hold(&self.queue.0);
        while !queue.jobs.is_empty() && !queue.closing {
            let waited = self.queue.1.wait(queue);
            queue = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Later {
    fn drop(&mut self) {
        hold(&self.queue.0).closing = true;
        self.queue.1.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(queue: &(Mutex<Queue>, Condvar), power: &Shared) {
    let mut turn = hold(&queue.0);
    while !turn.closing {
        let wait = match turn.jobs.front() {
            None => Duration::from_secs(3600),
            Some((at, _)) => at.saturating_duration_since(Instant::now()),
        };
        if let (Some((_, on)), true) = (turn.jobs.front().copied(), wait.is_zero()) {
            drop(turn);
            // The relay has said long ago that all is well; nobody is left to hear otherwise.
            let _ = switch(power, on);
            turn = hold(&queue.0);
            turn.jobs.pop_front();
            queue.1.notify_all();
            continue;
        }
        let waited = queue.1.wait_timeout(turn, wait);
        turn = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

pub(super) fn hold<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
