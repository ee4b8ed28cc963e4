//! A run whose process died goes on where its journal stops, and loses nothing.

mod common;

use common::{event, events, plan_json, record};
use proofhouse_journal::{
    EVENTS_FILE, OPEN_FILE, PLAN_FILE, Recorded, ResumeError, SEAL_FILE, State, WriteError, Writer,
    read_blob, verify,
};
use proofhouse_model::Fact;
use proofhouse_model::event::RunEnd;
use std::fs;
use std::path::Path;

fn noted(seq: u64) -> proofhouse_model::Event {
    let text = "goes on".to_owned();
    event(seq, Fact::Noted { text })
}

/// Everything in a folder, to see that nothing was touched.
fn snapshot(dir: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut all: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_file())
        .map(|p| (p.clone(), fs::read(p).unwrap()))
        .collect();
    all.sort();
    all
}

#[test]
fn numbers_and_chain_go_on_behind_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, mut written) = record(dir.path());
    writer.note_leftovers(vec!["/tmp/units".into()]).unwrap();
    drop(writer);
    let before = fs::read(dir.path().join(EVENTS_FILE)).unwrap();
    let resumed = Writer::resume(dir.path()).unwrap();
    assert_eq!(resumed.events, written.len() as u64);
    assert_eq!(resumed.mark.leftovers, [Path::new("/tmp/units")]);
    assert!(resumed.kept.is_empty());
    let mut writer = resumed.writer;
    assert_eq!(writer.next_seq(), 5);
    writer.append(&noted(5)).unwrap();
    writer.seal().unwrap();
    written.push(noted(5));
    assert_eq!(Recorded::read(dir.path()).unwrap().events, written);
    assert_eq!(verify(dir.path()).unwrap().state, State::Sealed);
    let after = fs::read(dir.path().join(EVENTS_FILE)).unwrap();
    assert!(after.starts_with(&before));
    assert!(!dir.path().join(OPEN_FILE).exists());
}

#[test]
fn a_journal_cut_anywhere_goes_on_and_the_torn_bytes_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    drop(record(dir.path()));
    let file = dir.path().join(EVENTS_FILE);
    let good = fs::read(&file).unwrap();
    // Backwards, so that each cut leaves what the next one needs.
    for length in (0..good.len()).rev() {
        let at_an_end = good[length.saturating_sub(2)..=length].contains(&b'\n');
        if !at_an_end && length % 23 != 0 {
            continue;
        }
        fs::write(&file, &good[..length]).unwrap();
        let whole = good[..length]
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |i| i + 1);
        let resumed = Writer::resume(dir.path()).unwrap();
        let told: Vec<_> = resumed
            .kept
            .iter()
            .filter(|k| k.name.starts_with("torn"))
            .collect();
        assert_eq!(fs::read(&file).unwrap(), &good[..whole], "cut at {length}");
        if whole == length {
            assert!(told.is_empty());
            continue;
        }
        let [kept] = told[..] else {
            panic!("cut at {length}: {told:?}")
        };
        let bytes = read_blob(dir.path(), &kept.blob).unwrap();
        assert_eq!(bytes, &good[whole..length], "cut at {length}");
        assert_eq!(kept.size, bytes.len() as u64);
    }
}

/// Dying between keeping a torn line and journaling it must not lose sight of it.
#[test]
fn what_no_event_names_is_offered_again_until_one_does() {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, _) = record(dir.path());
    writer.blobs().put(b"never named").unwrap();
    drop(writer);
    for _ in 0..2 {
        let resumed = Writer::resume(dir.path()).unwrap();
        assert_eq!(resumed.kept.len(), 1);
        writer = resumed.writer;
        drop(writer);
    }
    let resumed = Writer::resume(dir.path()).unwrap();
    let (kept, mut writer) = (&resumed.kept[0], resumed.writer);
    let (name, blob, size) = (kept.name.clone(), kept.blob.clone(), kept.size);
    writer
        .append(&event(5, Fact::Stored { name, blob, size }))
        .unwrap();
    drop(writer);
    assert!(Writer::resume(dir.path()).unwrap().kept.is_empty());
}

#[test]
fn half_written_files_are_swept_and_half_written_blobs_kept_as_what_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, _) = record(dir.path());
    let id = writer.blobs().put(b"flash of a unit").unwrap();
    drop(writer);
    let blob = dir.path().join("blobs").join(&id.as_str()[..2]);
    fs::write(blob.join(id.as_str()), b"flash").unwrap();
    fs::write(blob.join(".new-77-1"), b"fl").unwrap();
    let resumed = Writer::resume(dir.path()).unwrap();
    let [kept] = &resumed.kept[..] else {
        panic!("{:?}", resumed.kept)
    };
    assert_eq!(read_blob(dir.path(), &kept.blob).unwrap(), b"flash");
    assert!(!blob.join(".new-77-1").exists());
}

