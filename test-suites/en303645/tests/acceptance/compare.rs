//! Two runs of the same products held against each other: virtual products agree whatever the seed, and what does not
//! is told piece by piece.

use crate::farm::{CASES, must};
use crate::tool::{Ran, RunDir, proofhouse};
use libtest_mimic::{Failed, Trial};

/// The tests of this file.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("farm::compare_two_seeds_do_not_disagree", two_seeds),
        Trial::test("farm::compare_a_defect_is_told_piece_by_piece", a_defect),
        Trial::test("farm::compare_what_is_unlike_is_not_compared", unlike),
    ]
}

fn run(bench: &str, more: &[&str]) -> Result<RunDir, String> {
    let cases = CASES
        .iter()
        .filter(|_| bench == PLUG)
        .flat_map(|case| ["--case", *case]);
    let words: Vec<&str> = ["--bench", bench].into_iter().chain(cases).collect();
    RunDir::run(&[&words[..], more].concat())
}

const PLUG: &str = "fixtures/benches/plug.toml";
const THERMO: &str = "fixtures/benches/thermo.toml";

fn compare(one: &RunDir, other: &RunDir, more: &[&str]) -> Result<Ran, String> {
    let paths = [one.path()?, other.path()?].map(|p| p.display().to_string());
    proofhouse(&[&["compare", &paths[0], &paths[1]], more].concat())
}

fn two_seeds() -> Result<(), Failed> {
    let (one, other) = (run(PLUG, &["--seed", "11"])?, run(PLUG, &["--seed", "12"])?);
    must(&one.ran, 0, &[])?;
    must(
        &compare(&one, &other, &[])?,
        0,
        &["no disagreement in", "7 cases", "68 provisions"],
    )?;
    let json = compare(&one, &other, &["--json"])?;
    let told: serde_json::Value = serde_json::from_str(&json.out)?;
    let held = |kind: &str| told["held"][kind].as_u64().unwrap_or(0);
    // A comparison of nothing would agree, too.
    let kinds = [
        "product",
        "case",
        "provision",
        "unit",
        "row",
        "guide",
        "item",
    ];
    match kinds.iter().all(|kind| held(kind) > 0) && told["disagreements"] == serde_json::json!([])
    {
        true => Ok(()),
        false => Err(json.out.into()),
    }
}

fn a_defect() -> Result<(), Failed> {
    let defect = ["--defect", "wifi-key-in-plain-flash", "--seed", "11"];
    let (good, bad) = (run(PLUG, &["--seed", "11"])?, run(PLUG, &defect)?);
    let ran = compare(&good, &bad, &[])?;
    let words = [
        "secrets_in_flash",
        "5.4-1",
        "shown",
        "refuted",
        "pass",
        "fail",
        "disagreement",
    ];
    must(&ran, 1, &words)?;
    let json = compare(&bad, &good, &["--json"])?;
    let told: serde_json::Value = serde_json::from_str(&json.out)?;
    let all = told["disagreements"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let case = all.iter().find(|d| d["kind"] == "case");
    match case.map(|d| (&d["name"], &d["one"], &d["other"])) {
        Some((name, one, other))
            if name == "secrets_in_flash" && one == "fail" && other == "pass" =>
        {
            Ok(())
        }
        _ => Err(json.out.into()),
    }
}

fn unlike() -> Result<(), Failed> {
    let (plug, thermo) = (
        run(PLUG, &["--seed", "11"])?,
        run(THERMO, &["--seed", "11", "--case", "debug_port_lock"])?,
    );
    must(
        &compare(&plug, &thermo, &[])?,
        2,
        &["cannot be compared", "other products"],
    )?;
    let part = run(PLUG, &["--seed", "11", "--shard", "1/2"])?;
    must(
        &compare(&plug, &part, &[])?,
        2,
        &["not the same part of a run", "1/2"],
    )?;
    std::fs::remove_file(plug.path()?.join("seal.json"))?;
    std::fs::write(plug.path()?.join("open.lock"), b"{\"pid\":1}\n")?;
    must(&compare(&plug, &plug, &[])?, 2, &["is not sealed"])
}
