//! Broken inputs with the exact errors expected, from `fixtures/broken`.
//!
//! A file `bench-*.toml` or `profile-*.toml` lies beside its `.expected`: one line a mistake,
//! `line:column message | expected | nearest`, `-` for none and `file` for the file as a whole.
//! `PROOFHOUSE_BLESS=1` writes the `.expected` anew: read what changed before you commit it.

mod common;

use common::{Desk, repo, shown, suite};
use proofhouse_model::Diagnostic;
use proofhouse_planner::{Suite, read_bench, read_profile};
use std::path::{Path, PathBuf};

fn inputs() -> Vec<PathBuf> {
    let dir = repo("fixtures/broken");
    let entries = std::fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path());
    let mut all: Vec<_> = entries
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    all.sort();
    all
}

/// What reading the file finds. A profile lies in a folder with one file `images/new.img`, and a link
/// `images/link.img` that leads out of it.
fn found(path: &Path, suite: &Suite) -> Vec<Diagnostic> {
    let name = path.file_stem().unwrap().to_str().unwrap();
    if name.starts_with("bench-") {
        return read_bench(path).expect_err(name);
    }
    let desk = Desk::new();
    desk.write("outside.img", b"outside");
    std::os::unix::fs::symlink(
        desk.path("outside.img"),
        desk.path("profile/images/link.img"),
    )
    .unwrap();
    std::fs::copy(path, desk.path("profile/profile.toml")).unwrap();
    read_profile(&desk.path("profile"), suite).expect_err(name)
}

#[test]
fn every_broken_input_brings_the_errors_beside_it() {
    let suite = suite("V2.1.1");
    let all = inputs();
    assert!(all.len() >= 20, "only {} inputs found", all.len());
    let mut wrong = Vec::new();
    for path in all {
        let folder = repo("fixtures/broken").display().to_string();
        let got = shown(&found(&path, &suite)).replace(&folder, "HERE");
        let beside = path.with_extension("expected");
        if std::env::var_os("PROOFHOUSE_BLESS").is_some() {
            std::fs::write(&beside, &got).unwrap();
        }
        let want = std::fs::read_to_string(&beside).unwrap_or_default();
        if got != want {
            wrong.push(format!("{}\n  wanted\n{want}  got\n{got}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_place_points_at_what_it_talks_of() {
    let suite = suite("V2.1.1");
    for path in inputs() {
        for mistake in found(&path, &suite) {
            let Some(place) = mistake.place else { continue };
            let (start, end) = place.span;
            assert!(start <= end && end <= place.source.len());
            let before = &place.source[..start];
            assert_eq!(place.line, before.matches('\n').count() + 1);
            assert!(place.source.get(start..end).is_some());
        }
    }
}

#[test]
fn every_expectation_has_its_input() {
    let entries = std::fs::read_dir(repo("fixtures/broken")).unwrap();
    for path in entries.map(|e| e.unwrap().path()) {
        if path.extension().is_some_and(|e| e == "expected") {
            assert!(path.with_extension("toml").exists(), "{}", path.display());
        }
    }
}
