//! Opening what stands in a run folder: ordinary files only, and none read beyond its bound.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Longest `plan.json` or `seal.json` read, in bytes: a plan of 100,000 tasks has a third of it.
pub(crate) const LONGEST_FILE: u64 = 64 << 20;

/// Opens an ordinary file for reading. A pipe would wait for somebody who writes, a device may have no end.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    length(path)?;
    File::open(path)
}

/// How many bytes an ordinary file has.
pub(crate) fn length(path: &Path) -> io::Result<u64> {
    let meta = fs::metadata(path)?;
    match meta.is_file() {
        true => Ok(meta.len()),
        false => Err(io::Error::other("this is no ordinary file")),
    }
}

/// Reads an ordinary file of at most `most` bytes.
///
/// # Errors
/// It cannot be read, is a pipe or a device, or is longer.
pub fn read_file(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let length = file.metadata()?.len();
    let too_long = || io::Error::other(format!("it is longer than {most} bytes"));
    if length > most {
        return Err(too_long());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(too_long());
    }
    Ok(bytes)
}
