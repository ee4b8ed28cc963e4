//! The supply of a virtual unit: its process.

use super::Power;
use crate::open::{Context, Mask};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use proofhouse_model::{Channel, Trouble};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Bytes thrown away at most that came in while the device was off.
const STALE: usize = 1 << 20;
/// What is quoted of the log when a device ended by itself, bytes.
const QUOTED: usize = 300;
/// Longest piece of standard error that is masked as one, bytes; a line as a rule.
const LONGEST_LINE: u64 = 64 << 10;
/// How long the last words of a device that ended are waited for.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A device that is a child process: spawned is on, killed is off.
///
/// It gets one end of a pty as its standard input and output and is expected to end when that hangs
/// up: so nothing is left behind when the harness itself is killed. It is in a process group of its
/// own: Ctrl-C on a terminal reaches the harness alone, which then switches off. Dropped, it is
/// off.
pub struct ProcessPower {
    program: PathBuf,
    args: Vec<OsString>,
    terminal: OwnedFd,
    log: PathBuf,
    mask: Mask,
    child: Option<Child>,
    /// Told when all that the child said is in the log.
    said: Option<Receiver<()>>,
    exited: Option<String>,
}

impl ProcessPower {
    /// The process of the virtual unit that is opened.
    ///
    /// # Errors
    /// Bench trouble: the unit is no virtual one, its log cannot be written.
    pub fn open(context: &Context<'_>) -> Result<Self, Trouble> {
        let made = context.made(Channel::Power)?;
        if let Some(folder) = made.log.parent() {
            let mut maker = std::fs::DirBuilder::new();
            maker.recursive(true).mode(0o700);
            maker.create(folder).map_err(|e| {
                let what = format!("cannot make {}: {e}", folder.display());
                Trouble::bench(Channel::Power, what, "check disk space and permissions")
            })?;
        }
        let terminal = made.pty.device_end()?;
        let mask = Arc::clone(&made.mask);
        Self::new(made.program, made.args.to_vec(), terminal, &made.log, mask)
    }

    /// A program with its arguments, the device's end of its terminal (see `console::Pty`), the file that its standard
    /// error is appended to, and what masks it on its way there. Off at first.
    ///
    /// # Errors
    /// Trouble of the bench when that file cannot be written.
    pub fn new(
        program: impl Into<PathBuf>,
        args: Vec<OsString>,
        terminal: OwnedFd,
        log: impl Into<PathBuf>,
        mask: Mask,
    ) -> Result<Self, Trouble> {
        let device = Self {
            program: program.into(),
            args,
            terminal,
            log: log.into(),
            mask,
            child: None,
            said: None,
            exited: None,
        };
        match device.log_file() {
            Ok(_) => Ok(device),
            Err(e) => Err(device.trouble("has no log", &e)),
        }
    }

    fn spawn(&mut self) -> io::Result<Child> {
        discard(&self.terminal)?;
        let mut log = self.log_file()?;
        let mut child = Command::new(&self.program)
            .args(&self.args)
            .stdin(Stdio::from(self.terminal.try_clone()?))
            .stdout(Stdio::from(self.terminal.try_clone()?))
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let (done, said) = channel();
        let (stderr, mask) = (child.stderr.take(), Arc::clone(&self.mask));
        std::thread::spawn(move || {
            if let Some(stderr) = stderr {
                copy_masked(stderr, &mut log, &mask);
            }
            let _ = done.send(()); // nobody may be waiting
        });
        self.said = Some(said);
        Ok(child)
    }

    fn log_file(&self) -> io::Result<File> {
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&self.log)
    }

    fn trouble(&self, what: &str, e: &io::Error) -> Trouble {
        let what = format!(
            "the virtual unit's process {} {what}: {e}",
            self.program.display()
        );
        let next = format!(
            "read {}; check disk space and `ulimit -u`",
            self.log.display()
        );
        Trouble::bench(Channel::Power, what, next)
    }

    /// The end of what it said on standard error.
    fn last_words(&self) -> String {
        let read = || -> io::Result<Vec<u8>> {
            let mut log = File::open(&self.log)?;
            let len = log.metadata()?.len();
            log.seek(SeekFrom::Start(len.saturating_sub(QUOTED as u64)))?;
            let mut said = Vec::new();
            log.take(QUOTED as u64).read_to_end(&mut said)?;
            Ok(said)
        };
        let said = read().unwrap_or_default();
        String::from_utf8_lossy(&said)
            .trim()
            .escape_debug()
            .to_string()
    }
}

impl Power for ProcessPower {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        if on {
            if self.child.is_none() {
                self.exited = None;
                let child = self.spawn();
                self.child = Some(child.map_err(|e| self.trouble("does not start", &e))?);
            }
            return Ok(());
        }
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        // A child that ended by itself was not waited for, or is remembered as ended: neither is an
        // error here.
        let killed = child.kill().and_then(|()| child.wait());
        killed
            .map(|_| ())
            .map_err(|e| self.trouble("cannot be killed", &e))
    }

    fn is_on(&self) -> Option<bool> {
        Some(self.child.is_some())
    }

    fn exited(&mut self) -> Option<String> {
        if self.exited.is_none()
            && let Some(status) = self.child.as_mut()?.try_wait().ok()?
        {
            if let Some(said) = self.said.take() {
                let _ = said.recv_timeout(LAST_WORDS); // what is there by then is quoted
            }
            self.exited = Some(match self.last_words() {
                said if said.is_empty() => status.to_string(),
                said => format!("{status}; it said: {said}"),
            });
        }
        self.exited.clone()
    }
}

impl Drop for ProcessPower {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = self.off();
    }
}

/// Line by line, so that a secret in one is whole. Ends with the pipe; a log that cannot be written ends nothing.
fn copy_masked(from: ChildStderr, log: &mut File, mask: &Mask) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut from).take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => drop(log.write_all(&mask(&line))),
        }
    }
}

/// Throws away what was sent to the device while it was off: a wire does not remember.
fn discard(terminal: &OwnedFd) -> io::Result<()> {
    let mut buffer = [0; 4096];
    let mut done = 0;
    while done < STALE {
        let mut fds = [PollFd::new(terminal.as_fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::ZERO)?;
        if !fds[0]
            .revents()
            .is_some_and(|r| r.contains(PollFlags::POLLIN))
        {
            break;
        }
        match nix::unistd::read(terminal, &mut buffer)? {
            0 => break,
            n => done += n,
        }
    }
    Ok(())
}
