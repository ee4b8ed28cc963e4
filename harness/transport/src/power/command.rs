//! A relay or outlet switched by programs of the technician's.

use super::Power;
use super::marked::{CALL, STARTED_BY, end_program};
use crate::open::Context;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use proofhouse_model::settings::Settings;
use proofhouse_model::{Channel, Trouble};
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf, absolute};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Longest that a program may run, where nothing else is said.
const WITHIN: Duration = Duration::from_secs(10);
/// What is kept of its standard error, bytes.
const SAID: usize = 1 << 10;
/// Longest wait for its last words after it ended.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Calls of programs so far: each has a number of its own.
static CALLS: AtomicU64 = AtomicU64::new(0);

/// Two command lines, each run without a shell; exit code 0 means that the supply has switched.
#[derive(Debug)]
pub struct CommandPower {
    on: Vec<String>,
    off: Vec<String>,
    folder: PathBuf,
    within: Duration,
    state: Option<bool>,
}

impl CommandPower {
    /// By its settings `on`, `off` and `within`.
    ///
    /// # Errors
    /// Bench trouble: they are missing.
    pub fn open(settings: &Settings, context: &Context<'_>) -> Result<Self, Trouble> {
        let (on, off) = (settings.command("on")?, settings.command("off")?);
        let within = settings.optional("within", Settings::duration)?;
        Ok(Self::new(on.to_vec(), off.to_vec())?
            .in_folder(context.folder)
            .within(within.map_or(WITHIN, |within| within.std())))
    }

    /// Program and arguments for on and for off. The state is unknown until it is switched.
    ///
    /// # Errors
    /// Trouble of the bench when one of them is empty.
    pub fn new(on: Vec<String>, off: Vec<String>) -> Result<Self, Trouble> {
        if on.is_empty() || off.is_empty() {
            let next = "write program and arguments, such as [\"uhubctl\", \"-a\", \"off\"]";
            return Err(Trouble::bench(
                Channel::Power,
                "a power command is empty",
                next,
            ));
        }
        Ok(Self {
            on,
            off,
            folder: PathBuf::from("."),
            within: WITHIN,
            state: None,
        })
    }

    /// Runs both in this folder; a program given with a path is seen from there, too.
    #[must_use]
    pub fn in_folder(self, folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            ..self
        }
    }

    /// Another longest run time than 10 s.
    #[must_use]
    pub fn within(self, within: Duration) -> Self {
        Self { within, ..self }
    }
}

impl Power for CommandPower {
    fn switch(&mut self, on: bool) -> Result<(), Trouble> {
        // Whatever happens, the old state is no longer known.
        self.state = None;
        let line = if on { &self.on } else { &self.off };
        run_program(line, &self.folder, self.within).map_err(|why| {
            let what = format!("`{}` {why}", line.join(" "));
            Trouble::bench(
                Channel::Power,
                what,
                "run it by hand; check the relay and its cable",
            )
        })?;
        self.state = Some(on);
        Ok(())
    }

    fn is_on(&self) -> Option<bool> {
        self.state
    }

    fn slowest(&self) -> Duration {
        self.within
    }
}

/// Runs a program to its end; says what went wrong, as a clause.
pub(crate) fn run_program(line: &[String], folder: &Path, within: Duration) -> Result<(), String> {
    // A bare name is looked for on PATH; a path is made absolute before the folder is changed.
    let program = match line[0].contains('/') {
        true => absolute(folder.join(&line[0])).map_err(|e| format!("cannot be found: {e}"))?,
        false => PathBuf::from(&line[0]),
    };
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let call = format!("{}-{call}", std::process::id());
    let mut child = Command::new(program)
        .args(&line[1..])
        .current_dir(folder)
        .env(STARTED_BY, std::process::id().to_string())
        .env(CALL, &call)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        // A group of its own: killed as a whole, and deaf to Ctrl-C while it switches.
        .process_group(0)
        .spawn()
        .map_err(|e| format!("cannot be started: {e}"))?;
    let said = child.stderr.take().map(last_words);
    let until = Instant::now() + within;
    let group = Pid::from_raw(i32::try_from(child.id()).map_err(|e| e.to_string())?);
    let late = |who: &str, leader: Option<Pid>| {
        // What it started goes with it, into whatever session it went: first, since it is known by who started it.
        end_program(leader.map(Pid::as_raw), CALL, &call);
        // Fails only when all of it ended just now.
        let _ = killpg(group, Signal::SIGKILL);
        format!("{who} within {} s", within.as_secs_f32())
    };
    let ended = wait(child);
    let status = ended
        .recv_timeout(within)
        .map_err(|_| late("did not end", Some(group)))?;
    let status = status.map_err(|e| format!("was lost: {e}"))?;
    if status.success() {
        // A program may leave the switching to another one that it starts: it has switched when that is done, too.
        let left = until.saturating_duration_since(Instant::now());
        let open = said.map(|said| said.recv_timeout(left.max(LAST_WORDS)));
        return match open {
            // Its number may be another process's by now.
            Some(Err(RecvTimeoutError::Timeout)) => Err(late(
                "ended with 0, but something that it started did not end, or close its standard error,",
                None,
            )),
            _ => Ok(()),
        };
    }
    let said = said
        .and_then(|said| said.recv_timeout(LAST_WORDS).ok())
        .unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    match said.trim() {
        "" => Err(format!("ended with {status} and said nothing")),
        said => Err(format!("ended with {status}: {}", said.escape_debug())),
    }
}

fn wait(mut child: Child) -> Receiver<std::io::Result<ExitStatus>> {
    let (tell, ended) = channel();
    std::thread::spawn(move || {
        // Nobody listens any more once the deadline has passed.
        let _ = tell.send(child.wait());
    });
    ended
}

/// Reads to the end, for as long as anybody holds it open; keeps the last bytes.
fn last_words(mut from: ChildStderr) -> Receiver<Vec<u8>> {
    let (tell, said) = channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(n) = from.read(&mut buffer)
            && n > 0
        {
            kept.extend_from_slice(&buffer[..n]);
            let over = kept.len().saturating_sub(SAID);
            kept.drain(..over);
        }
        let _ = tell.send(kept);
    });
    said
}
