//! Folders of this process in the system's temporary folder, and those of processes that died.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// What the name of each begins with.
pub const PREFIX: &str = "proofhouse-";
/// Locked in each for as long as its process lives. A process number says nothing: it may have been given to another,
/// or be of another container that shares the folder.
const ALIVE: &str = ".alive";

/// A folder of this process, removed afterwards: the flash of virtual devices holds secrets in clear.
pub struct Scratch {
    path: PathBuf,
    /// Holds the lock.
    _alive: File,
}

impl Scratch {
    /// Makes it in the system's temporary folder; `word` tells what for.
    ///
    /// # Errors
    /// No space, no permission.
    pub fn new(word: &str) -> std::io::Result<Self> {
        Self::new_in(&std::env::temp_dir(), word)
    }

    fn new_in(temporary: &Path, word: &str) -> std::io::Result<Self> {
        let (pid, salt) = (std::process::id(), crate::session::draw());
        let name = format!("{PREFIX}{word}-{pid}-{salt:08x}");
        // Under another name until it is locked: nobody is to sweep it before.
        let (made, path) = (temporary.join(format!(".{name}")), temporary.join(name));
        let mut maker = std::fs::DirBuilder::new();
        // Nobody else is to read it.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
        maker.recursive(true).create(&made)?;
        let alive = File::create(made.join(ALIVE))?;
        match alive.try_lock() {
            // Some file systems know no locks: nor can anybody sweep there.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(std::io::Error::other("another process has its folder"));
            }
        }
        std::fs::rename(made, &path)?;
        Ok(Self {
            path,
            _alive: alive,
        })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Removes what processes of this user left that died: folders whose lock nobody holds any more.
pub fn sweep() {
    sweep_in(&std::env::temp_dir());
}

fn sweep_in(temporary: &Path) {
    let Ok(all) = std::fs::read_dir(temporary) else {
        return;
    };
    for entry in all.flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        // No link is followed.
        let folder = entry.file_type().is_ok_and(|t| t.is_dir());
        if !ours || !folder {
            continue;
        }
        let alive = entry.path().join(ALIVE);
        if !std::fs::symlink_metadata(&alive).is_ok_and(|m| m.is_file()) {
            continue;
        }
        // Another user's cannot be opened, and is theirs to sweep.
        let Ok(alive) = File::options().write(true).open(alive) else {
            continue;
        };
        if alive.try_lock().is_ok() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_process_left_is_swept_and_what_lives_is_not() {
        let temporary = tempfile::tempdir().unwrap();
        let at = |name: &str| temporary.path().join(name);
        let living = Scratch::new_in(temporary.path(), "run").unwrap();
        let dead = at("proofhouse-run-1-00000001");
        std::fs::create_dir(&dead).unwrap();
        std::fs::write(dead.join(ALIVE), "").unwrap();
        std::fs::write(dead.join("flash.bin"), "secret").unwrap();
        for other in ["proofhouse-locks", "somebody-else"] {
            std::fs::create_dir(at(other)).unwrap();
        }
        std::fs::write(at("somebody-else").join(ALIVE), "").unwrap();
        std::os::unix::fs::symlink(at("somebody-else"), at("proofhouse-link")).unwrap();
        sweep_in(temporary.path());
        assert!(!dead.exists());
        assert!(living.path().exists());
        for other in ["proofhouse-locks", "somebody-else", "proofhouse-link"] {
            assert!(at(other).exists(), "{other}");
        }
        let path = living.path().to_owned();
        drop(living);
        assert!(!path.exists());
    }
}
