//! A run of this program in a process of its own, for whoever judges many of them: `prove` and `chaos`.

use crate::children::BINARY;
use proofhouse_journal::EVENTS_FILE;
use proofhouse_runner::Cancel;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// What it said, in its folder.
const SAID_FILE: &str = "said.txt";

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Makes a run into a folder, which is made, and waits for its end, so long at most.
///
/// # Errors
/// The folder cannot be made, the program cannot be started, it does not end, or everything was called off: it is dead
/// then.
pub fn carry_out(
    program: &Path,
    args: &[String],
    folder: &Path,
    patience: Duration,
    cancel: &Cancel,
) -> Result<ExitStatus, String> {
    let place = |e: std::io::Error| format!("{}: {e}", folder.display());
    std::fs::create_dir_all(folder).map_err(place)?;
    let log = File::create(folder.join(SAID_FILE)).map_err(place)?;
    let child = Command::new(program)
        .arg(BINARY)
        .args(args)
        .args(crate::scripts::as_arguments())
        .arg("--out")
        .arg(folder)
        // What a run that is killed leaves behind goes with the folder.
        .env("TMPDIR", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn();
    let child = child.map_err(|e| format!("cannot start {}: {e}", program.display()))?;
    wait(child, patience, cancel)
}

fn wait(mut child: Child, patience: Duration, cancel: &Cancel) -> Result<ExitStatus, String> {
    let until = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            return Ok(status);
        }
        let late = Instant::now() >= until;
        if late || cancel.pause(LOOK) {
            let _ = child.kill();
            let _ = child.wait();
            return Err(match late {
                true => format!("the run did not end within {} s", patience.as_secs()),
                false => "it was called off before the run ended".to_owned(),
            });
        }
    }
}

/// The folder of the one run in a folder: the one with a journal.
#[must_use]
pub fn run_in(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    let mut paths = entries.flatten().map(|e| e.path());
    paths.find(|p| p.join(EVENTS_FILE).is_file())
}

/// All that the child said.
pub fn said(folder: &Path) -> String {
    std::fs::read_to_string(folder.join(SAID_FILE)).unwrap_or_default()
}

/// The first lines of what it said on standard error, in one.
#[must_use]
pub fn first_words(folder: &Path) -> String {
    let said = said(folder);
    let lines: Vec<&str> = said.lines().filter(|l| !l.is_empty()).take(3).collect();
    lines.join(" / ")
}
