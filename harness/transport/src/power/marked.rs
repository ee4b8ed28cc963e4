//! Programs that switch relays are marked in their environment, and so is what they start: by that they are found when
//! they have to end, wherever they went. What they start with another environment is found by who started it.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::{BTreeMap, BTreeSet};

/// The process that started it.
pub const STARTED_BY: &str = "PROOFHOUSE_STARTED_BY";

/// The one call of it.
pub(super) const CALL: &str = "PROOFHOUSE_CALL";

/// Most looks for what was started during the look before.
const LOOKS: usize = 10;

/// Whether what `/proc` shows are the processes that this one would name: in a namespace without its own it is not so.
#[must_use]
pub fn sees_processes() -> bool {
    let me = std::fs::read_link("/proc/self").ok();
    me.and_then(|p| p.to_str()?.parse().ok()) == Some(std::process::id())
}

/// Ends every process with this in its environment, and all that these started. What another user started is left
/// alone, and what lost its parent and its environment is not seen. Whether there was any.
pub fn end_marked(name: &str, value: &str) -> bool {
    end_program(None, name, value)
}

/// The same, with a process that is known to be one of them.
pub(super) fn end_program(leader: Option<i32>, name: &str, value: &str) -> bool {
    if !sees_processes() {
        return false;
    }
    let mark = format!("{name}={value}");
    let mut found = BTreeSet::new();
    for _ in 0..LOOKS {
        let more = family(leader, mark.as_bytes(), &found);
        if more.is_empty() {
            break;
        }
        // What is stopped starts nothing, and while its parent lives it is known by that.
        more.iter().for_each(|pid| send(*pid, Signal::SIGSTOP));
        found.extend(more);
    }
    found.iter().for_each(|pid| send(*pid, Signal::SIGKILL));
    !found.is_empty()
}

fn send(pid: i32, signal: Signal) {
    // It may have ended just now.
    let _ = kill(Pid::from_raw(pid), signal);
}

/// Those that are marked, the leader and what any of them or of those found before started, without the latter.
fn family(leader: Option<i32>, mark: &[u8], before: &BTreeSet<i32>) -> BTreeSet<i32> {
    let parents = parents();
    let is_first = |pid: &i32| Some(*pid) == leader || before.contains(pid) || has(*pid, mark);
    let mut all: BTreeSet<i32> = parents.keys().copied().filter(is_first).collect();
    loop {
        let mut started = parents.iter().filter(|(_, parent)| all.contains(*parent));
        let Some(pid) = started.find_map(|(pid, _)| (!all.contains(pid)).then_some(*pid)) else {
            break;
        };
        all.insert(pid);
    }
    let own = i32::try_from(std::process::id()).ok();
    all.retain(|pid| Some(*pid) != own && !before.contains(pid));
    all
}

/// Every process with its parent.
fn parents() -> BTreeMap<i32, i32> {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let parent = |entry: std::fs::DirEntry| -> Option<(i32, i32)> {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read(entry.path().join("stat")).ok()?;
        let stat = String::from_utf8_lossy(&stat);
        // State and parent stand behind the name, which may hold anything.
        let (_, rest) = stat.rsplit_once(')')?;
        let parent = rest.split_whitespace().nth(1)?.parse().ok()?;
        Some((pid, parent))
    };
    all.filter_map(parent).collect()
}

/// Whether this stands in its environment.
fn has(pid: i32, mark: &[u8]) -> bool {
    let environment = std::fs::read(format!("/proc/{pid}/environ"));
    environment.is_ok_and(|all| all.split(|b| *b == 0).any(|v| v == mark))
}
