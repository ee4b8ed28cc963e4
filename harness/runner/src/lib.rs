//! Carries out a plan: the dispatcher orders everything, one executor thread per running case, every event
//! in the journal before anyone else sees it.
//!
//! Floor 4. Knows the bench only through ops, the cases only through the script crate's `Host`.

mod cited;
mod clock;
mod control;
mod dispatcher;
mod executor;
mod gate;
mod guesses;
mod job;
mod mask;
mod past;
mod proof;
mod queue;
mod recorder;
mod rejudge;
mod retry;
mod supplies;
mod syncer;
#[cfg(test)]
mod testing;

pub use control::{BenchControl, UnitControl, UnitFacts};
pub use dispatcher::run;
pub use job::{CaseBody, Job, Patience, RunError, RunProduct};
pub use mask::SecretBook;
pub use past::{OpenOp, Past};
pub use proofhouse_bench::Cancel;
pub use recorder::{Recorder, Watcher};
pub use rejudge::{Blobs, Rejudge, Rejudged, told_apart};
