//! A bench that is faulty on purpose: what lies between a driver and its wire is spoiled, and the code above it runs as
//! on any bench. Nothing of this is made for a run without a fault.
//!
//! | fault | what is put between |
//! |---|---|
//! | console | `console`: a wire around the tty that loses, doubles, changes or mixes bytes, or goes with the power |
//! | relay | `power`: a supply around the supply |
//! | probe | `probe`: another socket behind the selector of the real probe driver |
//! | units swapped | `swap`: two units exchange their opened drivers |
//! | network | `net`, `udp`: a relay of real sockets on the way to the unit |
//! | peer | `net`: the same relay before the broker |
//! | disk | `disk`: a brake before the journal's writes |
//! | clock | `clock`: what is added to the time of the bench PC, where a case looks at it |

mod clock;
pub(crate) mod console;
mod dice;
mod disk;
pub(crate) mod net;
pub(crate) mod power;
pub(crate) mod probe;
pub(crate) mod swap;
#[cfg(test)]
mod tests;
mod udp;
pub(crate) mod wrap;

pub use disk::{Brake, DiskWork};

use crate::listener::Listener;
use console::Cable;
use dice::Dice;
use proofhouse_model::{Fault, FaultKind, Op, UnitName};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The fault of a run: counts ops until it sets in and until it is over, and says when it was felt first.
pub struct Faulty {
    pub(crate) fault: Fault,
    ops: AtomicU64,
    active: AtomicBool,
    felt: AtomicBool,
    /// Numbers what is opened, so that each has dice of its own.
    opened: AtomicU64,
    cable: Cable,
    listener: Arc<dyn Listener>,
}

impl Faulty {
    /// A fault without any effect so far; `listener` hears of its first effect.
    #[must_use]
    pub fn new(fault: Fault, listener: Arc<dyn Listener>) -> Arc<Self> {
        Arc::new(Self {
            fault,
            ops: AtomicU64::new(0),
            active: AtomicBool::new(false),
            felt: AtomicBool::new(false),
            opened: AtomicU64::new(0),
            cable: Cable::default(),
            listener,
        })
    }

    /// Called before each op.
    pub(crate) fn before(&self, unit: &UnitName, op: &Op) {
        let counts = match self.fault.kind.channel() {
            _ if *unit != self.fault.unit => false,
            None => true,
            Some(channel) => op.channel() == Some(channel),
        };
        if !counts {
            return;
        }
        let nth = self.ops.fetch_add(1, Ordering::SeqCst);
        let from = u64::from(self.fault.from);
        let over = self.fault.lasts.map(|n| from + u64::from(n));
        let active = nth >= from && over.is_none_or(|over| nth < over);
        self.active.store(active, Ordering::SeqCst);
        if active && self.fault.kind == FaultKind::DiskSlow {
            self.felt("the journal's writes and syncs take long");
        }
    }

    /// Whether it is there just now.
    pub(crate) fn active(&self) -> bool {
        self.active.load(Ordering::SeqCst)
    }

    /// Whether it is this kind.
    pub(crate) fn is(&self, kind: FaultKind) -> bool {
        self.fault.kind == kind
    }

    /// It affected the run: reported once.
    pub(crate) fn felt(&self, what: &str) {
        if !self.felt.swap(true, Ordering::SeqCst) {
            self.listener
                .fault_set_in(&self.fault.unit, self.fault.kind, what);
        }
    }

    /// Dice for one question about the whole fault.
    fn dice(&self, question: u64) -> Dice {
        Dice::new(self.fault.seed, question)
    }

    /// Dice for what is opened next: the same for the same order of openings.
    fn next_dice(&self) -> Dice {
        let nth = self.opened.fetch_add(1, Ordering::SeqCst);
        Dice::new(self.fault.seed, 1000 + nth)
    }
}
