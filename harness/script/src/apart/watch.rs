//! Notices that a worker dies while the harness does what its script asked for, such as a wait of minutes.

use crate::host::Host;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What ends the waits of a case whose worker died. What the worker died of is told where its answer is missed.
const GONE: &str = "the process of its script ended";

/// One worker under watch.
pub(super) struct Watch<'a> {
    host: &'a dyn Host,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// A call of the script is being answered: whoever asked is needed.
    answering: bool,
    /// The worker is gone.
    dead: bool,
}

impl Watch<'_> {
    /// Answers a call. Its waits end when the worker does.
    pub(super) fn answering<T>(&self, answer: impl FnOnce() -> T) -> T {
        self.set(|state| state.answering = true);
        let answered = answer();
        self.set(|state| state.answering = false);
        answered
    }

    /// One that is done with its script may end as it likes.
    fn set(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        if state.answering && state.dead {
            self.host.call_off(GONE);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does the work while the other end of a worker's line is watched.
pub(super) fn watched<T>(
    line: &UnixStream,
    host: &dyn Host,
    work: impl FnOnce(&Watch<'_>) -> T,
) -> T {
    let watch = Watch {
        host,
        state: Mutex::default(),
    };
    // Without a thread or a pair of sockets the death is noticed when the wait is over.
    let Ok((done, at_work)) = UnixStream::pair() else {
        return work(&watch);
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("script-watch".to_owned());
        let looks = || {
            if is_gone(line, &done) {
                watch.set(|state| state.dead = true);
            }
        };
        let _ = thread.spawn_scoped(scope, looks);
        let came = work(&watch);
        drop(at_work);
        came
    })
}

/// Waits until the worker is gone, or the work is done.
fn is_gone(line: &UnixStream, done: &UnixStream) -> bool {
    loop {
        // A hang-up is told without being asked for.
        let mut fds = [line, done].map(|s| PollFd::new(s.as_fd(), PollFlags::empty()));
        match poll(&mut fds, PollTimeout::NONE) {
            Err(Errno::EINTR) => continue,
            Err(_) => return false,
            Ok(_) => {}
        }
        let [gone, done] = fds.map(|fd| fd.any().unwrap_or(true));
        if gone || done {
            return gone && !done;
        }
    }
}