#[test]
fn a_run_is_written_by_one_process_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, _) = record(dir.path());
    let busy = Writer::resume(dir.path()).unwrap_err();
    let own = std::process::id();
    assert!(
        matches!(busy, ResumeError::Write(WriteError::Busy { pid, .. }) if pid == own),
        "{busy}"
    );
    drop(writer);
    let first = Writer::resume(dir.path()).unwrap();
    assert!(Writer::resume(dir.path()).is_err());
    drop(first);
    // Whoever took it up has the lock before it has noted itself: a dead process is not who writes.
    let mark = dir.path().join(OPEN_FILE);
    fs::write(&mark, b"{\"pid\":4194305}\n").unwrap();
    let locked = fs::File::open(&mark).unwrap();
    locked.lock().unwrap();
    let busy = Writer::resume(dir.path()).unwrap_err();
    // Some systems do not tell.
    let inode = std::os::unix::fs::MetadataExt::ino(&locked.metadata().unwrap());
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let pid = match locks.contains(&format!(":{inode} ")) {
        true => own,
        false => 4_194_305,
    };
    assert!(
        matches!(busy, ResumeError::Write(WriteError::Busy { pid: told, .. }) if told == pid),
        "{busy}"
    );
    drop(locked);
    Writer::resume(dir.path()).unwrap();
}

#[test]
fn what_cannot_be_resumed_is_told_and_left_alone() {
    type Harm = fn(&Path);
    let cases: [(&str, Harm, &str); 9] = [
        (
            "finished",
            |d| Writer::resume(d).unwrap().writer.seal().unwrap(),
            "nothing to resume",
        ),
        (
            "newer journal",
            |d| edit(d, EVENTS_FILE, "\"2.0\"", "\"3.0\""),
            "the version that wrote it",
        ),
        (
            "newer plan",
            |d| edit(d, PLAN_FILE, "\"2.0\"", "\"3.0\""),
            "the version that wrote it",
        ),
        (
            "altered event",
            |d| edit(d, EVENTS_FILE, "0.1.0", "0.1.1"),
            "line 1 (event 0) was changed",
        ),
        (
            "other plan",
            |d| edit(d, PLAN_FILE, "desk", "disk"),
            "plan.json was changed",
        ),
        (
            "no plan",
            |d| fs::remove_file(d.join(PLAN_FILE)).unwrap(),
            "plan.json",
        ),
        (
            "no events",
            |d| fs::remove_file(d.join(EVENTS_FILE)).unwrap(),
            "events.jsonl",
        ),
        ("altered blob", blob, "was changed"),
        (
            "nothing",
            |d| {
                fs::read_dir(d)
                    .unwrap()
                    .for_each(|e| remove(&e.unwrap().path()))
            },
            "no run folder",
        ),
    ];
    for (name, harm, wanted) in cases {
        let dir = tempfile::tempdir().unwrap();
        drop(record(dir.path()));
        harm(dir.path());
        let before = snapshot(dir.path());
        let error = Writer::resume(dir.path()).unwrap_err().to_string();
        assert!(error.contains(wanted), "{name}: {error}");
        assert_eq!(snapshot(dir.path()), before, "{name}");
        assert_eq!(dir.path().join(SEAL_FILE).exists(), name == "finished");
    }
}

fn edit(dir: &Path, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(dir.join(file)).unwrap();
    assert!(text.contains(from));
    fs::write(dir.join(file), text.replacen(from, to, 1)).unwrap();
}

fn blob(dir: &Path) {
    let folder = fs::read_dir(dir.join("blobs")).unwrap().next().unwrap();
    let file = fs::read_dir(folder.unwrap().path())
        .unwrap()
        .next()
        .unwrap();
    fs::write(file.unwrap().path(), b"flash consent").unwrap();
}

fn remove(path: &Path) {
    match path.is_dir() {
        true => fs::remove_dir_all(path).unwrap(),
        false => fs::remove_file(path).unwrap(),
    }
}

/// A run that somebody ended, sealed.
fn interrupted(dir: &Path) {
    let (mut writer, _) = record(dir);
    let end = RunEnd::Interrupted;
    writer.append(&event(5, Fact::RunEnded { end })).unwrap();
    writer.seal().unwrap();
}

