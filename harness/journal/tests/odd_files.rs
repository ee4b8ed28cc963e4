//! Pipes, devices and endless files in place of a run's own: refused at once, whoever reads.
#![cfg(unix)]

mod common;

use common::{event, record};
use proofhouse_journal::{
    EVENTS_FILE, LONGEST_LINE, OPEN_FILE, PLAN_FILE, Reader, Recorded, ResumeError, SEAL_FILE,
    Writer, verify, verify_names,
};
use proofhouse_model::Fact;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

type Put = fn(&Path);

const ODD: [(&str, Put); 3] = [
    ("a pipe", |path| {
        nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap();
    }),
    ("a device", |path| {
        std::os::unix::fs::symlink("/dev/zero", path).unwrap();
    }),
    ("3 GB of nothing", |path| {
        File::create(path).unwrap().set_len(3 << 30).unwrap();
    }),
];

/// Nothing here waits or fills memory: a test that hung or was killed would say so.
#[test]
fn pipes_devices_and_endless_files_are_refused() {
    for (what, put) in ODD {
        for name in [PLAN_FILE, EVENTS_FILE, SEAL_FILE] {
            let dir = tempfile::tempdir().unwrap();
            let (mut writer, _) = record(dir.path());
            writer.seal().unwrap();
            let path = dir.path().join(name);
            fs::remove_file(&path).unwrap();
            put(&path);
            let told = Recorded::read(dir.path()).unwrap_err().to_string();
            assert!(told.contains(name), "{what} as {name}: {told}");
            assert!(verify(dir.path()).is_err(), "{what} as {name}");
            if name != SEAL_FILE {
                fs::remove_file(dir.path().join(SEAL_FILE)).unwrap();
            }
            assert!(Writer::resume(dir.path()).is_err(), "{what} as {name}");
        }
    }
}

/// Far more than could be read while somebody waits; sizes are looked at first.
#[test]
fn a_file_that_was_made_huge_is_refused_without_being_read() {
    let huge = |path: &Path| {
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_len(1 << 43)
            .is_ok()
    };
    for sealed in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let (mut writer, _) = record(dir.path());
        fs::write(dir.path().join("report.json"), b"{}").unwrap();
        let blobs = dir.path().join("blobs");
        let mut files = vec![only_file(&only_file(&blobs))];
        if sealed {
            writer.seal().unwrap();
            files.push(dir.path().join("report.json"));
        }
        drop(writer);
        for path in files {
            let good = fs::read(&path).unwrap();
            // Some file systems hold no such file.
            if huge(&path) {
                let told = verify(dir.path()).unwrap_err().to_string();
                let name = path.file_name().unwrap().to_string_lossy();
                assert!(told.contains(&*name), "{told}");
            }
            fs::write(&path, good).unwrap();
            verify(dir.path()).unwrap();
        }
    }
}

fn only_file(dir: &Path) -> PathBuf {
    fs::read_dir(dir).unwrap().next().unwrap().unwrap().path()
}

#[test]
fn a_pipe_in_place_of_a_blob_or_of_the_mark_is_refused() {
    for of_blob in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let (writer, _) = record(dir.path());
        let id = writer.blobs().put(b"flash content").unwrap();
        drop(writer);
        let path = match of_blob {
            true => dir
                .path()
                .join("blobs")
                .join(&id.as_str()[..2])
                .join(id.as_str()),
            false => dir.path().join(OPEN_FILE),
        };
        fs::remove_file(&path).unwrap();
        ODD[0].1(&path);
        let why = Writer::resume(dir.path()).unwrap_err();
        assert!(matches!(why, ResumeError::Altered(_)), "{why}");
        assert!(why.to_string().contains("no ordinary file"), "{why}");
        assert!(verify(dir.path()).is_err());
        assert!(verify_names(dir.path()).is_err());
    }
}

/// Whoever reads events alone is told of it as well.
#[test]
fn names_that_are_not_those_of_the_seal_are_refused() {
    let harms: [(&str, Put); 4] = [
        ("was put there", |dir| {
            fs::write(dir.join("blobs/more"), b"x").unwrap();
        }),
        ("no ordinary file", |dir| {
            std::os::unix::fs::symlink("/etc/passwd", dir.join("blobs/link")).unwrap();
        }),
        ("no ordinary file", |dir| {
            fs::remove_file(dir.join(SEAL_FILE)).unwrap();
            ODD[0].1(&dir.join(OPEN_FILE));
        }),
        ("taken away", |dir| {
            fs::remove_file(dir.join(PLAN_FILE)).unwrap();
        }),
    ];
    for (words, harm) in harms {
        let dir = tempfile::tempdir().unwrap();
        let (mut writer, _) = record(dir.path());
        verify_names(dir.path()).unwrap();
        writer.seal().unwrap();
        verify_names(dir.path()).unwrap();
        harm(dir.path());
        let told = verify_names(dir.path()).unwrap_err().to_string();
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn events_come_one_at_a_time_and_end_with_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, written) = record(dir.path());
    let long = "x".repeat(LONGEST_LINE / 2);
    writer
        .append(&event(5, Fact::Noted { text: long }))
        .unwrap();
    drop(writer);
    let mut reader = Reader::open(dir.path()).unwrap();
    for wanted in &written {
        assert_eq!(&reader.next().unwrap().unwrap(), wanted);
    }
    assert_eq!(reader.events(), 5);
    assert!(reader.next().unwrap().is_ok());
    assert!(reader.next().is_none());

    let file = dir.path().join(EVENTS_FILE);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen("late", "lace", 1)).unwrap();
    let mut reader = Reader::open(dir.path()).unwrap();
    assert!(reader.by_ref().take(3).all(|event| event.is_ok()));
    assert!(reader.next().unwrap().is_err());
    assert!(reader.next().is_none(), "nothing comes after what is wrong");
}

/// Other programs may write the members of a line in another order; what they say is the same.
#[test]
fn lines_of_another_shape_are_read_too() {
    let dir = tempfile::tempdir().unwrap();
    drop(record(dir.path()));
    let file = dir.path().join(EVENTS_FILE);
    let text = fs::read_to_string(&file).unwrap();
    let last = text.lines().last().unwrap();
    let spaced = last.replacen("{\"prev\":", "{ \"prev\" : ", 1);
    assert_ne!(spaced, last);
    fs::write(&file, text.replace(last, &spaced)).unwrap();
    assert_eq!(Recorded::read(dir.path()).unwrap().events.len(), 5);
}
