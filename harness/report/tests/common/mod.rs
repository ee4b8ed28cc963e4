//! Runs made up for tests: plans and events as short texts, and where recorded ones lie.

#![allow(dead_code)] // each test target uses its own part

pub mod plans;
pub mod readers;
pub mod runs;
pub mod strict;
pub mod xml;

use std::path::{Path, PathBuf};

/// Set to write journals and golden files anew instead of comparing.
pub fn updating() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

/// Folder of a recorded journal.
pub fn journal_dir(name: &str) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.join("../../fixtures/journals").join(name)
}

/// Compares with a golden file, or writes it when asked to.
pub fn golden(name: &str, got: &[u8]) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let path = dir.join(name);
    if updating() {
        std::fs::write(&path, got).unwrap();
        return;
    }
    let wanted = std::fs::read(&path).unwrap_or_default();
    if wanted != got {
        let at = wanted.iter().zip(got).take_while(|(a, b)| a == b).count();
        let line = got[..at].iter().filter(|b| **b == b'\n').count() + 1;
        let text = String::from_utf8_lossy(got);
        let text = text.lines().nth(line - 1).unwrap_or("").to_owned();
        panic!(
            "{} differs from line {line} on, which is now:\n{text}\n\
             If that is meant: UPDATE_GOLDEN=1 cargo test -p proofhouse-report",
            path.display()
        );
    }
}
