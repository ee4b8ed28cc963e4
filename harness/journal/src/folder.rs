//! What lies in a run folder.

use crate::error::WriteError;
use crate::file;
use crate::line::{hex_of, text_of};
use crate::{BLOBS_DIR, LOGS_DIR, OPEN_FILE, SEAL_FILE};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Deepest folder looked into; a run has two levels.
const DEEPEST: usize = 16;
/// How temporary files begin: left behind by a process that died while it wrote one.
const TEMPORARY: &str = ".new-";

/// What one thing in the folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A file.
    File,
    /// A folder with nothing in it that no run makes.
    EmptyFolder,
    /// A link, pipe, socket or device.
    Odd,
}

/// One thing in the folder; of folders that hold something, what they hold.
#[derive(Debug)]
pub(crate) struct Found {
    /// Path from the run folder, with `/` on every system.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
}

/// All of it, sorted by name.
pub(crate) fn list(dir: &Path) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    walk(dir, "", DEEPEST, &mut found)?;
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn walk(dir: &Path, before: &str, levels: usize, found: &mut Vec<Found>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let name = format!("{before}{}", entry.file_name().to_string_lossy());
        let path = entry.path();
        let kind = if kind.is_dir() && levels > 0 {
            let before = found.len();
            walk(&path, &format!("{name}/"), levels - 1, found)?;
            if found.len() > before || may_be_empty(&name) {
                continue;
            }
            Kind::EmptyFolder
        } else if kind.is_file() {
            Kind::File
        } else {
            Kind::Odd
        };
        found.push(Found { name, path, kind });
    }
    Ok(())
}

/// Folders that a run makes before it has something to put there, and may die in between.
fn may_be_empty(name: &str) -> bool {
    let blobs = name.strip_prefix(BLOBS_DIR);
    let of_blobs = blobs.is_some_and(|rest| {
        let two = rest.strip_prefix('/').unwrap_or_default();
        rest.is_empty() || two.len() == 2 && two.bytes().all(|b| b.is_ascii_hexdigit())
    });
    of_blobs || name == LOGS_DIR
}

/// Whether the seal vouches for it by listing it: all but the seal itself.
pub(crate) fn is_sealed(name: &str) -> bool {
    name != SEAL_FILE && name != OPEN_FILE
}

/// Size and hash of each file that a seal lists.
pub(crate) fn digests(dir: &Path) -> Result<BTreeMap<String, (u64, String)>, WriteError> {
    let unread = |path: &Path, e| WriteError::io("read", path, e);
    let mut files = BTreeMap::new();
    for found in list(dir).map_err(|e| unread(dir, e))? {
        if found.kind == Kind::File && is_sealed(&found.name) {
            let digest = digest(&found.path).map_err(|e| unread(&found.path, e))?;
            files.insert(found.name, digest);
        }
    }
    Ok(files)
}

/// Id of the blob whose file this is.
pub(crate) fn blob_id(name: &str) -> Option<&str> {
    let (folder, id) = name
        .strip_prefix(BLOBS_DIR)?
        .strip_prefix('/')?
        .split_once('/')?;
    (id.get(..2) == Some(folder)).then_some(id)
}

/// Takes away half-written files of a process that died.
pub(crate) fn sweep(dir: &Path) -> io::Result<()> {
    for found in list(dir)? {
        let file = found.name.rsplit('/').next().unwrap_or_default();
        if found.kind == Kind::File && file.starts_with(TEMPORARY) {
            fs::remove_file(&found.path)?;
        }
    }
    Ok(())
}

/// Size and hash of a file, read in pieces: a blob may be larger than memory allows.
pub(crate) fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = file::open(path)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        match file.read(&mut piece)? {
            0 => return Ok((size, text_of(&hex_of(&hasher.finalize())))),
            n => {
                hasher.update(&piece[..n]);
                size += n as u64;
            }
        }
    }
}
