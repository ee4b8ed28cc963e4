//! One running case: turns what its script asks for into journaled ops on the units it holds.

use crate::cited::Cited;
use crate::control::UnitControl;
use crate::mask::places;
use crate::recorder::Recorder;
use proofhouse_bench::{Budget, Cancel};
use proofhouse_model::op::DebugOp;
use proofhouse_model::{
    BlobId, CaseMeta, Channel, Check, Dur, Fact, Measurement, Observation, Op, Profile, SecretKind,
    Seq, TaskId, Trouble, TroubleKind, UnitName, op,
};
use proofhouse_script::Host;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, TryLockError};
use std::time::{Duration, Instant};

/// What a task is about, and what it holds.
pub struct Held {
    pub task: TaskId,
    pub case: Arc<CaseMeta>,
    pub units: Vec<Arc<dyn UnitControl>>,
    pub profile: Arc<Profile>,
    /// Seed of the run.
    pub seed: u64,
}

/// State of one task while it runs. Its methods are called by the case's own thread alone, except for `give_up`.
pub struct Executor {
    recorder: Arc<Recorder>,
    cancel: Cancel,
    held: Held,
    until: Instant,
    /// What the next check rests on.
    ground: Mutex<Cited>,
    /// Evidence of this case in clear, for the script; on disk it is masked.
    kept: Mutex<BTreeMap<BlobId, Vec<u8>>>,
    given_up: AtomicBool,
    /// Supplies are switched in turn with gates that prove one.
    supplies: Arc<RwLock<()>>,
    /// This case's gate has the turn.
    has_turn: AtomicBool,
    /// Checks of this attempt, to know whether it came to a verdict.
    made: Mutex<Vec<Check>>,
    /// An earlier end for ops than the case's.
    hurry: Mutex<Option<Instant>>,
}

impl Executor {
    /// A case about to start.
    #[must_use]
    pub fn new(
        recorder: Arc<Recorder>,
        cancel: Cancel,
        held: Held,
        supplies: Arc<RwLock<()>>,
    ) -> Self {
        let until = Instant::now() + held.case.within.std();
        Self {
            recorder,
            cancel,
            held,
            until,
            ground: Mutex::default(),
            kept: Mutex::default(),
            given_up: AtomicBool::new(false),
            supplies,
            has_turn: AtomicBool::new(false),
            made: Mutex::default(),
            hurry: Mutex::default(),
        }
    }

    /// Units it holds.
    pub(crate) fn units(&self) -> &[Arc<dyn UnitControl>] {
        &self.held.units
    }

    /// When the case must be over.
    #[must_use]
    pub fn until(&self) -> Instant {
        self.until
    }

    /// From now on nothing of this case enters the journal: its thread hangs and was left behind.
    pub fn give_up(&self) {
        self.given_up.store(true, Ordering::SeqCst);
    }

    /// Checks made so far.
    pub(crate) fn checks_made(&self) -> Vec<Check> {
        lock(&self.made).clone()
    }

    fn record(&self, specimen: Option<usize>, fact: Fact) -> Result<Seq, Trouble> {
        if self.given_up.load(Ordering::SeqCst) {
            return Err(plain(TroubleKind::Cancelled, "the case was given up"));
        }
        let unit = specimen
            .and_then(|n| self.held.units.get(n))
            .map(|u| u.name());
        self.learn_found(unit, &fact)?;
        self.recorder.record(Some(self.held.task), unit, fact)
    }

    /// Secrets that nobody named and that stand in a usual place are known before their event is written.
    fn learn_found(&self, unit: Option<&UnitName>, fact: &Fact) -> Result<(), Trouble> {
        let (kind, found) = places::of(fact);
        let task = self.held.task;
        for (name, value) in found {
            if self.recorder.knows_secret(value.as_bytes(), task) {
                continue;
            }
            let scope = (kind == SecretKind::Sent).then_some(task);
            let known = self
                .recorder
                .learn_secret(&name, kind, value.as_bytes(), scope);
            if let Some(known) = known {
                self.recorder
                    .record(Some(task), unit, Fact::SecretKnown(known))?;
            }
        }
        Ok(())
    }

    fn carry_out(&self, unit: &dyn UnitControl, op: &Op) -> Result<Observation, Trouble> {
        let mut keep = |bytes: &[u8]| {
            let id = self.recorder.blob(bytes)?;
            lock(&self.kept).insert(id.clone(), bytes.to_vec());
            Ok(id)
        };
        let until = lock(&self.hurry).map_or(self.until, |soon| soon.min(self.until));
        unit.perform(op, &Budget::until(until, &self.cancel), &mut keep)
    }
}

