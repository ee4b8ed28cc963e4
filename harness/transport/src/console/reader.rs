//! The thread that listens to a console, and what it does when the port vanishes.

use super::lines::Lines;
use super::link::{Link, Wire};
use super::record::Recorder;
use super::second::Second;
use crate::budget::Budget;
use crate::matcher::Matcher;
use crate::sync::hold;
use proofhouse_model::{Channel, Trouble};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

/// Between two tries to open a port that vanished.
const RETRY: Duration = Duration::from_millis(50);

/// Whether the device's supply is off just now, so that a port of its own may be missing.
pub type Off = Box<dyn Fn() -> bool + Send + Sync>;

/// Gets how many lines ended in what was just read, at once. Called from the reading thread; it must not use the
/// console.
pub type OnLines = Box<dyn Fn(u32, Instant) + Send + Sync>;

/// What became of the port beside what came over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortChange {
    /// At least so many bytes were thrown away when it was first opened: received by nobody, from before the run.
    Flushed(u64),
    /// It vanished, and why.
    Gone(String),
    /// It is open again, or for the first time where it was missing.
    Back,
}

/// Is told of it at once, in order with the output. Called from the reading thread or from whoever opens the console;
/// it must not use the console.
pub type OnPort = Box<dyn Fn(PortChange) + Send + Sync>;

/// What the reading thread shares with the console.
pub(crate) struct Shared {
    pub(crate) matcher: Arc<Matcher>,
    pub(crate) recorder: Mutex<Recorder>,
    pub(crate) second: Option<Mutex<Second>>,
    pub(crate) link: Mutex<Box<dyn Link>>,
    pub(crate) slot: Mutex<Slot>,
    pub(crate) changed: Condvar,
    pub(crate) reopen: Duration,
    pub(crate) off: Off,
    pub(crate) on_lines: OnLines,
    pub(crate) on_port: OnPort,
    pub(crate) lines: Mutex<Lines>,
    /// For messages: the link is held while it is being opened.
    pub(crate) name: String,
}

/// The wire in use.
#[derive(Default)]
pub(crate) struct Slot {
    /// `None` while it is gone.
    pub(crate) wire: Option<Arc<dyn Wire>>,
    /// How often it was opened again.
    pub(crate) reopened: u32,
    /// How often it vanished although the supply was on, and came back: what was said meanwhile was heard by nobody.
    pub(crate) deaf: u32,
    /// Why it could not be opened, the last time that was tried.
    pub(crate) refused: Option<String>,
    /// Whether it was open at least once.
    pub(crate) was_open: bool,
    pub(crate) closing: bool,
}

impl Shared {
    /// The wire; waits for one that is being opened again.
    pub(crate) fn wire(self: &Arc<Self>, budget: &Budget) -> Option<Arc<dyn Wire>> {
        self.wait(budget, |s| s.wire.is_some()).wire.clone()
    }

    /// Waits for another wire in the place of one that failed.
    pub(crate) fn another_wire(self: &Arc<Self>, old: &Arc<dyn Wire>, budget: &Budget) -> bool {
        let another = |s: &Slot| s.wire.as_ref().is_some_and(|new| !Arc::ptr_eq(new, old));
        another(&self.wait(budget, another))
    }

    /// Waits until the slot is as wanted, nothing more will come, or the budget is over.
    fn wait(
        self: &Arc<Self>,
        budget: &Budget,
        wanted: impl Fn(&Slot) -> bool,
    ) -> MutexGuard<'_, Slot> {
        let _woken = budget.cancel().on_cancel(Waker::from(self.clone()));
        let wait = |s: &mut Slot| {
            !wanted(s)
                && !s.closing
                && self.matcher.ended().is_none()
                && !budget.cancel().is_cancelled()
        };
        let slot = hold(&self.slot);
        let waited = self.changed.wait_timeout_while(slot, budget.left(), wait);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Tells everybody who waits for the wire to look again.
    fn announce(&self) {
        drop(hold(&self.slot));
        self.changed.notify_all();
    }

    /// How often it vanished although the supply was on.
    pub(crate) fn deaf(&self) -> u32 {
        hold(&self.slot).deaf
    }

    /// Whether it is missing just now although the supply is on.
    pub(crate) fn is_missing(&self) -> bool {
        hold(&self.slot).wire.is_none() && !(self.off)()
    }

