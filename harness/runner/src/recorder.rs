//! The one way into the journal. Numbers, stamps and masks events, writes them, then tells the watchers.

use crate::cancel::Cancel;
use crate::mask::SecretBook;
use proofhouse_bench::faulty::{Brake, DiskWork};
use proofhouse_journal::Writer;
use proofhouse_model::{BlobId, CaseId, Event, Fact, Seq, Trouble, TroubleKind, UnitName};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Told of each event after it is written. Must not block: display only.
pub type Watcher = Box<dyn FnMut(&Event) + Send>;

/// Orders all events of a run. A failing disk cancels the run: what is not journaled must not happen.
pub struct Recorder {
    inner: Mutex<Inner>,
    start: Instant,
    wall: OffsetDateTime,
    cancel: Cancel,
    brake: Option<Brake>,
}

struct Inner {
    /// Taken when the journal is sealed.
    writer: Option<Writer>,
    next: Seq,
    secrets: SecretBook,
    watchers: Vec<Watcher>,
}

impl Recorder {
    /// A recorder over a fresh journal.
    #[must_use]
    pub fn new(
        writer: Writer,
        secrets: SecretBook,
        watchers: Vec<Watcher>,
        cancel: Cancel,
    ) -> Self {
        let inner = Inner {
            writer: Some(writer),
            next: 0,
            secrets,
            watchers,
        };
        let wall = OffsetDateTime::now_utc();
        Self {
            inner: Mutex::new(inner),
            start: Instant::now(),
            wall,
            cancel,
            brake: None,
        }
    }

    /// The same over a disk that is slow on purpose; called before each piece of the journal's work.
    #[must_use]
    pub fn with_brake(mut self, brake: Option<Brake>) -> Self {
        self.brake = brake;
        self
    }

    fn brake(&self, work: DiskWork) {
        if let Some(brake) = &self.brake {
            brake(work);
        }
    }

    /// Milliseconds since the run started.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Writes one fact. It is with the operating system when this returns.
    ///
    /// # Errors
    /// Cancelled, with the reason, when the journal cannot be written; the whole run is cancelled then.
    pub fn record(
        &self,
        case: Option<&CaseId>,
        unit: Option<&UnitName>,
        fact: Fact,
    ) -> Result<Seq, Trouble> {
        let mut inner = self.lock();
        let seq = inner.next;
        let event = inner.secrets.mask_event(self.stamp(seq, case, unit, fact));
        let writer = inner.writer.as_mut().ok_or_else(over)?;
        self.brake(DiskWork::Write);
        if let Err(why) = writer.append(&event) {
            return Err(self.lost(&why.to_string()));
        }
        inner.next += 1;
        for watcher in &mut inner.watchers {
            watcher(&event);
        }
        Ok(seq)
    }

    /// Brings everything written so far to the disk itself.
    ///
    /// # Errors
    /// As for `record`.
    pub fn sync(&self) -> Result<(), Trouble> {
        let mut inner = self.lock();
        self.brake(DiskWork::Sync);
        let done = inner.writer.as_mut().ok_or_else(over)?.sync();
        drop(inner);
        done.map_err(|why| self.lost(&why.to_string()))
    }

    /// Stores evidence, secrets masked.
    ///
    /// # Errors
    /// As for `record`.
    pub fn blob(&self, bytes: &[u8]) -> Result<BlobId, Trouble> {
        let mut inner = self.lock();
        self.brake(DiskWork::Write);
        let masked = inner.secrets.mask_bytes(bytes);
        let writer = inner.writer.as_mut().ok_or_else(over)?;
        writer
            .blob(&masked)
            .map_err(|why| self.lost(&why.to_string()))
    }

    /// Closes the journal for good: what a console still says afterwards is no part of the run.
    ///
    /// # Errors
    /// As for `record`.
    pub fn seal(&self) -> Result<(), Trouble> {
        let mut writer = self.lock().writer.take().ok_or_else(over)?;
        writer.seal().map_err(|why| self.lost(&why.to_string()))
    }

    /// From now on this value is masked.
    pub fn learn_secret(&self, name: &str, value: &str) {
        self.lock().secrets.learn(name, value);
    }

    fn stamp(&self, seq: Seq, case: Option<&CaseId>, unit: Option<&UnitName>, fact: Fact) -> Event {
        let since = self.start.elapsed();
        let wall = self.wall + since;
        let wall = wall.replace_millisecond(wall.millisecond()).unwrap_or(wall);
        Event {
            seq,
            at_us: u64::try_from(since.as_micros()).unwrap_or(u64::MAX),
            wall: wall.format(&Rfc3339).unwrap_or_default(),
            case: case.cloned(),
            unit: unit.cloned(),
            fact,
        }
    }

    fn lost(&self, why: &str) -> Trouble {
        let what = format!("the journal cannot be written: {why}");
        self.cancel.cancel(&what);
        Trouble {
            kind: TroubleKind::Cancelled,
            channel: None,
            what,
            try_next: None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The journal is sealed.
fn over() -> Trouble {
    let what = "the run is over and its journal sealed".to_owned();
    Trouble {
        kind: TroubleKind::Cancelled,
        channel: None,
        what,
        try_next: None,
    }
}
