//! The limits of a worker: on its memory by the system, on its processor time by a thread that also sees the harness
//! end.

use super::Limits;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often the clock is looked at, in milliseconds.
const LOOK_MS: u16 = 100;

/// No limit.
const NEVER: u64 = u64::MAX;

/// Processor time at which this process has to end, in microseconds.
#[derive(Debug)]
pub(super) struct Clock(AtomicU64);

impl Clock {
    /// From now on the script computes.
    pub(super) fn computes(&self, most: Duration) {
        let most = u64::try_from(most.as_micros()).unwrap_or(NEVER);
        self.0
            .store(used_us().saturating_add(most), Ordering::SeqCst);
    }

    /// It waits for the harness.
    pub(super) fn waits(&self) {
        self.0.store(NEVER, Ordering::SeqCst);
    }
}

fn used_us() -> u64 {
    let clock = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID);
    let used = clock.map(Duration::from).unwrap_or_default();
    u64::try_from(used.as_micros()).unwrap_or(NEVER)
}

/// Starts the thread that ends this process when its time is used up or the harness is gone. It takes no memory, so
/// that a script that eats it cannot stop this.
///
/// # Errors
/// No thread.
pub(super) fn watch(line: UnixStream) -> std::io::Result<Arc<Clock>> {
    let clock = Arc::new(Clock(AtomicU64::new(NEVER)));
    let looked_at = Arc::clone(&clock);
    let thread = std::thread::Builder::new().name("guard".to_owned());
    thread.stack_size(64 * 1024).spawn(move || {
        loop {
            let mut ends = [PollFd::new(line.as_fd(), PollFlags::empty())];
            match poll(&mut ends, PollTimeout::from(LOOK_MS)) {
                Ok(0) | Err(_) if used_us() < looked_at.0.load(Ordering::SeqCst) => {}
                Ok(0) | Err(_) => end(Signal::SIGXCPU),
                Ok(_) => end(Signal::SIGKILL),
            }
        }
    })?;
    Ok(clock)
}

fn end(by: Signal) {
    let _ = kill(Pid::this(), by);
}

/// Ends this process when the harness does, whatever thread of it does what.
pub(super) fn die_with(parent: i32) {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
    // It may have ended before that was said.
    if nix::unistd::getppid().as_raw() != parent {
        end(Signal::SIGKILL);
    }
}

/// What this process needs itself, and how much is added for scripts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    own: u64,
    scripts: u64,
}

impl Memory {
    /// As it is now, before any script.
    pub(super) fn new(limits: Limits) -> Self {
        let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0); // secrets stand in memory
        Self {
            own: taken(),
            scripts: limits.memory_mib.saturating_mul(1 << 20),
        }
    }

    /// Bounds what comes next, which runs on a thread with this stack.
    pub(super) fn bound(&self, stack: usize) {
        // Private memory that can be written, with the stacks of threads: what a script can make grow.
        let most = self
            .own
            .saturating_add(self.scripts)
            .saturating_add(stack as u64);
        if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_DATA) {
            let _ = setrlimit(Resource::RLIMIT_DATA, most.min(hard), hard);
        }
    }

    /// Whether scripts left so much behind that the next one would be short of it.
    pub(super) fn is_spent(&self) -> bool {
        taken() > self.own.saturating_add(self.scripts / 3)
    }
}

/// Bytes of private memory that can be written.
fn taken() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmData:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0).saturating_mul(1024)
}
