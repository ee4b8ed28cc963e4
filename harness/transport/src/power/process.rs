//! The supply of a virtual unit: its process.

use super::Power;
use crate::open::Context;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use proofhouse_model::{Channel, Trouble};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Bytes thrown away at most that came in while the device was off.
const STALE: usize = 1 << 20;
/// What is quoted of the log when a device ended by itself, bytes.
const QUOTED: usize = 300;

/// A device that is a child process: spawned is on, killed is off.
///
/// It gets one end of a pty as its standard input and output and is expected to end when that hangs
/// up: so nothing is left behind when the harness itself is killed. It is in a process group of its
/// own: Ctrl-C on a terminal reaches the harness alone, which then switches off. Dropped, it is
/// off.
#[derive(Debug)]
pub struct ProcessPower {
    program: PathBuf,
    args: Vec<OsString>,
    terminal: OwnedFd,
    log: PathBuf,
    child: Option<Child>,
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
            std::fs::create_dir_all(folder).map_err(|e| {
                let what = format!("cannot make {}: {e}", folder.display());
                Trouble::bench(Channel::Power, what, "check disk space and permissions")
            })?;
        }
        let terminal = made.pty.device_end()?;
        Self::new(made.program, made.args.to_vec(), terminal, &made.log)
    }

    /// A program with its arguments, the device's end of its terminal (see `console::Pty`), and the
    /// file that its standard error is appended to. Off at first.
    ///
    /// # Errors
    /// Trouble of the bench when that file cannot be written.
    pub fn new(
        program: impl Into<PathBuf>,
        args: Vec<OsString>,
        terminal: OwnedFd,
        log: impl Into<PathBuf>,
    ) -> Result<Self, Trouble> {
        let device = Self {
            program: program.into(),
            args,
            terminal,
            log: log.into(),
            child: None,
            exited: None,
        };
        match device.log_file() {
            Ok(_) => Ok(device),
            Err(e) => Err(device.trouble("has no log", &e)),
        }
    }

    fn spawn(&self) -> io::Result<Child> {
        discard(&self.terminal)?;
        Command::new(&self.program)
            .args(&self.args)
            .stdin(Stdio::from(self.terminal.try_clone()?))
            .stdout(Stdio::from(self.terminal.try_clone()?))
            .stderr(self.log_file()?)
            .process_group(0)
            .spawn()
    }

    fn log_file(&self) -> io::Result<File> {
        OpenOptions::new().create(true).append(true).open(&self.log)
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
    fn on(&mut self) -> Result<(), Trouble> {
        if self.child.is_none() {
            self.exited = None;
            self.child = Some(
                self.spawn()
                    .map_err(|e| self.trouble("does not start", &e))?,
            );
        }
        Ok(())
    }

    fn off(&mut self) -> Result<(), Trouble> {
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
