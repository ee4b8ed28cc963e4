//! One running case: turns what its script asks for into journaled ops on the units it holds.

mod answers;
mod asked;
mod turns;

use crate::cited::Cited;
use crate::clock::Clock;
use crate::control::UnitControl;
use crate::guesses::Guesses;
use crate::mask::places;
use crate::recorder::{Recorder, too_short};
use crate::supplies::Supplies;
use answers::Answers;
use asked::Deadline;
use proofhouse_bench::{Budget, Cancel, OwnCancel};
use proofhouse_model::profile::LARGEST_FILE;
use proofhouse_model::{
    BlobId, CaseMeta, Channel, Check, Dur, Fact, Measurement, Observation, Op, Profile, SecretKind,
    Seq, TaskId, Trouble, TroubleKind, UnitName,
};
use proofhouse_script::Host;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use turns::Armed;

/// How long two records of one wire may take to be compared.
const AGREE_WITHIN: Duration = Duration::from_secs(10);

/// What a task is about, and what it holds.
pub struct Held {
    pub task: TaskId,
    pub case: Arc<CaseMeta>,
    pub units: Vec<Arc<dyn UnitControl>>,
    pub profile: Arc<Profile>,
    /// Seed of the run.
    pub seed: u64,
}

/// State of one task while it runs. Its methods are called by the case's own thread alone, except for `give_up`
/// and `call_off`.
pub struct Executor {
    recorder: Arc<Recorder>,
    /// Of the run.
    cancel: Cancel,
    /// Of this case: set with the run's, or alone.
    own: OwnCancel,
    held: Held,
    deadline: Mutex<Deadline>,
    /// What the next check rests on.
    ground: Mutex<Cited>,
    /// Evidence of this case in clear, for the script; on disk it is masked.
    kept: Mutex<BTreeMap<BlobId, Vec<u8>>>,
    /// Held while a fact is written, so that none comes after it is set.
    given_up: Mutex<bool>,
    clock: Clock,
    /// Supplies are switched in turn with gates that prove one.
    supplies: Arc<Supplies>,
    armed: Mutex<Armed>,
    /// This case's gate has the turn.
    has_turn: AtomicBool,
    /// Checks of this attempt, to know whether it came to a verdict.
    made: Mutex<Vec<Check>>,
    /// An earlier end for ops than the case's.
    hurry: Mutex<Option<Instant>>,
    /// Secrets of which it was said that they are not masked.
    short: Mutex<BTreeSet<String>>,
    /// What the case tries as a password, and is none.
    guesses: Mutex<Guesses>,
    /// How much its units answered.
    answers: Mutex<Answers>,
    /// Specimens of which a wire did not answer.
    unwired: Mutex<BTreeSet<usize>>,
    /// What it does is no task's: a unit that left the run is tried.
    aside: bool,
}

impl Executor {
    /// A case about to start.
    #[must_use]
    pub fn new(
        recorder: Arc<Recorder>,
        cancel: Cancel,
        held: Held,
        supplies: Arc<Supplies>,
    ) -> Self {
        let deadline = Deadline::at(Instant::now() + held.case.within.std());
        Self {
            recorder,
            own: cancel.own(),
            cancel,
            held,
            deadline: Mutex::new(deadline),
            ground: Mutex::default(),
            kept: Mutex::default(),
            given_up: Mutex::default(),
            clock: Clock::default(),
            supplies,
            armed: Mutex::default(),
            has_turn: AtomicBool::new(false),
            made: Mutex::default(),
            hurry: Mutex::default(),
            short: Mutex::default(),
            guesses: Mutex::default(),
            answers: Mutex::default(),
            unwired: Mutex::default(),
            aside: false,
        }
    }

    /// The same for what no task is about: its events name the unit alone.
    #[must_use]
    pub(crate) fn aside(self) -> Self {
        Self {
            aside: true,
            ..self
        }
    }

    /// The task that its events belong to.
    fn task(&self) -> Option<TaskId> {
        (!self.aside).then_some(self.held.task)
    }

