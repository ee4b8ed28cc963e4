//! A reset button is let go on every way out: the guard knows its relay, and it is pressed under the guard's lease
//! alone.
//!
//! This executable is three: the tests, the harness that they kill, and the guard of that.

use libtest_mimic::{Arguments, Failed, Trial};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use proofhouse_bench::{
    Bench, Budget, Cancel, GUARD_WORD, Guard, Holder, Listener, Surroundings, guard_main,
};
use proofhouse_model::event::SupplyMeasured;
use proofhouse_model::settings::Setting;
use proofhouse_model::{BlobId, Channel, Dur, FaultKind, Observation, Op, Plan, Trouble, UnitName};
use proofhouse_transport::console::PortChange;
use proofhouse_transport::reset::Touch;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

#[path = "../../model/src/smallest.rs"]
#[allow(dead_code)] // Each test takes its part.
mod smallest;

/// Far above what anything here takes, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest that a button may stay pressed once its harness is dead.
const RELEASED_WITHIN: Duration = Duration::from_secs(2);
/// Holds the button of the folder that follows.
const PRESS: &str = "__press";
/// The same, once its guard was killed.
const PRESS_ALONE: &str = "__press-alone";

/// Tells on a pipe what it does.
const RELAY: &str = "cd \"$(dirname \"$0\")\"\necho \"$1\" > told\n";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [GUARD_WORD, ..] => return guard_main(),
        [PRESS, folder] => return press(Path::new(folder), false),
        [PRESS_ALONE, folder] => return press(Path::new(folder), true),
        _ => {}
    }
    let trials = vec![
        Trial::test("button::killed_while_it_is_held", killed_while_it_is_held),
        Trial::test("button::closed_while_it_is_held", closed_while_it_is_held),
        Trial::test("button::without_its_guard", without_its_guard),
    ];
    match libtest_mimic::run(&Arguments::from_args(), trials).has_failed() {
        true => ExitCode::from(101),
        false => ExitCode::SUCCESS,
    }
}

fn killed_while_it_is_held() -> Result<(), Failed> {
    let lab = Lab::new();
    let mut harness = lab.harness(PRESS)?;
    lab.tells("pressed")?;
    harness.0.kill().map_err(|e| e.to_string())?;
    let killed = Instant::now();
    lab.tells("released")?;
    let took = killed.elapsed();
    // Once more, for a request that was on its way when its harness died.
    lab.tells("released")?;
    match took < RELEASED_WITHIN {
        true => Ok(()),
        false => Err(format!("it was released after {took:?}").into()),
    }
}

/// Its harness hears of the end in order: standard input is at its end.
fn closed_while_it_is_held() -> Result<(), Failed> {
    let lab = Lab::new();
    let mut harness = lab.harness(PRESS)?;
    lab.tells("pressed")?;
    drop(harness.0.stdin.take());
    lab.tells("released")?;
    let said = harness.said()?;
    match said.contains("cancelled: enough") {
        true => Ok(()),
        false => Err(format!("another end: {said}").into()),
    }
}

fn without_its_guard() -> Result<(), Failed> {
    let lab = Lab::new();
    let said = lab.harness(PRESS_ALONE)?.said()?;
    if !said.contains("the guard of this run is gone") {
        return Err(format!("it did not miss its guard: {said}").into());
    }
    // Released to be safe; pressed it never was.
    let told = lab.told()?;
    match !told.is_empty() && told.iter().all(|line| line == "released") {
        true => Ok(()),
        false => Err(format!("without its guard: {told:?}").into()),
    }
}

/// A folder with the relay, and what that tells.
struct Lab {
    folder: TempDir,
    lines: Receiver<String>,
}

/// A harness that runs; dropped, it is dead.
struct Harness(Child);

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("relay"), RELAY).unwrap();
        let told = folder.path().join("told");
        nix::unistd::mkfifo(&told, nix::sys::stat::Mode::S_IRWXU).unwrap();
        // Held open for writing, too, so that it has no end.
        let told = OpenOptions::new()
            .read(true)
            .write(true)
            .open(told)
            .unwrap();
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(told).lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Self { folder, lines }
    }

    fn harness(&self, word: &str) -> Result<Harness, String> {
        let program = std::env::current_exe().map_err(|e| e.to_string())?;
        let mut command = Command::new(program);
        command.arg(word).arg(self.folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.spawn().map(Harness).map_err(|e| e.to_string())
    }

    /// Waits for the next thing that the relay does.
    fn tells(&self, wanted: &str) -> Result<(), String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) if line == wanted => Ok(()),
            Ok(line) => Err(format!("{line} instead of {wanted}")),
            Err(_) => Err(format!("never {wanted}")),
        }
    }

    /// All that its relay has told until now.
    fn told(&self) -> Result<Vec<String>, String> {
        const END: &str = "end";
        // Behind everything else in the same pipe.
        let told = self.folder.path().join("told");
        std::fs::write(told, format!("{END}\n")).map_err(|e| e.to_string())?;
        let mut all = Vec::new();
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            match line.map_err(|e| e.to_string())? {
                line if line == END => return Ok(all),
                line => all.push(line),
            }
        }
    }
}

