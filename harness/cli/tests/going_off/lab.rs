//! A bench whose relays are scripts, and the harness as a process on it.

use crate::terminal::Terminal;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Far above what anything here takes, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const RELAY: &str = r#"#!/bin/sh
# relay NAME on|off SECONDS works|stuck
cd "$(dirname "$0")"
echo "$1 goes $2" > told
sleep "$3"
if [ "$2 $4" = "off stuck" ]; then echo "welded" >&2; exit 1; fi
if [ "$2" = on ]; then touch "$1.lit"; else rm -f "$1.lit"; fi
echo "$1 is $2" > told
"#;

const CASE: &str = r#""""Keeps a unit on."""

case(provisions = ["5.6-1"], needs = ["power"], per = "unit", within = "10m")

def run(bench: Bench):
    bench.power.on()
    bench.idle("9m")
    check.true(True, holds = "it was on", otherwise = "it was not on")
"#;

const LOUD_CASE: &str = r#""""Keeps a unit on and says more than a file may hold."""

case(provisions = ["5.6-1"], needs = ["power"], per = "unit", within = "10m")

def run(bench: Bench):
    bench.power.on()
    for _ in range(1000):
        bench.note("x" * 100000)
    bench.idle("9m")
    check.true(True, holds = "it was on", otherwise = "it was not on")
"#;

const PROFILE: &str = r#"[product]
maker = "Odd"
model = "One"
hardware = "A"
software = "1"
[limits]
boot = "10s"
[ics]
"5.6-1" = { support = "Y", detail = "x" }
"#;

const RUN: [&str; 5] = ["run", "--bench", "bench.toml", "--suite", "suite"];

/// How a relay behaves.
#[derive(Clone, Copy)]
pub struct Relay {
    /// How long it takes to switch.
    pub takes: Duration,
    /// It does not go off.
    pub stuck: bool,
}

/// A folder with suite, profile, bench and relays.
pub struct Lab {
    folder: TempDir,
    lines: Receiver<String>,
}

