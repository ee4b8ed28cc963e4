//! A harness killed with SIGKILL in the middle of a run, and what `resume` makes of it.

use crate::tool::{Ran, RunDir, command, proofhouse, root};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Quick cases: two specimens and TLS, the debug port and a blob.
const CASES: [&str; 4] = ["--case", "tls_unique_key", "--case", "secrets_in_flash"];

/// The tests of this file.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("crash::the_same_verdicts_after_each_death", same_verdicts),
        Trial::test("crash::what_was_refuted_before_stands", refuted_stands),
        Trial::test("crash::what_was_changed_since_is_not_run", changed_since),
        Trial::test("crash::nothing_to_resume", nothing_to_resume),
        Trial::test("crash::interrupted_goes_on", interrupted_goes_on),
        Trial::test("crash::failed_stays_failed", failed_stays_failed),
        Trial::test("crash::a_folder_that_cannot_be_written", read_only),
    ]
}

fn run(more: &[&str]) -> Result<RunDir, String> {
    let all = [&CASES[..], &["--seed", "7"], more].concat();
    RunDir::run(&all)
}

fn on(word: &str, run: &Path) -> Result<Ran, String> {
    proofhouse(&[word, &run.display().to_string()])
}

fn expect(ran: &Ran, code: i32, words: &str) -> Result<(), String> {
    if ran.code == code && (ran.out.contains(words) || ran.err.contains(words)) {
        return Ok(());
    }
    Err(format!(
        "exit {} instead of {code} with {words:?}\n{}\n{}",
        ran.code, ran.out, ran.err
    ))
}

/// Verdicts of cases and provisions, and the number of events.
fn verdicts(run: &RunDir) -> Result<(Vec<String>, u64), String> {
    verdicts_in(&run.path()?)
}

fn verdicts_in(run: &Path) -> Result<(Vec<String>, u64), String> {
    let text = std::fs::read_to_string(run.join("report.json")).map_err(|e| e.to_string())?;
    let report: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let of = |list: &str, key: &str| -> Vec<String> {
        let rows = report["products"][0][list].as_array().into_iter().flatten();
        rows.map(|row| format!("{} {}", row["id"], row[key]))
            .collect()
    };
    let (tasks, provisions) = (of("tasks", "verdict"), of("provisions", "standing"));
    if tasks.is_empty() || provisions.is_empty() {
        return Err("the report has no tasks or no provisions".to_owned());
    }
    let all = [tasks, provisions].concat();
    Ok((all, report["run"]["events"].as_u64().unwrap_or(0)))
}

fn same_verdicts() -> Result<(), Failed> {
    let whole = run(&[])?;
    let (wanted, events) = verdicts(&whole)?;
    let middle = [0, events / 4, events / 2, events * 3 / 4].map(|n| n.to_string());
    // The last event may come a little earlier: consoles do not say the same number of pieces each time.
    let places = ["plan", "reports"]
        .into_iter()
        .chain(middle.iter().map(String::as_str));
    for place in places {
        dies_at(place, &wanted).map_err(|why| format!("killed at {place}: {why}"))?;
    }
    Ok(())
}

fn dies_at(place: &str, wanted: &[String]) -> Result<(), String> {
    let run = run(&["--die-after", place])?;
    if run.ran.code != -1 {
        return Err(format!("was not killed but ended with {}", run.ran.code));
    }
    let (dir, before) = (run.path()?, run.text("events.jsonl")?);
    expect(&on("verify", &dir)?, 3, "not sealed")?;
    let resumed = on("resume", &dir)?;
    expect(&resumed, 0, "resuming")?;
    if !run.text("events.jsonl")?.starts_with(&before) {
        return Err("the old journal does not begin the new one".to_owned());
    }
    let (got, _) = verdicts(&run)?;
    if got != wanted {
        return Err(format!("other verdicts: {got:?}\n{}", resumed.out));
    }
    expect(&on("verify", &dir)?, 0, "whole and sealed")
}

