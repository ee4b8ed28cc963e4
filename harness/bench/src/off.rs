//! Every supply off: all at once, within a deadline, and what is not known to be off is told.

use crate::guard::Guard;
use proofhouse_model::{Channel, Trouble, UnitName};
use proofhouse_transport::power::PowerControl;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Longest that all supplies together may take to go off, where none says that it takes longer. A relay that is being
/// switched on has to come to its end first, and has as long as a relay may take (10 s) for each.
pub const OFF_WITHIN: Duration = Duration::from_secs(25);

/// A unit that may still be on, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MayBeOn {
    /// The unit.
    pub unit: UnitName,
    /// What its relay did instead.
    pub why: Trouble,
}

/// Switches supplies off side by side and gives those that may still be on. A relay that hangs is left to its thread.
/// What this process cannot switch, the guard tries once more with a driver of its own.
pub fn all_off(
    supplies: &BTreeMap<UnitName, Arc<PowerControl>>,
    guard: Option<&Guard>,
    within: Duration,
) -> Vec<MayBeOn> {
    // Where a relay is slower, or units wait for their turn at one strip, it takes as long as they may.
    let slowest = supplies.values().map(|power| power.slowest()).max();
    let within = within.max(slowest.unwrap_or_default().saturating_mul(2));
    let until = Instant::now() + within;
    let (tell, told) = channel();
    let mut left: BTreeMap<UnitName, Trouble> = BTreeMap::new();
    for (unit, power) in supplies {
        left.insert(unit.clone(), no_answer(unit, within));
        let (name, power, answer) = (unit.clone(), Arc::clone(power), tell.clone());
        let work = move || {
            // Nobody may be waiting any more.
            let _ = answer.send((name, power.make_off()));
        };
        // Without a thread of its own it is switched here, one after the other.
        if let Err(work) = spawn(work) {
            work();
        }
    }
    drop(tell);
    let mut waiting = left.len();
    while waiting > 0 {
        let patience = until.saturating_duration_since(Instant::now());
        let Ok((unit, switched)) = told.recv_timeout(patience) else {
            break;
        };
        waiting -= 1;
        match switched {
            Ok(()) => drop(left.remove(&unit)),
            Err(trouble) => drop(left.insert(unit, trouble)),
        }
    }
    if let Some(guard) = guard.filter(|_| !left.is_empty()) {
        let names: Vec<UnitName> = left.keys().cloned().collect();
        for unit in guard.switch_off(&names) {
            left.remove(&unit);
        }
    }
    let may = |(unit, why)| MayBeOn { unit, why };
    left.into_iter().map(may).collect()
}

/// Runs it on a thread of its own, or gives it back when the system has none.
fn spawn<F: FnOnce() + Send + 'static>(work: F) -> Result<(), F> {
    let (give, take) = channel::<F>();
    let thread = std::thread::Builder::new().name("off".to_owned());
    let spawned = thread.spawn(move || {
        if let Ok(work) = take.recv() {
            work();
        }
    });
    match spawned {
        Ok(_) => give.send(work).map_err(|back| back.0),
        Err(_) => Err(work),
    }
}

fn no_answer(unit: &UnitName, within: Duration) -> Trouble {
    let what = format!(
        "the relay of {unit} did not answer within {} s",
        within.as_secs()
    );
    Trouble::bench(
        Channel::Power,
        what,
        "switch it off by hand, then see to its relay",
    )
}

#[cfg(test)]
mod tests;
