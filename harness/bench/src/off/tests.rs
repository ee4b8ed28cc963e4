//! On supplies of the test's own: slow, broken, hanging.

use super::*;
use proofhouse_transport::power::Power;
use std::sync::{Barrier, Mutex};

/// What its `off` does, its state, and how long it says that it may take.
struct Relay<F>(F, Option<bool>, Duration);

impl<F: FnMut() -> bool + Send> Power for Relay<F> {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        if on {
            self.1 = Some(true);
            return Ok(());
        }
        if !(self.0)() {
            self.1 = None;
            return Err(Trouble::bench(Channel::Power, "stuck", "knock on it"));
        }
        self.1 = Some(false);
        Ok(())
    }

    fn is_on(&self) -> Option<bool> {
        self.1
    }

    fn slowest(&self) -> Duration {
        self.2
    }
}

fn supplies<F: FnMut() -> bool + Send + 'static>(all: impl IntoIterator<Item = F>) -> Relays {
    that_take(Duration::ZERO, all)
}

fn that_take<F: FnMut() -> bool + Send + 'static>(
    slowest: Duration,
    all: impl IntoIterator<Item = F>,
) -> Relays {
    let one = |(n, off): (usize, F)| {
        let power = PowerControl::new(Box::new(Relay(off, None, slowest))).unwrap();
        let unit = UnitName::new(format!("box-{n:03}")).unwrap();
        ((unit, Channel::Power), Arc::new(power))
    };
    all.into_iter().enumerate().map(one).collect()
}

/// Each waits for all others: one after the other, the first would wait for ever.
#[test]
fn two_hundred_and_fifty_six_slow_relays_go_off_as_one() {
    let all = Arc::new(Barrier::new(256));
    let relays = (0..256).map(|_| {
        let all = Arc::clone(&all);
        move || {
            all.wait();
            true
        }
    });
    assert_eq!(all_off(&supplies(relays), None, OFF_WITHIN), []);
}

#[test]
fn what_is_off_is_not_switched_a_second_time() {
    let switched = Arc::new(Mutex::new(0));
    let count = Arc::clone(&switched);
    let supplies = supplies([move || {
        *count.lock().unwrap() += 1;
        true
    }]);
    for _ in 0..3 {
        assert_eq!(all_off(&supplies, None, OFF_WITHIN), []);
    }
    drop(supplies);
    assert_eq!(*switched.lock().unwrap(), 1);
}

#[test]
fn a_relay_that_hangs_and_one_that_fails_are_told_and_hold_up_no_other() {
    let (release, held) = channel::<()>();
    let held = Mutex::new(held);
    let relays: [Box<dyn FnMut() -> bool + Send>; 3] = [
        Box::new(move || held.lock().unwrap().recv().is_ok()),
        Box::new(|| false),
        Box::new(|| true),
    ];
    let supplies = supplies(relays);
    let left = all_off(&supplies, None, Duration::from_millis(300));
    let told: Vec<_> = left
        .iter()
        .map(|l| (l.unit.as_str(), &*l.why.what))
        .collect();
    assert_eq!(told[0].0, "box-000");
    assert!(told[0].1.contains("did not answer"), "{}", told[0].1);
    assert_eq!(told[1], ("box-001", "stuck"));
    assert_eq!(told.len(), 2);
    drop(release);
}

#[test]
fn a_relay_that_broke_once_and_switches_now_is_off() {
    let mut tries = 0;
    let supplies = supplies([move || {
        tries += 1;
        tries > 1
    }]);
    assert_eq!(all_off(&supplies, None, OFF_WITHIN).len(), 1);
    assert_eq!(all_off(&supplies, None, OFF_WITHIN), []);
}

/// As where many units wait for their turn at one strip.
#[test]
fn whoever_says_that_it_takes_longer_has_that_time() {
    let (release, held) = channel::<()>();
    let held = Mutex::new(held);
    let hangs = move || held.lock().unwrap().recv().is_ok();
    assert_eq!(all_off(&supplies([hangs]), None, Duration::ZERO).len(), 1);
    drop(release);
    let in_time = that_take(Duration::from_secs(60), [|| true]);
    assert_eq!(all_off(&in_time, None, Duration::ZERO), []);
}

/// A unit whose supply is off may have its button pressed, and the other way round.
#[test]
fn a_button_and_the_supply_of_its_unit_are_told_apart() {
    let mut relays = supplies([|| true]);
    let (unit, _) = relays.keys().next().cloned().unwrap();
    let stuck = PowerControl::new(Box::new(Relay(|| false, None, Duration::ZERO))).unwrap();
    let button = (unit, Channel::Reset);
    relays.insert(button.clone(), Arc::new(stuck));
    let left = left_on(&relays, None, OFF_WITHIN);
    assert_eq!(left.keys().collect::<Vec<_>>(), [&button]);
    assert_eq!(all_off(&relays, None, OFF_WITHIN).len(), 1);
}
