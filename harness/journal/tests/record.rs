//! What is written reads back, and what was changed is found.

mod common;

use common::{event, events, plan_json, record};
use proofhouse_journal::{
    EVENTS_FILE, PLAN_FILE, ReadError, Recorded, Torn, WriteError, Writer, verify,
};
use proofhouse_model::event::RunEnd;
use proofhouse_model::{Fact, Measurement};
use std::fs;

#[test]
fn what_is_written_reads_back() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("runs/one");
    let (mut writer, written) = record(&run);
    let sha = writer.plan_sha256();
    writer.seal().unwrap();
    let late = writer.append(&event(
        5,
        Fact::RunEnded {
            end: RunEnd::Finished,
        },
    ));
    assert!(
        matches!(late, Err(WriteError::Sealed { given: 5 })),
        "{late:?}"
    );
    let read = Recorded::read(&run).unwrap();
    assert_eq!(read.events, written);
    assert_eq!(
        (read.plan_sha256.as_str(), read.plan.seed),
        (sha.as_str(), 7)
    );
    assert_eq!((read.torn.clone(), read.sealed), (None, true));
    let Fact::Stored { blob, .. } = &read.events[4].fact else {
        panic!("the fifth event names the blob")
    };
    assert_eq!(read.blob(blob).unwrap(), b"flash content");
    let verified = verify(&run).unwrap();
    assert_eq!((verified.events, verified.blobs), (5, 1));
}

#[test]
fn every_event_is_in_the_file_when_append_returns() {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, written) = record(dir.path());
    let next = event(
        5,
        Fact::Noted {
            text: "x".to_owned(),
        },
    );
    writer.append(&next).unwrap();
    // The writer still lives: nothing may wait in a buffer of ours.
    let read = Recorded::read(dir.path()).unwrap();
    assert_eq!(read.events.len(), written.len() + 1);
    assert!(!read.sealed);
}

#[test]
fn a_journal_cut_anywhere_keeps_its_whole_lines() {
    let dir = tempfile::tempdir().unwrap();
    drop(record(dir.path()));
    let file = dir.path().join(EVENTS_FILE);
    let good = fs::read(&file).unwrap();
    for length in 0..=good.len() {
        fs::write(&file, &good[..length]).unwrap();
        let read = Recorded::read(dir.path()).unwrap();
        let whole = good[..length].iter().filter(|b| **b == b'\n').count();
        let rest = length
            - good[..length]
                .iter()
                .rposition(|b| *b == b'\n')
                .map_or(0, |i| i + 1);
        assert_eq!(read.events.len(), whole, "cut at {length}");
        let torn = (rest > 0).then_some(Torn {
            line: whole as u64 + 1,
            bytes: rest,
        });
        assert_eq!(read.torn, torn, "cut at {length}");
    }
}

#[test]
fn lines_taken_out_swapped_or_put_in_are_named() {
    let dir = tempfile::tempdir().unwrap();
    drop(record(dir.path()));
    let file = dir.path().join(EVENTS_FILE);
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let with = |order: &[usize]| {
        let text: String = order.iter().map(|i| format!("{}\n", lines[*i])).collect();
        fs::write(&file, text).unwrap();
        Recorded::read(dir.path()).unwrap_err()
    };
    for (order, wanted, odd) in [
        (&[0, 2, 3, 4][..], 2, 1),
        (&[0, 1, 2, 2, 3], 4, 3),
        (&[0, 1, 3, 2, 4], 3, 3),
    ] {
        let ReadError::Chain { line, suspect, .. } = with(order) else {
            panic!("{order:?}")
        };
        assert_eq!(line, wanted);
        assert!(suspect.starts_with(&format!("line {odd} ")), "{suspect}");
    }
    // Without its first line the journal no longer says what it is.
    assert!(matches!(with(&[1, 2]), ReadError::BadLine { line: 1, .. }));
}