/// A finding must not be washed away by a crash: neither by the new start nor by the words for it.
fn refuted_stands() -> Result<(), Failed> {
    let args = [
        "--case",
        "default_passwords",
        "--defect",
        "universal-password",
        "--seed",
        "7",
    ];
    let whole = RunDir::run(&args)?;
    let run = RunDir::run(&[&args[..], &["--die-after", "refuted"]].concat())?;
    let journal = run.text("events.jsonl")?;
    if !journal.ends_with('\n')
        || !journal
            .lines()
            .last()
            .is_some_and(|l| l.contains("refuted"))
    {
        return Err("its last event is not the finding: the test sees nothing".into());
    }
    let resumed = on("resume", &run.path()?)?;
    expect(&resumed, 1, "default_passwords was under way on")?;
    expect(&resumed, 1, "it was begun again after event")?;
    if verdicts(&run)?.0 != verdicts(&whole)?.0 {
        return Err(format!("other verdicts\n{}", resumed.out).into());
    }
    Ok(())
}

/// The plan decides: bench file, profile and cases must be what they were.
fn changed_since() -> Result<(), Failed> {
    let own = tempfile::tempdir().map_err(|e| e.to_string())?;
    let suite = own.path().join("suite");
    copy(&root().join("test-suites/en303645"), &suite)?;
    copy(
        &root().join("device-profiles/proofhouse-plug"),
        &own.path().join("profile"),
    )?;
    let bench = own.path().join("bench.toml");
    let text = std::fs::read_to_string(root().join("fixtures/benches/plug.toml"))
        .map_err(|e| e.to_string())?;
    let text = text.replace("../../device-profiles/proofhouse-plug", "profile");
    std::fs::write(&bench, text).map_err(|e| e.to_string())?;
    let (bench_arg, suite_arg) = (bench.display().to_string(), suite.display().to_string());
    let run = run(&[
        "--bench",
        &bench_arg,
        "--suite",
        &suite_arg,
        "--die-after",
        "20",
    ])?;
    let dir = run.path()?;
    for (file, end) in [
        (bench, "bench.toml"),
        (own.path().join("profile/device.star"), "device.star"),
        (
            suite.join("cases/tls_unique_key.star"),
            "cases/tls_unique_key.star",
        ),
    ] {
        let before = std::fs::read(&file).map_err(|e| e.to_string())?;
        std::fs::write(&file, [&before[..], b"\n"].concat()).map_err(|e| e.to_string())?;
        let refused = on("resume", &dir)?;
        expect(&refused, 2, end)?;
        expect(&refused, 2, "since the run was planned")?;
        std::fs::write(&file, before).map_err(|e| e.to_string())?;
    }
    let journal = run.text("events.jsonl")?;
    expect(&on("resume", &dir)?, 0, "resuming")?;
    match run.text("events.jsonl")?.starts_with(&journal) {
        true => Ok(()),
        false => Err("a refused resumption changed the journal".into()),
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    std::fs::create_dir_all(to).map_err(|e| e.to_string())?;
    for entry in std::fs::read_dir(from).map_err(|e| e.to_string())? {
        let path: PathBuf = entry.map_err(|e| e.to_string())?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        match path.is_dir() {
            true => copy(&path, &target)?,
            false => drop(std::fs::copy(&path, &target).map_err(|e| e.to_string())?),
        }
    }
    Ok(())
}

fn nothing_to_resume() -> Result<(), Failed> {
    let run = run(&["--case", "tls_unique_key"])?;
    let (dir, before) = (run.path()?, run.text("seal.json")?);
    expect(&on("resume", &dir)?, 0, "nothing to resume")?;
    if run.text("seal.json")? != before {
        return Err("the seal was changed".into());
    }
    let empty = tempfile::tempdir().map_err(|e| e.to_string())?;
    expect(&on("resume", empty.path())?, 2, "no run folder")?;
    expect(&on("verify", empty.path())?, 2, "no run folder")?;
    Ok(())
}

/// Ctrl-C while a case runs: `resume` runs what is left, and the verdicts are those of an undisturbed run.
fn interrupted_goes_on() -> Result<(), Failed> {
    let (wanted, _) = verdicts(&run(&[])?)?;
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let out = folder.path().display().to_string();
    let args = [&["run", "--out", &out], &CASES[..], &["--seed", "7"]].concat();
    let mut running = command(&args)?;
    running.current_dir(root()).stdout(Stdio::piped());
    let mut running = running
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())?;
    let mut dir = None;
    while !dir.as_deref().is_some_and(is_under_way) {
        if running.try_wait().map_err(|e| e.to_string())?.is_some() {
            return Err("it ended before it could be interrupted".into());
        }
        std::thread::yield_now();
        let mut inside = std::fs::read_dir(folder.path()).map_err(|e| e.to_string())?;
        dir = inside.next().and_then(|entry| Some(entry.ok()?.path()));
    }
    let dir = dir.unwrap_or_default();
    let pid = nix::unistd::Pid::from_raw(i32::try_from(running.id()).map_err(|e| e.to_string())?);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).map_err(|e| e.to_string())?;
    let ended = running.wait_with_output().map_err(|e| e.to_string())?;
    let said = String::from_utf8_lossy(&ended.stderr);
    if ended.status.code() != Some(130) || !said.contains("proofhouse resume") {
        return Err(format!("{:?}: {said}", ended.status).into());
    }
    expect(&on("verify", &dir)?, 130, "go on with: proofhouse resume")?;
    let text = || std::fs::read_to_string(dir.join("events.jsonl")).map_err(|e| e.to_string());
    let before = text()?;
    expect(&on("resume", &dir)?, 0, ", interrupted, ")?;
    if !text()?.starts_with(&before) {
        return Err("the old journal does not begin the new one".into());
    }
    expect(&on("verify", &dir)?, 0, "whole and sealed")?;
    match verdicts_in(&dir)?.0 == wanted {
        true => Ok(expect(&on("rejudge", &dir)?, 0, "")?),
        false => Err("other verdicts".into()),
    }
}