/// For the gate, which acts as the case it opens for.
impl Executor {
    /// Name of a unit held, from 0.
    pub(crate) fn name_of(&self, specimen: usize) -> Option<UnitName> {
        self.held.units.get(specimen).map(|u| u.name().clone())
    }

    /// Writes a fact of one unit held.
    pub(crate) fn record_of(&self, specimen: usize, fact: Fact) -> Result<(), Trouble> {
        self.record(Some(specimen), fact).map(drop)
    }

    /// Ends every op at that moment, while there is one.
    pub(crate) fn hurry(&self, until: Option<Instant>) {
        *lock(&self.hurry) = until;
    }

    /// This thread has the turn of supplies: its own ops need not wait for it.
    pub(crate) fn has_the_turn(&self, has: bool) {
        self.has_turn.store(has, Ordering::SeqCst);
    }

    /// The case's script is next.
    pub(crate) fn script_begins(&self) -> Result<(), Trouble> {
        self.record(None, Fact::ScriptBegan).map(drop)
    }

    /// The next check rests on nothing that was done so far.
    pub(crate) fn cite_from_here(&self) {
        lock(&self.ground).forget();
    }

    /// Waits while a gate proves the supply of another unit.
    fn turn_for(&self, op: &Op) -> Result<Option<RwLockReadGuard<'_, ()>>, Trouble> {
        let switches = matches!(op, Op::Power(_) | Op::Debug(DebugOp::Race { .. }));
        if !switches || self.has_turn.load(Ordering::SeqCst) {
            return Ok(None);
        }
        loop {
            match self.supplies.try_read() {
                Ok(turn) => return Ok(Some(turn)),
                Err(TryLockError::Poisoned(turn)) => return Ok(Some(turn.into_inner())),
                Err(TryLockError::WouldBlock) => self.pause(Dur::ms(2))?,
            }
        }
    }
}

/// Largest file of a profile, in bytes: as large as a value of a script.
pub(crate) const LARGEST_FILE: u64 = 256 << 20;

/// Ops before which everything written must be on the disk itself.
fn is_grave(op: &Op) -> bool {
    matches!(
        op,
        Op::Power(op::PowerOp::CutIn { .. } | op::PowerOp::CutAtLine { .. })
    )
}

/// What is said of a secret that cannot be masked.
#[must_use]
pub fn too_short(what: &str, length: usize) -> String {
    let characters = if length == 1 {
        "character"
    } else {
        "characters"
    };
    format!("{what} has {length} {characters} and is not masked: that takes four")
}

