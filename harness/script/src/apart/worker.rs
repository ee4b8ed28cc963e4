//! One worker process, seen from the harness.

use super::frame;
use super::message::{Ask, Reply, Told};
use super::{Limits, WORKER_WORD};
use crate::run::is_too_large;
use nix::sys::signal::Signal;
use std::collections::BTreeSet;
use std::io::{self, BufReader, ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

/// How long a worker is waited for before somebody looks whether it should still be.
const TICK: Duration = Duration::from_millis(50);
/// How long it may take a message that is written to it.
const TAKES: Duration = Duration::from_secs(30);
/// How many times the processor time that a script may take to the next thing it asks may go by on the clock, before
/// its process is taken for one that was stopped: on a busy machine it gets a part of a core.
const SLOWEST: u32 = 6;
/// What is read of its last words.
const LAST_WORDS: u64 = 4096;

/// A running worker. Dropping it kills and reaps it.
pub(super) struct Worker {
    child: Child,
    line: BufReader<UnixStream>,
    errors: Option<ChildStderr>,
    limits: Limits,
    /// It was asked to load something, not to carry it out.
    loads: bool,
    /// Scripts it has the texts of.
    pub(super) knows: BTreeSet<String>,
}

/// Why a worker is no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Death {
    /// What it was asked for ended it; in words, a clause.
    ByScript(String),
    /// It was given up from here.
    GivenUp,
}

impl Worker {
    /// Starts one and waits until it is ready.
    ///
    /// # Errors
    /// The process cannot be made, or is no worker.
    pub(super) fn start(program: &Path, limits: Limits) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_read_timeout(Some(TICK))?;
        ours.set_write_timeout(Some(TAKES))?;
        let mut command = Command::new(program);
        command
            .arg(WORKER_WORD)
            .arg(std::process::id().to_string())
            .arg(limits.memory_mib.to_string())
            .arg(limits.loading.as_millis().to_string())
            .arg(limits.running.as_millis().to_string())
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // Ctrl-C on the terminal reaches the harness, which ends the case in order.
            .process_group(0);
        let mut child = by_keeper(command)?;
        let mut worker = Self {
            errors: child.stderr.take(),
            child,
            line: BufReader::with_capacity(64 * 1024, ours),
            limits,
            loads: true,
            knows: BTreeSet::new(),
        };
        let mut ticks = 0;
        let ready = worker.next(&mut || {
            ticks += 1;
            ticks > 600
        });
        match ready {
            Ok(Told::Ready) => Ok(worker),
            Ok(_) => Err(io::Error::other(
                "what was started is no worker for scripts",
            )),
            Err(Death::ByScript(how)) => Err(io::Error::other(how)),
            Err(Death::GivenUp) => Err(io::Error::other("it is not ready after 30 s")),
        }
    }

    /// The line to it, for somebody who watches whether it is still there.
    ///
    /// # Errors
    /// The system has no more files for this process.
    pub(super) fn line(&mut self) -> Result<UnixStream, Death> {
        let line = self.line.get_ref().try_clone();
        line.map_err(|why| self.death(&why))
    }

    /// How long it may say nothing while it waits for nobody. One that computes is ended by its processor time; one
    /// that was stopped takes none.
    pub(super) fn longest_silence(&self) -> Duration {
        self.limits.running.saturating_mul(SLOWEST)
    }

    /// Asks for something.
    ///
    /// # Errors
    /// It died.
    pub(super) fn ask(&mut self, ask: Ask) -> Result<(), Death> {
        self.loads = matches!(ask, Ask::LoadCase { .. } | Ask::LoadDevice { .. });
        let sent = frame::write(self.line.get_mut(), ask);
        sent.map_err(|why| self.death(&why))
    }

    /// Answers a call.
    ///
    /// # Errors
    /// It died.
    pub(super) fn reply(&mut self, reply: Reply) -> Result<(), Death> {
        let sent = frame::write(self.line.get_mut(), reply);
        sent.map_err(|why| self.death(&why))
    }

    /// What it says next. `give_up` is asked every now and then while nothing comes.
    ///
    /// # Errors
    /// It died, or was given up.
    pub(super) fn next(&mut self, give_up: &mut dyn FnMut() -> bool) -> Result<Told, Death> {
        let mut patient = Patient {
            line: &mut self.line,
            give_up,
            given_up: false,
        };
        match frame::read(&mut patient) {
            Ok(Some(told)) => Ok(told),
            Err(_) if patient.given_up => Err(Death::GivenUp),
            Ok(None) => Err(self.death(&ErrorKind::UnexpectedEof.into())),
            Err(why) => Err(self.death(&why)),
        }
    }

    /// Ends it and says why it had to be, or had been.
    fn death(&mut self, why: &io::Error) -> Death {
        let _ = self.child.kill(); // changes nothing about one that is dead already
        let status = self.child.wait();
        let mut last = String::new();
        if let Some(errors) = self.errors.take() {
            let _ = errors.take(LAST_WORDS).read_to_string(&mut last);
        }
        let signal = status.ok().and_then(|s| s.signal());
        Death::ByScript(self.in_words(signal, &last, why))
    }

    /// A clause: what somebody who wrote the script can do something about.
    fn in_words(&self, signal: Option<i32>, last: &str, why: &io::Error) -> String {
        let says = |text| last.contains(text);
        let by = |wanted: Signal| signal == Some(wanted as i32);
        if says("overflowed its stack") {
            return "a value in it is nested so deep, or its calls are, that the stack overflows"
                .to_owned();
        }
        // One map of Starlark does not look whether it got the memory it asked for, and goes on with none.
        let got_none = by(Signal::SIGSEGV) || says("unsafe precondition");
        if says("memory allocation of") || is_too_large(last) || got_none {
            let most = self.limits.memory_mib;
            return format!(
                "it needs more memory than the {most} MiB a script may take (`--script-memory` changes that)"
            );
        }
        if by(Signal::SIGXCPU) {
            let (most, when) = match self.loads {
                true => (self.limits.loading, "while it is loaded"),
                false => (self.limits.running, "between two things asked of the bench"),
            };
            return format!(
                "it computes without an end: {} s and more {when}",
                most.as_secs()
            );
        }
        // Noticed by what it does not say any more, or by what it does not take.
        let gone = matches!(why.kind(), ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe);
        if by(Signal::SIGKILL) && gone {
            return "its process was killed from outside, as a system does that is short of memory"
                .to_owned();
        }
        let first = last.lines().find(|line| !line.trim().is_empty());
        let first: String = first.unwrap_or("no last words").chars().take(200).collect();
        format!("its process ended: {why}; {first}")
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A line on which a while without bytes is no error.
struct Patient<'a> {
    line: &'a mut BufReader<UnixStream>,
    give_up: &'a mut dyn FnMut() -> bool,
    given_up: bool,
}