/// What a run left.
pub struct Ended {
    /// Exit code; nothing when a signal ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// A harness that runs.
pub struct Run(Child);

impl Lab {
    /// Units box-1, box-2 and so on, with those relays.
    pub fn new(relays: &[Relay]) -> Self {
        let mut units = String::new();
        for (n, relay) in relays.iter().enumerate() {
            let word = if relay.stuck { "stuck" } else { "works" };
            let line = |to: &str| {
                let (n, takes) = (n + 1, relay.takes.as_secs_f32());
                format!(r#"["./relay", "box-{n}", "{to}", "{takes}", "{word}"]"#)
            };
            let (on, off) = (line("on"), line("off"));
            units.push_str(&format!(
                "[unit.box-{}]\nsample = \"production\"\npower = {{ driver = \"command\", on = {on}, off = {off} }}\n",
                n + 1
            ));
        }
        Self::of(&units)
    }

    /// Units as a bench file says them.
    pub fn of(units: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let bench = format!("name = \"lab\"\nprofile = \"profile\"\n{units}");
        std::fs::write(at("bench.toml"), bench).unwrap();
        std::fs::create_dir(at("profile")).unwrap();
        std::fs::write(at("profile/profile.toml"), PROFILE).unwrap();
        copy_suite(&at("suite"));
        std::fs::write(at("suite/cases/stays_on.star"), CASE).unwrap();
        std::fs::write(at("relay"), RELAY).unwrap();
        std::fs::set_permissions(
            at("relay"),
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        let lines = pipe(&at("told"));
        Self { folder, lines }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_proofhouse"));
        command.args(args).current_dir(self.folder.path());
        command.stdin(Stdio::null());
        command
    }

    fn start(&self, args: &[&str]) -> Run {
        let mut command = self.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Run(command.spawn().unwrap())
    }

    /// Begins a run.
    pub fn run(&self) -> Run {
        self.start(&RUN)
    }

    /// Begins one with more arguments.
    pub fn run_with(&self, more: &[&str]) -> Run {
        self.start(&[&RUN[..], more].concat())
    }

    /// A run of two units that is killed: its guard switches them off, and lets go of their wires.
    pub fn is_off_once_killed(&self) {
        let run = self.run();
        self.wait_for(&["box-1 is on", "box-2 is on"]);
        run.signal(Signal::SIGKILL);
        let took = self.wait_for(&["box-1 is off", "box-2 is off"]);
        assert!(took < Duration::from_secs(8), "{took:?}");
        assert_eq!(run.ends().code, None);
        self.wires_are_free();
    }

    /// Begins one in which no file may have more than these half KiB, and whose case says more.
    pub fn run_short_of_disk(&self, most: u32) -> Run {
        std::fs::write(self.at("suite/cases/stays_on.star"), LOUD_CASE).unwrap();
        let mut command = Command::new("sh");
        let line = format!("ulimit -f {most} && exec \"$0\" \"$@\"");
        command.args(["-c", &line, env!("CARGO_BIN_EXE_proofhouse")]);
        command.args(RUN).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        Run(command.stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Begins one whose folder lies on a disk of 2 MiB, and whose case says more. Nothing where this user may not
    /// mount.
    pub fn run_on_a_small_disk(&self) -> Option<Run> {
        std::fs::write(self.at("suite/cases/stays_on.star"), LOUD_CASE).unwrap();
        std::fs::create_dir(self.at("runs")).unwrap();
        let apart = |line: &str| {
            let mut command = Command::new("unshare");
            command.args(["--user", "--map-root-user", "--mount", "sh", "-ec", line]);
            command.current_dir(self.folder.path()).stdin(Stdio::null());
            command
        };
        let mount = "mount -t tmpfs -o size=2m none runs";
        let may = apart(mount).stderr(Stdio::null()).status();
        if !may.is_ok_and(|status| status.success()) {
            return None;
        }
        let mut command = apart(&format!("{mount}; exec \"$0\" \"$@\""));
        command.arg(env!("CARGO_BIN_EXE_proofhouse")).args(RUN);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Some(Run(command.spawn().unwrap()))
    }

    /// Begins one on the same bench, whose folder is reached by a link.
    pub fn run_by_link(&self) -> Run {
        std::os::unix::fs::symlink(".", self.at("same")).unwrap();
        let bench = ["run", "--bench", "same/bench.toml", "--suite", "suite"];
        self.start(&bench)
    }

    /// Begins one whose words go to a terminal.
    pub fn run_on(&self, terminal: &Terminal) -> Run {
        let mut command = self.command(&RUN);
        command.stdout(terminal.end()).stderr(terminal.end());
        Run(command.spawn().unwrap())
    }

    /// Goes on with the only one there is.
    pub fn resume(&self) -> Run {
        self.start(&["resume", &self.only_run().display().to_string()])
    }

    /// What a command says of the only one there is.
    pub fn asked(&self, command: &str) -> Ended {
        let run = self.only_run().display().to_string();
        self.start(&[command, &run]).ends()
    }

    pub fn only_run(&self) -> PathBuf {
        let mut all = std::fs::read_dir(self.at("runs")).unwrap();
        let run = all.next().unwrap().unwrap().path();
        assert!(all.next().is_none(), "a second run left a folder");
        run
    }

    /// All that was recorded.
    pub fn journal(&self) -> String {
        std::fs::read_to_string(self.only_run().join("events.jsonl")).unwrap()
    }

    /// Waits until relays have told all of these; gives how long that took.
    pub fn wait_for(&self, wanted: &[impl AsRef<str>]) -> Duration {
        let start = Instant::now();
        let mut left: Vec<&str> = wanted.iter().map(AsRef::as_ref).collect();
        while !left.is_empty() {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("never told: {left:?}"));
            left.retain(|wanted| *wanted != line);
        }
        start.elapsed()
    }

    /// What relays have told since.
    pub fn told(&self) -> Vec<String> {
        self.lines.try_iter().collect()
    }

    /// Waits until nobody holds a wire of this bench: its guard is done.
    pub fn wires_are_free(&self) {
        let until = Instant::now() + PATIENCE;
        let mark = format!("{}", self.folder.path().display());
        let held = || {
            let all = std::fs::read_dir("/tmp/proofhouse-locks").unwrap();
            let mut texts = all.filter_map(|f| std::fs::read_to_string(f.unwrap().path()).ok());
            texts.any(|text| text.contains(&mark))
        };
        while held() {
            assert!(Instant::now() < until, "the wires are not given back");
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// No relay is on.
    pub fn nothing_is_on(&self) {
        let all = std::fs::read_dir(self.folder.path()).unwrap();
        let lit = all.map(|f| f.unwrap().file_name().to_string_lossy().into_owned());
        let lit: Vec<_> = lit.filter(|name| name.ends_with(".lit")).collect();
        assert!(lit.is_empty(), "still on: {lit:?}");
    }
}

impl Run {
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.0.id()).unwrap()), signal).unwrap();
    }

    /// Kills children that were started with this word: the guard, the workers for scripts.
    pub fn kill_children(&self, word: &str) {
        for child in self.children(word) {
            kill(child, Signal::SIGKILL).unwrap();
        }
    }

    /// Children that were started with this word.
    pub fn children(&self, word: &str) -> Vec<Pid> {
        let mut found = Vec::new();
        let parent = self.0.id().to_string();
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let read = |file: &str| std::fs::read_to_string(entry.path().join(file));
            let (Ok(line), Ok(stat)) = (read("cmdline"), read("stat")) else {
                continue;
            };
            let its_parent = stat.rsplit(')').next().unwrap().split_whitespace().nth(1);
            if line.contains(word) && its_parent == Some(parent.as_str()) {
                let pid = entry.file_name().to_str().unwrap().parse().unwrap();
                found.push(Pid::from_raw(pid));
            }
        }
        assert!(!found.is_empty(), "there is no {word}");
        found
    }

    /// Waits until it ends by itself.
    pub fn ends(mut self) -> Ended {
        let out = self.0.stdout.take().map(all_of);
        let err = self.0.stderr.take().map(all_of);
        let text = |from: Option<Receiver<String>>| {
            from.map_or_else(String::new, |f| f.recv_timeout(PATIENCE).unwrap())
        };
        let until = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < until, "it does not end");
            std::thread::park_timeout(Duration::from_millis(5));
        };
        Ended {
            code: status.code(),
            out: text(out),
            err: text(err),
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // A test that failed leaves nothing running.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn all_of(mut from: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = from.read_to_end(&mut text);
        let _ = tell.send(String::from_utf8_lossy(&text).into_owned());
    });
    told
}

/// Lines that come out of a named pipe, which is held open for writing so that it has no end.
fn pipe(path: &Path) -> Receiver<String> {
    nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(file).lines().map_while(Result::ok) {
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    told
}

/// The suite of EN 303 645 without its cases.
fn copy_suite(to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-suites/en303645");
    for folder in ["", "crosswalks", "lib", "cases"] {
        std::fs::create_dir_all(to.join(folder)).unwrap();
        for entry in std::fs::read_dir(from.join(folder)).unwrap().flatten() {
            if folder != "cases" && entry.file_type().unwrap().is_file() {
                std::fs::copy(entry.path(), to.join(folder).join(entry.file_name())).unwrap();
            }
        }
    }
}
