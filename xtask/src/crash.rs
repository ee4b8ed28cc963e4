//! `cargo xtask crash`: the harness killed with SIGKILL after event after event, then resumed.
//!
//! An uninterrupted run says how many events there are and what the verdicts must be. For each place one run is killed
//! there and resumed; every third resumption is killed, too, and every fifth journal loses half of its last line, as
//! a power loss would have it. The old journal must begin the new one byte for byte, verdicts must be equal, the folder
//! must verify, and no device process and no scratch folder may stay.

use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Quick cases that hold each kind: two specimens, label, flash and debug port, TLS, broker, may brick.
const SHORT: [&str; 5] = [
    "tls_unique_key",
    "default_passwords",
    "secrets_in_flash",
    "update_rollback",
    "mqtt_certificate",
];
/// How long a device may take to notice that its harness is gone.
const ORPHANS: Duration = Duration::from_secs(10);

const HELP: &str = "\
cargo xtask crash [--every | --sample N] [--full] [--jobs N] [--program FILE]
  --every     after each event of a short run that holds each kind of case
  --sample N  after N events, evenly spread (default 20)
  --full      of a run of all cases instead of the short one
  --jobs N    runs at a time (default 4)
  --program FILE  this proofhouse instead of building one: nothing then depends on what is being changed";

