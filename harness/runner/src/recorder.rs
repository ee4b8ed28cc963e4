//! The one way into the journal. Numbers, stamps and masks events, writes them, then tells the watchers.

use crate::mask::SecretBook;
use proofhouse_bench::Cancel;
use proofhouse_bench::faulty::{Brake, DiskWork};
use proofhouse_journal::{WriteError, Writer};
use proofhouse_model::event::RunEnd;
use proofhouse_model::{
    BlobId, Event, Fact, SecretFacts, SecretKind, Seq, TaskId, Trouble, TroubleKind, UnitName,
};
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
    /// Microseconds of the run that lie before `start`: another process lived through them.
    before_us: u64,
    wall: OffsetDateTime,
    cancel: Cancel,
    brake: Option<Brake>,
}

struct Inner {
    /// Taken when the journal is sealed.
    writer: Option<Writer>,
    next: Seq,
    /// Why nothing more is taken: the run is over, or the disk failed. After an event that was lost no other one may
    /// follow, or the journal would tell another story; what is there can be resumed.
    shut: Option<Trouble>,
    secrets: SecretBook,
    /// Secrets that nobody made and that the journal does not name yet.
    given: Vec<SecretFacts>,
    watchers: Vec<Watcher>,
}

impl Recorder {
    /// A recorder over a journal; events go on behind what is in it.
    #[must_use]
    pub fn new(
        writer: Writer,
        secrets: SecretBook,
        watchers: Vec<Watcher>,
        cancel: Cancel,
    ) -> Self {
        let inner = Inner {
            next: writer.next_seq(),
            writer: Some(writer),
            shut: None,
            secrets,
            given: Vec::new(),
            watchers,
        };
        let wall = OffsetDateTime::now_utc();
        Self {
            inner: Mutex::new(inner),
            start: Instant::now(),
            before_us: 0,
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

    /// The same for a run whose last event lies `at_us` after its start. Its clock goes on there: how long the harness
    /// was dead is told by the wall clock of the events, and by nothing that runs backwards.
    #[must_use]
    pub fn going_on_at(mut self, at_us: u64) -> Self {
        self.before_us = at_us;
        self
    }

    /// Milliseconds since the run started.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.now_us() / 1000
    }

    fn now_us(&self) -> u64 {
        let here = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.before_us.saturating_add(here)
    }

    /// Writes one fact. It is with the operating system when this returns.
    ///
    /// # Errors
    /// Cancelled, with the reason, when the journal cannot be written; the whole run is cancelled then.
    pub fn record(
        &self,
        task: Option<TaskId>,
        unit: Option<&UnitName>,
        fact: Fact,
    ) -> Result<Seq, Trouble> {
        let mut inner = self.lock();
        self.append(&mut inner, task, unit, fact)
    }

    fn append(
        &self,
        inner: &mut Inner,
        task: Option<TaskId>,
        unit: Option<&UnitName>,
        fact: Fact,
    ) -> Result<Seq, Trouble> {
        let seq = inner.next;
        let event = inner.secrets.mask_event(self.stamp(seq, task, unit, fact));
        self.brake(DiskWork::Write);
        if let Err(why) = inner.writer()?.append(&event) {
            return Err(self.lost(inner, &why.to_string()));
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
        let done = inner.writer()?.sync();
        done.map_err(|why| self.lost(&mut inner, &why.to_string()))
    }

    /// Stores evidence, secrets masked.
    ///
    /// # Errors
    /// As for `record`.
    pub fn blob(&self, bytes: &[u8]) -> Result<BlobId, Trouble> {
        let mut inner = self.lock();
        self.brake(DiskWork::Write);
        let masked = inner.secrets.mask_bytes(bytes);
        let put = inner.writer()?.blob(&masked);
        put.map_err(|why| self.lost(&mut inner, &why.to_string()))
    }

    /// Writes the last event and brings it to the disk: what a console still says afterwards is no part of the run.
    ///
    /// # Errors
    /// As for `record`.
    pub fn end(&self, end: RunEnd) -> Result<(), Trouble> {
        let mut inner = self.lock();
        self.append(&mut inner, None, None, Fact::RunEnded { end })?;
        let done = inner.writer()?.sync();
        done.map_err(|why| self.lost(&mut inner, &why.to_string()))?;
        inner.shut = Some(over());
        Ok(())
    }

    /// Seals the run folder for good, once all its reports are there.
    ///
    /// # Errors
    /// When the disk refuses; the run can be resumed then, which seals it.
    pub fn seal(&self) -> Result<(), WriteError> {
        let writer = self.lock().writer.take();
        writer.map_or(Ok(()), |mut writer| writer.seal())
    }

    /// From now on this value is masked. Gives what the journal may know of it; `None` when it is too short.
    pub fn learn_secret(&self, name: &str, kind: SecretKind, value: &str) -> Option<SecretFacts> {
        let mut inner = self.lock();
        let hash = inner.secrets.learn(name, value)?;
        let known = SecretFacts {
            name: name.to_owned(),
            kind,
            length: u32::try_from(value.len()).unwrap_or(u32::MAX),
            hash,
        };
        if kind == SecretKind::Given {
            inner.given.push(known.clone());
        }
        Some(known)
    }

    /// The secrets nobody made that were learnt since this was asked last: they are known before the run begins.
    pub(crate) fn take_given(&self) -> Vec<SecretFacts> {
        std::mem::take(&mut self.lock().given)
    }

    /// Whether a text holds a secret.
    pub(crate) fn holds_secret(&self, text: &[u8]) -> bool {
        self.lock().secrets.touches(text)
    }

    fn stamp(&self, seq: Seq, task: Option<TaskId>, unit: Option<&UnitName>, fact: Fact) -> Event {
        let since = self.start.elapsed();
        let wall = self.wall + since;
        let wall = wall.replace_millisecond(wall.millisecond()).unwrap_or(wall);
        Event {
            seq,
            at_us: self.now_us(),
            wall: wall.format(&Rfc3339).unwrap_or_default(),
            task,
            unit: unit.cloned(),
            fact,
        }
    }

    fn lost(&self, inner: &mut Inner, why: &str) -> Trouble {
        let what = format!("the journal cannot be written: {why}");
        self.cancel.cancel(&what);
        let trouble = Trouble {
            kind: TroubleKind::Cancelled,
            channel: None,
            what,
            try_next: None,
        };
        inner.shut.get_or_insert(trouble).clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn writer(&mut self) -> Result<&mut Writer, Trouble> {
        match &self.shut {
            Some(why) => Err(why.clone()),
            None => self.writer.as_mut().ok_or_else(over),
        }
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
