//! `proofhouse verify` on a run as it comes from the binary.

use crate::tool::{RunDir, proofhouse};
use libtest_mimic::{Failed, Trial};
use std::path::{Path, PathBuf};

/// Bytes changed in each file through the library; the journal's own tests change every byte of a small run.
const SAMPLES: usize = 25;

/// The tests of this file.
pub fn trials() -> Vec<Trial> {
    vec![Trial::test(
        "verify::a_changed_byte_of_any_file_is_found_and_named",
        changed_bytes,
    )]
}

fn changed_bytes() -> Result<(), Failed> {
    let run = RunDir::run(&["--case", "secrets_in_flash", "--seed", "7"])?;
    let dir = run.path()?;
    let mut files = Vec::new();
    walk(&dir, &mut files)?;
    for wanted in [
        "plan.json",
        "events.jsonl",
        "seal.json",
        "report.json",
        "junit.xml",
        ".log",
    ] {
        if !files
            .iter()
            .any(|f| f.display().to_string().ends_with(wanted))
        {
            return Err(format!("the run has no {wanted}").into());
        }
    }
    for file in files {
        let good = std::fs::read(&file).map_err(|e| e.to_string())?;
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        // A log that nothing was written to has no byte to change: it gets one.
        let step = (good.len() / SAMPLES).max(1);
        let places: Vec<usize> = (0..good.len().max(1)).step_by(step).collect();
        for (n, at) in places.iter().enumerate() {
            let mut bad = good.clone();
            match bad.get_mut(*at) {
                Some(byte) => *byte ^= 1 << (n % 8),
                None => bad.push(b'\n'),
            }
            std::fs::write(&file, &bad).map_err(|e| e.to_string())?;
            if proofhouse_journal::verify(&dir).is_ok() {
                return Err(format!("{} byte {at}: not found", file.display()).into());
            }
            if n == places.len() / 2 {
                told_with_its_place(&dir, &name)?;
            }
        }
        std::fs::write(&file, &good).map_err(|e| e.to_string())?;
    }
    let path = dir.display().to_string();
    let again = proofhouse(&["report", &path])?;
    let whole = proofhouse(&["verify", &path])?;
    match (again.code, whole.code) {
        (0, 0) if whole.out.contains("every byte") => Ok(()),
        codes => Err(format!("report and verify ended with {codes:?}: {}", whole.err).into()),
    }
}

fn told_with_its_place(dir: &Path, name: &str) -> Result<(), String> {
    let told = proofhouse(&["verify", &dir.display().to_string()])?;
    if told.code == 5 && told.err.contains(name) {
        return Ok(());
    }
    Err(format!(
        "{name} changed: exit {}\n{}{}",
        told.code, told.out, told.err
    ))
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    for entry in std::fs::read_dir(dir).map_err(|e| e.to_string())? {
        let path = entry.map_err(|e| e.to_string())?.path();
        match path.is_dir() {
            true => walk(&path, files)?,
            false => files.push(path),
        }
    }
    files.sort();
    Ok(())
}
