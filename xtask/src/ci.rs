//! Everything a submission must pass, in the order in which it fails cheapest.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where runs of the proof and of chaos are written.
const OUT: &str = "target/ci-runs";
/// The program that runs beside tests, and what it says; beside what it seals.
const BESIDE: &str = "target/ci-beside";
/// Longest wait for what was asked to end.
const ENDS: Duration = Duration::from_secs(30);

/// Runs the steps until one fails.
pub fn run() -> Result<String, String> {
    let docs_env = [("RUSTDOCFLAGS", "-D warnings")];
    let start = Instant::now();
    let mut told = Vec::new();
    step("floors", &mut told, super::floors::check)?;
    step("tidy", &mut told, super::tidy::check)?;
    step("format", &mut told, || {
        cargo(&["fmt", "--all", "--check"], &[])
    })?;
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    step("clippy", &mut told, || cargo(&clippy, &[]))?;
    step("build", &mut told, || {
        cargo(&["test", "--workspace", "--no-run"], &[])
    })?;
    // Tests wait for devices and deadlines more than they compute: the proof takes what they leave of the machine.
    let mut proof = Beside::start("prove", &["prove", "--out", OUT])?;
    // As many at a time as cores leave these idle.
    let threads = [("RUST_TEST_THREADS", "4")];
    step("tests", &mut told, || {
        cargo(&["test", "--workspace", "--no-fail-fast"], &threads)
    })?;
    let beside = ["real_peers", "field", "labgrid", "scan_wire"];
    for name in beside {
        step(name, &mut told, || one_test(name))?;
    }
    step("prove", &mut told, || proof.end())?;
    // A stranger's box is in Python and takes one core; faults of a bench are felt whatever else it does.
    let mut chaos = Beside::start("chaos", &["chaos", "--seeds", "0..60", "--out", OUT])?;
    step("stranger", &mut told, || one_test("stranger"))?;
    step("chaos", &mut told, || chaos.end())?;
    // What is promised within seconds is looked at while nothing else goes on, and hundreds of units at once leave
    // nothing of the machine to others.
    for name in ["going_off", "many_units"] {
        step(name, &mut told, || one_test(name))?;
    }
    step("docs", &mut told, || {
        cargo(&["doc", "--workspace", "--no-deps"], &docs_env)
    })?;
    Ok(format!(
        "all green in {:.0} s ({})",
        start.elapsed().as_secs_f64(),
        told.join(", ")
    ))
}

fn step(
    name: &str,
    told: &mut Vec<String>,
    run: impl FnOnce() -> Result<String, String>,
) -> Result<(), String> {
    let start = Instant::now();
    super::say(&format!("== {name}\n"));
    let summary = run().map_err(|e| format!("{name}: {e}"))?;
    super::say(&format!("{summary}\n"));
    told.push(format!("{name} {:.0} s", start.elapsed().as_secs_f64()));
    Ok(())
}

/// Of the whole workspace: one package by itself has its dependencies built again with fewer features.
fn one_test(name: &str) -> Result<String, String> {
    cargo(&["test", "--workspace", "--test", name], &[])
}

/// The program, which goes on beside other steps. What it says is shown at its end.
struct Beside {
    name: &'static str,
    child: Child,
    said: PathBuf,
}

impl Beside {
    /// Starts it from a copy, which no other step links anew.
    fn start(name: &'static str, args: &[&str]) -> Result<Self, String> {
        let folder = Path::new(BESIDE).join(name);
        let copy = folder.join("proofhouse");
        let said = folder.join("said");
        let start = || -> std::io::Result<Child> {
            fs::create_dir_all(&folder)?;
            fs::copy(program()?, &copy)?;
            let file = File::create(&said)?;
            Command::new(&copy)
                .args(args)
                .stdin(Stdio::null())
                .stderr(file.try_clone()?)
                .stdout(file)
                .spawn()
        };
        let child = start().map_err(|e| format!("cannot start {name}: {e}"))?;
        Ok(Self { name, child, said })
    }

    fn end(&mut self) -> Result<String, String> {
        let status = self.child.wait().map_err(|e| e.to_string())?;
        let said = fs::read(&self.said).map_err(|e| e.to_string())?;
        super::say(&String::from_utf8_lossy(&said));
        match status.success() {
            true => Ok("ok".to_owned()),
            false => Err(format!("{} ended with {status}", self.name)),
        }
    }
}

impl Drop for Beside {
    /// Another step failed: nothing goes on behind it. Its runs are processes of their own, which it ends when it is
    /// asked to end.
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").arg(pid).status();
        let until = Instant::now() + ENDS;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program that the tests were built with; it lies beside this one.
fn program() -> std::io::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("proofhouse"))
}

fn cargo(args: &[&str], env: &[(&str, &str)]) -> Result<String, String> {
    let status = Command::new("cargo")
        .args(args)
        .envs(env.iter().copied())
        .status();
    match status {
        Ok(s) if s.success() => Ok("ok".to_owned()),
        Ok(s) => Err(format!("`cargo {}` ended with {s}", args.join(" "))),
        Err(e) => Err(format!("cannot run cargo: {e}")),
    }
}
