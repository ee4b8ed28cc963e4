//! Carries out a plan: the dispatcher orders everything, one executor thread per running case, every event
//! in the journal before anyone else sees it.
//!
//! Floor 4. Knows the bench only through ops, the cases only through the script crate's `Host`.

mod cited;
mod dispatcher;
mod executor;
mod gate;
mod mask;
mod past;
mod proof;
mod recorder;
mod retry;

pub use dispatcher::{Job, RunError, run};
pub use mask::SecretBook;
pub use past::{OpenOp, Past};
pub use proofhouse_bench::Cancel;
pub use recorder::{Recorder, Watcher};