#[test]
fn a_changed_plan_is_named() {
    let dir = tempfile::tempdir().unwrap();
    drop(record(dir.path()));
    let mut plan = plan_json("2.0");
    plan.push(b'\n');
    fs::write(dir.path().join(PLAN_FILE), plan).unwrap();
    let error = Recorded::read(dir.path()).unwrap_err().to_string();
    assert!(error.contains("plan.json was changed"), "{error}");
}

#[test]
fn other_formats_are_refused_and_newer_minors_read() {
    let dir = tempfile::tempdir().unwrap();
    for (format, reads) in [
        ("2.0", true),
        ("2.9", true),
        ("1.0", false),
        ("3.0", false),
        ("x", false),
    ] {
        let run = dir.path().join(format);
        let mut writer = Writer::create(&run, &plan_json(format)).unwrap();
        for event in events(&writer.plan_sha256()) {
            writer.append(&event).unwrap();
        }
        let read = Recorded::read(&run);
        assert_eq!(read.is_ok(), reads, "{format}");
        if let Err(e) = read {
            assert!(e.to_string().contains(&format!("format {format}")), "{e}");
        }
    }
    let run = dir.path().join("2.0").join(EVENTS_FILE);
    let text = fs::read_to_string(&run).unwrap();
    fs::write(&run, text.replacen("\"2.0\"", "\"3.0\"", 1)).unwrap();
    let read = Recorded::read(run.parent().unwrap());
    assert!(matches!(read, Err(ReadError::Newer { .. })), "{read:?}");
}

#[test]
fn a_run_is_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    drop(record(dir.path()));
    let again = Writer::create(dir.path(), b"{}").unwrap_err();
    assert!(matches!(again, WriteError::Exists { .. }), "{again}");
    let read = Recorded::read(dir.path()).unwrap();
    assert_eq!(read.events.len(), 5);
}

#[test]
fn what_would_spoil_the_journal_is_refused_and_leaves_it_whole() {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, written) = record(dir.path());
    let gap = event(
        7,
        Fact::Noted {
            text: String::new(),
        },
    );
    let refused = writer.append(&gap).unwrap_err();
    assert!(matches!(
        refused,
        WriteError::OutOfOrder {
            given: 7,
            wanted: 5
        }
    ));
    let infinite = Fact::Measured(Measurement {
        name: "gain".to_owned(),
        value: f64::INFINITY,
        unit: "1".to_owned(),
        limit: None,
    });
    let refused = writer.append(&event(5, infinite)).unwrap_err();
    assert!(refused.to_string().contains("`gain`"), "{refused}");
    let huge = Fact::Noted {
        text: "x".repeat(33 << 20),
    };
    let refused = writer.append(&event(5, huge)).unwrap_err();
    assert!(refused.to_string().contains("blob"), "{refused}");
    let good = event(
        5,
        Fact::Noted {
            text: "goes on".to_owned(),
        },
    );
    writer.append(&good).unwrap();
    assert_eq!(
        Recorded::read(dir.path()).unwrap().events.len(),
        written.len() + 1
    );
}

#[test]
fn the_same_blob_is_kept_once_and_a_half_one_is_mended() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path(), &plan_json("2.0")).unwrap();
    let id = writer.blob(b"same").unwrap();
    assert_eq!(writer.blobs().put(b"same").unwrap(), id);
    writer.sync().unwrap();
    let folder = dir.path().join("blobs").join(&id.as_str()[..2]);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    fs::write(folder.join(id.as_str()), b"").unwrap(); // what a power loss may leave
    writer.blob(b"same").unwrap();
    let read = Recorded::read(dir.path()).unwrap();
    assert_eq!(read.blob(&id).unwrap(), b"same");
}

#[test]
fn places_that_cannot_hold_a_run_are_told_with_advice() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, b"").unwrap();
    let error = Writer::create(&file.join("run"), b"{}").unwrap_err();
    assert!(error.to_string().contains("--out"), "{error}");
    let error = Recorded::read(&dir.path().join("none")).unwrap_err();
    assert!(error.to_string().contains("run folder"), "{error}");
}