    /// Units of which a wire did not answer.
    pub(crate) fn unwired(&self) -> Vec<UnitName> {
        let unwired = lock(&self.unwired);
        unwired.iter().filter_map(|n| self.name_of(*n)).collect()
    }

    /// Units it holds.
    pub(crate) fn units(&self) -> &[Arc<dyn UnitControl>] {
        &self.held.units
    }

    /// Whether whatever else records the wires of its units has what came over them; that it has goes on record.
    pub(crate) fn wires_agree(&self) -> Result<(), Trouble> {
        for (specimen, unit) in self.units().iter().enumerate() {
            let budget = Budget::new(AGREE_WITHIN, &self.own.cancel);
            if let Some(agreed) = unit.agrees(&budget)? {
                self.record_of(specimen, Fact::ConsoleAgreed(agreed))?;
            }
        }
        Ok(())
    }

    /// When the case must be over, if the person who is asked meanwhile takes all of their time.
    #[must_use]
    pub fn until(&self) -> Instant {
        lock(&self.deadline).latest()
    }

    /// From now on nothing of this case enters the journal: its thread hangs and was left behind.
    pub fn give_up(&self) {
        *lock(&self.given_up) = true;
        // Its units are being switched off by another way, which calls cuts off.
        *lock(&self.armed) = Armed::default();
    }

    /// Checks made so far.
    pub(crate) fn checks_made(&self) -> Vec<Check> {
        lock(&self.made).clone()
    }

    fn record(&self, specimen: Option<usize>, fact: Fact) -> Result<Seq, Trouble> {
        let given_up = lock(&self.given_up);
        if *given_up {
            return Err(plain(TroubleKind::Cancelled, "the case was given up"));
        }
        let unit = specimen
            .and_then(|n| self.held.units.get(n))
            .map(|u| u.name());
        self.learn_found(unit, &fact)?;
        self.recorder.record(self.task(), unit, fact)
    }

    /// Secrets that nobody named and that stand in a usual place are known before their event is written.
    fn learn_found(&self, unit: Option<&UnitName>, fact: &Fact) -> Result<(), Trouble> {
        let (kind, found) = places::of(fact);
        for (name, value) in found {
            self.learn(unit, &name, kind, value.as_bytes())?;
        }
        Ok(())
    }

    /// The same of what a unit's peers heard meanwhile.
    fn learn_heard(&self, unit: &dyn UnitControl) -> Result<(), Trouble> {
        for (name, value) in unit.new_secrets() {
            self.learn(Some(unit.name()), name, SecretKind::Found, &value)?;
        }
        Ok(())
    }

    fn learn(
        &self,
        unit: Option<&UnitName>,
        name: &str,
        kind: SecretKind,
        value: &[u8],
    ) -> Result<(), Trouble> {
        let task = self.held.task;
        if lock(&self.guesses).has(value) || self.recorder.is_known(value, task) {
            return Ok(());
        }
        let scope = (kind == SecretKind::Sent).then_some(task);
        let known = self.recorder.learn_secret(name, kind, value, scope);
        let fact = match known {
            Some(known) => Fact::SecretKnown(known),
            // Once is enough.
            None if !lock(&self.short).insert(name.to_owned()) => return Ok(()),
            None => too_short(name, value),
        };
        self.recorder.record(self.task(), unit, fact).map(drop)
    }

    fn carry_out(&self, unit: &dyn UnitControl, op: &Op) -> Result<Observation, Trouble> {
        let mut keep = |bytes: &[u8]| {
            let id = self.recorder.blob(bytes)?;
            lock(&self.kept).insert(id.clone(), bytes.to_vec());
            Ok(id)
        };
        let until = self.until();
        let until = lock(&self.hurry).map_or(until, |soon| soon.min(until));
        unit.perform(op, &Budget::until(until, &self.own.cancel), &mut keep)
    }
}

