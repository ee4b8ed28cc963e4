//! The one way into the journal. Numbers, stamps and masks events, writes them, then tells the watchers.
//!
//! Only numbering and writing have to be in order, so only they are done under the lock. Many bytes are masked, hashed
//! and kept before it, the disk is waited for beside it, and watchers look on from a thread of their own.

mod commit;
pub(crate) mod keep;
mod log;
mod look_back;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod walk;
mod watch;

use crate::mask::{SecretBook, Streams, Way, places};
use commit::Commit;
use keep::Keeper;
use log::{Disk, Log};
use look_back::Late;
use proofhouse_bench::Cancel;
use proofhouse_bench::faulty::{Brake, DiskWork};
use proofhouse_journal::{WriteError, Writer};
use proofhouse_model::event::RunEnd;
use proofhouse_model::{
    Because, BlobId, Event, Fact, InClear, SecretFacts, SecretKind, Seq, TaskId, Trouble,
    TroubleKind, UnitName,
};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use watch::Watching;

/// Told of each event some time after it was written, in order, on a thread of its own. For display: one that does not
/// keep up misses events, and one that never returns is left behind.
pub type Watcher = Box<dyn FnMut(&Event) + Send>;

/// Orders all events of a run. A failing disk cancels the run: what is not journaled must not happen.
pub struct Recorder {
    inner: Mutex<Inner>,
    secrets: RwLock<SecretBook>,
    disk: Arc<dyn Disk>,
    commit: Commit,
    keeper: Keeper,
    watching: Watching,
    start: Instant,
    /// Microseconds of the run that lie before `start`: another process lived through them.
    before_us: u64,
    wall: OffsetDateTime,
    cancel: Cancel,
    brake: Option<Brake>,
}

