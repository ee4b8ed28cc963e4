//! Relays, probes, the disk, the clock.

use super::{faulty, op_on, set_in, unit};
use crate::faulty::DiskWork;
use crate::faulty::power::FaultyPower;
use crate::host_clock::{Dated, HostClock};
use proofhouse_model::{Channel, Trouble};
use proofhouse_transport::power::Power;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A supply that keeps a record of how it was switched, and when.
#[derive(Clone, Default)]
struct Record {
    switched: Arc<Mutex<Vec<(bool, Instant)>>>,
    asked: Arc<AtomicUsize>,
}

impl Record {
    fn states(&self) -> Vec<bool> {
        self.switched
            .lock()
            .unwrap()
            .iter()
            .map(|(on, _)| *on)
            .collect()
    }
}

impl Power for Record {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.switched.lock().unwrap().push((on, Instant::now()));
        Ok(())
    }

    fn on(&mut self) -> Result<(), Trouble> {
        self.switch(true)
    }

    fn is_on(&self) -> Option<bool> {
        Some(self.states().last().copied().unwrap_or(false))
    }
}

#[test]
fn a_stuck_relay_says_yes_and_does_nothing_until_it_is_over() {
    let (faulty, told) = faulty("relay-stuck:plug-a:from=1:lasts=1");
    let record = Record::default();
    let mut power = FaultyPower::new(Box::new(record.clone()), Arc::clone(&faulty));
    let op = || faulty.before(&unit(), &op_on(Channel::Power));
    op();
    power.on().unwrap();
    op();
    power.off().unwrap();
    assert_eq!((record.states(), power.is_on()), (vec![true], Some(false)));
    assert_eq!(told.all(), ["plug-a relay-stuck: the relay stays on"]);
    op();
    power.off().unwrap();
    assert_eq!(record.states(), [true, false]);
}

#[test]
fn a_stuck_relay_that_had_nothing_to_do_is_no_trial() {
    let (faulty, told) = faulty("relay-stuck:plug-a");
    set_in(&faulty);
    let mut power = FaultyPower::new(Box::new(Record::default()), faulty);
    power.off().unwrap();
    assert!(told.all().is_empty());
}

#[test]
fn a_late_relay_switches_in_order_and_some_say_so_at_once() {
    let mut told_early = 0;
    for seed in 0..6 {
        let (faulty, told) = faulty(&format!("relay-late:plug-a:lasts=1:seed={seed}"));
        set_in(&faulty);
        let record = Record::default();
        let mut power = FaultyPower::new(Box::new(record.clone()), Arc::clone(&faulty));
        let start = Instant::now();
        power.on().unwrap();
        told_early += usize::from(record.states().is_empty());
        assert_eq!(power.is_on(), Some(true));
        faulty.before(&unit(), &op_on(Channel::Power));
        assert!(!faulty.active());
        power.off().unwrap();
        let switched = record.switched.lock().unwrap().clone();
        assert_eq!(record.states(), [true, false]);
        let late = switched[0].1 - start;
        assert!(late.as_millis() >= 50, "{late:?}");
        assert!(told.all()[0].contains("late"), "{:?}", told.all());
    }
    assert!((1..6).contains(&told_early), "{told_early} of 6");
}

#[test]
fn a_late_relay_that_is_given_up_does_not_switch_on_any_more() {
    let seed = (0..50).find(|n| {
        faulty(&format!("relay-late:plug-a:seed={n}"))
            .0
            .dice(21)
            .one_in(2)
    });
    let (faulty, _) = faulty(&format!("relay-late:plug-a:seed={}", seed.unwrap()));
    set_in(&faulty);
    let record = Record::default();
    let mut power = FaultyPower::new(Box::new(record.clone()), faulty);
    power.on().unwrap();
    drop(power);
    assert!(record.states().is_empty());
}

#[test]
fn only_a_slow_disk_brakes_and_only_while_it_is_slow() {
    let (other, _) = faulty("relay-stuck:plug-a");
    assert!(other.brake().is_none());
    let (slow, told) = faulty("disk-slow:plug-a:lasts=1:seed=1");
    let brake = slow.brake().unwrap();
    set_in(&slow);
    let start = Instant::now();
    brake(DiskWork::Sync);
    assert!(start.elapsed().as_millis() >= 50);
    assert_eq!(told.all().len(), 1);
}

/// Set, and set back before anybody looks: what it was meanwhile is remembered.
#[test]
fn a_clock_that_jumps_is_found_out_after_it_is_right_again() {
    let looked = |seed: u64| {
        let (faulty, told) = faulty(&format!("clock-jumps:plug-a:from=1:lasts=1:seed={seed}"));
        let clock = HostClock::new(Arc::new(Vec::new), Some(Arc::clone(&faulty)));
        let op = || faulty.before(&unit(), &op_on(Channel::Label));
        op();
        assert!(clock.look().moved_ms.abs() < 400, "not yet");
        assert!(told.all().is_empty());
        op();
        clock.glance();
        op();
        assert!(!faulty.active());
        assert_eq!(told.all().len(), 1, "{:?}", told.all());
        clock.look().moved_ms
    };
    let moved: Vec<i64> = (0..8).map(looked).collect();
    assert!(moved.iter().all(|ms| ms.abs() >= 400), "{moved:?}");
    let back = moved.iter().filter(|ms| **ms < 0).count();
    assert!((1..8).contains(&back), "both ways: {moved:?}");
}

#[test]
fn a_clock_that_was_set_back_has_what_is_over_still_to_come() {
    let back = (0..50).find(|n| {
        let (faulty, _) = faulty(&format!("clock-jumps:plug-a:seed={n}"));
        set_in(&faulty);
        faulty.clock_set_by_ms() < -60_000
    });
    let (faulty, _) = faulty(&format!("clock-jumps:plug-a:seed={}", back.unwrap()));
    let over = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let what = "a run of just now".to_owned();
        let unix_ms = i64::try_from(now.as_millis()).unwrap();
        vec![Dated { what, unix_ms }]
    };
    let clock = HostClock::new(Arc::new(over), Some(Arc::clone(&faulty)));
    assert_eq!(clock.look().later, Vec::<String>::new());
    set_in(&faulty);
    assert_eq!(clock.look().later, ["a run of just now"]);
}
