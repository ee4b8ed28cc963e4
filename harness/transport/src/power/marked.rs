//! Programs that switch relays are marked in their environment, and so is what they start: by that they are found when
//! they have to end, wherever they went.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The process that started it.
pub const STARTED_BY: &str = "PROOFHOUSE_STARTED_BY";

/// The one call of it.
pub(super) const CALL: &str = "PROOFHOUSE_CALL";

/// Whether what `/proc` shows are the processes that this one would name: in a namespace without its own it is not so.
#[must_use]
pub fn sees_processes() -> bool {
    let me = std::fs::read_link("/proc/self").ok();
    me.and_then(|p| p.to_str()?.parse().ok()) == Some(std::process::id())
}

/// Ends every process with this in its environment. What another user started is not seen, and left alone.
pub fn end_marked(name: &str, value: &str) {
    let mark = format!("{name}={value}");
    let Ok(all) = std::fs::read_dir("/proc") else {
        return;
    };
    if !sees_processes() {
        return;
    }
    for entry in all.flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|n| n.parse::<i32>().ok());
        let environment = std::fs::read(entry.path().join("environ"));
        if let (Some(pid), Ok(environment)) = (pid, environment)
            && environment.split(|b| *b == 0).any(|v| v == mark.as_bytes())
        {
            // It may have ended just now.
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}
