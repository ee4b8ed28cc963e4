//! `cargo xtask mutate`: takes checks out of the suite one at a time, and sees that `prove` notices.
//!
//! A mutant is the suite without one check of one case (or library), or with one case that does nothing. `prove` must
//! fail on each. A mutant that survives is a check that no defect needs: write the defect, or drop the check.

mod source;
mod suite;

use source::{Cut, cuts};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use suite::Suite;

const SUITE: &str = "test-suites/en303645";

/// What was asked for on the command line.
struct Asked {
    only: Vec<String>,
    list: bool,
    shard: Option<(usize, usize)>,
}

/// Makes the mutants, proves each, and names those that survive.
pub fn run() -> Result<String, String> {
    let asked = asked(std::env::args().skip(2))?;
    let suite = Suite::read(Path::new(SUITE))?;
    let mut mutants: Vec<(String, Cut)> = Vec::new();
    for file in suite.files() {
        let fits = |o: &String| file == o || file.ends_with(&format!("/{o}.star"));
        if asked.only.is_empty() || asked.only.iter().any(fits) {
            let found = cuts(suite.text(file), file.starts_with("cases/"));
            mutants.extend(found.into_iter().map(|cut| (file.to_owned(), cut)));
        }
    }
    if let Some((part, of)) = asked.shard {
        let mut at = 0;
        mutants.retain(|_| {
            at += 1;
            (at - 1) % of == part - 1
        });
    }
    if mutants.is_empty() {
        return Err(
            "there is nothing to take out: name cases or libraries as `list` shows them".to_owned(),
        );
    }
    if asked.list {
        for (file, cut) in &mutants {
            super::say(&format!("{file}:{} {}\n", cut.line, cut.what));
        }
        return Ok(format!("{} mutants", mutants.len()));
    }
    let program = build()?;
    prove_all(&program, &suite, &mutants)
}

fn prove_all(program: &Path, suite: &Suite, mutants: &[(String, Cut)]) -> Result<String, String> {
    let start = Instant::now();
    let mut survivors = Vec::new();
    for (at, (file, cut)) in mutants.iter().enumerate() {
        let begun = Instant::now();
        let folder = suite.without(file, cut, &format!("m{at}"))?;
        let outcome = prove(program, &folder, &suite.cases_of(file));
        let _ = std::fs::remove_dir_all(&folder);
        let (killed, how) = outcome?;
        let word = if killed { "killed" } else { "SURVIVES" };
        let (line, what, took) = (cut.line, &cut.what, begun.elapsed().as_secs_f64());
        super::say(&format!(
            "[{:>3}/{}] {word:<8} {took:>4.0} s  {file}:{line} {what}: {how}\n",
            at + 1,
            mutants.len()
        ));
        if !killed {
            survivors.push(format!("{file}:{line} {what}"));
        }
    }
    let took = start.elapsed().as_secs_f64();
    let all = mutants.len();
    match survivors.as_slice() {
        [] => Ok(format!("{all} of {all} mutants killed in {took:.0} s")),
        some => Err(format!(
            "{} of {all} mutants survive ({took:.0} s):\n  {}",
            some.len(),
            some.join("\n  ")
        )),
    }
}

/// Whether `prove` fails on a suite, and by what.
fn prove(program: &Path, suite: &Path, cases: &[String]) -> Result<(bool, String), String> {
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
        Some(0) => Ok((false, "nothing complained".to_owned())),
        Some(1) => Ok((true, first_complaint(&out))),
        Some(2) => {
            let first = err
                .lines()
                .find(|l| l.contains("error"))
                .unwrap_or_default();
            Ok((true, format!("refused: {first}")))
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

fn asked(mut args: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked {
        only: Vec::new(),
        list: false,
        shard: None,
    };
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--list" => asked.list = true,
            "--shard" => {
                let text = args.next().unwrap_or_default();
                let parts = text
                    .split_once('/')
                    .and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
                let fits = |&(part, of): &(usize, usize)| 0 < part && part <= of;
                let shard = parts
                    .filter(fits)
                    .ok_or_else(|| format!("`{text}` is no part such as 1/4"))?;
                asked.shard = Some(shard);
            }
            option if option.starts_with('-') => {
                return Err(format!(
                    "no option `{option}`: there are --list and --shard 1/4"
                ));
            }
            name => asked.only.push(name.to_owned()),
        }
    }
    Ok(asked)
}
