//! What the system tells of the harness and of what it started.

pub(super) use proofhouse_transport::power::sees_processes;
use proofhouse_transport::power::{STARTED_BY, end_marked};

/// Whether a process is stopped, by a signal or a debugger. Unknown is not stopped.
pub(super) fn is_stopped(pid: u32) -> bool {
    if !sees_processes() {
        return false;
    }
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The state stands behind the name, which may hold anything.
    let state = stat
        .rsplit(')')
        .next()
        .and_then(|s| s.trim().chars().next());
    matches!(state, Some('T' | 't'))
}

/// Ends the programs that a process had started to switch relays, and what those started: left alone, one of them could
/// still switch on. Whether there were any.
pub(super) fn end_relay_programs_of(harness: u32) -> bool {
    end_marked(STARTED_BY, &harness.to_string())
}