impl Read for Patient<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.line.read(into) {
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if (self.give_up)() {
                        self.given_up = true;
                        return Err(ErrorKind::TimedOut.into());
                    }
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                // A dead worker leaves a reset where it left a message unread.
                Err(e) if e.kind() == ErrorKind::ConnectionReset => return Ok(0),
                done => return done,
            }
        }
    }
}

type Start = (Command, Sender<io::Result<Child>>);

/// Starts processes for all threads: a worker ends with the thread that started it, so that must be one that lives as
/// long as the harness.
fn by_keeper(command: Command) -> io::Result<Child> {
    static KEEPER: LazyLock<io::Result<Mutex<Sender<Start>>>> = LazyLock::new(|| {
        let (send, starts) = channel();
        let thread = std::thread::Builder::new().name("script-workers".to_owned());
        thread.spawn(move || keep(&starts))?;
        Ok(Mutex::new(send))
    });
    let gone = || io::Error::other("the thread that starts workers is gone");
    let keeper = KEEPER.as_ref().map_err(|_| gone())?;
    let (send, started) = channel();
    let keeper = keeper.lock().unwrap_or_else(PoisonError::into_inner);
    keeper.send((command, send)).map_err(|_| gone())?;
    drop(keeper);
    started.recv().map_err(|_| gone())?
}

fn keep(starts: &Receiver<Start>) {
    for (mut command, started) in starts {
        let _ = started.send(command.spawn());
    }
}
