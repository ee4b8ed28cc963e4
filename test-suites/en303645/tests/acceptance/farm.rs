//! One run in parts, on the virtual bench: put together it is what one run would have been, and nothing else is.

use crate::broken_input::changed_copy;
use crate::tool::{Ran, RunDir, proofhouse, root};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Quick ones, so that three parts and a whole run cost little.
pub const CASES: [&str; 7] = [
    "factory_reset_flash",
    "secrets_in_flash",
    "tls_unique_key",
    "tls_https",
    "password_after_reset",
    "debug_port_lock",
    "default_passwords",
];

/// The tests of this file.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("farm::three_parts_are_one_run", three_parts),
        Trial::test("farm::a_part_that_found_something_fails_the_run", a_finding),
        Trial::test("farm::a_part_takes_a_seed_and_a_number", wrong_parts),
        Trial::test("farm::a_part_goes_on_as_that_part", resumed),
    ]
}

/// Options of a run of the quick cases.
pub fn quick<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let cases = CASES.iter().flat_map(|case| ["--case", *case]);
    cases.chain(more.iter().copied()).collect()
}

/// Exit code and words, whatever lines they are broken into.
pub fn must(ran: &Ran, code: i32, words: &[&str]) -> Result<(), Failed> {
    let said = format!("{}{}", ran.out, ran.err);
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    match ran.code == code && words.iter().all(|w| line.contains(w)) {
        true => Ok(()),
        false => Err(format!(
            "exit {code} and {words:?} wanted\nexit {}\n{said}",
            ran.code
        )
        .into()),
    }
}

pub fn text(path: &Path) -> String {
    path.display().to_string()
}

fn report(run: &Path) -> Result<Value, String> {
    let path = run.join("report.json");
    let bytes = fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_slice(&bytes).map_err(|e| e.to_string())
}

/// A part of the quick cases.
pub fn part(shard: &str, more: &[&str]) -> Result<RunDir, String> {
    let mut options = vec!["--shard", shard, "--seed", "7"];
    options.extend(more);
    RunDir::run(&quick(&options))
}

/// Merges runs into a folder of its own.
pub fn merge(runs: &[&Path], more: &[&str]) -> Result<(tempfile::TempDir, PathBuf, Ran), String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let out = folder.path().join("merged");
    let (out_text, runs) = (text(&out), runs.iter().map(|r| text(r)).collect::<Vec<_>>());
    let mut words = vec!["merge", "--out", &out_text];
    words.extend(more);
    words.extend(runs.iter().map(String::as_str));
    let ran = proofhouse(&words)?;
    Ok((folder, out, ran))
}

/// What a report says of provisions, tasks and guides, without what differs between any two runs.
fn verdicts(report: &Value) -> Vec<(String, String, String)> {
    let mut out = Vec::new();
    let mut add = |kind: &str, all: &Value, id: &str, words: &[&str]| {
        for one in all.as_array().into_iter().flatten() {
            let told: Vec<_> = words.iter().map(|w| one[*w].to_string()).collect();
            out.push((kind.to_owned(), one[id].to_string(), told.join(" ")));
        }
    };
    for product in report["products"].as_array().into_iter().flatten() {
        add(
            "provision",
            &product["provisions"],
            "id",
            &["standing", "verdict", "functional"],
        );
        add("guide", &product["guides"], "id", &["state", "verdict"]);
        add(
            "task",
            &product["tasks"],
            "id",
            &["case", "units", "verdict", "attempts"],
        );
    }
    out
}

fn three_parts() -> Result<(), Failed> {
    let parts = ["1/3", "2/3", "3/3"].map(|shard| part(shard, &[]));
    let [one, two, three] = parts;
    let parts = [one?, two?, three?];
    let mut ran = 0;
    for (part, n) in parts.iter().zip(1..) {
        let shard = format!("(shard {n}/3)");
        must(
            &part.ran,
            0,
            &["PART GOOD", "no verdict on the product", &shard],
        )?;
        let report = report(&part.path()?)?;
        ran += report["products"][0]["tasks"]
            .as_array()
            .map_or(0, Vec::len);
        if part.ran.out.contains("PASSED") || report["outcome"] != "part good" {
            return Err(format!("a part says more than it knows\n{}", part.ran.out).into());
        }
        must(
            &proofhouse(&["verify", &text(&part.path()?)])?,
            0,
            &["part good"],
        )?;
    }
    let whole = RunDir::run(&quick(&["--seed", "7"]))?;
    must(&whole.ran, 0, &["PASSED"])?;
    let dirs = [parts[2].path()?, parts[0].path()?, parts[1].path()?];
    let (_kept, merged, told) = merge(&dirs.iter().map(PathBuf::as_path).collect::<Vec<_>>(), &[])?;
    must(&told, 0, &["PASSED", "1/3 of"])?;
    let (of_whole, of_merged) = (report(&whole.path()?)?, report(&merged)?);
    if ran != CASES.len() || verdicts(&of_whole) != verdicts(&of_merged) {
        let (a, b) = (verdicts(&of_whole), verdicts(&of_merged));
        return Err(format!("{ran} tasks; the whole run\n{a:#?}\nmerged\n{b:#?}").into());
    }
    let plan = |run: &Path| fs::read(run.join("plan.json"));
    if plan(&whole.path()?)? != plan(&merged)? {
        return Err("the merged plan is not the one of a whole run".into());
    }
    let (whole, merged_text) = (text(&whole.path()?), text(&merged));
    must(
        &proofhouse(&["compare", &whole, &merged_text])?,
        0,
        &["no disagreement"],
    )?;
    must(&proofhouse(&["diff", &whole, &merged_text])?, 0, &["same"])?;
    stands(&merged)?;
    altered(&merged)
}

