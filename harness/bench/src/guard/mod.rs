//! The guard: a small process beside the harness that owns "off".
//!
//! ```text
//! harness --Begin: wires, supplies--> guard: takes the wires, says Ready or who has them
//!         --Beat, five a second-->           answers each; silence of a stopped harness, or the end of
//!                                            the line, and it switches every supply off by itself
//!         --GoesOn, WentOn-->                knows that something is switching on, which may outlive the harness
//!         --SwitchOff-->                     tries relays that the harness could not switch
//!         --End, AllOff-->                   gives the wires back and ends
//! ```
//!
//! A supply is also the relay at a reset button, where pressed is on. The guard starts with the run and holds the locks
//! of its wires until everything is off, so that no second run touches them before. It opens drivers of its own;
//! programs that the dead harness had started to switch a relay are ended first, lest one of them switch on afterwards;
//! where a supply was being switched on, all are switched off again and again for as long as that may have taken.
//! Before a supply is switched on, the harness must have heard from its guard a moment ago ([`Guard::lease`]): one that
//! was stopped and wakes finds out before it switches anything.

mod host;
mod leased;
mod link;
mod process;
mod protocol;

pub(crate) use leased::Leased;
pub use link::Guard;
pub use process::guard_main;

/// First word of a command line that makes this program a guard.
pub const GUARD_WORD: &str = "__guard";
