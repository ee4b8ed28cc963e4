//! A bench broken on purpose, as seen from outside.

use crate::tool::proofhouse;
use libtest_mimic::{Failed, Trial};

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("chaos::ten_seeds_and_no_wrong_verdict", ten_seeds),
        Trial::test("chaos::a_run_with_a_fault_says_so", a_run_with_a_fault),
        Trial::test("chaos::wrong_words_are_wrong_input", wrong_words),
    ]
}

/// Short cases under all sorts of faults; the long ones are left to longer ranges.
fn ten_seeds() -> Result<(), Failed> {
    let kept = tempfile::tempdir()?;
    let out = kept.path().to_string_lossy();
    let mut args = vec![
        "chaos", "--seeds", "0..10", "--jobs", "3", "--json", "--out", &out,
    ];
    for case in [
        "factory_reset",
        "tls_unique_key",
        "update_rollback",
        "secrets_in_flash",
    ] {
        args.extend(["--case", case]);
    }
    let ran = proofhouse(&args)?;
    let tally: serde_json::Value = serde_json::from_str(&ran.out)?;
    if ran.code != 0 {
        return Err(format!("exit {}\n{}\n{tally:#}", ran.code, ran.err).into());
    }
    let trials = tally["trials"].as_array().map(Vec::len);
    if trials != Some(10) || tally["felt"].as_u64() < Some(5) {
        return Err(format!("too few trials: {tally:#}").into());
    }
    Ok(())
}

fn a_run_with_a_fault() -> Result<(), Failed> {
    let kept = tempfile::tempdir()?;
    let out = kept.path().to_string_lossy();
    let fault = "relay-stuck:plug-a:seed=9";
    let ran = proofhouse(&[
        "run",
        "--case",
        "tls_https",
        "--unit",
        "plug-a",
        "--fault",
        fault,
        "--out",
        &out,
    ])?;
    let run = std::fs::read_dir(kept.path())?.next().ok_or("no run")??;
    let journal = std::fs::read_to_string(run.path().join("events.jsonl"))?;
    if ran.code != 3 || !journal.contains("\"is\":\"fault-set-in\",\"kind\":\"relay-stuck\"") {
        return Err(format!("exit {}: {}\n{journal}", ran.code, ran.out).into());
    }
    Ok(())
}

fn wrong_words() -> Result<(), Failed> {
    for (args, says) in [
        (["run", "--fault", "relay-stick:plug-a"], "relay-stuck"),
        (["run", "--fault", "relay-stuck:plug-c"], "plug-"),
        (["run", "--fault", "relay-stuck:plug-a:form=1"], "from"),
        (["run", "--fault", "units-swapped:plug-a"], "with="),
        (["run", "--fault", "relay-stuck:plug-a:lasts=0"], "lasts"),
        (["chaos", "--fault-kind", "disc-slow"], "disk-slow"),
        (["chaos", "--case", "factory_rest"], "factory_reset"),
        (["chaos", "--seeds", "5..5"], "no seed"),
    ] {
        let ran = proofhouse(&args)?;
        if ran.code != 2 || !ran.err.contains(says) {
            return Err(format!("{args:?}: exit {}\n{}", ran.code, ran.err).into());
        }
    }
    Ok(())
}