fn plain(kind: TroubleKind, what: &str) -> Trouble {
    Trouble {
        kind,
        channel: None,
        what: what.to_owned(),
        try_next: None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Host for Executor {
    fn perform(&self, specimen: usize, op: Op) -> Result<Observation, Trouble> {
        if let Some(stop) = self.stopped() {
            return Err(stop);
        }
        if op.bytes().iter().any(|bytes| bytes.kept().is_some()) {
            let what = "this op is read from a journal: of its bytes only the head is at hand";
            return Err(Trouble::case(what.to_owned()));
        }
        let unit = self.held.units.get(specimen).ok_or_else(|| {
            Trouble::case(format!(
                "the case holds {} units, not {}",
                self.held.units.len(),
                specimen + 1
            ))
        })?;
        let _turn = self.turn_for(&op)?;
        let of = self.record(Some(specimen), Fact::OpStarted { op: op.clone() })?;
        if is_grave(&op) {
            self.recorder.sync()?;
        }
        let start = Instant::now();
        let result = self.carry_out(unit.as_ref(), &op);
        let took = Dur::from(Duration::from_micros(
            u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX),
        ));
        // The case's own end cut the wait short: that says nothing about the device.
        let result = match result {
            Err(t) if t.kind.is_device() => Err(self.stopped().unwrap_or(t)),
            other => other,
        };
        let fact = match &result {
            Ok(saw) => Fact::OpEnded {
                of,
                saw: saw.clone(),
                took,
            },
            Err(trouble) => Fact::OpFailed {
                of,
                trouble: trouble.clone(),
                took,
            },
        };
        let (ended, result) = match self.record(Some(specimen), fact) {
            // What came back cannot be recorded: for the case it did not come.
            Err(unfit) if unfit.kind == TroubleKind::Case => {
                let trouble = Trouble {
                    kind: TroubleKind::DeviceGarbled,
                    channel: op.channel(),
                    ..unfit
                };
                let fact = Fact::OpFailed {
                    of,
                    trouble: trouble.clone(),
                    took,
                };
                (self.record(Some(specimen), fact)?, Err(trouble))
            }
            ended => (ended?, result),
        };
        lock(&self.ground).add(ended);
        result
    }

    fn checked(&self, mut check: Check) -> Result<(), Trouble> {
        check.rests_on = lock(&self.ground).cite();
        lock(&self.made).push(check.clone());
        self.record(None, Fact::Checked(check)).map(drop)
    }

    fn measured(&self, measurement: Measurement) -> Result<(), Trouble> {
        self.record(None, Fact::Measured(measurement)).map(drop)
    }

    fn noted(&self, text: &str) -> Result<(), Trouble> {
        self.record(
            None,
            Fact::Noted {
                text: text.to_owned(),
            },
        )
        .map(drop)
    }

    fn fresh_secret(&self, name: &str, kind: SecretKind, length: usize) -> Result<String, Trouble> {
        let value = proofhouse_script::fresh_secret(kind, length)?;
        if let Some(known) = self
            .recorder
            .learn_secret(name, kind, value.as_bytes(), None)
        {
            self.record(None, Fact::SecretKnown(known))?;
        }
        Ok(value)
    }

    fn name_secret(&self, name: &str, value: &[u8]) -> Result<(), Trouble> {
        if self.recorder.knows_secret(value, self.held.task) {
            return Ok(());
        }
        match self
            .recorder
            .learn_secret(name, SecretKind::Named, value, None)
        {
            Some(known) => self.record(None, Fact::SecretKnown(known)).map(drop),
            None => self.noted(&too_short(&format!("the secret {name}"), value.len())),
        }
    }

    fn matched(&self, text: &[u8], fits: bool) -> Result<bool, Trouble> {
        if self.recorder.holds_secret(text, self.held.task) {
            self.record(None, Fact::SecretMatched { fits })?;
        }
        Ok(fits)
    }

    fn blob(&self, id: &BlobId) -> Option<Vec<u8>> {
        lock(&self.kept).get(id).cloned()
    }

    fn file(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let Some(path) = self.held.profile.files.get(name) else {
            return Ok(None);
        };
        let path = std::path::Path::new(&self.held.profile.folder).join(path);
        let bytes = proofhouse_journal::read_file(&path, LARGEST_FILE)
            .map_err(|e| Trouble::case(format!("cannot read {}: {e}", path.display())))?;
        Ok(Some(bytes))
    }

    fn has(&self, specimen: usize, channel: Channel) -> bool {
        self.held
            .units
            .get(specimen)
            .is_some_and(|u| u.has(channel))
    }

    fn profile(&self) -> &Profile {
        &self.held.profile
    }

    fn unit_name(&self, specimen: usize) -> String {
        self.held
            .units
            .get(specimen)
            .map_or_else(String::new, |u| u.name().to_string())
    }

    fn specimens(&self) -> usize {
        self.held.units.len()
    }

    fn seed(&self) -> u64 {
        self.held.seed
    }

    fn clock(&self) -> Result<u64, Trouble> {
        let ms = self.now_ms();
        self.record(None, Fact::ClockRead { ms })?;
        Ok(ms)
    }

    fn now_ms(&self) -> u64 {
        self.recorder.now_ms()
    }

    fn ran_out(&self, since_ms: u64, limit: Dur) -> Result<bool, Trouble> {
        let over = u128::from(self.now_ms().saturating_sub(since_ms)) >= limit.std().as_millis();
        if over {
            self.record(None, Fact::WaitRanOut)?;
        }
        Ok(over)
    }

    fn pause(&self, length: Dur) -> Result<(), Trouble> {
        let left = self.until.saturating_duration_since(Instant::now());
        let _ = self.cancel.pause(length.std().min(left));
        self.stopped().map_or(Ok(()), Err)
    }

    fn stopped(&self) -> Option<Trouble> {
        if let Some(why) = self.cancel.reason() {
            return Some(plain(TroubleKind::Cancelled, &why));
        }
        if self.given_up.load(Ordering::SeqCst) {
            return Some(plain(TroubleKind::Cancelled, "the case was given up"));
        }
        (Instant::now() >= self.until).then(|| {
            plain(
                TroubleKind::Deadline,
                &format!("the case's {} are over", self.held.case.within),
            )
        })
    }
}
