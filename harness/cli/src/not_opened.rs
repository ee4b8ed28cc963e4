//! A run that could not begin, because its bench could not be opened.

use proofhouse_journal::{BLOBS_DIR, EVENTS_FILE, LOGS_DIR, OPEN_FILE, PLAN_FILE};
use proofhouse_model::Trouble;
use std::fmt;
use std::path::Path;

/// The bench could not be opened: no unit was switched on, no case was begun.
#[derive(Debug)]
pub struct NotOpened(pub Trouble);

impl fmt::Display for NotOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bench cannot be opened: {}", self.0)
    }
}

impl std::error::Error for NotOpened {}

/// Takes away the folder of such a run: there is nothing in it to be looked at, or to go on with.
pub fn forget(run_dir: &Path) {
    for file in [PLAN_FILE, EVENTS_FILE, OPEN_FILE] {
        let _ = std::fs::remove_file(run_dir.join(file));
    }
    // Empty but for folders of its own; what somebody else put there stays.
    for folder in [LOGS_DIR, BLOBS_DIR] {
        let _ = std::fs::remove_dir_all(run_dir.join(folder));
    }
    let _ = std::fs::remove_dir(run_dir);
}
