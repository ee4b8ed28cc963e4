//! What a run leaves behind.

use crate::tool::{RunDir, proofhouse};
use libtest_mimic::{Failed, Trial};

/// The tests of this file.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("report::same_bytes_again", same_bytes_again),
        Trial::test(
            "report::secrets_stay_off_the_disk",
            secrets_stay_off_the_disk,
        ),
        Trial::test(
            "report::pending_counts_only_when_complete",
            pending_counts_only_when_complete,
        ),
    ]
}

fn same_bytes_again() -> Result<(), Failed> {
    let run = RunDir::run(&["--case", "brute_force", "--case", "tls_https"])?;
    let (junit, json) = (run.text("junit.xml")?, run.text("report.json")?);
    let path = run.path()?;
    for name in ["junit.xml", "report.json"] {
        std::fs::remove_file(path.join(name)).map_err(|e| e.to_string())?;
    }
    let again = proofhouse(&["report", &path.display().to_string()])?;
    if again.code != 0 {
        return Err(format!("report ended with {}\n{}", again.code, again.err).into());
    }
    if run.text("junit.xml")? != junit || run.text("report.json")? != json {
        return Err("report wrote other bytes than the live run".into());
    }
    Ok(())
}

/// Passwords sent to a device appear in its console, in requests and in answers; none may be in any file of the run.
fn secrets_stay_off_the_disk() -> Result<(), Failed> {
    let run = RunDir::run(&["--case", "factory_reset", "--seed", "11"])?;
    let events = run.text("events.jsonl")?;
    if !events.contains("⟨owner.password:") {
        return Err("no masked password in the journal: the test sees nothing to judge".into());
    }
    for (at, _) in events.match_indices("\"password\":\"") {
        let value = &events[at + 12..];
        if !value.starts_with('⟨') {
            let shown: String = value.chars().take(40).collect();
            return Err(format!("a password in clear in events.jsonl: {shown}").into());
        }
    }
    Ok(())
}

fn pending_counts_only_when_complete() -> Result<(), Failed> {
    let nightly = RunDir::run(&["--case", "brute_force"])?;
    if nightly.ran.code != 0 {
        return Err(format!(
            "a passing case ended with {}\n{}",
            nightly.ran.code, nightly.ran.out
        )
        .into());
    }
    let complete = RunDir::run(&["--case", "brute_force", "--complete"])?;
    if complete.ran.code != 3 {
        return Err(format!("with --complete it ended with {}", complete.ran.code).into());
    }
    let errors = |run: &RunDir| -> Result<u32, String> {
        Ok(run.suites()?.iter().map(|(_, _, errors)| errors).sum())
    };
    match (errors(&nightly)?, errors(&complete)?) {
        (0, n) if n > 0 => Ok(()),
        (a, b) => Err(format!("{a} errors without --complete, {b} with it").into()),
    }
}
