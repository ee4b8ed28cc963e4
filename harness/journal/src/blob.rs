//! Evidence too large for an event, kept under its own hash.

use crate::error::{ReadError, WriteError};
use crate::line::{hex_hash, text_of};
use crate::private::{private_file, private_folder};
use proofhouse_model::BlobId;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Where blobs are put. Cheap to clone, and usable without holding the journal: hashing a megabyte
/// takes longer than many events.
#[derive(Debug, Clone)]
pub struct Blobs {
    root: PathBuf,
    /// Written, but not yet known to be on disk.
    unsynced: Arc<Mutex<Vec<PathBuf>>>,
    /// Held on the way to the disk: who finds nothing left to sync must not be back before those who found it.
    syncing: Arc<Mutex<()>>,
}

/// Tells apart temporary files of one process; the process id tells processes apart.
static COUNTER: AtomicU64 = AtomicU64::new(0);

impl Blobs {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self {
            root,
            unsynced: Arc::default(),
            syncing: Arc::default(),
        }
    }

    /// Keeps bytes and gives their id. The same bytes are kept once.
    ///
    /// # Errors
    /// When the disk is full, read-only or broken.
    pub fn put(&self, bytes: &[u8]) -> Result<BlobId, WriteError> {
        let name = text_of(&hex_hash(bytes));
        let path = path_of(&self.root, &name);
        let id = BlobId::new(name).map_err(|e| WriteError::Unfit {
            seq: 0,
            why: e.to_string(),
        })?;
        // A file of another length is what a power loss may leave behind: written again.
        let kept = fs::metadata(&path).is_ok_and(|m| m.len() == bytes.len() as u64);
        if !kept {
            write_whole(&path, bytes)?;
            self.lock().push(path);
        }
        Ok(id)
    }

    /// Puts every blob kept so far on disk.
    pub(crate) fn sync(&self) -> Result<(), WriteError> {
        let _alone = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = std::mem::take(&mut *self.lock());
        for (i, path) in waiting.iter().enumerate() {
            if let Err(e) = sync_file(path) {
                self.lock().extend_from_slice(&waiting[i..]);
                return Err(WriteError::io("put on disk", path, e));
            }
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<PathBuf>> {
        self.unsynced.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Folder and file of a blob: two digits keep folders small when a fuzz campaign leaves thousands.
pub(crate) fn path_of(root: &Path, id: &str) -> PathBuf {
    root.join(id.get(..2).unwrap_or("")).join(id)
}

/// Writes a file so that it is either whole or not there: temporary name, then rename.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let above = dir.parent().map_or(Ok(()), private_folder);
    above
        .and_then(|()| private_folder(dir))
        .map_err(|e| WriteError::io("make the folder", dir, e))?;
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let temporary = dir.join(format!(".new-{}-{number}", std::process::id()));
    let written = private_file()
        .write(true)
        .create_new(true)
        .open(&temporary)
        .and_then(|mut file| file.write_all(bytes));
    written
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(|e| {
            let _ = fs::remove_file(&temporary); // the first error is the one to tell
            WriteError::io("write", path, e)
        })
}

/// Puts a file and its name on disk.
pub(crate) fn sync_file(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_data()?;
    sync_dir(path.parent().unwrap_or(Path::new(".")))
}

/// Puts the names in a folder on disk.
pub(crate) fn sync_dir(dir: &Path) -> std::io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Reads a blob of a run folder and makes sure it is what its name says.
///
/// # Errors
/// When it is missing, unreadable or was changed.
pub fn read_blob(run_dir: &Path, id: &BlobId) -> Result<Vec<u8>, ReadError> {
    let path = path_of(&run_dir.join(crate::BLOBS_DIR), id.as_str());
    let bytes = crate::read_file(&path, u64::MAX).map_err(|e| ReadError::io(&path, e))?;
    if hex_hash(&bytes) == id.as_str().as_bytes() {
        return Ok(bytes);
    }
    let (id, seq) = (id.to_string(), None);
    Err(ReadError::BadBlob { seq, id, path })
}
