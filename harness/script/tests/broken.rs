//! Every mistake of a script is told at load, with its place and what would be right.
//!
//! `tests/broken/*.star` are cases (or, named `device-*`, device scripts) with mistakes; beside
//! each stands what is told. `PROOFHOUSE_BLESS=1` writes what is told now: read the difference
//! before keeping it.

mod common;

use common::{told, write};
use proofhouse_script::{load_device_script, load_suite_cases};
use std::path::{Path, PathBuf};

fn broken() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|e| e == "star"))
        .collect();
    files.sort();
    files
}

fn tell(path: &Path) -> String {
    let name = path.file_name().unwrap().to_str().unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let found = if name.starts_with("device-") {
        write(folder.path(), &[("device.star", &text)]);
        let (script, found) = load_device_script(folder.path());
        assert!(script.is_none(), "{name} was accepted");
        found
    } else {
        write(folder.path(), &[(&format!("cases/{name}"), &text)]);
        let (cases, found) = load_suite_cases(folder.path());
        assert!(cases.is_empty(), "{name} was accepted");
        found
    };
    told(folder.path(), &found)
}

#[test]
fn every_broken_script_is_told_as_expected() {
    let bless = std::env::var_os("PROOFHOUSE_BLESS").is_some();
    let mut wrong = Vec::new();
    let files = broken();
    assert!(files.len() >= 20, "only {} broken scripts", files.len());
    for path in files {
        let got = tell(&path);
        let beside = path.with_extension("expected");
        if bless {
            std::fs::write(&beside, &got).unwrap();
        }
        let wanted = std::fs::read_to_string(&beside).unwrap_or_default();
        if got != wanted {
            wrong.push(format!(
                "{}\n--- wanted\n{wanted}--- got\n{got}",
                path.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A line marked `# wrong` must be told, and no other: so the checker cannot go quiet, nor cry
/// wolf.
#[test]
fn exactly_the_marked_lines_are_told() {
    for path in broken() {
        let text = std::fs::read_to_string(&path).unwrap();
        let marked: Vec<usize> = text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.contains("# wrong"))
            .map(|(at, _)| at + 1)
            .collect();
        if marked.is_empty() {
            continue; // The mistake is one of the whole file.
        }
        let got = tell(&path);
        let name = path.file_name().unwrap().to_str().unwrap();
        let name = if name.starts_with("device-") {
            "device.star".into()
        } else {
            format!("cases/{name}")
        };
        let mut lines: Vec<usize> = got
            .lines()
            .filter_map(|line| {
                line.strip_prefix(&format!("{name}:"))?
                    .split(':')
                    .next()?
                    .parse()
                    .ok()
            })
            .collect();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines, marked, "{name}\n{got}");
    }
}
