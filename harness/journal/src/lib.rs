//! The record of a run: written before anything else sees it, and read again years later.
//!
//! A run folder holds
//!
//! | file | what |
//! |---|---|
//! | `plan.json` | the plan, frozen before the first volt |
//! | `events.jsonl` | one JSON object a line, in order, each with the SHA-256 of the line before it |
//! | `blobs/ab/abcd…` | evidence too large for an event, named by its SHA-256 |
//! | `logs/` | what virtual units said on standard error |
//! | `report.json`, `junit.xml` | reports, made from plan and events |
//! | `open.lock` | there while the run is not over; locked by the process that writes it |
//! | `seal.json` | what `open.lock` becomes at the end: count of events, hash of the last line and of each file |
//!
//! Bytes in an event that are too many for it are `{"blob": id, "size": bytes, "head": ...}` in place of the bytes
//! themselves.
//!
//! The first line's `prev` is the hash of `plan.json`, so plan and events cannot be mixed. A line
//! is hashed without its line end. The chain finds what was changed by accident or carelessness; it
//! is no signature, since whoever can write the folder can also write a whole new chain.
//!
//! Appending hands every line to the operating system with one `write` before it returns, so a
//! killed harness loses nothing; [`Writer::sync`] puts everything on disk, so a bench PC that loses
//! power does not either.

mod blame;
mod blob;
mod disk;
mod error;
mod file;
mod folder;
mod line;
mod lines;
mod lock;
mod private;
mod read;
mod resume;
mod seal;
mod sealed;
mod verify;
mod write;

pub use blob::{Blobs, read_blob};
pub use disk::Disk;
pub use error::{ReadError, ResumeError, WriteError};
pub use file::read_file;
pub use line::{FORMAT, LONGEST_LINE, sha256_hex};
pub use lock::{OpenMark, mark_of, note_all_off, note_guard};
pub use private::{private_file, private_folder};
pub use read::{Reader, Recorded, Torn};
pub use resume::{Kept, Resumed, was_never_planned};
pub use seal::seal_sha256;
pub use sealed::{read_sealed, write_sealed};
pub use verify::{Remade, State, Verified, is_run, verify, verify_names, verify_with};
pub use write::Writer;

/// Name of the plan's file in a run folder.
pub const PLAN_FILE: &str = "plan.json";
/// Name of the events' file in a run folder.
pub const EVENTS_FILE: &str = "events.jsonl";
/// Name of the folder of blobs in a run folder.
pub const BLOBS_DIR: &str = "blobs";
/// Name of the folder of logs in a run folder; they are not of the journal, but the seal lists them.
pub const LOGS_DIR: &str = "logs";
/// Name of the file that marks a run which is not over.
pub const OPEN_FILE: &str = "open.lock";
/// Name of the seal's file in a run folder.
pub const SEAL_FILE: &str = "seal.json";
