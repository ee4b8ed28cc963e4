//! A folder of a few files that is sealed the way a run is, without being one: what `prove` found.

use crate::blob::write_whole;
use crate::error::{ReadError, WriteError};
use crate::file::read_file;
use crate::folder;
use crate::line::sha256_hex;
use crate::private::{private_folder, shut_folder};
use crate::seal::Seal;
use crate::verify::altered;
use crate::{SEAL_FILE, blob::sync_dir};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Writes these files and their seal into a folder, in place of what it held: whole, or not at all.
///
/// # Errors
/// When the disk refuses; what was there stays then.
pub fn write_sealed(dir: &Path, files: &[(&str, &[u8])]) -> Result<(), WriteError> {
    let new = beside(dir, "new");
    let refused = |action| move |e| WriteError::io(action, dir, e);
    remove(&new).map_err(refused("replace"))?;
    if let Some(above) = dir.parent().filter(|above| !above.as_os_str().is_empty()) {
        fs::create_dir_all(above).map_err(|e| WriteError::io("make the folder", above, e))?;
    }
    let made = private_folder(&new).and_then(|()| shut_folder(&new));
    made.map_err(refused("make the folder"))?;
    for (name, bytes) in files {
        write_whole(&new.join(name), bytes)?;
    }
    let seal = Seal {
        events: 0,
        head: head(files.first().map_or(&[][..], |(_, bytes)| bytes)),
        files: Some(folder::digests(&new)?),
    };
    write_whole(&new.join(SEAL_FILE), &seal.text())?;
    sync_dir(&new).map_err(refused("put on disk"))?;
    let old = beside(dir, "old");
    remove(&old).map_err(refused("replace"))?;
    match fs::rename(dir, &old) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(refused("replace")(e)),
        _ => {}
    }
    fs::rename(&new, dir).map_err(refused("make"))?;
    // A folder that is left behind does no harm, and goes at the next time.
    let _ = remove(&old);
    Ok(())
}

/// The files of such a folder, when every byte is as it was sealed; none is longer than `most`.
///
/// # Errors
/// There is no such folder, no seal, or something was changed, taken away or put there.
pub fn read_sealed(dir: &Path, most: u64) -> Result<BTreeMap<String, Vec<u8>>, ReadError> {
    let found = folder::list(dir).map_err(|e| ReadError::io(dir, e))?;
    if let Some(odd) = found.iter().find(|f| f.kind == folder::Kind::Odd) {
        return Err(altered(&odd.path, "this is no ordinary file"));
    }
    let seal = dir.join(SEAL_FILE);
    let unsealed = |why: &str| ReadError::Seal {
        path: seal.clone(),
        why: why.to_owned(),
    };
    let read = Seal::read(&seal)?.ok_or_else(|| unsealed("there is no seal"))?;
    let mut sealed = read.files.ok_or_else(|| unsealed("it lists no files"))?;
    let mut out = BTreeMap::new();
    for file in found.iter().filter(|f| f.name != SEAL_FILE) {
        if file.kind == folder::Kind::EmptyFolder {
            return Err(altered(&file.path, "the empty folder was put there"));
        }
        let was = sealed.remove(&file.name);
        let (size, hash) = was.ok_or_else(|| altered(&file.path, "the file was put there"))?;
        let other = || altered(&file.path, "its content is another one");
        // Before it is read: it may have grown without end.
        let length = fs::metadata(&file.path).map_err(|e| ReadError::io(&file.path, e))?;
        if length.len() != size {
            return Err(other());
        }
        let bytes = read_file(&file.path, most).map_err(|e| ReadError::io(&file.path, e))?;
        if sha256_hex(&bytes) != hash {
            return Err(other());
        }
        out.insert(file.name.clone(), bytes);
    }
    if let Some(gone) = sealed.keys().next() {
        return Err(altered(&dir.join(gone), "the file was taken away"));
    }
    match out.values().any(|bytes| head(bytes) == read.head) && read.events == 0 {
        true => Ok(out),
        false => Err(unsealed("it is the seal of something else")),
    }
}

/// In a run the last line; here the file that the others are about.
fn head(first: &[u8]) -> String {
    sha256_hex(first)
}

fn beside(dir: &Path, word: &str) -> PathBuf {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    dir.with_file_name(format!(".{word}-{name}-{}", std::process::id()))
}

fn remove(dir: &Path) -> std::io::Result<()> {
    let gone = match fs::symlink_metadata(dir) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(dir),
        Ok(_) => fs::remove_file(dir),
        Err(e) => Err(e),
    };
    match gone {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}
