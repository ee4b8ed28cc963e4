//! `cargo xtask mutate`: takes something out of the suite, one thing at a time, and sees that `prove` notices.
//!
//! A mutant is the suite without one check of one case (or library), with one case that does nothing, with a loop that
//! looks at the first row alone, or without one control. `prove` must fail on each. A check or row that survives is one
//! that no defect needs: write the defect, or drop it. Controls are there for what goes wrong beside the device, of
//! which `prove` has the blinds only: those that survive are counted.

mod asked;
mod source;
mod suite;
mod tally;

use asked::{Asked, asked};
use source::{Cut, checking, cuts};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use suite::Suite;
use tally::{Outcome, Tally};

const SUITE: &str = "test-suites/en303645";

/// Makes the mutants, proves each, and names those that survive.
pub fn run() -> Result<String, String> {
    let asked = asked(std::env::args().skip(2))?;
    let suite = Suite::read(Path::new(SUITE))?;
    let mutants = mutants(&suite, &asked);
    if mutants.is_empty() {
        return Err(
            "there is nothing to take out: name cases or libraries as `list` shows them".to_owned(),
        );
    }
    if asked.list {
        for (file, cut) in &mutants {
            super::say(&format!(
                "{:<8} {file}:{} {}\n",
                cut.kind, cut.line, cut.what
            ));
        }
        return Ok(format!("{} mutants", mutants.len()));
    }
    let program = asked.program.map_or_else(build, Ok)?;
    prove_all(&program, &suite, &mutants)
}

fn mutants(suite: &Suite, asked: &Asked) -> Vec<(String, Cut)> {
    let checking = checking(suite.texts());
    let fits = |file: &str, o: &String| file == o || file.ends_with(&format!("/{o}.star"));
    let files = suite
        .files()
        .filter(|file| asked.only.is_empty() || asked.only.iter().any(|o| fits(file, o)));
    let all = files.flat_map(|file| {
        let found = cuts(suite.text(file), file.starts_with("cases/"), &checking);
        found.into_iter().map(|cut| (file.to_owned(), cut))
    });
    let of_kind = all.filter(|(_, cut)| asked.kinds.contains(&cut.kind));
    let (part, of) = asked.shard;
    of_kind.skip(part - 1).step_by(of).collect()
}

fn prove_all(program: &Path, suite: &Suite, mutants: &[(String, Cut)]) -> Result<String, String> {
    let start = Instant::now();
    let mut tally = Tally::default();
    for (at, (file, cut)) in mutants.iter().enumerate() {
        let begun = Instant::now();
        let folder = suite.with(file, cut, &format!("{}-{at}", std::process::id()))?;
        let outcome = prove(program, &folder, &suite.cases_of(file));
        let _ = std::fs::remove_dir_all(&folder);
        let outcome = outcome?;
        let (line, what, took) = (cut.line, &cut.what, begun.elapsed().as_secs_f64());
        super::say(&format!(
            "[{:>3}/{}] {:<8} {took:>4.0} s  {file}:{line} {what}: {}\n",
            at + 1,
            mutants.len(),
            outcome.word(),
            outcome.how()
        ));
        tally.add(cut.kind, &outcome, &format!("{file}:{line} {what}"));
    }
    tally.told(start.elapsed().as_secs())
}

/// Whether `prove` fails on a suite, and by what.
fn prove(program: &Path, suite: &Path, cases: &[String]) -> Result<Outcome, String> {
    let mut command = Command::new(program);
    command
        .args(["prove", "--fail-fast", "--honest", "1", "--suite"])
        .arg(suite);
    for case in cases {
        command.args(["--case", case]);
    }
    let done = command
        .output()
        .map_err(|e| format!("{}: {e}", program.display()))?;
    let (out, err) = (
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr),
    );
    match done.status.code() {
        Some(0) => Ok(Outcome::Survives),
        Some(1) => Ok(Outcome::Killed(first_complaint(&out))),
        Some(2) => {
            let first = err.lines().find(|l| l.contains("error"));
            Ok(Outcome::Refused(first.unwrap_or_default().to_owned()))
        }
        other => Err(format!("prove ended with {other:?}:\n{out}\n{err}")),
    }
}

/// The first complaint that is about a run: runs that were not made any more are no reason.
fn first_complaint(out: &str) -> String {
    let after = out.split("COMPLAINTS").nth(1).unwrap_or_default();
    let not_run =
        |l: &&str| l.contains("which was not tried") || l.contains("nobody has seen it fail");
    let told = || after.lines().map(str::trim).filter(|l| !l.is_empty());
    let first = told().find(|l| !not_run(l)).or_else(|| told().next());
    first.unwrap_or("it says nothing").to_owned()
}

fn build() -> Result<PathBuf, String> {
    let status = Command::new("cargo")
        .args(["build", "--quiet", "--package", "proofhouse"])
        .status();
    if !status.map_err(|e| e.to_string())?.success() {
        return Err("proofhouse does not build".to_owned());
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    Ok(target.join("debug/proofhouse"))
}
