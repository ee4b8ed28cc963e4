//! The mark of a run that is not over: who writes it, and what it would leave behind if it died.
//!
//! `open.lock` is there from the first moment of a run to its last, and becomes the seal by being renamed: so there
//! is always exactly one of the two, and neither can be taken away unseen. A run that somebody ended and that goes on
//! has its mark again, by the same step backwards.

use crate::blob::sync_dir;
use crate::error::WriteError;
use crate::private::private_file;
use crate::{OPEN_FILE, SEAL_FILE};
use proofhouse_model::event::GuardActed;
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
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
    /// What the guard did after that process had died.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<GuardActed>,
    /// That process ended at once, and had seen everything go off before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all_off: bool,
}

/// Notes in the mark of a dead run what its guard did, for whoever goes on with it.
///
/// # Errors
/// The run is over, is being written again, or its folder cannot be written.
pub fn note_guard(run_dir: &Path, acted: &GuardActed) -> Result<(), WriteError> {
    let guard = Some(acted.clone());
    change_mark(run_dir, |mark| OpenMark { guard, ..mark })
}

/// Notes in the mark of a dead run that its process had seen everything go off.
///
/// # Errors
/// As [`note_guard`].
pub fn note_all_off(run_dir: &Path) -> Result<(), WriteError> {
    let all_off = true;
    change_mark(run_dir, |mark| OpenMark { all_off, ..mark })
}

fn change_mark(
    run_dir: &Path,
    change: impl FnOnce(OpenMark) -> OpenMark,
) -> Result<(), WriteError> {
    if !run_dir.join(OPEN_FILE).exists() {
        return Err(WriteError::io(
            "find",
            &run_dir.join(OPEN_FILE),
            ErrorKind::NotFound.into(),
        ));
    }
    let (mut lock, mark) = OpenLock::take(run_dir)?;
    lock.note_all(&change(mark))
}

/// What the mark of a run says that is not over, whoever has its lock; nothing where it cannot be read.
#[must_use]
pub fn mark_of(run_dir: &Path) -> OpenMark {
    let text = crate::read_file(&run_dir.join(OPEN_FILE), LONGEST);
    let mark = text
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok());
    mark.unwrap_or_default()
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

    /// The seal of a run that is to go on, locked as its mark will be, which it becomes by [`Self::reopen`].
    pub(crate) fn of_seal(dir: &Path) -> Result<Self, WriteError> {
        let path = dir.join(SEAL_FILE);
        let file = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|e| WriteError::io("open", &path, e))?;
        let mut lock = Self { file, path };
        lock.lock(dir)?;
        Ok(lock)
    }

    /// The seal becomes the mark again: one step that happens or does not, and the lock stays.
    pub(crate) fn reopen(mut self, dir: &Path) -> Result<Self, WriteError> {
        let mark = dir.join(OPEN_FILE);
        std::fs::rename(&self.path, &mark).map_err(|e| WriteError::io("make", &mark, e))?;
        self.path = mark;
        sync_dir(dir).map_err(|e| WriteError::io("put on disk", dir, e))?;
        Ok(self)
    }

    fn lock(&mut self, dir: &Path) -> Result<(), WriteError> {
        match self.file.try_lock() {
            Ok(()) => Ok(()),
            // Some network file systems know no locks: then nobody holds one.
            Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Unsupported => Ok(()),
            Err(TryLockError::Error(e)) => Err(WriteError::io("lock", &self.path, e)),
            Err(TryLockError::WouldBlock) => Err(WriteError::Busy {
                dir: dir.to_owned(),
                pid: self.holder(),
            }),
        }
    }

    /// Who has the lock: by what the system says, since whoever took a run up has not noted itself at once. Where the
    /// system says nothing of it, the one that is noted.
    fn holder(&mut self) -> u32 {
        let noted = self.read().pid;
        let inode = self.file.metadata().map(|meta| meta.ino());
        let locks = std::fs::read_to_string("/proc/locks");
        match (inode, locks) {
            (Ok(inode), Ok(locks)) => holder_in(&locks, inode, noted),
            _ => noted,
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
        let guard = self.read().guard;
        self.note_all(&OpenMark {
            pid,
            leftovers,
            guard,
            all_off: false,
        })
    }

    fn note_all(&mut self, mark: &OpenMark) -> Result<(), WriteError> {
        let mut text = serde_json::to_vec(mark).unwrap_or_default();
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

/// Who locks the file of that number, in the words of `/proc/locks`. Files of other disks may have the same number:
/// where several are locked, the note is believed.
fn holder_in(locks: &str, inode: u64, noted: u32) -> u32 {
    let its = format!(":{inode}");
    let holders = locks.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [_, "FLOCK", _, _, pid, place, ..] if place.ends_with(&its) => pid.parse::<u32>().ok(),
            _ => None,
        }
    });
    let holders: Vec<u32> = holders.filter(|pid| *pid != 0).collect();
    match holders[..] {
        [one] => one,
        _ => noted,
    }
}

/// Who writes a run at this moment, as far as locks tell; nobody when there is no mark.
pub(crate) fn writer_of(dir: &Path) -> Option<u32> {
    let file = crate::file::open(&dir.join(OPEN_FILE)).ok()?;
    if !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
        return None;
    }
    let path = dir.join(OPEN_FILE);
    Some(OpenLock { file, path }.holder())
}

#[cfg(test)]
mod tests {
    use super::holder_in;

    #[test]
    fn who_holds_a_lock_is_who_the_system_says() {
        let locks = "1: FLOCK  ADVISORY  WRITE 29013 fe:00:1024 0 EOF\n\
                     1: -> FLOCK  ADVISORY  WRITE 31 fe:00:1024 0 EOF\n\
                     2: POSIX  ADVISORY  WRITE 77 fe:00:1024 0 EOF\n\
                     3: FLOCK  ADVISORY  WRITE 5 00:1a:7 0 EOF\n\
                     4: FLOCK  ADVISORY  WRITE 6 00:1b:7 0 EOF\n\
                     5: FLOCK  ADVISORY  WRITE 0 00:1b:9 0 EOF\n";
        assert_eq!(holder_in(locks, 1024, 12), 29013);
        for inode in [24, 7, 9, 8] {
            assert_eq!(holder_in(locks, inode, 12), 12, "{inode}");
        }
    }
}
