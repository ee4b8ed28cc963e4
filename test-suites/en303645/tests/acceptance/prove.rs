//! `prove` says yes to a suite that can fail, and no to one that cannot.

use crate::tool::{proofhouse, root};
use libtest_mimic::{Failed, Trial};
use std::fs;
use std::path::Path;

/// The case the suites below are about: quick, one defect in each of its checks, one blind at least.
const CASE: &str = "secrets_in_flash";

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("prove::a_case_that_can_fail_is_proved", proved),
        Trial::test("prove::a_case_without_its_check_is_not", without_check),
        Trial::test("prove::a_case_without_its_control_is_not", without_control),
        Trial::test(
            "prove::a_promise_of_a_defect_that_is_not_there_is_broken",
            no_such_defect,
        ),
        Trial::test(
            "prove::a_run_that_is_judged_otherwise_again_is_told",
            judged_otherwise,
        ),
        Trial::test("prove::only_a_sealed_proof_counts", sealed),
        Trial::test("prove::a_blind_that_is_not_there_is_told", no_such_blind),
    ]
}

fn proved() -> Result<(), Failed> {
    let ran = proofhouse(&["prove", "--case", CASE, "--honest", "1", "--json"])?;
    let shown = || format!("{}\n{}", ran.out, ran.err);
    let json: serde_json::Value =
        serde_json::from_str(&ran.out).map_err(|e| format!("{e}\n{}", shown()))?;
    let killed = json["killed"].as_array().map_or(0, Vec::len);
    let survived = json["survived"].as_array().map(Vec::len);
    match (ran.code, killed, survived) {
        (0, 1.., Some(0)) => Ok(()),
        _ => Err(shown().into()),
    }
}

/// The suite with one text of the case replaced; `prove` must fail and name what it misses.
fn changed(from: &str, to: &str, told: &str) -> Result<(), Failed> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    copy(&root().join("test-suites/en303645"), folder.path()).map_err(|e| e.to_string())?;
    let path = folder.path().join(format!("cases/{CASE}.star"));
    let text = fs::read_to_string(&path).map_err(|e| e.to_string())?;
    if text.matches(from).count() != 1 {
        return Err(format!("`{from}` is not once in {}", path.display()).into());
    }
    fs::write(&path, text.replace(from, to)).map_err(|e| e.to_string())?;
    let suite = folder.path().display().to_string();
    let ran = proofhouse(&[
        "prove",
        "--suite",
        &suite,
        "--case",
        CASE,
        "--honest",
        "1",
        "--fail-fast",
    ])?;
    match ran.code == 1 && ran.out.contains(told) {
        true => Ok(()),
        false => Err(format!(
            "exit {}, `{told}` wanted\n{}\n{}",
            ran.code, ran.out, ran.err
        )
        .into()),
    }
}

fn without_check() -> Result<(), Failed> {
    changed("            places,\n", "            [],\n", "did not")
}

fn without_control() -> Result<(), Failed> {
    let control = "found.finds != None and \"control\" in names";
    changed(control, "True", "came to a verdict")
}

/// A sign of a secret is in no record: judged again, it is another one.
fn judged_otherwise() -> Result<(), Failed> {
    let searched = "    measure(\"flash searched\", found.searched, \"bytes\")\n";
    let signs = (3..9)
        .map(|n| format!("    measure(\"sign {n}\", ord(owner.password[{n}]), \"of 255\")\n"));
    let more: String = signs.collect();
    changed(
        searched,
        &format!("{searched}{more}"),
        "judged again, report.json of",
    )
}

fn no_such_defect() -> Result<(), Failed> {
    let promise = "caught_on = [";
    changed(
        promise,
        "caught_on = [\"plug:no-such-defect\", ",
        "plug:no-such-defect",
    )
}

fn no_such_blind() -> Result<(), Failed> {
    let ran = proofhouse(&["run", "--blind", "no-flash-contrl"])?;
    match ran.code == 2 && ran.err.contains("did you mean `no-flash-control`") {
        true => Ok(()),
        false => Err(format!("exit {}\n{}", ran.code, ran.err).into()),
    }
}

/// A run with that proof; what it must say.
fn with_proof(proof: &Path, code: i32, told: &str) -> Result<(), String> {
    let proof = proof.display().to_string();
    let ran = proofhouse(&["run", "--dry-run", "--case", CASE, "--proof", &proof])?;
    match ran.code == code && ran.err.contains(told) {
        true => Ok(()),
        false => Err(format!(
            "{proof}: exit {}, `{told}` wanted\n{}\n{}",
            ran.code, ran.out, ran.err
        )),
    }
}

fn sealed() -> Result<(), Failed> {
    let room = tempfile::tempdir().map_err(|e| e.to_string())?;
    let at = |name: &str| room.path().join(name);
    let head = r#""at":"2026-11-22T10:00:00Z","tool":"0.1.0""#;
    let proof = format!(r#"{{{head},"products":["plug"],"defects":0,"killed":0,"cases":{{}}}}"#);
    let matrix = format!(r#"{{{head},"cases":[],"runs":[]}}"#);
    let claim = format!(
        r#""{CASE}":{{"sha256":"{}","killed":["plug:x"],"survived":[],"undecided":[],"decided":[],"honest":[1,1]}}"#,
        "0".repeat(64)
    );
    let forged = proof.replace("\"cases\":{", &format!("\"cases\":{{{claim}"));
    let seal = |name: &str, proof: &str| {
        let files = [
            ("proof.json", proof.as_bytes()),
            ("matrix.json", matrix.as_bytes()),
        ];
        proofhouse_journal::write_sealed(&at(name), &files).map_err(|e| e.to_string())
    };
    for name in ["good", "changed", "unsealed"] {
        seal(name, &proof)?;
    }
    seal("forged", &forged)?;
    fs::write(at("changed").join("proof.json"), &forged).map_err(|e| e.to_string())?;
    fs::remove_file(at("unsealed").join("seal.json")).map_err(|e| e.to_string())?;
    with_proof(&at("good"), 0, "")?;
    with_proof(&at("changed"), 2, "its content is another one")?;
    with_proof(&at("unsealed"), 2, "there is no seal")?;
    with_proof(&at("forged"), 2, "is not what the runs of the matrix show")?;
    for file in [
        &at("good").join("proof.json"),
        Path::new("/dev/zero"),
        &at("nowhere"),
    ] {
        with_proof(file, 2, "this is no folder")?;
    }
    for (name, code, told) in [
        ("good", 0, "on plug"),
        ("changed", 5, "ALTERED"),
        ("forged", 5, "ALTERED"),
    ] {
        let ran = proofhouse(&["verify", &at(name).display().to_string()])?;
        if ran.code != code || !format!("{}{}", ran.out, ran.err).contains(told) {
            return Err(
                format!("verify {name}: exit {}\n{}\n{}", ran.code, ran.out, ran.err).into(),
            );
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => fs::copy(entry.path(), target).map(drop)?,
        }
    }
    Ok(())
}