/// The first case has begun to work a unit.
fn is_under_way(dir: &Path) -> bool {
    let journal = std::fs::read_to_string(dir.join("events.jsonl"));
    journal.is_ok_and(|text| text.contains(r#""is":"op-ended""#))
}

/// Whatever is asked of a run that failed, and of one of which only the seal is left.
fn failed_stays_failed() -> Result<(), Failed> {
    let defect = ["--defect", "plug:tls-shared-certificate"];
    let run = RunDir::run(&[&["--case", "tls_unique_key"], &defect[..]].concat())?;
    expect(&run.ran, 1, "")?;
    let dir = run.path()?;
    expect(
        &on("resume", &dir)?,
        1,
        "nothing to resume: failed (exit code 1)",
    )?;
    expect(&on("report", &dir)?, 1, "exit code 1")?;
    expect(&on("verify", &dir)?, 1, "the run: failed (exit code 1)")?;
    let link = dir.join("more");
    std::os::unix::fs::symlink("/dev/null", &link).map_err(|e| e.to_string())?;
    for word in ["events", "report", "verify"] {
        expect(&on(word, &dir)?, 5, "ALTERED")?;
    }
    std::fs::remove_file(link).map_err(|e| e.to_string())?;
    std::fs::remove_file(dir.join("plan.json")).map_err(|e| e.to_string())?;
    for word in ["resume", "report", "verify"] {
        expect(&on(word, &dir)?, 5, "ALTERED")?;
    }
    for file in ["events.jsonl", "report.json", "junit.xml"] {
        std::fs::remove_file(dir.join(file)).map_err(|e| e.to_string())?;
    }
    for word in ["resume", "report", "verify"] {
        expect(&on(word, &dir)?, 5, "ALTERED")?;
    }
    Ok(())
}

/// Nothing is started and nothing changed; whoever may write everywhere (root) cannot see this.
fn read_only() -> Result<(), Failed> {
    let run = run(&["--die-after", "20"])?;
    let (dir, before) = (run.path()?, run.text("events.jsonl")?);
    let lock = dir.join("open.lock");
    let set = |only: bool| -> std::io::Result<()> {
        for path in [&lock, &dir] {
            let mut rights = std::fs::metadata(path)?.permissions();
            rights.set_readonly(only);
            std::fs::set_permissions(path, rights)?;
        }
        Ok(())
    };
    set(true).map_err(|e| e.to_string())?;
    if std::fs::File::create(dir.join("probe")).is_ok() {
        return Ok(set(false).map_err(|e| e.to_string())?);
    }
    let refused = on("resume", &dir)?;
    set(false).map_err(|e| e.to_string())?;
    expect(&refused, 3, "may not write")?;
    match run.text("events.jsonl")? == before {
        true => Ok(()),
        false => Err("the journal was changed".into()),
    }
}
