//! What `init` and `discover` write: `check` takes it, nobody's files are written over.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn proofhouse(words: &[&str], at: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proofhouse"));
    command.args(words).current_dir(at).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path());
    let (folders, mut found): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    found.extend(folders.iter().flat_map(|folder| files(folder)));
    found.sort();
    found
}

/// Outside of a checkout, as on a lab's computer.
#[test]
fn what_init_writes_is_taken_by_check_and_plans_cases() {
    for (kind, planned) in [("http", 9), ("mqtt", 10), ("console", 1)] {
        let at = tempfile::tempdir().unwrap();
        let made = proofhouse(
            &[
                "init", "--kind", kind, "--out", "lamp", "--yes", "--model", "Lamp 2",
            ],
            at.path(),
        );
        assert_eq!(
            made.status.code(),
            Some(0),
            "{kind}: {}",
            text(&made.stderr)
        );
        assert_eq!(files(&at.path().join("lamp")).len(), 3, "{kind}");
        let check = proofhouse(&["check", "--bench", "lamp/bench.toml"], at.path());
        let said = text(&check.stdout);
        assert_eq!(
            check.status.code(),
            Some(0),
            "{kind}: {said}{}",
            text(&check.stderr)
        );
        let cases = if planned == 1 { "case" } else { "cases" };
        let planned = format!("ok: lamp-2 on lamp-2 bench: {planned} {cases} planned");
        assert!(said.contains(&planned), "{kind}: {said}");
        let profile = std::fs::read_to_string(at.path().join("lamp/lamp-2/profile.toml")).unwrap();
        let claims = profile
            .lines()
            .filter(|l| l.starts_with("# \"") && l.contains("support ="));
        assert!(claims.count() > 60, "{profile}");
        assert!(
            profile.lines().all(|l| !l.starts_with('"')),
            "a claim that nobody made: {profile}"
        );
    }
}

#[test]
fn init_leaves_other_files_alone_and_says_what_it_cannot_take() {
    let at = tempfile::tempdir().unwrap();
    std::fs::write(at.path().join("notes.txt"), "mine").unwrap();
    let refused = proofhouse(&["init", "--out", ".", "--yes"], at.path());
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    assert!(
        text(&refused.stderr).contains("is left as it is"),
        "{}",
        text(&refused.stderr)
    );
    let refused = proofhouse(
        &["init", "--out", "x", "--yes", "--port", "70000"],
        at.path(),
    );
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    assert!(
        text(&refused.stderr).contains("no number from 1 to 65535"),
        "{}",
        text(&refused.stderr)
    );
    assert_eq!(files(at.path()).len(), 1);
}

#[test]
fn discover_tells_what_it_did_not_look_at_and_writes_a_bench_file_once() {
    let at = tempfile::tempdir().unwrap();
    let found = proofhouse(&["discover", "--write", "bench.toml"], at.path());
    let said = text(&found.stdout);
    assert_eq!(
        found.status.code(),
        Some(0),
        "{said}{}",
        text(&found.stderr)
    );
    for part in ["serial ports of USB adapters", "debug probes", "not asked"] {
        assert!(said.contains(part), "{said}");
    }
    let written = std::fs::read(at.path().join("bench.toml")).unwrap();
    let again = proofhouse(&["discover", "--write", "bench.toml"], at.path());
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(
        std::fs::read(at.path().join("bench.toml")).unwrap(),
        written
    );
    let json = proofhouse(&["discover", "--json"], at.path());
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!(
        json["ports"].is_array() && json["answered"].is_null(),
        "{json}"
    );
}

#[test]
fn a_link_that_is_none_of_this_computer_is_said() {
    let at = tempfile::tempdir().unwrap();
    let refused = proofhouse(
        &["discover", "--link", "192.0.2.1", "--within", "1ms"],
        at.path(),
    );
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    assert!(
        text(&refused.stderr).contains("an address of this computer"),
        "{}",
        text(&refused.stderr)
    );
}

/// A full disk behind a redirection: what was to be told is lost.
#[test]
fn output_that_cannot_be_written_is_no_success() {
    let at = tempfile::tempdir().unwrap();
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_proofhouse"));
    let command = command
        .args(["discover", "--json"])
        .current_dir(at.path())
        .stdout(full);
    let found = command.output().unwrap();
    assert_eq!(found.status.code(), Some(3), "{}", text(&found.stderr));
    assert!(
        text(&found.stderr).contains("cannot be written"),
        "{}",
        text(&found.stderr)
    );
}