struct Inner {
    /// Taken when the journal is sealed.
    log: Option<Box<dyn Log>>,
    next: Seq,
    /// Why nothing more is taken: the run is over, or the disk failed. After an event that was lost no other one may
    /// follow, or the journal would tell another story; what is there can be resumed.
    shut: Option<Trouble>,
    /// It is shut because the disk failed.
    lost: bool,
    tripwire: Option<Watcher>,
    /// What the journal does not say yet of secrets that nobody made.
    given: Vec<(Option<UnitName>, Fact)>,
    /// How each stream of bytes ended.
    streams: Streams,
    /// Whose consoles were heard.
    heard: BTreeSet<UnitName>,
    /// Secrets that somebody may have said before they were known.
    late: Vec<Late>,
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
        Self::over(Box::new(writer), secrets, watchers, cancel)
    }

    fn over(
        log: Box<dyn Log>,
        secrets: SecretBook,
        watchers: Vec<Watcher>,
        cancel: Cancel,
    ) -> Self {
        let disk = log.disk();
        let inner = Inner {
            next: log.next_seq(),
            log: Some(log),
            shut: None,
            lost: false,
            tripwire: None,
            given: Vec::new(),
            streams: Streams::default(),
            heard: BTreeSet::new(),
            late: Vec::new(),
        };
        Self {
            inner: Mutex::new(inner),
            secrets: RwLock::new(secrets),
            disk,
            commit: Commit::default(),
            keeper: Keeper::default(),
            watching: Watching::start(watchers),
            start: Instant::now(),
            before_us: 0,
            wall: OffsetDateTime::now_utc(),
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

    /// The same with something that is told of each event when it is written and no later one is: holds up the run, and
    /// is for killing the harness at an exact place.
    #[must_use]
    pub fn with_tripwire(self, tripwire: Option<Watcher>) -> Self {
        self.lock().tripwire = tripwire;
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

    /// Writes one fact. It is with the operating system when this returns, and bytes that are too many for it are a
    /// blob on disk.
    ///
    /// # Errors
    /// Cancelled, with the reason, when the journal cannot be written; the whole run is cancelled then. Case, when this
    /// fact does not fit into the journal; nothing was written then, and others can be.
    pub fn record(
        &self,
        task: Option<TaskId>,
        unit: Option<&UnitName>,
        mut fact: Fact,
    ) -> Result<Seq, Trouble> {
        for bytes in fact.bytes_mut() {
            if let Some(kept) = self.keep(bytes)? {
                *bytes = kept;
            }
        }
        let inner = &mut *self.lock();
        self.flush(inner, unit, &fact)?;
        self.append(inner, task, unit, fact)
    }

    /// Writes what a console said, as far as it is decided that no secret begins at its end: the rest is written before
    /// the next other event of the unit, such as the end of the op that saw it. `lost` bytes were left out before it.
    ///
    /// # Errors
    /// As for `record`.
    pub fn heard(&self, unit: &UnitName, bytes: &[u8], lost: u64) -> Result<(), Trouble> {
        let inner = &mut *self.lock();
        let way = Way::heard(Some(unit));
        if !inner.heard.contains(unit) {
            inner.heard.insert(unit.clone());
        }
        let masked = {
            let book = read(&self.secrets);
            inner.streams.push(&book, way, bytes, lost > 0)
        };
        self.say(inner, unit, masked, lost)
    }

    /// A console's words, masked already.
    fn say(
        &self,
        inner: &mut Inner,
        unit: &UnitName,
        masked: Vec<u8>,
        lost: u64,
    ) -> Result<(), Trouble> {
        if masked.is_empty() && lost == 0 {
            return Ok(());
        }
        let bytes = masked.into();
        let fact = Fact::Heard { bytes, lost };
        self.append(inner, None, Some(unit), fact).map(drop)
    }

    /// Writes what is held back of consoles: of the unit that an event is about, of all at the end of a task or run.
    fn flush(
        &self,
        inner: &mut Inner,
        unit: Option<&UnitName>,
        fact: &Fact,
    ) -> Result<(), Trouble> {
        let units: Vec<UnitName> = match fact {
            Fact::TaskEnded { .. } | Fact::RunEnded { .. } => inner.heard.iter().cloned().collect(),
            _ => unit
                .filter(|u| inner.heard.contains(*u))
                .cloned()
                .into_iter()
                .collect(),
        };
        for unit in units {
            let masked = {
                let book = read(&self.secrets);
                inner.streams.flush(&book, Way::heard(Some(&unit)))
            };
            self.say(inner, &unit, masked, 0)?;
        }
        Ok(())
    }

    fn append(
        &self,
        inner: &mut Inner,
        task: Option<TaskId>,
        unit: Option<&UnitName>,
        fact: Fact,
    ) -> Result<Seq, Trouble> {
        let seq = inner.next;
        let event = self.stamp(seq, task, unit, fact);
        let event = read(&self.secrets).mask_event(event, &mut inner.streams);
        self.brake(DiskWork::Write);
        match inner.log()?.append(&event) {
            Ok(()) => {}
            Err(WriteError::Unfit { why, .. }) => return Err(unfit(&why)),
            Err(why) => return Err(self.lost(inner, &why)),
        }
        inner.next += 1;
        if let Some(tripwire) = &mut inner.tripwire {
            tripwire(&event);
        }
        self.watching.tell(event);
        Ok(seq)
    }

    /// Brings everything written so far to the disk itself. Those who wait for it at the same time share one wait.
    ///
    /// # Errors
    /// As for `record`.
    pub fn sync(&self) -> Result<(), Trouble> {
        let wanted = {
            let mut inner = self.lock();
            inner.log()?;
            inner.next
        };
        self.commit(wanted)
    }

    fn commit(&self, wanted: Seq) -> Result<(), Trouble> {
        let written = || self.lock().next;
        self.commit.wait_for(wanted, written, || {
            let inner = self.lock();
            if let Some(why) = inner.shut.as_ref().filter(|_| inner.lost) {
                return Err(why.clone());
            }
            drop(inner);
            self.brake(DiskWork::Sync);
            let done = self.disk.sync();
            done.map_err(|why| self.lost(&mut self.lock(), &why))
        })
    }

    /// Stores evidence, secrets masked, on the disk.
    ///
    /// # Errors
    /// As for `record`.
    pub fn blob(&self, bytes: &[u8]) -> Result<BlobId, Trouble> {
        self.lock().log()?;
        let masked = read(&self.secrets).mask_bytes(bytes, None);
        self.put(&masked)
    }

    fn put(&self, masked: &[u8]) -> Result<BlobId, Trouble> {
        self.brake(DiskWork::Write);
        let put = self.disk.keep(masked);
        put.map_err(|why| self.lost(&mut self.lock(), &why))
    }

    /// Writes the last event and brings it to the disk: what a console still says afterwards is no part of the run.
    ///
    /// # Errors
    /// As for `record`.
    pub fn end(&self, end: RunEnd) -> Result<(), Trouble> {
        self.look_back()?;
        let last = {
            let mut inner = self.lock();
            let fact = Fact::RunEnded { end };
            self.flush(&mut inner, None, &fact)?;
            let last = self.append(&mut inner, None, None, fact)?;
            inner.shut = Some(over());
            last
        };
        self.commit(last + 1)
    }

    /// Lets the watchers see what they have not seen yet, for so long at most; from then on nobody is told. Gives how
    /// many events they missed because they did not keep up or never returned.
    pub fn dismiss_watchers(&self, patience: Duration) -> u64 {
        self.watching.dismiss(patience)
    }

    /// Seals the run folder for good, once all its reports are there.
    ///
    /// # Errors
    /// When the disk refuses; the run can be resumed then, which seals it.
    pub fn seal(&self) -> Result<(), WriteError> {
        let log = self.lock().log.take();
        log.map_or(Ok(()), |mut log| log.seal())
    }

    /// From now on this value is masked; in events of that task alone where one is given. Gives what the journal may
    /// know of it; `None` when it is too short.
    pub fn learn_secret(
        &self,
        name: &str,
        kind: SecretKind,
        value: &[u8],
        scope: Option<TaskId>,
    ) -> Option<SecretFacts> {
        let hash = {
            let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
            let hash = secrets.learn(name, kind, value, scope)?;
            self.keeper.forget();
            hash
        };
        if Late::may_be(kind, value) {
            self.lock().late.push(Late::new(name, &hash, value));
        }
        let known = SecretFacts {
            name: name.to_owned(),
            kind,
            length: u32::try_from(value.len()).unwrap_or(u32::MAX),
            hash,
            digits: value.iter().all(u8::is_ascii_digit),
            hex_digits: value.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
        };
        Some(known)
    }

    /// Learns what is secret on a unit's label, for `take_given`.
    pub fn learn_given(&self, unit: &UnitName, name: &str, value: &str) {
        let known = self.learn_secret(name, SecretKind::Given, value.as_bytes(), None);
        let fact = match known {
            Some(known) => Fact::SecretKnown(known),
            None if value.is_empty() => return,
            None => too_short(name, value.as_bytes()),
        };
        let unit = matches!(fact, Fact::SecretInClear(_)).then(|| unit.clone());
        self.lock().given.push((unit, fact));
    }

    /// The secrets nobody made that were learnt since this was asked last, and those that cannot be masked: they are
    /// known before the run begins.
    pub(crate) fn take_given(&self) -> Vec<(Option<UnitName>, Fact)> {
        std::mem::take(&mut self.lock().given)
    }

    /// Whether a text holds a secret that the task knows.
    pub(crate) fn holds_secret(&self, text: &[u8], task: TaskId) -> bool {
        read(&self.secrets).touches(text, Some(task))
    }

    /// Whether nothing in a value is to be masked that is not already: it is a secret, or a word beside one.
    pub(crate) fn is_known(&self, value: &[u8], task: TaskId) -> bool {
        let book = read(&self.secrets);
        is_known(&book, value, Some(task))
    }

    /// Whether a value is a secret that the task knows.
    pub(crate) fn knows_secret(&self, value: &[u8], task: TaskId) -> bool {
        read(&self.secrets).knows(value, Some(task))
    }

    /// Bytes with every secret masked, for what is written beside the journal.
    #[must_use]
    pub fn masked(&self, bytes: &[u8]) -> Vec<u8> {
        read(&self.secrets).mask_bytes(bytes, None).into_owned()
    }

    /// Where in bytes secrets stand, or pieces of them: for what has to keep its length, such as packets of a capture.
    #[must_use]
    pub fn secrets_in(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        read(&self.secrets).places_in(bytes)
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

    fn lost(&self, inner: &mut Inner, why: &WriteError) -> Trouble {
        let what = format!("the journal cannot be written: {why}");
        self.cancel.lose(&what);
        inner.lost = true;
        inner.shut.get_or_insert(cancelled(what)).clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn log(&mut self) -> Result<&mut dyn Log, Trouble> {
        match (&self.shut, &mut self.log) {
            (Some(why), _) => Err(why.clone()),
            (None, Some(log)) => Ok(log.as_mut()),
            (None, None) => Err(over()),
        }
    }
}

fn read(secrets: &RwLock<SecretBook>) -> std::sync::RwLockReadGuard<'_, SecretBook> {
    secrets.read().unwrap_or_else(PoisonError::into_inner)
}

/// What is said of a secret that cannot be masked.
pub(crate) fn too_short(name: &str, value: &[u8]) -> Fact {
    let characters = String::from_utf8_lossy(value).chars().count();
    Fact::SecretInClear(InClear {
        name: name.to_owned(),
        because: Because::Short {
            characters: u32::try_from(characters).unwrap_or(u32::MAX),
        },
    })
}

/// As [`Recorder::is_known`].
pub(crate) fn is_known(book: &SecretBook, value: &[u8], task: Option<TaskId>) -> bool {
    let beside = || book.beside_secrets(value, task);
    book.knows(value, task) || beside().is_some_and(|rest| !places::is_made_up(&rest))
}

/// The journal is sealed.
fn over() -> Trouble {
    cancelled("the run is over and its journal sealed".to_owned())
}

fn unfit(why: &str) -> Trouble {
    Trouble::case(format!("this cannot be recorded: {why}"))
}

fn cancelled(what: String) -> Trouble {
    Trouble {
        kind: TroubleKind::Cancelled,
        channel: None,
        what,
        try_next: None,
    }
}
