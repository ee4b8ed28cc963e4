//! `proofhouse chaos`: runs on a bench that is faulty on purpose, one per seed, each in a process of its own.
//!
//! `draw` makes a trial of a seed (`ops` knows when something happens), `trial` runs and judges it, `tally` adds up
//! and shows.

pub mod draw;
pub mod ops;
pub mod tally;
#[cfg(test)]
mod tests;
pub mod trial;

use crate::at_once::AtOnce;
use draw::{Deck, Trial};
use proofhouse_runner::Cancel;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use trial::{Order, Seen};

/// Carries out every seed, some at a time; `told` hears of each as it ends. In the order of the seeds, and of
/// those only that came to an end.
pub fn run(
    deck: &Deck,
    seeds: &Range<u64>,
    order: &Order,
    at_once: &AtOnce,
    cancel: &Cancel,
    told: &mut dyn FnMut(&(Trial, Seen)),
) -> Vec<(Trial, Seen)> {
    let next = AtomicU64::new(seeds.start);
    let mut all = Vec::new();
    std::thread::scope(|scope| {
        let (tell, done) = channel();
        let trials = usize::try_from(seeds.end.saturating_sub(seeds.start)).unwrap_or(usize::MAX);
        for number in 0..at_once.workers(trials) {
            let (tell, next) = (tell.clone(), &next);
            scope.spawn(move || {
                while cancel.reason().is_none() {
                    let over = || next.load(Ordering::SeqCst) >= seeds.end;
                    at_once.wait_for_room(number, cancel, over);
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if !seeds.contains(&seed) {
                        return;
                    }
                    let trial = deck.draw(seed);
                    let seen = order.carry_out(&trial, cancel);
                    if let Some(seen) = seen
                        && tell.send((trial, seen)).is_err()
                    {
                        return;
                    }
                }
            });
        }
        drop(tell);
        for one in done {
            told(&one);
            all.push(one);
        }
    });
    all.sort_by_key(|(trial, _)| trial.seed);
    all
}
