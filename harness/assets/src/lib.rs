//! What makes one file the whole product: suite, profiles of the virtual products, default benches, broken statements.
//!
//! The files are data of other folders, put in by the build script; nothing here reads or understands them. A suite has
//! one hash wherever it stands: [`suite_sha256`] and [`suite_folder_sha256`] of an untouched export are the same.

mod walk;

use sha2::{Digest, Sha256};
use std::fs::DirBuilder;
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// What names of built-in files begin with when they are shown to people or given by them.
pub const PREFIX: &str = "embedded:";

/// The default bench among the built-in files.
pub const DEFAULT_BENCH: &str = "fixtures/benches/plug.toml";

/// Folders of bench files among the built-in files: those that can be run, and those of broken statements.
pub const BENCHES: [&str; 2] = ["fixtures/benches", STATEMENTS];

/// Folder of the broken statements among the built-in files, as in a checkout.
pub const STATEMENTS: &str = "fixtures/statements";

/// The suite that tries the bench itself: its folder among the built-in files, as in a checkout.
pub const BENCH_CHECK: &str = "test-suites/bench";

/// Largest file of a suite that is read, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// A built-in file.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Its name, with `/`: files of the suite are named from its folder, all others from the root of the checkout.
    pub name: &'static str,
    /// All of it.
    pub bytes: &'static [u8],
}

/// Files of the suite, sorted by name.
#[must_use]
pub const fn suite() -> &'static [File] {
    SUITE
}

/// Benches, broken statements and profiles.
#[must_use]
pub const fn beside() -> &'static [File] {
    BESIDE
}

/// SHA-256 of the built-in suite, hex.
#[must_use]
pub fn suite_sha256() -> String {
    let mut sum = Sum::default();
    SUITE.iter().for_each(|file| sum.add(file.name, file.bytes));
    sum.hex()
}

/// The same of the built-in suite that tries the bench.
#[must_use]
pub fn bench_check_sha256() -> String {
    let mut sum = Sum::default();
    for file in BESIDE {
        let name = file.name.strip_prefix(BENCH_CHECK);
        if let Some(name) = name.and_then(|name| name.strip_prefix('/')) {
            sum.add(name, file.bytes);
        }
    }
    sum.hex()
}

/// SHA-256 of the suite in a folder, hex: over the names and bytes of all its files.
///
/// # Errors
/// A file cannot be read, is larger than 4 MiB, or the folder holds far more than a suite.
pub fn suite_folder_sha256(folder: &Path) -> Result<String> {
    let mut sum = Sum::default();
    for name in walk::files(folder, walk::Kind::Suite)? {
        let path = folder.join(&name);
        let mut bytes = Vec::new();
        let file = std::fs::File::open(&path)?;
        file.take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            let message = format!("{} is larger than 4 MiB", path.display());
            return Err(Error::other(message));
        }
        sum.add(&name, &bytes);
    }
    Ok(sum.hex())
}

/// Names and bytes with their lengths, so that nothing can be shifted between them.
#[derive(Default)]
struct Sum(Sha256);