impl Harness {
    /// All that it said until its end.
    fn said(&mut self) -> Result<String, String> {
        let out = self.0.stdout.take().ok_or("asked twice")?;
        let (tell, told) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(out).lines().map_while(Result::ok);
            let _ = tell.send(lines.collect::<Vec<_>>().join("\n"));
        });
        told.recv_timeout(PATIENCE).map_err(|e| e.to_string())
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The harness: presses for longer than any test waits, and says how that ended.
fn press(folder: &Path, alone: bool) -> ExitCode {
    let lost = Cancel::new();
    let plan = plan(folder);
    let holder = Holder {
        pid: std::process::id(),
        run: folder.display().to_string(),
        ..Holder::default()
    };
    let program = std::env::current_exe().unwrap();
    let guard = Guard::start(&program, &plan, (holder, Vec::new()), &lost).unwrap();
    let around = Surroundings {
        scratch: folder.to_owned(),
        logs: folder.to_owned(),
        program,
        virtual_word: "__virtual".to_owned(),
        commands: BTreeMap::new(),
        listener: Arc::new(Deaf),
        fault: None,
        guard,
        past: Arc::new(Vec::new),
    };
    let bench = Bench::open(&plan, &around).unwrap();
    drop(around);
    let unit = bench.unit(&name()).unwrap();
    // What becomes of the run when its guard is lost is no part of this: the button alone has to miss it.
    let cancel = Cancel::new();
    let ends = cancel.clone();
    if alone {
        kill_guard();
        // An answer of a moment ago is a lease: only then is it known to be gone.
        assert!(lost.pause(PATIENCE), "its guard is not missed");
    } else {
        std::thread::spawn(move || {
            let _ = std::io::stdin().lines().count();
            ends.cancel("enough");
        });
    }
    let mut keep =
        |_: &[u8]| -> Result<BlobId, Trouble> { Err(Trouble::case("nothing is kept here")) };
    let budget = Budget::new(Duration::from_secs(600), &cancel);
    let said = match unit.perform(&Op::Reset, &budget, &mut keep) {
        Ok(Observation::Text { text }) => text,
        Ok(other) => format!("{other:?}"),
        Err(trouble) => format!("{:?}: {}", trouble.kind, trouble.what).to_lowercase(),
    };
    say(&said);
    ExitCode::SUCCESS
}

fn say(text: &str) {
    use std::io::Write;
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{text}");
}

/// The one child of this process.
fn kill_guard() {
    let me = std::process::id().to_string();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let parent = stat
            .rsplit(')')
            .next()
            .and_then(|s| s.split_whitespace().nth(1));
        let pid = entry
            .file_name()
            .to_str()
            .and_then(|n| n.parse::<i32>().ok());
        if let (Some(pid), true) = (pid, parent == Some(me.as_str())) {
            kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
        }
    }
}

fn name() -> UnitName {
    UnitName::new("box-1").unwrap()
}

/// A unit with nothing but its button.
fn plan(folder: &Path) -> Plan {
    let line = |does: &str| Setting::Words(["sh", "./relay", does].map(str::to_owned).into());
    let settings = [
        ("hold", Setting::Text("5m".to_owned())),
        ("on", line("pressed")),
        ("off", line("released")),
        ("within", Setting::Text("60s".to_owned())),
    ];
    let mut plan = smallest::plan(smallest::profile("p"), vec![name()]);
    plan.bench.file = folder.join("bench.toml").display().to_string();
    let reset = (Channel::Reset, smallest::wire("button", settings));
    plan.bench.units = vec![smallest::unit("box-1", [reset])];
    plan
}

/// Hears nothing.
struct Deaf;

impl Listener for Deaf {
    fn console_output(&self, _: &UnitName, _: &[u8], _: u64) {}
    fn port_changed(&self, _: &UnitName, _: PortChange) {}
    fn probe_awaited(&self, _: &UnitName, _: Dur, _: &str) {}
    fn button_touched(&self, _: &UnitName, _: Touch) {}
    fn supply_measured(&self, _: &UnitName, _: SupplyMeasured) {}
    fn uplink_changed(&self, _: &UnitName, _: proofhouse_transport::uplink::Change) {}
    fn secret(&self, _: &UnitName, _: &str, _: &str) {}
    fn secrets_in(&self, _: &[u8]) -> Vec<std::ops::Range<usize>> {
        Vec::new()
    }
    fn masked(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }
    fn fault_set_in(&self, _: &UnitName, _: FaultKind, _: &str) {}
}
