//! The way out that waits for no case: every supply of every open bench off, and words that say what is true.

use crate::exit::Exit;
use crate::plain::for_terminal;
use proofhouse_bench::{Bench, MayBeOn};
use proofhouse_lease::Keeper;
use proofhouse_report::text::{may_be_on_by, one_line};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// A terminal that is stopped is not waited for.
const TERMINAL: Duration = Duration::from_secs(1);

/// Longest wait for a farm to take its places back.
const FARM: Duration = Duration::from_secs(3);

static OPEN: Mutex<Vec<Weak<Bench>>> = Mutex::new(Vec::new());

/// From now on this bench is switched off by [`now`].
pub fn bench_is_open(bench: &Arc<Bench>) {
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.retain(|other| other.strong_count() > 0);
    open.push(Arc::downgrade(bench));
}

static PLACES: Mutex<Vec<Weak<Keeper>>> = Mutex::new(Vec::new());

/// From now on these places of a farm are given back by [`now`].
pub fn places_are_held(keeper: &Arc<Keeper>) {
    let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
    places.retain(|other| other.strong_count() > 0);
    places.push(Arc::downgrade(keeper));
}

/// Behind the supplies: until then nobody else may have what they switch. A farm that does not answer is not waited
/// for; the guard gives back what is left. Whether nothing is.
fn give_places_back() -> bool {
    let places = PLACES
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let places: Vec<_> = places.iter().filter_map(Weak::upgrade).collect();
    if places.is_empty() {
        return true;
    }
    let (done, wait) = channel();
    std::thread::spawn(move || {
        let told = places.iter().flat_map(|keeper| keeper.release());
        let _ = done.send(told.collect::<Vec<_>>());
    });
    let Ok(left) = wait.recv_timeout(FARM) else {
        return false;
    };
    for told in &left {
        say(format!("warning: {}\n", one_line(told)));
    }
    left.is_empty()
}

/// Whether a place of a farm may still be held after a run.
static PLACE_LEFT: AtomicBool = AtomicBool::new(false);

/// Tells of places that could not be given back, and keeps that for the code to end with.
pub fn places_are_left(told: Vec<String>) {
    if !told.is_empty() {
        PLACE_LEFT.store(true, Ordering::SeqCst);
    }
    for said in told {
        say(format!("error: {}\n", one_line(&said)));
    }
}

/// Switches every supply off, whatever cases are doing; gives the code to end with.
pub fn now() -> Exit {
    let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let open: Vec<_> = open.iter().filter_map(Weak::upgrade).collect();
    if !open.is_empty() {
        say("\na second signal: every supply goes off now, as fast as its relay is\n".to_owned());
    }
    let may_be_on: Vec<MayBeOn> = open.iter().flat_map(|bench| bench.close()).collect();
    let all_back = give_places_back();
    if may_be_on.is_empty() {
        if all_back {
            // Its guard has nothing more to switch: whoever waits for the wires need not wait for it to find that out.
            open.iter().for_each(|bench| bench.leave_off());
        }
        let what = match open.is_empty() {
            true => "ended at once",
            false => "ended at once: every supply is off; the run is not sealed and can be resumed",
        };
        say(format!("{what}\n"));
        return Exit::Interrupted;
    }
    tell(&may_be_on);
    Exit::MayBeOn
}

/// Units of runs of this process that were not seen to go off.
static LEFT: Mutex<Vec<MayBeOn>> = Mutex::new(Vec::new());

/// Keeps what may still be on after a run.
pub fn remember(may_be_on: Vec<MayBeOn>) {
    LEFT.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .extend(may_be_on);
}

/// The code to end with: that a unit may still be on goes before all else, and with a place that may still be held
/// nothing ends well. `told` says that a summary named it.
pub fn gravest(exit: Exit, told: bool) -> Exit {
    let left = std::mem::take(&mut *LEFT.lock().unwrap_or_else(PoisonError::into_inner));
    let place_left = PLACE_LEFT.swap(false, Ordering::SeqCst);
    if left.is_empty() {
        return match exit {
            Exit::Passed if place_left => Exit::Undecided,
            _ => exit,
        };
    }
    if !told {
        tell(&left);
    }
    Exit::MayBeOn
}

/// Names units that may still be on.
pub fn tell(may_be_on: &[MayBeOn]) {
    for MayBeOn { unit, why } in may_be_on {
        let (what, next) = may_be_on_by(unit, why);
        say(format!(
            "error: {what}: {}\n  next: {next}, now\n",
            why.what
        ));
    }
}

/// Says it on the terminal, if that is not stopped.
pub fn say(what: String) {
    let (done, wait) = channel();
    std::thread::spawn(move || {
        // There is no other place to tell it.
        let _ = std::io::stderr().write_all(for_terminal(&what).as_bytes());
        let _ = done.send(());
    });
    let _ = wait.recv_timeout(TERMINAL);
}
