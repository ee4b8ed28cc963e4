//! Whatever is changed in the folder of a finished run is found, and named.

mod common;

use common::{event, record};
use proofhouse_journal::{
    EVENTS_FILE, OPEN_FILE, PLAN_FILE, SEAL_FILE, State, verify, verify_with,
};
use proofhouse_model::Fact;
use proofhouse_model::event::RunEnd;
use std::fs;
use std::path::{Path, PathBuf};

/// A sealed run with a log and a report, and its files.
fn sealed(dir: &Path) -> Vec<PathBuf> {
    let (mut writer, _) = record(dir);
    let end = RunEnd::Finished;
    writer.append(&event(5, Fact::RunEnded { end })).unwrap();
    fs::create_dir(dir.join("logs")).unwrap();
    fs::write(dir.join("logs/plug-a.log"), b"panic at start\n").unwrap();
    fs::write(dir.join("report.json"), b"{}\n").unwrap();
    fs::write(dir.join("empty"), b"").unwrap();
    writer.seal().unwrap();
    let blobs = fs::read_dir(dir.join("blobs")).unwrap().next().unwrap();
    let blob = fs::read_dir(blob_folder(blobs)).unwrap().next().unwrap();
    let mut files: Vec<_> = [
        PLAN_FILE,
        EVENTS_FILE,
        SEAL_FILE,
        "logs/plug-a.log",
        "report.json",
    ]
    .iter()
    .map(|name| dir.join(name))
    .collect();
    files.push(blob.unwrap().path());
    files
}

fn blob_folder(entry: std::io::Result<fs::DirEntry>) -> PathBuf {
    entry.unwrap().path()
}

#[test]
fn every_changed_byte_of_every_file_is_found() {
    let dir = tempfile::tempdir().unwrap();
    for file in sealed(dir.path()) {
        let good = fs::read(&file).unwrap();
        // One hash covers the whole plan: every third byte of it is enough.
        let step = if file.ends_with(PLAN_FILE) { 3 } else { 1 };
        for at in (0..good.len()).step_by(step) {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            fs::write(&file, &bad).unwrap();
            let Err(why) = verify(dir.path()) else {
                panic!("{} byte {at} was not missed", file.display())
            };
            let (text, name) = (why.to_string(), file.file_name().unwrap());
            assert!(text.contains(&*name.to_string_lossy()), "byte {at}: {text}");
        }
        fs::write(&file, &good).unwrap();
        let verified = verify(dir.path()).unwrap();
        assert_eq!((verified.state, verified.files), (State::Sealed, 7));
    }
}

/// The event that was changed is the one that is named, not its neighbour.
#[test]
fn the_line_that_was_changed_is_named() {
    let dir = tempfile::tempdir().unwrap();
    sealed(dir.path());
    let file = dir.path().join(EVENTS_FILE);
    let good = fs::read(&file).unwrap();
    let mut line = 1;
    for at in 0..good.len() {
        if good[at] == b'\n' {
            line += 1;
            continue;
        }
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&file, &bad).unwrap();
        let text = verify(dir.path()).unwrap_err().to_string();
        let named = text.contains(&format!("line {line} (event {})", line - 1))
            || text.contains(&format!("{EVENTS_FILE}:{line}: not an event"))
            || text.contains(&format!("{EVENTS_FILE}:{line}: event"))
            // A line end in the middle of the last line leaves one event too many or too few.
            || text.contains("events were sealed");
        assert!(named, "line {line} byte {at}: {text}");
    }
}

#[test]
fn files_put_there_taken_away_cut_or_made_longer_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let told = || verify(dir.path()).unwrap_err().to_string();
    for file in sealed(dir.path()) {
        let good = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        assert!(told().contains(&name), "{name}");
        for other in [&good[..good.len() - 1], &[&good[..], b"\n"].concat(), b""] {
            fs::write(&file, other).unwrap();
            assert!(told().contains(&name), "{name} with {} bytes", other.len());
        }
        fs::write(&file, &good).unwrap();
    }
    for name in ["new", "logs/plug-b.log", "blobs/ab/abcd", OPEN_FILE] {
        let file = dir.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, b"").unwrap();
        assert!(told().contains("put there"), "{name}");
        fs::remove_file(&file).unwrap();
    }
    for (name, found) in [("new", true), ("logs/new", true), ("blobs/ab", false)] {
        let folder = dir.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        assert_eq!(verify(dir.path()).is_err(), found, "{name}");
        fs::remove_dir(&folder).unwrap();
    }
    verify(dir.path()).unwrap();
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_a_file_is_found() {
    let dir = tempfile::tempdir().unwrap();
    sealed(dir.path());
    let file = dir.path().join("report.json");
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    fs::write(elsewhere.path(), b"{}\n").unwrap();
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), &file).unwrap();
    let text = verify(dir.path()).unwrap_err().to_string();
    assert!(text.contains("no ordinary file"), "{text}");
}

/// A later version may write reports in another way; that is no change of the run.
#[test]
fn a_report_made_again_from_the_same_journal_is_no_change() {
    let dir = tempfile::tempdir().unwrap();
    sealed(dir.path());
    let remake = |_: &_| vec![("report.json".to_owned(), b"{\"new\":1}\n".to_vec())];
    fs::write(dir.path().join("report.json"), b"{\"new\":1}\n").unwrap();
    assert!(verify_with(dir.path(), remake).is_ok());
    assert!(verify(dir.path()).is_err());
    fs::write(dir.path().join("report.json"), b"{\"new\":2}\n").unwrap();
    assert!(verify_with(dir.path(), remake).is_err());
}

#[test]
fn a_run_that_is_not_over_is_whole_but_not_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, written) = record(dir.path());
    let during = verify(dir.path()).unwrap();
    assert_eq!(during.state, State::Writing(std::process::id()));
    drop(writer);
    let after = verify(dir.path()).unwrap();
    assert_eq!(
        (after.state, after.events),
        (State::Open, written.len() as u64)
    );
}

/// Seals of the first version list no files; they still hold the journal's end.
#[test]
fn seals_of_the_first_version_are_read() {
    let dir = tempfile::tempdir().unwrap();
    sealed(dir.path());
    let path = dir.path().join(SEAL_FILE);
    let text = fs::read_to_string(&path).unwrap();
    let (start, _) = text.split_once(",\"files\"").unwrap();
    fs::write(&path, format!("{start}}}\n")).unwrap();
    assert_eq!(verify(dir.path()).unwrap().state, State::SealedOld);
    fs::write(&path, format!("{start}}} \n")).unwrap();
    assert!(verify(dir.path()).is_err());
}
