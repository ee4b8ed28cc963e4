//! The same done to many units at once, so that slow ones cost their own time and not each other's.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// Most threads at a time.
const MOST: usize = 512;

/// Does something to each item, all at once; gives what came of each in the order of the items. Fewer threads than
/// items, because the system gives no more, only make it slower.
pub fn side_by_side<T: Sync, R: Send>(items: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else {
                return;
            };
            let came = act(item);
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((at, came));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..items.len().min(MOST) {
            let thread = std::thread::Builder::new();
            if thread.spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, came)| came).collect()
}

/// So many may do something at once; the others wait.
pub struct Slots(Mutex<usize>, Condvar);

impl Slots {
    /// That many.
    pub fn new(many: usize) -> Self {
        Self(Mutex::new(many), Condvar::new())
    }

    /// Does something while holding one of them.
    pub fn hold<R>(&self, act: impl FnOnce() -> R) -> R {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.1.wait_while(left, |left| *left == 0);
        *waited.unwrap_or_else(PoisonError::into_inner) -= 1;
        let _slot = Slot(self);
        act()
    }
}

struct Slot<'a>(&'a Slots);

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.1.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    /// Each waits for all others: done one after the other, the first would wait for ever.
    #[test]
    fn two_hundred_and_fifty_six_slow_ones_take_as_long_as_one() {
        let all = Barrier::new(256);
        let items: Vec<usize> = (0..256).collect();
        let came = side_by_side(&items, |n| {
            all.wait();
            n * 2
        });
        let in_order: Vec<usize> = items.iter().map(|n| n * 2).collect();
        assert_eq!(came, in_order);
    }

    #[test]
    fn none_and_more_than_there_are_threads_are_done_too() {
        assert!(side_by_side(&[0_u8; 0], |n| *n).is_empty());
        assert_eq!(side_by_side(&[7; 3 * MOST], |n| *n), [7; 3 * MOST]);
    }

    #[test]
    fn no_more_than_there_are_slots_are_at_it_at_once_and_one_that_breaks_gives_its_own_back() {
        let (slots, at_once, most) = (Slots::new(3), AtomicUsize::new(0), AtomicUsize::new(0));
        side_by_side(&[(); 64], |()| {
            slots.hold(|| {
                most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::yield_now();
                at_once.fetch_sub(1, Ordering::SeqCst);
            });
        });
        assert!((1..=3).contains(&most.load(Ordering::SeqCst)));
        let slots = Slots::new(1);
        let broken = std::panic::AssertUnwindSafe(|| slots.hold(|| panic!("on purpose")));
        assert!(std::panic::catch_unwind(broken).is_err());
        assert_eq!(slots.hold(|| 1), 1);
    }
}
