//! Many virtual units of three products in one run: all of them work side by side, and when it is over no thread, no
//! descriptor and no process of it is left.
//!
//! 64 units, or as many as `PROOFHOUSE_UNITS` says. Alone in its process: whatever it counts is its own.

#[path = "acceptance/tool.rs"]
#[allow(dead_code)] // of what it shares with the acceptance tests it needs a part
mod tool;

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// Longest time in which the last thread of a run may end.
const PATIENCE: Duration = Duration::from_secs(20);

/// Units of each product are named, numbered and made alike.
const PRODUCTS: [(&str, &str, &str); 3] = [
    ("plug", "device-profiles/proofhouse-plug", ""),
    ("thermo", "device-profiles/proofhouse-thermo", ""),
    (
        "box",
        "fixtures/strangers/acme-box/profile",
        "power = { driver = \"virtual\" }\nconsole = { driver = \"virtual\" }\nlan = { driver = \"virtual\" }\n",
    ),
];

fn main() -> ExitCode {
    if let Some(child) = proofhouse::children::dispatch() {
        return child;
    }
    // `cargo test -- --list` and filters ask every target; this one is one test.
    if std::env::args().any(|word| word == "--list") {
        println!("many_units: test");
        return ExitCode::SUCCESS;
    }
    let units = std::env::var("PROOFHOUSE_UNITS")
        .ok()
        .and_then(|n| n.parse().ok());
    match many(units.unwrap_or(64)) {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            println!("{why}");
            ExitCode::from(101)
        }
    }
}

fn many(units: usize) -> Result<String, String> {
    let desk = tempfile::tempdir().map_err(|e| e.to_string())?;
    let place = desk.path();
    let io = |e: std::io::Error| e.to_string();
    suite(place).map_err(io)?;
    // What a first run leaves for good (a handler, a cache) is no leak.
    bench(place, "few.toml", 3).map_err(io)?;
    run(place, "few.toml", "first")?;
    let before = Held::now();
    bench(place, "many.toml", units).map_err(io)?;
    let began = Instant::now();
    let report = run(place, "many.toml", "second")?;
    let took = began.elapsed();
    let passed = report["products"].as_array().into_iter().flatten();
    let passed: u64 = passed
        .filter_map(|p| p["counts"]["tasks"]["pass"].as_u64())
        .sum();
    if report["outcome"] != "passed" || passed != units as u64 {
        return Err(format!(
            "{}: {passed} of {units} cases passed",
            report["outcome"]
        ));
    }
    let after = Held::settled(&before);
    if after != before {
        return Err(format!("before the run {before:?}, after it {after:?}"));
    }
    let cases_us = report["products"].as_array().into_iter().flatten();
    let tasks = cases_us.flat_map(|p| p["tasks"].as_array().into_iter().flatten());
    let sum_us: u64 = tasks.filter_map(|t| t["took_us"].as_u64()).sum();
    Ok(format!(
        "{units} units of three products: {:.1} s from plan to seal, {:.1} s of cases, {} events; before and after \
         {after:?}",
        took.as_secs_f64(),
        Duration::from_micros(sum_us).as_secs_f64(),
        report["run"]["events"]
    ))
}

/// What this process holds.
#[derive(Debug, PartialEq, Eq)]
struct Held {
    threads: usize,
    descriptors: usize,
    children: usize,
}

impl Held {
    fn now() -> Self {
        let entries = |of: &str| fs::read_dir(of).map_or(0, Iterator::count);
        let tasks = fs::read_dir("/proc/self/task")
            .into_iter()
            .flatten()
            .flatten();
        let children =
            tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        Self {
            threads: entries("/proc/self/task"),
            descriptors: entries("/proc/self/fd"),
            children: children.map(|all| all.split_whitespace().count()).sum(),
        }
    }

    /// Looked at until it is as it was, or for too long: a thread that was told to end needs a moment.
    fn settled(wanted: &Self) -> Self {
        let until = Instant::now() + PATIENCE;
        loop {
            let now = Self::now();
            if now == *wanted || Instant::now() >= until {
                return now;
            }
            std::thread::yield_now();
        }
    }
}

/// `proofhouse run` in this very process.
fn run(place: &Path, bench: &str, out: &str) -> Result<Value, String> {
    let path = |name: &str| place.join(name).display().to_string();
    let (bench, suite, out) = (path(bench), path("suite"), path(out));
    let words = [
        "proofhouse",
        "run",
        "--bench",
        &bench,
        "--suite",
        &suite,
        "--out",
        &out,
        "--seed",
        "7",
    ];
    let code = proofhouse::main_of(words.map(Into::into));
    let run = fs::read_dir(&out).map_err(|e| e.to_string())?.next();
    let run = run.ok_or_else(|| format!("no run folder ({code:?})"))?;
    let report = run.map_err(|e| e.to_string())?.path().join("report.json");
    let bytes = fs::read(&report).map_err(|e| format!("{}: {e} ({code:?})", report.display()))?;
    serde_json::from_slice(&bytes).map_err(|e| e.to_string())
}

/// One case, on every unit: it comes up, says what it runs, and is silent when it is off.
fn suite(place: &Path) -> std::io::Result<()> {
    let suite = place.join("suite");
    let from = tool::root().join("test-suites/en303645");
    let copied = Command::new("cp")
        .arg("-r")
        .arg(from)
        .arg(&suite)
        .status()?;
    assert!(copied.success(), "cp");
    for folder in ["cases", "lib", "tests", "src"] {
        fs::remove_dir_all(suite.join(folder))?;
    }
    fs::create_dir(suite.join("cases"))?;
    fs::write(
        suite.join("cases/comes_up.star"),
        r#""""Each unit comes up and says what it runs."""

case(
    provisions = ["5.3-2"],
    needs = ["power", "console"],
    device = ["ready", "firmware"],
    sample = "any",
    per = "unit",
    within = "5m",
    takes = "2s",
)

def run(bench: Bench):
    bench.power.on()
    bench.device.ready(within = "2m")
    version = bench.device.firmware()
    check.true(
        version != "",
        holds = "it says what it runs",
        otherwise = "it says nothing of what it runs",
    )
"#,
    )
}

/// So many units, of one product after the other.
fn bench(place: &Path, name: &str, units: usize) -> std::io::Result<()> {
    let mut text = "name = \"many\"\n".to_owned();
    for at in 0..units {
        let (product, profile, wires) = PRODUCTS[at % PRODUCTS.len()];
        let profile = fs::canonicalize(tool::root().join(profile))?;
        let (high, low) = (at / 256, at % 256);
        // The box has no number of its chip.
        let uid = match product {
            "box" => String::new(),
            _ => format!(", chip-uid = \"5048c0de{at:08x}\""),
        };
        text.push_str(&format!(
            "\n[unit.{product}-{at}]\nvirtual = \"{product}\"\nprofile = \"{}\"\n{wires}identity = {{ \
             serial = \"M-{at:06}\", mac = \"02:50:48:0a:{high:02x}:{low:02x}\"{uid} }}\n",
            profile.display()
        ));
    }
    fs::write(place.join(name), text)
}
