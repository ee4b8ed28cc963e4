//! Which files make a suite, a profile, the benches. The build script and the library share this file, so that a folder
//! and what was built in from it are the same files.

use std::io::{Error, Result};
use std::path::Path;

/// Deepest folder looked into, counted from the root.
const DEEPEST: usize = 8;
/// Most files of one root: suites are generated too, with a case for each of ten thousand rows.
const MOST: usize = 100_000;

/// What a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Cases, libraries, catalogues, crosswalks and counts. The Rust around them is none of it.
    Suite,
    /// Anything else, such as a maker's profile: all of it.
    Whole,
}

impl Kind {
    fn takes_file(self, name: &str, at_root: bool) -> bool {
        let ends = |all: &[&str]| all.iter().any(|end| name.ends_with(end));
        match self {
            Self::Suite => ends(&[".star", ".toml", ".json"]) && !(at_root && name == "Cargo.toml"),
            Self::Whole => true,
        }
    }

    fn takes_folder(self, name: &str, at_root: bool) -> bool {
        match self {
            Self::Suite => !(at_root && matches!(name, "src" | "tests" | "target")),
            Self::Whole => true,
        }
    }
}

/// Names of the files of a folder, relative, with `/`, sorted. Hidden ones and linked folders do not count.
///
/// # Errors
/// A folder cannot be read, a name is not UTF-8, or there are far more files than anybody writes.
pub fn files(root: &Path, kind: Kind) -> Result<Vec<String>> {
    let mut out = Vec::new();
    into(root, kind, "", 0, &mut out)?;
    out.sort();
    Ok(out)
}

fn into(
    folder: &Path,
    kind: Kind,
    before: &str,
    depth: usize,
    out: &mut Vec<String>,
) -> Result<()> {
    let too_much = || Error::other(format!("{} holds too much for this", folder.display()));
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().ok_or_else(|| {
            Error::other(format!(
                "the name of {} is not UTF-8",
                entry.path().display()
            ))
        })?;
        if name.starts_with('.') {
            continue;
        }
        let relative = format!("{before}{name}");
        if entry.file_type()?.is_dir() {
            if !kind.takes_folder(name, depth == 0) {
                continue;
            }
            if depth == DEEPEST {
                return Err(too_much());
            }
            into(&entry.path(), kind, &format!("{relative}/"), depth + 1, out)?;
        } else if kind.takes_file(name, depth == 0) && entry.path().is_file() {
            if out.len() == MOST {
                return Err(too_much());
            }
            out.push(relative);
        }
    }
    Ok(())
}
