//! Runs jobs side by side, a few at a time, in their order.

use crate::prove::{Job, Order};
use proofhouse_report::matrix::Run;
use proofhouse_runner::Cancel;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;

/// Runs under way.
pub struct Pool {
    done: Receiver<Run>,
    stop: Cancel,
    workers: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Starts `at_once` workers (at least one) over the jobs.
    #[must_use]
    pub fn start(jobs: Vec<Job>, order: &Order, at_once: usize, cancel: &Cancel) -> Self {
        let (tell, done) = channel();
        let jobs = Arc::new(jobs);
        let next = Arc::new(AtomicUsize::new(0));
        let stop = Cancel::new();
        let mut workers = Vec::new();
        for _ in 0..at_once.clamp(1, jobs.len().max(1)) {
            let (jobs, next, order) = (Arc::clone(&jobs), Arc::clone(&next), order.clone());
            let (tell, cancel, stop) = (tell.clone(), cancel.clone(), stop.clone());
            workers.push(std::thread::spawn(move || {
                while cancel.reason().is_none() && stop.reason().is_none() {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    let Some(job) = jobs.get(at) else { return };
                    let run = order.carry_out(job, at + 1, &cancel);
                    if tell.send(run).is_err() {
                        return;
                    }
                }
            }));
        }
        Self {
            done,
            stop,
            workers,
        }
    }

    /// The next run that is over; `None` when there are no more.
    pub fn next(&mut self) -> Option<Run> {
        self.done.recv().ok()
    }

    /// Starts nothing more.
    pub fn stop(&self) {
        self.stop.cancel("enough was seen");
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.stop();
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}
