//! The recorder over a disk that does as it is told.

use super::*;
use crate::testing::{Body, FakeBench, FakeRun, FakeUnit, plan, task, unit};
use proofhouse_journal::{Recorded, verify};
use proofhouse_model::event::CaseEnd;
use proofhouse_model::op::ConsoleOp;
use proofhouse_model::{Bytes, Dur, Observation, Op};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;

const MIB: usize = 1 << 20;

fn recorder(dir: &Path, watchers: Vec<Watcher>) -> Recorder {
    let plan = serde_json::to_vec(&plan(Vec::new())).unwrap();
    let writer = Writer::create(&dir.join("run"), &plan).unwrap();
    Recorder::new(writer, SecretBook::new([7; 16]), watchers, Cancel::new())
}

fn note(text: &str) -> Fact {
    let text = text.to_owned();
    Fact::Noted { text }
}

fn sends(bytes: Bytes) -> Fact {
    Fact::OpStarted {
        op: Op::Console(ConsoleOp::Send { bytes }),
    }
}

fn blobs(dir: &Path) -> usize {
    let folders = std::fs::read_dir(dir.join("run/blobs"))
        .into_iter()
        .flatten();
    let files = folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count());
    files.sum()
}

/// A journal in memory, and a disk that is full or counts.
#[derive(Default)]
struct FakeDisk {
    full: AtomicBool,
    trips: AtomicU64,
}

struct FakeLog {
    written: Seq,
    disk: Arc<FakeDisk>,
}

fn full() -> WriteError {
    WriteError::Io {
        action: "write",
        path: "events.jsonl".into(),
        advice: "The disk is full",
        source: io::ErrorKind::StorageFull.into(),
    }
}

impl FakeDisk {
    fn answer(&self) -> Result<(), WriteError> {
        match self.full.load(Ordering::SeqCst) {
            true => Err(full()),
            false => Ok(()),
        }
    }
}

impl Log for FakeLog {
    fn append(&mut self, event: &Event) -> Result<(), WriteError> {
        assert_eq!(event.seq, self.written, "one after the other");
        self.disk.answer()?;
        self.written += 1;
        Ok(())
    }

    fn folder(&self) -> Option<std::path::PathBuf> {
        None
    }

    fn next_seq(&self) -> Seq {
        self.written
    }

    fn disk(&self) -> Arc<dyn Disk> {
        Arc::<FakeDisk>::clone(&self.disk)
    }

    fn seal(&mut self) -> Result<(), WriteError> {
        self.disk.answer()
    }
}

impl Disk for FakeDisk {
    fn keep(&self, bytes: &[u8]) -> Result<BlobId, WriteError> {
        self.answer()?;
        Ok(BlobId::new(proofhouse_journal::sha256_hex(bytes)).unwrap())
    }

    fn sync(&self) -> Result<(), WriteError> {
        self.trips.fetch_add(1, Ordering::SeqCst);
        self.answer()
    }
}

fn faked() -> (Recorder, Arc<FakeDisk>, Cancel) {
    let (disk, cancel) = (Arc::<FakeDisk>::default(), Cancel::new());
    let log = FakeLog {
        written: 0,
        disk: Arc::clone(&disk),
    };
    let book = SecretBook::new([7; 16]);
    let recorder = Recorder::over(Box::new(log), book, Vec::new(), cancel.clone());
    (recorder, disk, cancel)
}

#[test]
fn a_full_disk_cancels_the_run_and_nothing_follows_what_was_lost() {
    type Work = fn(&Recorder) -> Result<(), Trouble>;
    let works: [Work; 3] = [
        |r| r.record(None, None, note("lost")).map(drop),
        |r| r.sync(),
        |r| r.record(None, None, sends(vec![1; MIB].into())).map(drop),
    ];
    for work in works {
        let (recorder, disk, cancel) = faked();
        recorder.record(None, None, note("first")).unwrap();
        disk.full.store(true, Ordering::SeqCst);
        let why = work(&recorder).unwrap_err();
        assert!(why.what.contains("disk is full"), "{why}");
        assert_eq!(cancel.reason().as_deref(), Some(why.what.as_str()));
        // Room again does not help: the journal would tell another story.
        disk.full.store(false, Ordering::SeqCst);
        assert_eq!(recorder.record(None, None, note("next")), Err(why.clone()));
        assert_eq!(recorder.sync(), Err(why));
    }
}

