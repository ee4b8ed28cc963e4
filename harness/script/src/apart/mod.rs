//! Scripts of strangers in a process of their own.
//!
//! Starlark bounds neither the memory of one built-in nor its time, and a deep value overflows the stack of whatever
//! prints it. So the harness itself evaluates no script: it starts its own binary as a worker ([`WORKER_WORD`]), has
//! that load and carry out scripts, and answers the ops they ask for. A worker that dies ends its case or its file,
//! with the reason in plain words, and the next script gets another one. One that is healthy is used again.
//!
//! | file | what it is |
//! |---|---|
//! | `frame` | messages over a socket pair; large bytes go beside their message, not in it |
//! | `message` | what the two processes say to each other |
//! | `worker` | the harness's end: one process, its limits, why it died |
//! | `sandbox` | loads through workers, and keeps those at rest |
//! | `serve` | the host's answers to a script under way |
//! | `watch` | ends what the host does for a worker that dies meanwhile |
//! | `child` | the worker's end |

mod child;
mod child_host;
mod frame;
mod guard;
mod message;
mod sandbox;
mod serve;
mod watch;
mod worker;

pub use child::worker_main;
pub use sandbox::Sandbox;

pub(crate) use message::DeviceCall;
pub(crate) use sandbox::{Apart, run_apart, said_apart};

use std::time::Duration;

/// First word of a command line that makes this process a worker for scripts.
pub const WORKER_WORD: &str = "__script-worker";

/// What a script may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Memory of a worker beyond what it needs itself, in MiB.
    pub memory_mib: u64,
    /// Processor time to load one file with its libraries.
    pub loading: Duration,
    /// Processor time of a case between two things it asks of the bench.
    pub running: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_mib: 256,
            loading: Duration::from_secs(3),
            running: Duration::from_secs(10),
        }
    }
}