    /// Why it is missing although the supply is on, and whether it never was open: then nothing was listened to.
    pub(crate) fn why_missing(&self) -> Option<(String, bool)> {
        let slot = hold(&self.slot);
        let missing = slot.wire.is_none() && !(self.off)();
        let why = || {
            slot.refused
                .clone()
                .unwrap_or_else(|| "it is not there".to_owned())
        };
        missing.then(|| (why(), !slot.was_open))
    }

    /// Listens until the console is closed or the port is gone for good.
    pub(crate) fn listen(&self) {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let wire = hold(&self.slot).wire.clone();
            let why = match wire {
                Some(wire) => self.read(&*wire, &mut buffer),
                None => Some(io::ErrorKind::NotFound.into()),
            };
            hold(&self.recorder).flush();
            match why {
                Some(why) if self.open_again(&why) => {}
                _ => return,
            }
        }
    }

    /// Reads until the wire fails; `None` when the console is being closed.
    fn read(&self, wire: &dyn Wire, buffer: &mut [u8]) -> Option<io::Error> {
        loop {
            let due = hold(&self.recorder).due();
            let within = due.map(|due| due.saturating_duration_since(Instant::now()));
            match wire.read(buffer, within) {
                Ok(0) => return Some(io::ErrorKind::BrokenPipe.into()),
                Ok(n) => {
                    let now = Instant::now();
                    self.count_lines(&buffer[..n], now);
                    // First on record, then seen by anybody.
                    hold(&self.recorder).push(&buffer[..n], now);
                    if let Some(second) = &self.second {
                        hold(second).hear(&buffer[..n]);
                    }
                    self.matcher.feed(&buffer[..n]);
                }
                Err(e) if e.kind() == io::ErrorKind::TimedOut => {}
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {
                    hold(&self.slot).wire = None;
                    return None;
                }
                Err(e) => return Some(e),
            }
            if due.is_some_and(|due| due <= Instant::now()) {
                hold(&self.recorder).flush();
            }
        }
    }

    /// Before all else: a cut may hang on it.
    fn count_lines(&self, bytes: &[u8], now: Instant) {
        let ended = hold(&self.lines).push(bytes, now);
        if ended > 0 {
            (self.on_lines)(u32::try_from(ended).unwrap_or(u32::MAX), now);
        }
    }

    /// Tries to open a port that vanished until it is there again; `false` when it is gone for
    /// good.
    fn open_again(&self, why: &io::Error) -> bool {
        let was_open = hold(&self.slot).wire.take().is_some();
        // A port that goes with its supply goes a little before the relay's program says so.
        let mut excused = !was_open || (self.off)();
        if was_open {
            (self.on_port)(PortChange::Gone(why.to_string()));
        }
        let mut deadline = Instant::now() + self.reopen;
        loop {
            let opened = hold(&self.link).open();
            match opened {
                Ok(wire) => {
                    // First on record, then heard from.
                    (self.on_port)(PortChange::Back);
                    let mut slot = hold(&self.slot);
                    let closing = slot.closing;
                    slot.wire = (!closing).then(|| Arc::from(wire));
                    slot.reopened += 1;
                    slot.was_open = true;
                    slot.deaf += u32::from(!excused);
                    drop(slot);
                    self.changed.notify_all();
                    return !closing;
                }
                Err(_) if (self.off)() => {
                    excused = true;
                    deadline = Instant::now() + self.reopen;
                }
                Err(trouble) if Instant::now() < deadline => {
                    hold(&self.slot).refused = Some(trouble.what);
                }
                Err(trouble) => {
                    self.matcher
                        .end(gone(&self.name, why, self.reopen, &trouble));
                    self.announce();
                    return false;
                }
            }
            let slot = hold(&self.slot);
            let waited = self.changed.wait_timeout_while(slot, RETRY, |s| !s.closing);
            if waited.unwrap_or_else(PoisonError::into_inner).0.closing {
                return false;
            }
        }
    }
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        self.announce();
    }
}

fn gone(name: &str, why: &io::Error, after: Duration, trouble: &Trouble) -> Trouble {
    let s = after.as_secs_f32();
    let what = match why.kind() {
        io::ErrorKind::NotFound => format!(
            "the port {name} did not appear within {s} s of power-on: {}",
            trouble.what
        ),
        _ => format!(
            "the port {name} vanished ({why}) and did not come back in {s} s: {}",
            trouble.what
        ),
    };
    Trouble::bench(
        Channel::Console,
        what,
        "check the cable and the adapter's supply (`dmesg` tells when it went), or the serial server; then run again",
    )
}
