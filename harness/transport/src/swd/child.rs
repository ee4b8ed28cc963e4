//! One worker process: its pipes, its end, and the right to kill it from elsewhere.

use std::ffi::OsString;
use std::io::{BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::task::Wake;
use std::thread::JoinHandle;
use std::time::Instant;

use proofhouse_model::{Channel, Dur, Trouble};

use crate::sync::hold;

use super::protocol::{Answer, Request, read_line, write_line};
use super::target::MAX_READ;

/// Answers waiting to be taken; a race sends at most one per level and one at its end.
const WAITING: usize = 16;
/// What is kept of a worker's standard error.
const LAST_WORDS: usize = 2048;

/// An answer, with the raw bytes that followed it.
pub struct Reply {
    pub answer: Answer,
    pub raw: Vec<u8>,
}

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoReply {
    /// The deadline passed.
    Overrun,
    /// The worker ended or closed its line.
    Ended,
    /// What it wrote is not of the protocol.
    Garbled(String),
}

impl NoReply {
    /// The trouble in words; `tail` is the end of the worker's standard error.
    pub fn text(&self, within: Dur, tail: &str) -> String {
        let mut text = match self {
            Self::Overrun => {
                format!("no answer from the debug probe within {within}; its worker was ended")
            }
            Self::Ended => "the worker of the debug probe ended by itself".to_owned(),
            Self::Garbled(why) => format!("the worker of the debug probe wrote nonsense: {why}"),
        };
        if !tail.is_empty() {
            text.push_str("; its last words: ");
            text.push_str(tail);
        }
        text
    }
}

/// A running worker. Dropping it kills and reaps it.
pub struct Worker {
    child: Arc<Mutex<Child>>,
    stdin: ChildStdin,
    /// `None` once the worker was ended, so that its reader cannot wait for room.
    answers: Option<Receiver<Result<Reply, NoReply>>>,
    errors: Arc<Mutex<Vec<u8>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Starts `program`, or this very program, and registers it with the killer.
    ///
    /// # Errors
    /// Bench trouble: the process or its threads cannot be made.
    pub fn start(
        program: Option<PathBuf>,
        arguments: &[OsString],
        killer: &Killer,
    ) -> Result<Self, Trouble> {
        let program = program
            .map_or_else(std::env::current_exe, Ok)
            .map_err(not_started)?;
        let mut command = Command::new(program);
        command.args(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        own_group(&mut command);
        let mut child = command.spawn().map_err(not_started)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let child = Arc::new(Mutex::new(child));
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(not_started("it has no pipes"));
        };
        let (send, answers) = sync_channel(WAITING);
        let errors = Arc::new(Mutex::new(Vec::new()));
        let mut worker = Self {
            child,
            stdin,
            answers: Some(answers),
            errors: Arc::clone(&errors),
            threads: Vec::new(),
        };
        worker.thread("swd-answers", move || listen(stdout, &send))?;
        worker.thread("swd-errors", move || keep_tail(stderr, &errors))?;
        killer.aim(&worker.child);
        Ok(worker)
    }

    /// Sends one request.
    ///
    /// # Errors
    /// Bench trouble: the worker is gone.
    pub fn send(&mut self, request: &Request) -> Result<(), Trouble> {
        write_line(&mut self.stdin, request).map_err(not_started)
    }

    /// The next answer.
    ///
    /// # Errors
    /// [`NoReply`]; the worker should then be dropped.
    pub fn next_reply(&mut self, deadline: Instant) -> Result<Reply, NoReply> {
        let left = deadline.saturating_duration_since(Instant::now());
        let Some(answers) = &self.answers else {
            return Err(NoReply::Ended);
        };
        match answers.recv_timeout(left) {
            Ok(reply) => reply,
            Err(RecvTimeoutError::Timeout) => Err(NoReply::Overrun),
            Err(RecvTimeoutError::Disconnected) => Err(NoReply::Ended),
        }
    }

    /// Whether the process has ended.
    pub fn ended(&mut self) -> bool {
        !matches!(hold(&self.child).try_wait(), Ok(None))
    }

    /// The end of what it wrote to standard error; ends it first, so that nothing is missed.
    pub fn last_words(&mut self) -> String {
        self.end();
        String::from_utf8_lossy(&hold(&self.errors)).into_owned()
    }

    fn thread(&mut self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), Trouble> {
        let thread = std::thread::Builder::new().name(name.into()).spawn(run);
        self.threads.push(thread.map_err(not_started)?);
        Ok(())
    }

    /// Kills, reaps, and waits for the threads, whose pipes are closed then.
    fn end(&mut self) {
        let mut child = hold(&self.child);
        let _ = child.kill();
        let _ = child.wait();
        drop(child);
        self.answers = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.end();
    }
}

/// Kills the worker at hand when the run is ended, from whichever thread ends it.
#[derive(Default)]
pub struct Killer(Mutex<Option<Arc<Mutex<Child>>>>);

impl Killer {
    fn aim(&self, child: &Arc<Mutex<Child>>) {
        *hold(&self.0) = Some(Arc::clone(child));
    }
}

impl Wake for Killer {
    fn wake(self: Arc<Self>) {
        if let Some(child) = &*hold(&self.0) {
            let _ = hold(child).kill();
        }
    }
}

fn listen(stdout: ChildStdout, send: &SyncSender<Result<Reply, NoReply>>) {
    let mut from = BufReader::with_capacity(64 * 1024, stdout);
    loop {
        let reply = match read_line(&mut from) {
            Ok(None) => return,
            Ok(Some(answer)) => with_raw(answer, &mut from),
            Err(why) => Err(NoReply::Garbled(why.to_string())),
        };
        let broken = reply.is_err();
        if send.send(reply).is_err() || broken {
            return;
        }
    }
}

fn with_raw(answer: Answer, from: &mut impl Read) -> Result<Reply, NoReply> {
    let mut raw = Vec::new();
    if let Answer::Memory { len } = answer {
        if len > MAX_READ {
            return Err(NoReply::Garbled(format!("it announces {len} bytes")));
        }
        from.take(len)
            .read_to_end(&mut raw)
            .map_err(|_| NoReply::Ended)?;
        if raw.len() as u64 != len {
            return Err(NoReply::Ended);
        }
    }
    Ok(Reply { answer, raw })
}

fn keep_tail(mut from: impl Read, tail: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 1024];
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        let mut tail = hold(tail);
        tail.extend_from_slice(&buffer[..len]);
        let surplus = tail.len().saturating_sub(LAST_WORDS);
        tail.drain(..surplus);
    }
}

/// A process group of its own: Ctrl-C on the terminal reaches the harness, which ends the worker
/// in order.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

fn not_started(why: impl std::fmt::Display) -> Trouble {
    Trouble::bench(
        Channel::Debug,
        format!("the worker for the debug probe does not run: {why}"),
        "see that the program file is still where it was started from and processes can be made",
    )
}
