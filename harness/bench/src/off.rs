//! Every supply off, every button released and every network restored: all at once, within a deadline, and what is not
//! known to be off is told.

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

/// A relay, by its unit and the channel that it is of: the supply, the reset by a button, or the way to the network.
pub(crate) type RelayName = (UnitName, Channel);

/// Relays by name.
pub(crate) type Relays = BTreeMap<RelayName, Arc<PowerControl>>;

/// A unit that may still be on, or its button pressed, or its network cut, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MayBeOn {
    /// The unit.
    pub unit: UnitName,
    /// What its relay did instead; its channel says which relay.
    pub why: Trouble,
}

/// Switches relays off side by side and gives units of which one may still be on. A relay that hangs is left to its
/// thread. What this process cannot switch, the guard tries once more with a driver of its own.
pub(crate) fn all_off(relays: &Relays, guard: Option<&Guard>, within: Duration) -> Vec<MayBeOn> {
    let left = left_on(relays, guard, within).into_iter();
    left.map(|((unit, _), why)| MayBeOn { unit, why }).collect()
}

/// As [`all_off`], with the trouble of each relay.
pub(crate) fn left_on(
    relays: &Relays,
    guard: Option<&Guard>,
    within: Duration,
) -> BTreeMap<RelayName, Trouble> {
    // Where a relay is slower, or units wait for their turn at one strip, it takes as long as they may.
    let slowest = relays.values().map(|power| power.slowest()).max();
    let within = within.max(slowest.unwrap_or_default().saturating_mul(2));
    let until = Instant::now() + within;
    let (tell, told) = channel();
    let mut left: BTreeMap<RelayName, Trouble> = BTreeMap::new();
    for (relay, power) in relays {
        left.insert(relay.clone(), no_answer(relay, within));
        let (name, power, answer) = (relay.clone(), Arc::clone(power), tell.clone());
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
        let Ok((relay, switched)) = told.recv_timeout(patience) else {
            break;
        };
        waiting -= 1;
        match switched {
            Ok(()) => drop(left.remove(&relay)),
            Err(trouble) => drop(left.insert(relay, trouble)),
        }
    }
    if let Some(guard) = guard.filter(|_| !left.is_empty()) {
        let names: Vec<RelayName> = left.keys().cloned().collect();
        for relay in guard.switch_off(&names) {
            left.remove(&relay);
        }
    }
    left
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

fn no_answer((unit, channel): &RelayName, within: Duration) -> Trouble {
    let (which, next) = match channel {
        Channel::Reset => ("relay at the button", "release it by hand"),
        Channel::Uplink => ("uplink", "restore it by hand"),
        _ => ("relay", "switch it off by hand"),
    };
    let what = format!(
        "the {which} of {unit} did not answer within {} s",
        within.as_secs()
    );
    Trouble::bench(*channel, what, format!("{next}, then see to its relay"))
}

#[cfg(test)]
mod tests;
