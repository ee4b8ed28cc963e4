//! What a dead harness left outside its run folder: the flash of virtual devices, with secrets in clear.

use crate::scratch::PREFIX;
use proofhouse_journal::OpenMark;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

/// A virtual device that has just lost its harness may still write for a moment.
const PATIENCE: Duration = Duration::from_secs(5);

/// Removes what the mark of a dead run names; says what could not be removed.
pub fn remove(mark: &OpenMark) -> Vec<String> {
    let mut told = Vec::new();
    for folder in &mark.leftovers {
        if !is_ours(folder, mark.pid) {
            told.push(format!(
                "{} is named as a leftover of the run, but is none of ours: look at it",
                folder.display()
            ));
        } else if let Err(why) = remove_folder(folder) {
            told.push(format!(
                "{} is left over and may hold secrets in clear, remove it by hand: {why}",
                folder.display()
            ));
        }
    }
    told
}

/// The mark is a file that anybody may have written: only what this program makes is ever removed.
fn is_ours(folder: &Path, pid: u32) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let own = name.starts_with(PREFIX) && name.contains(&format!("-{pid}-"));
    let temporary = std::env::temp_dir();
    let place = folder.parent().and_then(|p| p.canonicalize().ok());
    let no_link = std::fs::symlink_metadata(folder).map_or(true, |m| m.is_dir());
    own && no_link && place.is_some() && place == temporary.canonicalize().ok()
}

fn remove_folder(folder: &Path) -> std::io::Result<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        match std::fs::remove_dir_all(folder) {
            Ok(()) => return Ok(()),
            Err(e) if e.kind() == ErrorKind::NotFound && !folder.exists() => return Ok(()),
            Err(e) if Instant::now() >= until => return Err(e),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_of_that_process_in_the_temporary_folder_are_removed() {
        let temporary = std::env::temp_dir();
        let mark = |folder: &Path| OpenMark {
            pid: 4_000_001,
            leftovers: vec![folder.to_owned()],
            ..OpenMark::default()
        };
        let own = temporary.join(format!("{PREFIX}run-4000001-{}", std::process::id()));
        std::fs::create_dir_all(own.join("plug-a")).unwrap();
        assert!(remove(&mark(&own)).is_empty());
        assert!(!own.exists());
        assert!(remove(&mark(&own)).is_empty(), "gone is gone");

        let other = tempfile::tempdir().unwrap();
        let inside = other.path().join(format!("{PREFIX}run-4000001-1"));
        std::fs::create_dir(&inside).unwrap();
        for folder in [
            inside.as_path(),
            other.path(),
            Path::new("/"),
            Path::new(""),
        ] {
            assert_eq!(remove(&mark(folder)).len(), 1, "{}", folder.display());
        }
        assert!(inside.exists());
    }
}