impl Sum {
    fn add(&mut self, name: &str, bytes: &[u8]) {
        for part in [name.as_bytes(), bytes] {
            self.0.update((part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
    }

    fn hex(self) -> String {
        let bytes = self.0.finalize();
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// Writes files under a folder, which is made. No file is written over.
///
/// # Errors
/// A folder or file cannot be made.
pub fn write(files: &[File], folder: &Path) -> Result<()> {
    let mut maker = DirBuilder::new();
    maker.recursive(true);
    for file in files {
        let path = folder.join(file.name);
        maker.create(path.parent().unwrap_or(folder))?;
        let mut to = std::fs::File::create_new(&path)?;
        std::io::Write::write_all(&mut to, file.bytes)?;
    }
    Ok(())
}

/// How a folder compares with the built-in suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// There is nothing, or an empty folder.
    Nothing,
    /// The suite, byte for byte, and no more.
    Same,
    /// Something else.
    Other,
}

/// Looks at a folder to which the suite would be written.
///
/// # Errors
/// It cannot be read, or is no folder.
pub fn compare(folder: &Path) -> Result<Found> {
    let mut entries = match std::fs::read_dir(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        other => other?,
    };
    if entries.next().is_none() {
        return Ok(Found::Nothing);
    }
    let names = walk::files(folder, walk::Kind::Whole);
    let same = names.is_ok_and(|names| {
        let wanted = SUITE.iter().map(|f| f.name);
        names.iter().map(String::as_str).eq(wanted) && SUITE.iter().all(|f| is(f, folder))
    });
    Ok(if same { Found::Same } else { Found::Other })
}

fn is(file: &File, folder: &Path) -> bool {
    let path = folder.join(file.name);
    let long = std::fs::metadata(&path).map(|m| m.len());
    long.is_ok_and(|long| long == file.bytes.len() as u64)
        && std::fs::read(&path).is_ok_and(|bytes| bytes == file.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suite_the_benches_and_all_their_profiles_are_built_in() {
        let names: Vec<_> = SUITE.iter().map(|f| f.name).collect();
        for wanted in [
            "suite.toml",
            "cases/tls_https.star",
            "lib/start.star",
            "chaos-ops.json",
        ] {
            assert!(
                names.contains(&wanted),
                "{wanted} is missing from {names:?}"
            );
        }
        assert!(names.is_sorted());
        assert!(
            !names
                .iter()
                .any(|n| n.ends_with(".rs") || *n == "Cargo.toml")
        );
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let profiles = std::fs::read_dir(root.join("device-profiles")).unwrap();
        for profile in profiles.map(Result::unwrap) {
            if !profile.file_type().unwrap().is_dir() {
                continue; // the README
            }
            let wanted = format!(
                "device-profiles/{}/profile.toml",
                profile.file_name().display()
            );
            assert!(
                BESIDE.iter().any(|f| f.name == wanted),
                "{wanted} is missing"
            );
        }
        assert!(BESIDE.iter().any(|f| f.name == DEFAULT_BENCH));
    }

    #[test]
    fn a_suite_has_one_hash_wherever_it_stands() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-suites/en303645");
        assert_eq!(suite_folder_sha256(&root).unwrap(), suite_sha256());
        let folder = tempfile::tempdir().unwrap();
        let export = folder.path().join("mine");
        assert_eq!(compare(&export).unwrap(), Found::Nothing);
        write(SUITE, &export).unwrap();
        assert_eq!(suite_folder_sha256(&export).unwrap(), suite_sha256());
        assert_eq!(compare(&export).unwrap(), Found::Same);
        assert!(write(SUITE, &export).is_err(), "nothing is written over");

        let case = export.join("cases/tls_https.star");
        let text = std::fs::read_to_string(&case).unwrap();
        std::fs::write(&case, text + "\n").unwrap();
        assert_ne!(suite_folder_sha256(&export).unwrap(), suite_sha256());
        assert_eq!(compare(&export).unwrap(), Found::Other);
    }

    #[test]
    fn a_file_more_is_another_folder_and_a_new_name_another_hash() {
        let folder = tempfile::tempdir().unwrap();
        write(SUITE, folder.path()).unwrap();
        std::fs::write(folder.path().join("notes.md"), "ours").unwrap();
        assert_eq!(compare(folder.path()).unwrap(), Found::Other);
        assert_eq!(
            suite_folder_sha256(folder.path()).unwrap(),
            suite_sha256(),
            "notes are no part of a suite"
        );
        let (from, to) = (
            folder.path().join("lib/start.star"),
            folder.path().join("lib/begin.star"),
        );
        std::fs::rename(from, to).unwrap();
        assert_ne!(suite_folder_sha256(folder.path()).unwrap(), suite_sha256());
        let file = folder.path().join("notes.md");
        assert!(compare(&file).is_err(), "a file is no folder");
    }
}
