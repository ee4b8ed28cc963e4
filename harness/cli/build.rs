//! What the harness is made from, as a hash: a proof holds for a harness as long as it is the same. And when it was
//! built: a clock that has that still to come is wrong.

use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

fn main() {
    let harness = Path::new("..");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(harness).into_iter().flatten().flatten() {
        let src = entry.path().join("src");
        println!("cargo:rerun-if-changed={}", src.display());
        collect(&src, &mut files);
    }
    files.sort();
    let mut sum = Sha256::new();
    for file in files {
        sum.update(file.to_string_lossy().as_bytes());
        sum.update(std::fs::read(&file).unwrap_or_default());
    }
    let hex: String = sum.finalize().iter().map(|b| format!("{b:02x}")).collect();
    println!("cargo:rustc-env=PROOFHOUSE_SOURCES={hex}");
    println!("cargo:rerun-if-env-changed={EPOCH}");
    println!("cargo:rustc-env=PROOFHOUSE_BUILT={}", built());
}

/// Says when a build is to have been, so that two of the same sources are the same bytes.
const EPOCH: &str = "SOURCE_DATE_EPOCH";

/// Seconds since 1970, UTC.
fn built() -> u64 {
    let told = std::env::var(EPOCH).ok().and_then(|t| t.parse().ok());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH);
    told.unwrap_or_else(|| now().map_or(0, |since| since.as_secs()))
}

fn collect(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_file() {
        out.push(path.to_owned());
    }
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        collect(&entry.path(), out);
    }
}
