//! A file's text: bounded, ordinary, UTF-8.

use super::nearest;
use proofhouse_model::Diagnostic;
use proofhouse_model::bytes::to_hex;
use proofhouse_model::profile::LARGEST_FILE;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Longest configuration file read, in bytes. Longer ones are not written by people.
const LONGEST: u64 = 4 * 1024 * 1024;
/// Directory entries looked at for a nearest name.
const SIBLINGS: usize = 1000;

/// What a function here gives up with: the one mistake that kept it from reading on.
type Found = Vec<Diagnostic>;

/// A file as text, with its hash.
#[derive(Debug)]
pub struct Text {
    /// Path as given.
    pub file: String,
    /// All of it.
    pub source: String,
    /// SHA-256 of the bytes, hex.
    pub sha256: String,
}

/// Reads a configuration file.
pub fn load(path: &Path) -> Result<Text, Found> {
    let file = path.display().to_string();
    let whole = |message: &str| Diagnostic::whole(&file, message.to_owned());
    let handle = open(path)?;
    let mut bytes = Vec::new();
    handle
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| unreadable(path, &e))?;
    if bytes.len() as u64 > LONGEST {
        let large = whole("is larger than 4 MiB");
        return Err(vec![
            large.expected("a configuration file written by a person"),
        ]);
    }
    let sha256 = to_hex(&Sha256::digest(&bytes));
    let source = text(&file, &bytes)?;
    if source.trim_start_matches('\u{feff}').trim().is_empty() {
        return Err(vec![whole("is empty")]);
    }
    Ok(Text {
        file,
        source,
        sha256,
    })
}

/// Opens an ordinary file; anything else could block for ever.
fn open(path: &Path) -> Result<File, Found> {
    let whole = |message: &str| Diagnostic::whole(&path.display().to_string(), message.to_owned());
    let meta = std::fs::metadata(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            vec![whole("there is no such file").nearest(nearest_sibling(path))]
        }
        _ => unreadable(path, &e),
    })?;
    if meta.is_dir() {
        return Err(vec![whole("is a folder").expected("a file")]);
    }
    if !meta.is_file() {
        return Err(vec![whole("is no ordinary file").expected("a file")]);
    }
    File::open(path).map_err(|e| unreadable(path, &e))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Found {
    let message = format!("cannot be read: {error}");
    vec![Diagnostic::whole(&path.display().to_string(), message)]
}

/// The file beside the one that is missing whose name comes nearest.
fn nearest_sibling(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let folder = path.parent()?;
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let entries = std::fs::read_dir(folder).ok()?.take(SIBLINGS).flatten();
    let mut names: Vec<_> = entries
        .filter_map(|e| e.file_name().into_string().ok())
        .collect();
    names.sort();
    nearest(name, names.iter().map(String::as_str))
}

/// UTF-8 without NUL, or the place where it stops being so.
fn text(file: &str, bytes: &[u8]) -> Result<String, Found> {
    let bad = |at: usize, message: &str| {
        // Shown on a terminal later: nothing of a file of rubbish may steer it.
        let steers = |c: char| c.is_control() && c != '\n' && c != '\t';
        let mut shown = String::from_utf8_lossy(&bytes[..at]).replace(steers, "\u{fffd}");
        let start = shown.len();
        shown.push('\u{fffd}');
        let place = start..shown.len();
        vec![
            Diagnostic::at(file, &shown, place, message.to_owned())
                .expected("a TOML file in UTF-8"),
        ]
    };
    if let Some(at) = bytes.iter().position(|b| *b == 0) {
        return Err(bad(at, "a NUL byte: this is no text file"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(e) => Err(bad(e.valid_up_to(), "this byte is not UTF-8")),
    }
}

/// Feeds a file to a hash, with its length, so that two files cannot be shifted.
pub fn digest(path: &Path, hash: &mut Sha256) -> Result<(), Found> {
    let handle = open(path)?;
    let large = || {
        let message = "is larger than 256 MiB".to_owned();
        vec![Diagnostic::whole(&path.display().to_string(), message)]
    };
    let length = handle.metadata().map_err(|e| unreadable(path, &e))?.len();
    if length > LARGEST_FILE {
        return Err(large());
    }
    let mut handle = handle.take(LARGEST_FILE + 1);
    let mut buffer = vec![0; 64 * 1024];
    let mut total: u64 = 0;
    loop {
        let n = handle.read(&mut buffer).map_err(|e| unreadable(path, &e))?;
        if n == 0 {
            break;
        }
        total += n as u64;
        hash.update(&buffer[..n]);
    }
    if total > LARGEST_FILE {
        return Err(large());
    }
    hash.update(total.to_be_bytes());
    Ok(())
}