/// Kills, resumes, compares; the summary has the figures.
pub fn run() -> Result<String, String> {
    let asked = Asked::read()?;
    let program = asked.program.clone().map_or_else(build, Ok)?;
    let out = std::env::temp_dir().join(format!("xtask-crash-{}", std::process::id()));
    let start = Instant::now();
    let wanted = Outcome::of(&asked.uninterrupted(&program, &out.join("whole"))?)?;
    let places = asked.places(wanted.events);
    super::say(&format!(
        "{} cases, {} events uninterrupted; killed after {} of them\n",
        wanted.cases.len(),
        wanted.events,
        places.len()
    ));
    let tally = Mutex::new(Tally::default());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..asked.jobs {
            scope.spawn(|| {
                while let Some(place) = places.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let dir = out.join(format!("at-{place}"));
                    let trial = Trial {
                        program: &program,
                        asked: &asked,
                        place: *place,
                        dir: &dir,
                    };
                    let found = trial.run(&wanted);
                    let mut tally = tally.lock().unwrap_or_else(|e| e.into_inner());
                    tally.add(*place, found);
                    if tally.tried.is_multiple_of(25) {
                        super::say(&format!("  {}\n", tally.told()));
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap_or_else(|e| e.into_inner());
    let told = format!("{}, {:.0} s", tally.told(), start.elapsed().as_secs_f64());
    if tally.wrong.is_empty() {
        let _ = std::fs::remove_dir_all(&out);
        return Ok(told);
    }
    let kept = format!("the runs are kept in {}", out.display());
    Err(format!("{told}\n{}\n{kept}", tally.wrong.join("\n")))
}

struct Asked {
    every: bool,
    sample: usize,
    full: bool,
    jobs: usize,
    program: Option<PathBuf>,
}

impl Asked {
    fn read() -> Result<Self, String> {
        let mut asked = Self {
            every: false,
            sample: 20,
            full: false,
            jobs: 4,
            program: None,
        };
        let mut args = std::env::args().skip(2);
        while let Some(arg) = args.next() {
            let mut number = || {
                let value = args.next().and_then(|v| v.parse().ok());
                value.filter(|n| *n > 0).ok_or(HELP)
            };
            match arg.as_str() {
                "--every" => asked.every = true,
                "--program" => asked.program = Some(args.next().ok_or(HELP)?.into()),
                "--full" => asked.full = true,
                "--sample" => asked.sample = number()?,
                "--jobs" => asked.jobs = number()?,
                _ => return Err(HELP.to_owned()),
            }
        }
        Ok(asked)
    }

    fn places(&self, events: usize) -> Vec<usize> {
        let step = if self.every {
            1
        } else {
            events.div_ceil(self.sample).max(1)
        };
        (0..events).step_by(step).collect()
    }

    fn command(&self, program: &Path, out: &Path) -> Command {
        let mut run = Command::new(program);
        run.args(["run", "--seed", "7", "--out"]).arg(out);
        if !self.full {
            SHORT.iter().for_each(|case| {
                run.args(["--case", case]);
            });
        }
        run
    }

    fn uninterrupted(&self, program: &Path, out: &Path) -> Result<PathBuf, String> {
        let done = output(&mut self.command(program, out))?;
        match done.status.code() {
            Some(0) => only_run(out),
            _ => Err(format!(
                "the uninterrupted run does not pass\n{}",
                text(&done)
            )),
        }
    }
}

/// What a finished run says.
struct Outcome {
    events: usize,
    /// Verdict and last event of each case.
    cases: BTreeMap<String, (String, u64)>,
    provisions: BTreeMap<String, String>,
}

impl Outcome {
    fn of(run: &Path) -> Result<Self, String> {
        let path = run.join("report.json");
        let json = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let report: Value = serde_json::from_slice(&json).map_err(|e| e.to_string())?;
        let rows = |list: &str| {
            report["products"][0][list]
                .as_array()
                .cloned()
                .unwrap_or_default()
        };
        let cases = rows("tasks").into_iter().map(|case| {
            let last = case["events"][1].as_u64().unwrap_or(u64::MAX);
            (
                case["case"].to_string(),
                (case["verdict"].to_string(), last),
            )
        });
        let provisions = rows("provisions").into_iter();
        Ok(Self {
            events: usize::try_from(report["run"]["events"].as_u64().unwrap_or(0)).unwrap_or(0),
            cases: cases.collect(),
            provisions: provisions
                .map(|row| (row["id"].to_string(), row["standing"].to_string()))
                .collect(),
        })
    }

    /// Compares with what is wanted; gives how many cases came out otherwise before anything was killed. Those say
    /// that the suite is not steady on this machine, and nothing about resuming.
    fn compare(&self, wanted: &Self, killed_after: usize) -> Result<usize, String> {
        let other =
            |id: &String| self.cases.get(id).map(|c| &c.0) != wanted.cases.get(id).map(|c| &c.0);
        let differing: Vec<&String> = wanted.cases.keys().filter(|id| other(id)).collect();
        let ended_before = |id: &&&String| {
            let last = self.cases.get(**id).map_or(u64::MAX, |c| c.1);
            last < killed_after as u64
        };
        let before = differing.iter().filter(ended_before).count();
        if before < differing.len() {
            return Err(format!("other verdicts of {differing:?}"));
        }
        match before == 0 && self.provisions != wanted.provisions {
            true => Err("other verdicts of provisions".to_owned()),
            false => Ok(before),
        }
    }
}

#[derive(Default)]
struct Tally {
    tried: usize,
    killed: usize,
    torn: usize,
    twice: usize,
    unsteady: usize,
    lost: usize,
    differ: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, place: usize, found: Result<Found, Wrong>) {
        self.tried += 1;
        match found {
            Ok(found) => {
                self.killed += usize::from(found.killed);
                self.torn += usize::from(found.torn);
                self.twice += usize::from(found.twice);
                self.unsteady += found.unsteady;
            }
            Err(wrong) => {
                self.lost += usize::from(matches!(wrong, Wrong::Lost(_)));
                self.differ += usize::from(matches!(wrong, Wrong::Differs(_)));
                let (Wrong::Lost(why) | Wrong::Differs(why) | Wrong::Other(why)) = wrong;
                self.wrong.push(format!("after event {place}: {why}"));
            }
        }
    }

    fn told(&self) -> String {
        format!(
            "{} events tried ({} killed, {} of them twice, {} with a torn line), {} lost something, {} with other \
             verdicts, {} wrong in all; {} cases came out otherwise before anything was killed",
            self.tried,
            self.killed,
            self.twice,
            self.torn,
            self.lost,
            self.differ,
            self.wrong.len(),
            self.unsteady
        )
    }
}

#[derive(Default)]
struct Found {
    killed: bool,
    torn: bool,
    twice: bool,
    /// Cases that came out otherwise before the kill.
    unsteady: usize,
}

enum Wrong {
    Lost(String),
    Differs(String),
    Other(String),
}

impl From<String> for Wrong {
    fn from(why: String) -> Self {
        Self::Other(why)
    }
}

/// One run that is killed.
struct Trial<'a> {
    program: &'a Path,
    asked: &'a Asked,
    place: usize,
    dir: &'a Path,
}

impl Trial<'_> {
    fn run(&self, wanted: &Outcome) -> Result<Found, Wrong> {
        let mut found = Found::default();
        let mut first = self.asked.command(self.program, self.dir);
        let died = output(first.args(["--die-after", &self.place.to_string()]))?;
        let run = only_run(self.dir)?;
        found.killed = died.status.signal() == Some(9);
        if !found.killed && died.status.code() != Some(0) {
            return Err(Wrong::Other(format!(
                "it was to be killed\n{}",
                text(&died)
            )));
        }
        // Shorter than the uninterrupted run by a few lines of its consoles: it ended before the place came.
        if found.killed {
            self.no_orphans(&run)?;
            let mut journals = vec![read(&run)?];
            found.torn = self.place.is_multiple_of(5) && tear(&run)?;
            if self.place.is_multiple_of(3) {
                let later = (self.place + 23).to_string();
                let again = self.proofhouse(&["resume", "--die-after", &later], &run)?;
                found.twice = again.status.signal() == Some(9);
                self.no_orphans(&run)?;
                journals.push(read(&run)?);
            }
            let resumed = self.proofhouse(&["resume"], &run)?;
            if !run.join("seal.json").exists() {
                return Err(Wrong::Differs(format!("resume failed\n{}", text(&resumed))));
            }
            nothing_lost(&run, &journals, found.torn)?;
        }
        let place = if found.killed { self.place } else { usize::MAX };
        let compared = Outcome::of(&run)?.compare(wanted, place);
        found.unsteady =
            compared.map_err(|why| Wrong::Differs(format!("{why} in {}", run.display())))?;
        let verified = self.proofhouse(&["verify"], &run)?;
        if verified.status.code() != Some(0) {
            return Err(Wrong::Lost(format!("verify failed\n{}", text(&verified))));
        }
        let _ = std::fs::remove_dir_all(self.dir);
        Ok(found)
    }

    fn proofhouse(&self, words: &[&str], run: &Path) -> Result<Output, String> {
        output(Command::new(self.program).args(words).arg(run))
    }

    /// Devices end when their harness does, and resuming removes what it left.
    fn no_orphans(&self, run: &Path) -> Result<(), String> {
        let mark = std::fs::read(run.join("open.lock")).unwrap_or_default();
        let mark: Value = serde_json::from_slice(&mark).unwrap_or_default();
        let folders = mark["leftovers"].as_array().cloned().unwrap_or_default();
        let until = Instant::now() + ORPHANS;
        for folder in folders.iter().filter_map(Value::as_str) {
            while let Some(process) = uses(folder) {
                if Instant::now() > until {
                    return Err(format!("process {process} outlived its harness"));
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(())
    }
}

/// A process whose command line names the folder.
fn uses(folder: &str) -> Option<String> {
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let mut names = processes.map(|p| p.file_name().to_string_lossy().into_owned());
    names.find(|name| {
        let line = std::fs::read(format!("/proc/{name}/cmdline")).unwrap_or_default();
        name.parse::<u32>().is_ok() && String::from_utf8_lossy(&line).contains(folder)
    })
}

/// Cuts the last line in half, unless it is the only one that says what the run is.
fn tear(run: &Path) -> Result<bool, String> {
    let journal = read(run)?;
    let start = journal[..journal.len().saturating_sub(1)]
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |at| at + 1);
    let path = run.join("events.jsonl");
    std::fs::write(&path, &journal[..start + (journal.len() - start) / 2])
        .map_err(|e| e.to_string())?;
    Ok(true)
}

/// Every journal there was begins the last one; a line torn off the first is kept as a blob.
fn nothing_lost(run: &Path, journals: &[Vec<u8>], torn: bool) -> Result<(), Wrong> {
    let last = read(run)?;
    let lost = |what: &str| Err(Wrong::Lost(format!("{what} in {}", run.display())));
    for (i, journal) in journals.iter().enumerate() {
        let mut whole = journal.as_slice();
        if i == 0 && torn {
            let before = &whole[..whole.len() - 1];
            let start = before
                .iter()
                .rposition(|b| *b == b'\n')
                .map_or(0, |at| at + 1);
            let half = &whole[start..start + (whole.len() - start) / 2];
            if !is_kept(run, half) {
                return lost("the torn line is not kept");
            }
            whole = &whole[..start];
        }
        if !last.starts_with(whole) {
            return lost("an old journal does not begin the new one");
        }
    }
    let mut at = 0;
    for line in last.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
        let event: Value = serde_json::from_slice(line).map_err(|e| e.to_string())?;
        let now = event["at_us"].as_u64().unwrap_or(0);
        if now < at {
            return lost("the clock runs backwards");
        }
        at = now;
    }
    Ok(())
}

/// Whether a blob that an event names holds these bytes.
fn is_kept(run: &Path, bytes: &[u8]) -> bool {
    let journal = read(run).unwrap_or_default();
    let text = String::from_utf8_lossy(&journal);
    let named = text
        .split("\"blob\":\"")
        .skip(1)
        .filter_map(|rest| rest.get(..64));
    let mut blobs = named.map(|id| run.join("blobs").join(&id[..2]).join(id));
    blobs.any(|path| std::fs::read(path).is_ok_and(|kept| kept == bytes))
}

fn build() -> Result<PathBuf, String> {
    let built = Command::new("cargo")
        .args(["build", "--quiet", "--package", "proofhouse"])
        .status();
    if !built.is_ok_and(|status| status.success()) {
        return Err("cargo build failed".to_owned());
    }
    let metadata = cargo_metadata::MetadataCommand::new()
        .no_deps()
        .exec()
        .map_err(|e| e.to_string())?;
    Ok(metadata.target_directory.join("debug/proofhouse").into())
}

fn output(command: &mut Command) -> Result<Output, String> {
    command.output().map_err(|e| e.to_string())
}

fn text(output: &Output) -> String {
    let tail: Vec<_> = [&output.stdout, &output.stderr]
        .iter()
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .collect();
    tail.join("\n")
}

fn only_run(out: &Path) -> Result<PathBuf, String> {
    let mut entries = std::fs::read_dir(out).map_err(|e| format!("{}: {e}", out.display()))?;
    let entry = entries.next().ok_or("the run left no folder")?;
    entry.map(|e| e.path()).map_err(|e| e.to_string())
}

fn read(run: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(run.join("events.jsonl")).map_err(|e| format!("{}: {e}", run.display()))
}
