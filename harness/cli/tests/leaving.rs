//! A unit leaves a run in the middle of a case, and another specimen of its product goes on: the verdicts are those of
//! a run in which nothing broke, and who reads the run later is told the same.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Two open samples, so that what is looked for in flash can be looked for on either.
fn bench(folder: &Path, head: &str) {
    let profile =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../device-profiles/proofhouse-plug");
    let profile = profile.canonicalize().unwrap();
    let mut text = format!(
        "name = \"desk\"\nprofile = \"{}\"\n{head}\n",
        profile.display()
    );
    for (name, n) in [("open-a", 77), ("open-b", 78)] {
        text.push_str(&format!(
            "[unit.{name}]\nvirtual = \"plug\"\nsample = \"open\"\nidentity = {{ serial = \"PLUG-0000{n}\", mac = \
             \"02:50:48:00:00:{n}\", chip-uid = \"5048c0de000000{n}\" }}\n"
        ));
    }
    std::fs::write(folder.join("bench.toml"), text).unwrap();
}

fn proofhouse(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proofhouse"));
    command.args(args).current_dir(folder).output().unwrap()
}

fn told(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(err)
}

/// The one run below a folder, and its report.
fn only(runs: &Path) -> (PathBuf, Value) {
    let mut all = std::fs::read_dir(runs).unwrap().map(|e| e.unwrap().path());
    let run = all.find(|path| path.join("seal.json").exists()).unwrap();
    let report = std::fs::read(run.join("report.json")).unwrap();
    (run, serde_json::from_slice(&report).unwrap())
}

fn run(folder: &Path, out: &str, more: &[&str]) -> (String, PathBuf, Value) {
    let args = [
        "run",
        "--bench",
        "bench.toml",
        "--case",
        "secrets_in_flash",
        "--out",
        out,
    ];
    let ran = proofhouse(folder, &[&args[..], more].concat());
    let (run, report) = only(&folder.join(out));
    (told(&ran), run, report)
}

#[test]
fn another_specimen_goes_on_when_the_probe_of_one_is_unplugged() {
    let folder = tempfile::tempdir().unwrap();
    bench(folder.path(), "leave_after = 1");
    let (_, _, whole) = run(folder.path(), "whole", &[]);
    let fault = ["--fault", "probe-gone:open-a"];
    let (said, dir, report) = run(folder.path(), "fault", &fault);
    assert!(
        said.contains("open-a left the run: a case on it ended"),
        "{said}"
    );
    assert!(said.contains("LEFT THE RUN  open-a"), "{said}");
    assert_eq!(report["units_that_left"][0]["unit"], "open-a", "{said}");
    let (product, as_whole) = (&report["products"][0], &whole["products"][0]);
    assert_eq!(product["counts"], as_whole["counts"], "{said}");
    let (task, same) = (&product["tasks"][0], &as_whole["tasks"][0]);
    for task in [task, same] {
        assert_eq!(task["verdict"], "pass", "{said}");
    }
    assert_eq!(task["units"][0], "open-b", "{said}");
    assert_eq!(same["units"][0], "open-a");
    assert_eq!(task["attempts"], 1);
    let dir = dir.to_str().unwrap();
    let verified = proofhouse(folder.path(), &["verify", dir]);
    assert!(verified.status.success(), "{}", told(&verified));
    let judged = proofhouse(folder.path(), &["rejudge", dir]);
    assert!(
        told(&judged).contains("same: report.json"),
        "{}",
        told(&judged)
    );
}