#[cfg(test)]
impl Executor {
    /// The same by another clock.
    pub(crate) fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// What a check made now would rest on.
    pub(crate) fn cited(&self) -> Vec<Seq> {
        lock(&self.ground).cite()
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

    /// The case's script is over.
    pub(crate) fn script_ended(&self) -> Result<(), Trouble> {
        self.record(None, Fact::ScriptEnded).map(drop)
    }

    /// What this attempt found, shown and refuted alike, is taken back.
    pub(crate) fn void_findings(&self, why: &Trouble) -> Result<(), Trouble> {
        let why = why.what.clone();
        self.record(None, Fact::FindingsVoid { why }).map(drop)
    }

    /// The next check rests on nothing that was done so far.
    pub(crate) fn cite_from_here(&self) {
        lock(&self.ground).forget();
    }

    /// The time it goes by.
    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }
}

/// Ops before which everything written must be on the disk itself.
fn is_grave(op: &Op) -> bool {
    matches!(op, Op::Power(op) if op.arms())
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
        lock(&self.ground).asked();
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
        let turn = self.turn_for(&op)?;
        let of = self.record(Some(specimen), Fact::OpStarted { op: op.clone() })?;
        if is_grave(&op) {
            self.recorder.sync()?;
        }
        let start = Instant::now();
        let result = self.carry_out_or_ask(unit.as_ref(), &op);
        self.learn_heard(unit.as_ref())?;
        let took = Dur::from(Duration::from_micros(
            u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX),
        ));
        self.keep_turn(specimen, &op, result.is_ok(), turn);
        let is_bench = |t: &Trouble| t.kind == TroubleKind::Bench && op.channel().is_some();
        if result.as_ref().is_err_and(is_bench) {
            lock(&self.unwired).insert(specimen);
        }
        // The case's own end may have cut the op short: then neither a silence nor what was not seen says anything
        // about the device.
        let result = match result {
            Err(t) if !t.kind.is_device() => Err(t),
            came => self.stopped().map_or(came, Err),
        };
        let result = result.and_then(|saw| lock(&self.answers).count(&saw).map(|()| saw));
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
        self.unless_unanswered(unit.as_ref(), &op, result)
    }

    fn checked(&self, mut check: Check) -> Result<(), Trouble> {
        check.rests_on = lock(&self.ground).cite();
        lock(&self.made).push(check.clone());
        self.record(None, Fact::Checked(check)).map(drop)
    }

    fn checked_on(&self, mut check: Check, calls: Range<u64>) -> Result<(), Trouble> {
        check.rests_on = lock(&self.ground).cite_these(calls);
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

    fn limited(&self, text: &str) -> Result<(), Trouble> {
        let text = text.to_owned();
        self.record(None, Fact::Limited { text }).map(drop)
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
            None => self.record(None, too_short(name, value)).map(drop),
        }
    }

    fn guesses(&self, word: &str) -> Result<String, Trouble> {
        let word = word.to_owned();
        if lock(&self.guesses).add(&word) {
            self.record(None, Fact::Guessed { word: word.clone() })?;
        }
        Ok(word)
    }

    fn matched(&self, text: &[u8], pattern: &str, fits: bool) -> Result<bool, Trouble> {
        if self.recorder.holds_secret(text, self.held.task) {
            let pattern = pattern.to_owned();
            self.record(None, Fact::SecretMatched { pattern, fits })?;
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
            self.record(None, Fact::WaitRanOut { limit })?;
        }
        Ok(over)
    }

    fn pause(&self, length: Dur) -> Result<(), Trouble> {
        let left = self.until().saturating_duration_since(self.now());
        self.clock.pause(length.std().min(left), &self.own.cancel);
        self.stopped().map_or(Ok(()), Err)
    }

    fn call_off(&self, why: &str) {
        self.own.cancel.cancel(why);
    }

    fn stopped(&self) -> Option<Trouble> {
        if let Some(why) = self.own.cancel.reason() {
            return Some(plain(TroubleKind::Cancelled, &why));
        }
        if *lock(&self.given_up) {
            return Some(plain(TroubleKind::Cancelled, "the case was given up"));
        }
        (self.now() >= self.until()).then(|| {
            plain(
                TroubleKind::Deadline,
                &format!("the case's {} are over", self.held.case.within),
            )
        })
    }
}

#[cfg(test)]
mod tests;
