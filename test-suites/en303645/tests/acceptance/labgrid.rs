//! A unit on a place of a farm: labgrid's own coordinator and exporter, with a plug behind a serial port and a relay.
//!
//! Not part of `cargo test`, since a fresh machine lacks labgrid and ser2net. `cargo xtask ci` runs this target by
//! name. `PROOFHOUSE_LABGRID` names the virtual environment that has labgrid, where it is not `target/labgrid`.

// Of what the targets share it needs less: its runs stand in folders with their farm.
#[allow(dead_code)]
mod tool;

use libtest_mimic::{Arguments, Failed, Trial};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use proofhouse_lease::{Access, Holder, Identity, Labgrid, Lease, Patience, PlaceLease, Wanted};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tool::{Ran, command, ran, root};

/// Far longer than anything here takes, on any machine.
const LONG: Duration = Duration::from_secs(120);
/// How often a coordinator is asked who holds a place.
const LOOK: Duration = Duration::from_millis(100);
const SERIAL_SERVERS: [&str; 2] = ["/usr/sbin/ser2net", "/usr/bin/ser2net"];

type Done<T> = Result<T, Failed>;

fn main() -> ExitCode {
    if let Some(child) = proofhouse::children::dispatch() {
        return child;
    }
    let mut args = Arguments::from_args();
    // The plug has one address.
    args.test_threads = Some(1);
    let mut trials = vec![Trial::test(
        "labgrid::files_alone_touch_nothing",
        files_alone,
    )];
    match programs() {
        Some(_) => trials.extend([
            Trial::test("labgrid::run", run),
            Trial::test("labgrid::held_by_another", held_by_another),
            Trial::test("labgrid::killed_and_resumed", killed_and_resumed),
            Trial::test("labgrid::killed_with_its_guard", killed_with_its_guard),
            Trial::test("labgrid::taken_away", taken_away),
            Trial::test("labgrid::taken_by_the_same_user", taken_by_the_same_user),
            Trial::test(
                "labgrid::coordinator_stands_still",
                coordinator_stands_still,
            ),
        ]),
        None => {
            let words = "skipped: labgrid or ser2net is not here, so nothing was shown (.ci/run installs both)\n";
            let _ = std::io::stderr().write_all(words.as_bytes());
        }
    }
    let conclusion = libtest_mimic::run(&args, trials);
    match conclusion.has_failed() {
        true => ExitCode::from(101),
        false => ExitCode::SUCCESS,
    }
}

fn programs() -> Option<PathBuf> {
    let named = std::env::var_os("PROOFHOUSE_LABGRID").map(PathBuf::from);
    let bin = named
        .unwrap_or_else(|| root().join("target/labgrid"))
        .join("bin");
    let serial = SERIAL_SERVERS
        .iter()
        .any(|place| Path::new(place).is_file());
    (serial && bin.join("labgrid-coordinator").exists()).then_some(bin)
}

/// A farm, which ends with this.
struct Farm {
    child: Child,
    folder: tempfile::TempDir,
    coordinator: String,
}

