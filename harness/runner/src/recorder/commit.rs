//! Waiting for the disk together: one trip to it serves all who wait.

use proofhouse_model::Seq;
use std::sync::{Condvar, Mutex, PoisonError};

/// How far the journal is on the disk itself.
#[derive(Default)]
pub(super) struct Commit {
    state: Mutex<State>,
    /// Somebody came back from the disk.
    back: Condvar,
}

#[derive(Default)]
struct State {
    /// Events before this one are on the disk.
    done: Seq,
    /// Somebody is on the way to it.
    under_way: bool,
}

impl Commit {
    /// Returns when all events before `wanted` are on the disk. Whoever comes while somebody is under way waits for
    /// that one, and the first of those still unserved goes for all of them. `written` tells the number of the next
    /// event, `flush` goes to the disk.
    ///
    /// # Errors
    /// Those of `flush`, for the one who went; the others try for themselves.
    pub(super) fn wait_for<E>(
        &self,
        wanted: Seq,
        written: impl Fn() -> Seq,
        flush: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let lock = || self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = lock();
        while state.under_way && state.done < wanted {
            state = self
                .back
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if state.done >= wanted {
            return Ok(());
        }
        state.under_way = true;
        drop(state);
        // Asked before the trip: what is appended while it lasts may be too late for it.
        let upto = written();
        let result = flush();
        let mut state = lock();
        state.under_way = false;
        if result.is_ok() {
            state.done = state.done.max(upto);
        }
        self.back.notify_all();
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::mpsc::channel;

    /// The first is held on its way until all the others wait; one more trip serves them all.
    #[test]
    fn one_trip_serves_all_who_wait() {
        const WAITERS: u64 = 20;
        let (commit, trips, written) = (Commit::default(), AtomicU64::new(0), AtomicU64::new(1));
        let (gone, has_gone) = channel();
        let (let_go, held) = channel::<()>();
        std::thread::scope(|scope| {
            let (commit, trips, written) = (&commit, &trips, &written);
            let count = move || trips.fetch_add(1, Ordering::SeqCst);
            scope.spawn(move || {
                let trip = || {
                    count();
                    gone.send(()).unwrap();
                    held.recv().map_err(|_| ())
                };
                commit.wait_for(1, || written.load(Ordering::SeqCst), trip)
            });
            has_gone.recv().unwrap();
            for n in 2..=WAITERS + 1 {
                written.store(n, Ordering::SeqCst);
                let all = || written.load(Ordering::SeqCst);
                scope.spawn(move || {
                    let trip = || {
                        count();
                        Ok::<_, ()>(())
                    };
                    commit.wait_for(n, all, trip)
                });
            }
            let_go.send(()).unwrap();
        });
        assert_eq!(commit.state.lock().unwrap().done, WAITERS + 1);
        assert_eq!(trips.load(Ordering::SeqCst), 2);
        let again = commit.wait_for(WAITERS, || WAITERS + 1, || Err("went again"));
        assert_eq!(again, Ok(()), "what is on the disk needs no trip");
    }

    #[test]
    fn a_trip_that_failed_serves_nobody() {
        let commit = Commit::default();
        assert_eq!(commit.wait_for(1, || 1, || Err("full")), Err("full"));
        assert_eq!(
            commit.wait_for(1, || 1, || Err("still full")),
            Err("still full")
        );
        assert_eq!(commit.wait_for(1, || 1, || Ok::<_, ()>(())), Ok(()));
    }
}
