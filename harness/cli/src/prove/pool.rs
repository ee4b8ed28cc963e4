//! Runs jobs side by side, a few at a time, in their order.

use crate::at_once::AtOnce;
use crate::prove::judges::Judges;
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
    /// Starts workers over the jobs, as many as may be at work at a time.
    #[must_use]
    pub fn start(
        jobs: Vec<Job>,
        (order, judges): (&Order, &Arc<Judges>),
        at_once: &Arc<AtOnce>,
        cancel: &Cancel,
    ) -> Self {
        let (tell, done) = channel();
        let jobs = Arc::new(jobs);
        let next = Arc::new(AtomicUsize::new(0));
        let stop = Cancel::new();
        let mut workers = Vec::new();
        for number in 0..at_once.workers(jobs.len()) {
            let (jobs, next, order) = (Arc::clone(&jobs), Arc::clone(&next), order.clone());
            let (tell, cancel, stop) = (tell.clone(), cancel.clone(), stop.clone());
            let (at_once, judges) = (Arc::clone(at_once), Arc::clone(judges));
            workers.push(std::thread::spawn(move || {
                while cancel.reason().is_none() && stop.reason().is_none() {
                    let over = || stop.is_cancelled() || next.load(Ordering::SeqCst) >= jobs.len();
                    at_once.wait_for_room(number, &cancel, over);
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    let Some(job) = jobs.get(at) else { return };
                    let run = order.carry_out(job, at + 1, &judges, &cancel);
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
