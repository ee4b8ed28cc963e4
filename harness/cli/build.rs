//! What the harness is made from, as a hash: a proof holds for a harness as long as it is the same.

use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

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
}

fn collect(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_file() {
        out.push(path.to_owned());
    }
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        collect(&entry.path(), out);
    }
}