/// Every command reads the merged run as any other.
fn stands(merged: &Path) -> Result<(), Failed> {
    let path = text(merged);
    must(
        &proofhouse(&["verify", &path])?,
        0,
        &["whole and sealed", "the run: passed"],
    )?;
    must(
        &proofhouse(&["rejudge", &path])?,
        0,
        &["same: report.json and junit.xml"],
    )?;
    must(&proofhouse(&["ledger", &path])?, 3, &["holds"])?;
    let before = fs::read(merged.join("report.json"))?;
    must(&proofhouse(&["report", &path])?, 0, &["PASSED"])?;
    if fs::read(merged.join("report.json"))? != before {
        return Err("the reports of a merged run come out otherwise".into());
    }
    must(&proofhouse(&["resume", &path])?, 0, &["passed"])?;
    must(
        &proofhouse(&["merge", &path, "--out", &format!("{path}-2")])?,
        2,
        &["a whole run and no part"],
    )
}

/// A byte of a part, and a journal that hangs together but is not what the parts make.
fn altered(merged: &Path) -> Result<(), Failed> {
    let path = text(merged);
    let log = merged.join("shards/2/report.json");
    let was = fs::read(&log)?;
    let mut now = was.clone();
    now[200] ^= 1;
    fs::write(&log, &now)?;
    must(&proofhouse(&["verify", &path])?, 5, &["ALTERED"])?;
    fs::write(&log, &was)?;
    must(&proofhouse(&["verify", &path])?, 0, &[])?;
    // As whoever can write the folder could: one check fewer, and a chain and a seal that fit.
    let (_kept, forged) = crate::farm_refused::forged(merged, crate::farm_refused::better)?;
    must(
        &proofhouse(&["verify", &text(&forged)])?,
        5,
        &["is not what the parts make"],
    )?;
    must(&proofhouse(&["report", &text(&forged)])?, 5, &[])
}

/// The part with the case that finds it fails, the other is good, and the run fails.
fn a_finding() -> Result<(), Failed> {
    let old = "    found = bench.search_flash(needles | {\"control\": control})\n";
    let new = format!(
        "{old}    check.true(False, holds = \"it is another\", otherwise = \"it is itself\")\n"
    );
    let suite = root().join("test-suites/en303645");
    let suite = changed_copy(&suite, "cases/secrets_in_flash.star", old, &new)?;
    let suite = text(suite.path());
    let parts = [
        part("1/2", &["--suite", &suite])?,
        part("2/2", &["--suite", &suite])?,
    ];
    let mut codes: Vec<i32> = parts.iter().map(|part| part.ran.code).collect();
    codes.sort_unstable();
    if codes != [0, 1] {
        return Err(format!("{codes:?}\n{}\n{}", parts[0].ran.err, parts[1].ran.err).into());
    }
    let dirs = [parts[0].path()?, parts[1].path()?];
    let (_kept, merged, ran) = merge(&[&dirs[0], &dirs[1]], &[])?;
    must(&ran, 1, &["FAILED", "it is itself"])?;
    must(
        &proofhouse(&["verify", &text(&merged)])?,
        1,
        &["the run: failed"],
    )?;
    let (_kept, _, ran) = merge(&[&dirs[0]], &["--partial"])?;
    let (_kept, _, other) = merge(&[&dirs[1]], &["--partial"])?;
    let mut codes = [ran.code, other.code];
    codes.sort_unstable();
    match codes {
        [1, 3] => Ok(()),
        codes => Err(format!("each part by itself: {codes:?}").into()),
    }
}

fn wrong_parts() -> Result<(), Failed> {
    for (words, told) in [
        (&["run", "--shard", "1/3"][..], "--seed"),
        (
            &["run", "--shard", "4/3", "--seed", "7"],
            "the parts are 1/3 to 3/3",
        ),
        (&["run", "--shard", "x", "--seed", "7"], "write I/N"),
        (
            &[
                "run",
                "--shard",
                "1/9",
                "--seed",
                "7",
                "--case",
                "tls_https",
            ],
            "some of 9 shards would do nothing",
        ),
    ] {
        must(&proofhouse(words)?, 2, &[told])?;
    }
    let mut words = vec!["run", "--dry-run"];
    words.extend(quick(&["--shard", "1/3", "--seed", "7"]));
    must(
        &proofhouse(&words)?,
        0,
        &["1/3 of plan", "OTHER PARTS", "shard 2/3"],
    )
}

/// A harness that dies in a part: what goes on is that part and nothing more.
fn resumed() -> Result<(), Failed> {
    let part = part("1/2", &["--die-after", "60"])?;
    let dir = part.path()?;
    let ran = proofhouse(&["resume", &text(&dir)])?;
    must(&ran, 0, &["PART GOOD", "1/2 of plan"])?;
    let report = report(&dir)?;
    let tasks = report["products"][0]["tasks"]
        .as_array()
        .map_or(0, Vec::len);
    let elsewhere = report["run"]["shard"]["elsewhere"]
        .as_array()
        .map_or(0, Vec::len);
    match (tasks + elsewhere == CASES.len(), tasks > 0 && elsewhere > 0) {
        (true, true) => Ok(()),
        _ => Err(format!("{tasks} tasks here, {elsewhere} elsewhere").into()),
    }
}
