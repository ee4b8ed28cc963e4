//! The mark of a run that is not over: who writes it, and what it would leave behind if it died.
//!
//! `open.lock` is there from the first moment of a run to its last, and becomes the seal by being renamed: so there
//! is always exactly one of the two, and neither can be taken away unseen.

use crate::OPEN_FILE;
use crate::blob::sync_dir;
use crate::error::WriteError;
use crate::private::private_file;
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Longest mark read, in bytes: it names a process and a few folders.
const LONGEST: u64 = 1 << 16;

/// Who writes a run, and what is to be cleaned up after it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenMark {
    /// Process that writes, or wrote, the run.
    pub pid: u32,
    /// Folders outside the run that live no longer than its process.
    #[serde(default)]
    pub leftovers: Vec<PathBuf>,
}

/// The locked mark. The lock goes with the process, however that ends.
#[derive(Debug)]
pub(crate) struct OpenLock {
    file: File,
    path: PathBuf,
}

impl OpenLock {
    /// Marks a folder that has no run yet.
    pub(crate) fn create(dir: &Path) -> Result<Self, WriteError> {
        let path = dir.join(OPEN_FILE);
        let file = private_file()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(|e| match e.kind() {
                ErrorKind::AlreadyExists => WriteError::Exists {
                    dir: dir.to_owned(),
                },
                _ => WriteError::io("make", &path, e),
            })?;
        let mut lock = Self { file, path };
        lock.lock(dir)?;
        match lock.note(Vec::new()) {
            Ok(()) => Ok(lock),
            Err(e) => {
                lock.give_up();
                Err(e)
            }
        }
    }

    /// Takes over the mark of a run whose process is gone, and says what it noted.
    pub(crate) fn take(dir: &Path) -> Result<(Self, OpenMark), WriteError> {
        let path = dir.join(OPEN_FILE);
        if std::fs::metadata(&path).is_ok_and(|m| !m.is_file()) {
            let odd = std::io::Error::other("this is no ordinary file");
            return Err(WriteError::io("open", &path, odd));
        }
        let file = private_file()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|e| WriteError::io("open", &path, e))?;
        let mut lock = Self { file, path };
        lock.lock(dir)?;
        let mark = lock.read();
        Ok((lock, mark))
    }

    fn lock(&mut self, dir: &Path) -> Result<(), WriteError> {
        match self.file.try_lock() {
            Ok(()) => Ok(()),
            // Some network file systems know no locks: then nobody holds one.
            Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Unsupported => Ok(()),
            Err(TryLockError::Error(e)) => Err(WriteError::io("lock", &self.path, e)),
            Err(TryLockError::WouldBlock) => Err(WriteError::Busy {
                dir: dir.to_owned(),
                pid: self.read().pid,
            }),
        }
    }

    /// What is noted; nothing when its writer died while it wrote.
    fn read(&mut self) -> OpenMark {
        let mut text = Vec::new();
        let read = self
            .file
            .seek(SeekFrom::Start(0))
            .and_then(|_| (&self.file).take(LONGEST).read_to_end(&mut text));
        match read {
            Ok(_) => serde_json::from_slice(&text).unwrap_or_default(),
            Err(_) => OpenMark::default(),
        }
    }

    /// Notes this process and its folders.
    pub(crate) fn note(&mut self, leftovers: Vec<PathBuf>) -> Result<(), WriteError> {
        let pid = std::process::id();
        let mark = OpenMark { pid, leftovers };
        let mut text = serde_json::to_vec(&mark).unwrap_or_default();
        text.push(b'\n');
        self.fill(&text)
    }

    /// Becomes the seal, and the run is over: one step that happens or does not.
    pub(crate) fn become_seal(mut self, text: &[u8], seal: &Path) -> Result<(), WriteError> {
        self.fill(text)?;
        std::fs::rename(&self.path, seal).map_err(|e| WriteError::io("make", seal, e))?;
        let dir = seal.parent().unwrap_or(Path::new("."));
        sync_dir(dir).map_err(|e| WriteError::io("put on disk", dir, e))
    }

    /// Takes the mark away again: there is no run.
    pub(crate) fn give_up(self) {
        let _ = std::fs::remove_file(&self.path); // the first error is the one to tell
    }

    fn fill(&mut self, text: &[u8]) -> Result<(), WriteError> {
        self.file
            .set_len(0)
            .and_then(|()| self.file.seek(SeekFrom::Start(0)))
            .and_then(|_| self.file.write_all(text))
            .and_then(|()| self.file.sync_data())
            .map_err(|e| WriteError::io("write", &self.path, e))
    }
}

/// Who writes a run at this moment, as far as locks tell; nobody when there is no mark.
pub(crate) fn writer_of(dir: &Path) -> Option<u32> {
    let file = crate::file::open(&dir.join(OPEN_FILE)).ok()?;
    if !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
        return None;
    }
    let path = dir.join(OPEN_FILE);
    Some(OpenLock { file, path }.read().pid)
}
