//! `cargo xtask bench`: what the harness itself costs per op, read from the journal of a real run.
//!
//! Between the end of one op and the start of the next in the same case lies what the script did and what the
//! journal cost; within an op, what is not the channel's own time. Both are the harness's. Figures are medians
//! with quartiles. With `--peers` the console stands beside pyserial instead, on the same pseudo-terminal, in turns.
//! With `--off` the clock stands beside the ways out of a run: how long after each of them the last relay is off.
//! With `--hostile` devices that lie are met by real runs, and the bounds of time, memory and verdicts are looked at.

use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs the default bench once and prints the figures.
pub fn run() -> Result<String, String> {
    let release = std::env::args().any(|a| a == "--release");
    let asked = |word: &str| std::env::args().any(|a| a == word);
    if asked("--peers") {
        return script(release, "xtask/peers/console.py", &[]);
    }
    if asked("--off") {
        return script(release, "xtask/measure/off.py", &["test-suites/en303645"]);
    }
    if asked("--hostile") {
        return script(
            release,
            "xtask/measure/hostile.py",
            &["test-suites/en303645"],
        );
    }
    let out = Path::new("target").join("bench-runs");
    let _ = std::fs::remove_dir_all(&out);
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet"]);
    if release {
        cargo.arg("--release");
    }
    let path = out.display().to_string();
    let done = cargo
        .args(["--", "run", "--out", &path])
        .output()
        .map_err(|e| e.to_string())?;
    if !done.status.success() {
        return Err(format!(
            "the run ended with {}\n{}",
            done.status,
            String::from_utf8_lossy(&done.stdout)
        ));
    }
    let events = read(&only_run(&out)?)?;
    let costs = Costs::of(&events);
    let last = events.last().and_then(|e| e["at_us"].as_u64()).unwrap_or(0);
    Ok(format!(
        "{} build, {} events, {} ops, {:.1} s\n  \
         before an op (script, then journaled): {}\n  \
         around an op (journal and routing):    {}\n  \
         together, per op:                      {}",
        if release { "release" } else { "debug" },
        events.len(),
        costs.together.len(),
        last as f64 / 1e6,
        spread(costs.before),
        spread(costs.around),
        spread(costs.together),
    ))
}

/// Builds the program and hands it to a script that measures it, between the script's name and these.
fn script(release: bool, name: &str, more: &[&str]) -> Result<String, String> {
    let mut build = Command::new("cargo");
    build.args(["build", "--quiet", "--package", "proofhouse"]);
    if release {
        build.arg("--release");
    }
    let built = build.status().map_err(|e| e.to_string())?;
    if !built.success() {
        return Err(format!("the build ended with {built}"));
    }
    let kind = if release { "release" } else { "debug" };
    let program = Path::new("target").join(kind).join("proofhouse");
    let done = Command::new("python3")
        .arg(name)
        .arg(program)
        .args(more)
        .status()
        .map_err(|e| format!("python3: {e}"))?;
    match done.success() {
        true => Ok(format!("{kind} build")),
        false => Err(format!("the script ended with {done}")),
    }
}

fn only_run(out: &Path) -> Result<PathBuf, String> {
    let mut entries = std::fs::read_dir(out).map_err(|e| format!("{}: {e}", out.display()))?;
    let entry = entries
        .next()
        .ok_or("the run left no folder")?
        .map_err(|e| e.to_string())?;
    Ok(entry.path().join("events.jsonl"))
}

fn read(path: &Path) -> Result<Vec<Value>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    text.lines()
        .map(|l| serde_json::from_str(l).map_err(|e| e.to_string()))
        .collect()
}

#[derive(Default)]
struct Costs {
    before: Vec<u64>,
    around: Vec<u64>,
    together: Vec<u64>,
}

impl Costs {
    /// Ops that directly follow another op of their case, so that no check, pause or note lies between.
    fn of(events: &[Value]) -> Self {
        let mut costs = Self::default();
        let mut ended: HashMap<u64, u64> = HashMap::new();
        let mut started: HashMap<u64, (u64, Option<u64>)> = HashMap::new();
        for event in events {
            let (Some(task), Some(at)) = (event["task"].as_u64(), event["at_us"].as_u64()) else {
                continue;
            };
            let fact = &event["fact"];
            match fact["is"].as_str() {
                Some("op-started") => {
                    let gap = ended.remove(&task).map(|end| at - end);
                    started.insert(event["seq"].as_u64().unwrap_or(0), (at, gap));
                }
                Some("op-ended") => {
                    ended.insert(task, at);
                    let begun = fact["of"].as_u64().and_then(|of| started.remove(&of));
                    let took = fact["took"].as_str().and_then(micros);
                    if let (Some((begun, Some(gap))), Some(took)) = (begun, took) {
                        let around = (at - begun).saturating_sub(took);
                        costs.before.push(gap);
                        costs.around.push(around);
                        costs.together.push(gap + around);
                    }
                }
                _ => {
                    ended.remove(&task);
                }
            }
        }
        costs
    }
}

/// Microseconds of a duration as journaled, such as `3584us` or `2ms`.
fn micros(text: &str) -> Option<u64> {
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let each = match &text[at..] {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        _ => return None,
    };
    Some(text[..at].parse::<u64>().ok()? * each)
}

fn spread(mut values: Vec<u64>) -> String {
    values.sort_unstable();
    let at = |percent: usize| {
        values
            .get(values.len() * percent / 100)
            .copied()
            .unwrap_or(0)
    };
    format!(
        "median {} us, quartiles {} to {}, 95 % up to {}",
        at(50),
        at(25),
        at(75),
        at(95)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_the_journal_are_read() {
        assert_eq!(micros("3584us"), Some(3584));
        assert_eq!(micros("2ms"), Some(2000));
        assert_eq!(micros("soon"), None);
    }

    #[test]
    fn only_ops_that_follow_an_op_are_counted() {
        let line = |seq: u64, at: u64, fact: &str| -> Value {
            serde_json::from_str(&format!(
                r#"{{"seq":{seq},"at_us":{at},"task":0,"fact":{fact}}}"#
            ))
            .unwrap()
        };
        let events = [
            line(0, 10, r#"{"is":"op-started"}"#),
            line(1, 110, r#"{"is":"op-ended","of":0,"took":"90us"}"#),
            line(2, 130, r#"{"is":"op-started"}"#),
            line(3, 240, r#"{"is":"op-ended","of":2,"took":"100us"}"#),
            line(4, 250, r#"{"is":"noted"}"#),
            line(5, 900, r#"{"is":"op-started"}"#),
            line(6, 990, r#"{"is":"op-ended","of":5,"took":"1us"}"#),
        ];
        let costs = Costs::of(&events);
        assert_eq!(
            (costs.before, costs.around, costs.together),
            (vec![20], vec![10], vec![30])
        );
    }
}