impl Drop for Farm {
    fn drop(&mut self) {
        // It ends with its standard input, and ends what it started.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

impl Farm {
    fn start() -> Done<Self> {
        let folder = tempfile::tempdir()?;
        // Any binary with its children is the plug.
        let bin = programs().ok_or("no labgrid")?;
        let mut python = Command::new("python3");
        python.arg(root().join("fixtures/labgrid/start.py"));
        python
            .arg(std::env::current_exe()?)
            .arg(bin)
            .arg(folder.path());
        python.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = python.spawn()?;
        let out = child.stdout.take().ok_or("no output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let farm = |coordinator: &str| Self {
            child,
            folder,
            coordinator: coordinator.trim().to_owned(),
        };
        match line.strip_prefix("ready ") {
            Some(place) => Ok(farm(place)),
            None => Err(format!("the farm says {line:?}").into()),
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn proofhouse(&self, args: &[&str]) -> Done<Command> {
        let mut run = command(args)?;
        run.current_dir(self.folder.path())
            .env("LG_COORDINATOR", &self.coordinator)
            .env("LG_HOSTNAME", "desk")
            .env("LG_USERNAME", "ann")
            .env("XDG_STATE_HOME", self.at("state"))
            .stdin(Stdio::null());
        Ok(run)
    }

    /// A run of one case.
    fn run(&self, case: &str) -> Done<Command> {
        let suite = root().join("test-suites/en303645");
        let suite = suite.display().to_string();
        let args = [
            "run",
            "--bench",
            "bench.toml",
            "--suite",
            &suite,
            "--seed",
            "1",
            "--case",
            case,
        ];
        self.proofhouse(&args)
    }

    /// The same, begun, with what it says kept.
    fn begin(&self, case: &str) -> Done<Child> {
        let mut run = self.run(case)?;
        let run = run.stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(run.spawn()?)
    }

    fn access(&self, user: &str) -> Access {
        Access {
            coordinator: self.coordinator.clone(),
            tls: None,
            me: Identity {
                host: "desk".to_owned(),
                user: user.to_owned(),
            },
            token: None,
            notes: self.at("notes-of-others"),
        }
    }

    fn others(&self) -> Done<Arc<Labgrid>> {
        Ok(Labgrid::new(self.access("bob"))?)
    }

    /// Waits until the place is held, or free.
    fn until(&self, held: bool) -> Done<Option<Holder>> {
        let farm = self.others()?;
        let until = Instant::now() + LONG;
        loop {
            let holder = farm.holder_of("plug-a")?;
            if holder.is_some() == held {
                return Ok(holder);
            }
            if Instant::now() >= until {
                return Err(format!("plug-a: {holder:?}").into());
            }
            std::thread::park_timeout(LOOK);
        }
    }

    /// The one run of the folder, and a file of it.
    fn file(&self, name: &str) -> Done<String> {
        Ok(std::fs::read_to_string(self.the_run()?.join(name))?)
    }

    fn the_run(&self) -> Done<PathBuf> {
        let mut runs = std::fs::read_dir(self.at("runs"))?;
        Ok(runs.next().ok_or("no run")??.path())
    }

    fn notes(&self) -> usize {
        std::fs::read_dir(self.at("state/proofhouse/leases")).map_or(0, Iterator::count)
    }
}

fn says(ran: &Ran, code: i32, words: &[&str]) -> Done<()> {
    let said = format!("{}{}", ran.out, ran.err);
    let missing = words.iter().find(|word| !said.contains(**word));
    match missing {
        None if ran.code == code => Ok(()),
        missing => Err(format!(
            "exit {} instead of {code}, {missing:?} is not said:\n{said}",
            ran.code
        )
        .into()),
    }
}

/// A coordinator that must not be asked: whoever connects is found in its queue.
fn files_alone() -> Done<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    listener.set_nonblocking(true)?;
    let place = listener.local_addr()?.to_string();
    for args in [["check"].as_slice(), &["run", "--dry-run"]] {
        let mut all = command(&[args, &["--bench", "fixtures/benches/labgrid.toml"]].concat())?;
        let ran = ran(all.current_dir(root()).env("LG_COORDINATOR", &place))?;
        says(&ran, 0, &["place plug-a would be asked of"])?;
        if listener.accept().is_ok() {
            return Err(format!("{args:?} asked the coordinator").into());
        }
    }
    Ok(())
}

fn run() -> Done<()> {
    let farm = Farm::start()?;
    let child = farm.begin("tls_https")?;
    let holder = farm.until(true)?.ok_or("nobody")?;
    let out = child.wait_with_output()?;
    let ran = Ran::of(&out);
    says(
        &ran,
        0,
        &[
            "plug-a: place plug-a is taken",
            "pass         tls_https on plug-a",
        ],
    )?;
    if holder.who != "desk/ann" || holder.since.is_empty() {
        return Err(format!("held by {holder:?}").into());
    }
    if let Some(holder) = farm.others()?.holder_of("plug-a")? {
        return Err(format!("held by {holder} after the run").into());
    }
    if farm.notes() != 0 {
        return Err("a note is left".into());
    }
    let plan = farm.file("plan.json")?;
    let missing = ["rfc2217", "shelly-gen2", "127.65.20.2"]
        .into_iter()
        .find(|word| !plan.contains(word));
    match missing {
        None => Ok(()),
        Some(word) => Err(format!("the plan has no {word}").into()),
    }
}

fn held_by_another() -> Done<()> {
    let farm = Farm::start()?;
    let mut lease = PlaceLease::new(&farm.others()?, Wanted::Named("plug-a".to_owned()));
    lease.acquire(&Patience {
        most: LONG,
        called_off: &|| false,
        told: &|_| {},
    })?;
    let bench = std::fs::read_to_string(farm.at("bench.toml"))?;
    std::fs::write(
        farm.at("bench.toml"),
        bench.replace("wait = \"30s\"", "wait = \"1s\""),
    )?;
    let held = ran(&mut farm.run("tls_https")?)?;
    says(
        &held,
        3,
        &[
            "error: place plug-a is held by desk/bob since 20",
            "nothing is kept",
        ],
    )?;
    if farm.at("runs").exists() {
        return Err("a run is there that was not begun".into());
    }
    // A mistake on the command line is found before anybody is asked.
    says(
        &ran(&mut farm.run("no_such_case")?)?,
        2,
        &["no_such_case", "nothing was started"],
    )?;
    lease.release()?;
    Ok(())
}

/// The guard switches off and gives the place back; whoever goes on takes the same one again, although the file leaves
/// the choice to the farm.
fn killed_and_resumed() -> Done<()> {
    let farm = Farm::start()?;
    let bench = std::fs::read_to_string(farm.at("bench.toml"))?;
    let tagged = bench.replace("place = \"plug-a\" ", "tags = { board = \"plug\" } ");
    assert_ne!(bench, tagged);
    std::fs::write(farm.at("bench.toml"), tagged)?;
    let mut child = begun(&farm)?;
    child.kill()?;
    child.wait()?;
    farm.until(false)?;
    let plan: serde_json::Value = serde_json::from_str(&farm.file("plan.json")?)?;
    let place = &plan["bench"]["units"][0]["place"]["named"];
    if place != "plug-a" {
        return Err(format!("the plan says that the place was {place}").into());
    }
    let run = farm.the_run()?.display().to_string();
    let resumed = ran(&mut farm.proofhouse(&["resume", &run])?)?;
    says(
        &resumed,
        0,
        &[
            "plug-a: place plug-a is taken",
            "pass         tls_https on plug-a",
            "the harness, process",
        ],
    )?;
    farm.until(false)?;
    match farm.notes() {
        0 => Ok(()),
        n => Err(format!("{n} notes are left").into()),
    }
}

/// A run of one case that is at it.
fn begun(farm: &Farm) -> Done<Child> {
    let mut run = farm.run("tls_https")?;
    let mut child = run.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let said = BufReader::new(child.stderr.take().ok_or("no errors")?);
    let mut said = said.lines().map_while(Result::ok);
    if !said.any(|line| line.contains("seed 1, into ")) {
        return Err("the run does not begin".into());
    }
    // Read on, so that the run does not stand at a pipe that is full.
    std::thread::spawn(move || said.for_each(drop));
    farm.until(true)?;
    wait_for_events(farm)?;
    Ok(child)
}

/// Nobody is left to give the place back: the next run does, before it asks for one.
fn killed_with_its_guard() -> Done<()> {
    let farm = Farm::start()?;
    let mut child = begun(&farm)?;
    let guard = guard_of(child.id()).ok_or("no guard")?;
    // Stopped first, so that it does nothing between the two.
    kill(guard, Signal::SIGSTOP)?;
    child.kill()?;
    child.wait()?;
    kill(guard, Signal::SIGKILL)?;
    let holder = farm.others()?.holder_of("plug-a")?.ok_or("it is free")?;
    if holder.who != "desk/ann" || farm.notes() != 1 {
        return Err(format!("{holder}, {} notes", farm.notes()).into());
    }
    let pid = child.id();
    let told = format!("place plug-a was left held by a run that died, process {pid}");
    let taken = "plug-a: place plug-a is taken";
    let next = ran(&mut farm.run("tls_https")?)?;
    says(
        &next,
        0,
        &[&told, taken, "pass         tls_https on plug-a"],
    )?;
    farm.until(false)?;
    match farm.notes() {
        0 => Ok(()),
        n => Err(format!("{n} notes are left").into()),
    }
}

/// The guard that a process started.
fn guard_of(parent: u32) -> Option<Pid> {
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let mut pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let is_guard = |pid: &i32| {
        let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}"));
        let is_child = |status: String| status.lines().any(|l| l == format!("PPid:\t{parent}"));
        read("status").is_ok_and(is_child) && read("cmdline").is_ok_and(|c| c.contains("__guard"))
    };
    pids.find(is_guard).map(Pid::from_raw)
}

/// Until a supply was switched on: then the guard has something to do.
fn wait_for_events(farm: &Farm) -> Done<()> {
    let until = Instant::now() + LONG;
    while Instant::now() < until {
        if farm
            .file("events.jsonl")
            .is_ok_and(|events| events.contains("\"task-started\""))
        {
            return Ok(());
        }
        std::thread::park_timeout(LOOK);
    }
    Err("no task is started".into())
}

/// A run of one case that has the place and is at its first task.
fn under_way(farm: &Farm, case: &str) -> Done<Child> {
    let child = farm.begin(case)?;
    farm.until(true)?;
    wait_for_events(farm)?;
    Ok(child)
}

fn taken_away() -> Done<()> {
    let farm = Farm::start()?;
    let child = under_way(&farm, "power_loss")?;
    client(&farm, "bob", &["release", "--kick"])?;
    let out = child.wait_with_output()?;
    let ran = Ran::of(&out);
    says(
        &ran,
        3,
        &["place plug-a is no longer this run's: nobody has it"],
    )
}

/// labgrid's own client, as a user of this host.
fn client(farm: &Farm, user: &str, what: &[&str]) -> Done<()> {
    let client = programs().ok_or("no labgrid")?.join("labgrid-client");
    let mut client = Command::new(client);
    let client = client
        .args(["-x", &farm.coordinator, "-p", "plug-a"])
        .args(what);
    let client = client.env("LG_HOSTNAME", "desk").env("LG_USERNAME", user);
    match client.output()?.status.success() {
        true => Ok(()),
        false => Err(format!("{user} cannot {what:?} the place").into()),
    }
}

/// Another session of the same user is somebody else, and what it has is not given back.
fn taken_by_the_same_user() -> Done<()> {
    let farm = Farm::start()?;
    let child = under_way(&farm, "power_loss")?;
    client(&farm, "ann", &["release"])?;
    client(&farm, "ann", &["acquire"])?;
    let ran = Ran::of(&child.wait_with_output()?);
    says(&ran, 3, &["place plug-a is no longer this run's"])?;
    match farm.others()?.holder_of("plug-a")? {
        Some(holder) if holder.who == "desk/ann" => client(&farm, "ann", &["release"]),
        holder => Err(format!("the other session's place is {holder:?} after the run").into()),
    }
}

/// Whose the place was by the end of the case is not known, and it cannot be given back.
fn coordinator_stands_still() -> Done<()> {
    let farm = Farm::start()?;
    let child = under_way(&farm, "tls_https")?;
    let coordinator = coordinator_of(farm.child.id()).ok_or("no coordinator")?;
    kill(coordinator, Signal::SIGSTOP)?;
    let out = child.wait_with_output();
    kill(coordinator, Signal::SIGCONT)?;
    says(
        &Ran::of(&out?),
        3,
        &[
            "whether place plug-a is still this run's is not known",
            "error: place plug-a may still be held",
        ],
    )
}

/// The coordinator that a process started.
fn coordinator_of(parent: u32) -> Option<Pid> {
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let mut pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let is_it = |pid: &i32| {
        let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}"));
        let is_child = |status: String| status.lines().any(|l| l == format!("PPid:\t{parent}"));
        let is_named = |line: String| line.contains("labgrid-coordinator");
        read("status").is_ok_and(is_child) && read("cmdline").is_ok_and(is_named)
    };
    pids.find(is_it).map(Pid::from_raw)
}