#[test]
fn a_run_that_somebody_ended_goes_on_and_is_sealed_again() {
    let dir = tempfile::tempdir().unwrap();
    interrupted(dir.path());
    let before = fs::read(dir.path().join(EVENTS_FILE)).unwrap();
    let mut resumed = Writer::resume(dir.path()).unwrap();
    assert!(resumed.was_sealed && !dir.path().join(SEAL_FILE).exists());
    assert!(matches!(
        verify(dir.path()).unwrap().state,
        State::Writing(_)
    ));
    let busy = Writer::resume(dir.path()).unwrap_err();
    assert!(
        matches!(busy, ResumeError::Write(WriteError::Busy { .. })),
        "{busy}"
    );
    let seal = |resumed: &mut proofhouse_journal::Resumed| {
        resumed.writer.seal().unwrap();
        fs::read(dir.path().join(SEAL_FILE)).unwrap()
    };
    let first = seal(&mut resumed);
    drop(resumed);
    let mut resumed = Writer::resume(dir.path()).unwrap();
    resumed.writer.append(&noted(6)).unwrap();
    assert_ne!(seal(&mut resumed), first);
    assert_eq!(verify(dir.path()).unwrap().state, State::Sealed);
    let after = fs::read(dir.path().join(EVENTS_FILE)).unwrap();
    assert!(after.starts_with(&before));
    // Its last event says nothing of an end any more.
    drop(resumed);
    assert!(matches!(
        Writer::resume(dir.path()),
        Err(ResumeError::Finished { .. })
    ));
}

/// Dying between the two steps of it leaves a run that is open, and none that was never ended.
#[test]
fn a_seal_that_became_the_mark_is_one() {
    let dir = tempfile::tempdir().unwrap();
    interrupted(dir.path());
    fs::rename(dir.path().join(SEAL_FILE), dir.path().join(OPEN_FILE)).unwrap();
    assert_eq!(verify(dir.path()).unwrap().state, State::Open);
    assert_eq!(Writer::resume(dir.path()).unwrap().events, 6);
}

/// Every byte of every file, before the seal goes.
#[test]
fn an_ended_run_that_was_altered_does_not_go_on() {
    let dir = tempfile::tempdir().unwrap();
    interrupted(dir.path());
    for name in [EVENTS_FILE, PLAN_FILE, SEAL_FILE] {
        let path = dir.path().join(name);
        let good = fs::read(&path).unwrap();
        for at in (0..good.len()).step_by(7) {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).unwrap();
            let told = Writer::resume(dir.path()).unwrap_err();
            assert!(!matches!(told, ResumeError::Finished { .. }), "{name} {at}");
            assert!(!dir.path().join(OPEN_FILE).exists(), "{name} {at}: {told}");
        }
        fs::write(&path, good).unwrap();
    }
    fs::write(dir.path().join("more"), b"").unwrap();
    assert!(Writer::resume(dir.path()).is_err());
    fs::remove_file(dir.path().join("more")).unwrap();
    assert!(Writer::resume(dir.path()).is_ok());
}

/// A plan that cannot be written leaves a folder that can be used again.
#[test]
fn a_run_that_cannot_be_made_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(EVENTS_FILE)).unwrap();
    assert!(Writer::create(dir.path(), b"{}").is_err());
    assert!(!dir.path().join(OPEN_FILE).exists());
    fs::remove_dir(dir.path().join(EVENTS_FILE)).unwrap();
    Writer::create(dir.path(), b"{}").unwrap();
}

/// Between each two steps of making a run.
#[test]
fn a_run_that_died_at_its_birth() {
    let dir = tempfile::tempdir().unwrap();
    drop(Writer::create(dir.path(), &plan_json("2.0")).unwrap());
    let mut resumed = Writer::resume(dir.path()).unwrap();
    assert_eq!(resumed.events, 0);
    let first = &events(&resumed.writer.plan_sha256())[0];
    resumed.writer.append(first).unwrap();
    drop(resumed);
    assert_eq!(Recorded::read(dir.path()).unwrap().events.len(), 1);

    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(OPEN_FILE), b"{\"pid\":1}\n").unwrap();
    for _ in 0..2 {
        let error = Writer::resume(dir.path()).unwrap_err();
        assert!(matches!(error, ResumeError::NoPlan { .. }), "{error}");
        fs::write(dir.path().join(EVENTS_FILE), b"").unwrap();
    }
}
