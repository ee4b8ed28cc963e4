//! A recording judged again, without a device.

use crate::broken_input::changed_copy;
use crate::tool::{Ran, RunDir, command, proofhouse, ran, root};
use libtest_mimic::{Failed, Trial};

/// The tests of this file.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("rejudge::the_same_suite_gives_the_same_bytes", same_bytes),
        Trial::test("rejudge::a_corrected_case_is_told_by_provision", corrected),
        Trial::test("rejudge::what_was_not_recorded_is_named", not_recorded),
        Trial::test("rejudge::two_runs_are_told_apart", told_apart),
        Trial::test("rejudge::no_run_is_wrong_input", no_run),
        Trial::test(
            "rejudge::a_guess_made_of_a_secret_is_the_same",
            guess_of_a_secret,
        ),
        Trial::test("rejudge::from_another_folder", from_another_folder),
    ]
}

const CASE: &str = "cases/secrets_in_flash.star";

fn defective() -> Result<RunDir, String> {
    RunDir::run(&[
        "--case",
        "secrets_in_flash",
        "--defect",
        "wifi-key-in-plain-flash",
    ])
}

/// Judges a run again; `change` is made in its case first.
fn again(run: &RunDir, change: Option<(&str, &str)>) -> Result<Ran, String> {
    let path = run.path()?.display().to_string();
    let Some((old, new)) = change else {
        return proofhouse(&["rejudge", &path]);
    };
    let suite = changed_copy(&root().join("test-suites/en303645"), CASE, old, new)?;
    let suite = suite.path().display().to_string();
    proofhouse(&["rejudge", &path, "--suite", &suite])
}

fn must(ran: &Ran, code: i32, words: &[&str]) -> Result<(), Failed> {
    match ran.code == code && words.iter().all(|w| ran.out.contains(w)) {
        true => Ok(()),
        false => Err(format!(
            "exit {code} and {words:?} wanted\nexit {}\n{}\n{}",
            ran.code, ran.out, ran.err
        )
        .into()),
    }
}

/// Passed, failed and undecided ones; with secrets compared, clocks read and waits that ran out.
fn same_bytes() -> Result<(), Failed> {
    let cases = [
        "factory_reset",
        "brute_force",
        "default_passwords",
        "power_loss",
    ];
    let mut args: Vec<&str> = cases.iter().flat_map(|c| ["--case", *c]).collect();
    for (defect, code) in [(None, 0), (Some("reset-keeps-login"), 1)] {
        args.extend(defect.iter().flat_map(|d| ["--defect", *d]));
        let run = RunDir::run(&args)?;
        must(&run.ran, code, &[])?;
        must(
            &again(&run, None)?,
            code,
            &["same: report.json and junit.xml"],
        )?;
    }
    Ok(())
}

/// Of the MAC, in which the password stands, a guess is made that ends as the serial number does.
fn guess_of_a_secret() -> Result<(), Failed> {
    let args = [
        "--case",
        "default_passwords",
        "--defect",
        "password-from-mac",
    ];
    let run = RunDir::run(&args)?;
    must(&run.ran, 1, &[])?;
    let path = run.path()?;
    let journal = std::fs::read_to_string(path.join("events.jsonl")).map_err(|e| e.to_string())?;
    let mut guesses = journal.lines().filter(|l| l.contains(r#""is":"guessed""#));
    if !guesses.any(|l| l.contains(r#""word":"0250⟨label.password:"#)) {
        return Err("no guess has the password in it: there is nothing to judge".into());
    }
    // The password of plug-a is the end of its MAC, 02:50:48:00:00:41.
    for file in ["events.jsonl", "report.json", "junit.xml"] {
        let text = std::fs::read_to_string(path.join(file)).map_err(|e| e.to_string())?;
        if text.contains("48000041") {
            return Err(format!("{file} tells a label's password").into());
        }
    }
    must(&again(&run, None)?, 1, &["same: report.json and junit.xml"])
}

fn corrected() -> Result<(), Failed> {
    let run = defective()?;
    let ran = again(&run, Some(("            places,\n", "            [],\n")))?;
    let words = ["provision 5.4-1: fail (", "case secrets_in_flash: fail"];
    must(&ran, 0, &words)
}

fn not_recorded() -> Result<(), Failed> {
    let run = defective()?;
    let old = "    found = bench.search_flash(needles | {\"control\": control})\n";
    let new = format!("    bench.power.off()\n{old}");
    let ran = again(&run, Some((old, &new)))?;
    let words = [
        "cannot be judged again: secrets_in_flash: the case asks for",
        "which was not recorded (recorded next:",
    ];
    must(&ran, 3, &words)
}

fn told_apart() -> Result<(), Failed> {
    let (bad, good) = (defective()?, RunDir::run(&["--case", "secrets_in_flash"])?);
    let paths = [bad.path()?, good.path()?].map(|p| p.display().to_string());
    let ran = proofhouse(&["diff", &paths[0], &paths[1]])?;
    must(&ran, 1, &["provision 5.4-1: fail (", "-> shown"])?;
    must(&proofhouse(&["diff", &paths[0], &paths[0]])?, 0, &["same"])
}

/// The run names its suite and its profile as they lay where it was started.
fn from_another_folder() -> Result<(), Failed> {
    let run = RunDir::run(&["--case", "debug_port_lock"])?;
    let (path, elsewhere) = (run.path()?.display().to_string(), tempfile::tempdir()?);
    let root = root().display().to_string();
    let again = |more: &[&str]| {
        let args = [&["rejudge", &path], more].concat();
        ran(command(&args)?.current_dir(elsewhere.path()))
    };
    let lost = again(&[])?;
    must(&lost, 2, &[])?;
    if !lost.err.contains("`--started-in DIR` says where") {
        return Err(lost.err.into());
    }
    must(&again(&["--started-in", &root])?, 0, &["same: report.json"])?;
    must(&again(&["--started-in", "no-such-folder"])?, 2, &[])
}

fn no_run() -> Result<(), Failed> {
    let nowhere = tempfile::tempdir()?;
    let nowhere = nowhere.path().display().to_string();
    must(&proofhouse(&["rejudge", &nowhere])?, 2, &[])?;
    must(&proofhouse(&["diff", &nowhere, &nowhere])?, 2, &[])
}