#[test]
fn a_sync_with_nothing_new_makes_no_trip_to_the_disk() {
    let (recorder, disk, _) = faked();
    recorder.record(None, None, note("one")).unwrap();
    for _ in 0..3 {
        recorder.sync().unwrap();
    }
    assert_eq!(disk.trips.load(Ordering::SeqCst), 1);
    recorder.end(RunEnd::Finished).unwrap();
    assert_eq!(disk.trips.load(Ordering::SeqCst), 2);
    assert!(recorder.record(None, None, note("late")).is_err());
}

/// Nobody waits for the disk to write an event.
#[test]
fn events_are_written_while_somebody_waits_for_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let (at_disk, is_at_disk) = channel();
    let (let_go, held) = channel::<()>();
    let (at_disk, held) = (Mutex::new(at_disk), Mutex::new(held));
    let brake: Brake = Box::new(move |work| {
        if work == DiskWork::Sync {
            at_disk.lock().unwrap().send(()).unwrap();
            let _ = held.lock().unwrap().recv();
        }
    });
    let recorder = recorder(dir.path(), Vec::new()).with_brake(Some(brake));
    recorder.record(None, None, note("before")).unwrap();
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| recorder.sync());
        is_at_disk.recv().unwrap();
        assert_eq!(recorder.record(None, None, note("meanwhile")), Ok(1));
        let_go.send(()).unwrap();
        waits.join().unwrap().unwrap();
    });
}

#[test]
fn what_does_not_fit_is_the_trouble_of_its_case_and_others_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(dir.path(), Vec::new());
    let huge = note(&"x".repeat(proofhouse_journal::LONGEST_LINE + 1));
    let why = recorder.record(None, None, huge).unwrap_err();
    assert_eq!(why.kind, TroubleKind::Case, "{why}");
    assert_eq!(recorder.record(None, None, note("goes on")), Ok(0));
    recorder.sync().unwrap();
}

/// What a script asks for, what comes back and how it ends: whichever is too long, only its case is in trouble.
#[test]
fn a_case_whose_facts_do_not_fit_ends_and_the_run_goes_on() {
    let long = || "x".repeat(proofhouse_journal::LONGEST_LINE);
    let ask = |pattern: String| {
        let within = Dur::secs(1);
        Op::Console(ConsoleOp::Expect { pattern, within })
    };
    let stopped = |trouble| CaseEnd::Stopped {
        trouble,
        place: None,
    };
    let asks = move |pattern: String| {
        Body(Box::new(move |host| {
            let saw = host.perform(0, ask(pattern.clone()));
            saw.map_or_else(stopped, |_| CaseEnd::Complete)
        }))
    };
    let ends = move || Body(Box::new(move |_| stopped(Trouble::case(long()))));
    let mut bench = FakeBench::of(&["a", "b"]);
    let text = long();
    let talker = FakeUnit {
        answer: Some(Observation::Text { text }),
        ..FakeUnit::default()
    };
    bench.units.insert(unit("b"), Arc::new(talker));
    let tasks = [(0, "a"), (1, "b"), (2, "a"), (3, "a")];
    let run = FakeRun::new(
        plan(tasks.map(|(at, unit)| task(at, &[unit])).into()),
        bench,
        vec![
            ("case-0", asks(long())),
            ("case-1", asks("prompt".to_owned())),
            ("case-2", ends()),
        ],
    );
    assert_eq!(crate::run(&run.job).unwrap(), RunEnd::Finished);
    let kinds: BTreeMap<TaskId, Option<TroubleKind>> = run
        .ends()
        .into_iter()
        .map(|(task, end)| match end {
            CaseEnd::Stopped { trouble, .. } => (task, Some(trouble.kind)),
            _ => (task, None),
        })
        .collect();
    let wanted = [
        (TaskId::at(0), Some(TroubleKind::Case)),
        (TaskId::at(1), Some(TroubleKind::DeviceGarbled)),
        (TaskId::at(2), Some(TroubleKind::Case)),
        (TaskId::at(3), None),
    ];
    assert_eq!(kinds, BTreeMap::from(wanted));
}

#[test]
fn many_bytes_are_a_blob_once_however_often_they_are_sent() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(dir.path(), Vec::new());
    let image: Vec<u8> = (0..MIB).map(|n| (n * 7 % 251) as u8).collect();
    let shared = Bytes::from(image.clone());
    for bytes in [shared.clone(), shared.clone(), image.clone().into()] {
        recorder.record(None, None, sends(bytes)).unwrap();
    }
    recorder
        .record(None, None, sends(Bytes::from("short")))
        .unwrap();
    assert_eq!(blobs(dir.path()), 1);
    recorder.end(RunEnd::Finished).unwrap();
    recorder.seal().unwrap();
    let run = Recorded::read(&dir.path().join("run")).unwrap();
    let sent = run.events[2].fact.bytes()[0];
    let kept = sent.kept().unwrap();
    assert_eq!((kept.size, &**sent), (MIB as u64, &image[..sent.len()]));
    assert_eq!(run.blob(&kept.blob).unwrap(), image);
    assert!(run.events[3].fact.bytes()[0].kept().is_none());
    assert_eq!(verify(&run.dir).unwrap().blobs, 1);
    let journal = std::fs::metadata(run.dir.join("events.jsonl"))
        .unwrap()
        .len();
    assert!(journal < 8 << 10, "{journal} bytes");
}

#[test]
fn secrets_are_masked_before_bytes_are_hashed() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(dir.path(), Vec::new());
    let mut page = vec![b'.'; MIB];
    page[MIB / 2..][..15].copy_from_slice(b"hunter-2-secret");
    let page = Bytes::from(page);
    recorder.record(None, None, sends(page.clone())).unwrap();
    // The same value again, after it was learnt that there is a secret in it.
    let kind = SecretKind::Given;
    recorder
        .learn_secret("wifi", kind, b"hunter-2-secret", None)
        .unwrap();
    recorder.record(None, None, sends(page)).unwrap();
    drop(recorder);
    let run = Recorded::read(&dir.path().join("run")).unwrap();
    let text = |at: usize| {
        let kept = run.events[at].fact.bytes()[0].kept().unwrap();
        String::from_utf8(run.blob(&kept.blob).unwrap()).unwrap()
    };
    assert!(text(0).contains("hunter-2-secret"));
    assert!(!text(1).contains("hunter-2-secret") && text(1).contains("⟨wifi:"));
}

#[test]
fn watchers_see_every_event_in_order_and_are_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sees = Arc::clone(&seen);
    let watcher: Watcher = Box::new(move |event| sees.lock().unwrap().push(event.seq));
    let recorder = recorder(dir.path(), vec![watcher]);
    for _ in 0..100 {
        recorder.record(None, None, note("x")).unwrap();
    }
    assert_eq!(recorder.dismiss_watchers(Duration::from_secs(60)), 0);
    assert_eq!(*seen.lock().unwrap(), (0..100).collect::<Vec<_>>());
}

/// A terminal that was stopped: the run goes on and ends, and how much was not shown is known.
#[test]
fn a_watcher_that_never_returns_holds_up_nothing() {
    let (never, waits) = channel::<()>();
    let waits = Mutex::new(waits);
    let watcher: Watcher = Box::new(move |_| {
        let _ = waits.lock().unwrap().recv();
    });
    let mut run = FakeRun::new(
        plan(vec![task(0, &["a"]), task(1, &["a"])]),
        FakeBench::of(&["a"]),
        Vec::new(),
    );
    let dir = tempfile::tempdir().unwrap();
    let recorder = Arc::new(recorder(dir.path(), vec![watcher]));
    run.job.recorder = Arc::clone(&recorder);
    assert_eq!(crate::run(&run.job).unwrap(), RunEnd::Finished);
    let journal = Recorded::read(&dir.path().join("run")).unwrap();
    let done = journal.events.iter().filter(|e| {
        let end = CaseEnd::Complete;
        e.fact == Fact::TaskEnded { end }
    });
    assert_eq!(done.count(), 2);
    assert_eq!(
        run.bench.switched_off.lock().unwrap().len(),
        1,
        "off at the end"
    );
    let missed = recorder.dismiss_watchers(Duration::ZERO);
    assert_eq!(missed, journal.events.len() as u64);
    drop(never);
}

#[test]
fn more_events_than_the_queue_holds_are_counted_as_missed() {
    let (let_go, held) = channel::<()>();
    let held = Mutex::new(held);
    let watcher: Watcher = Box::new(move |_| {
        let _ = held.lock().unwrap().recv();
    });
    let watching = Watching::start(vec![watcher]);
    let (recorder, ..) = faked();
    let event = recorder.stamp(0, None, None, note("x"));
    let all = 2 * watch::QUEUE as u64;
    (0..all).for_each(|_| watching.tell(event.clone()));
    drop(let_go);
    let missed = watching.dismiss(Duration::from_secs(60));
    // One may have been under the watcher's eyes while the queue was full.
    assert!(
        (all / 2 - 1..=all / 2).contains(&missed),
        "{missed} of {all}"
    );
}
