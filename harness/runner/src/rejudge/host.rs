//! A host that answers from a recording.

use super::Blobs;
use super::recording::{Attempt, is_made};
use crate::cited::Cited;
use crate::guesses::Guesses;
use crate::mask::{SHORTEST, SecretBook, Streams, each_text, is_opaque, places};
use crate::recorder::is_known;
use proofhouse_journal::read_file;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::profile::LARGEST_FILE;
use proofhouse_model::{
    BlobId, Bytes, Channel, Check, Dur, Event, Fact, Measurement, Observation, Op, Plan, Profile,
    SecretFacts, SecretKind, Trouble, TroubleKind,
};
use proofhouse_script::{Host, stand_in};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How much later than it was looked at a moment may stand on record: events are stamped when they are written.
const CLOCK_MS: u128 = 25;

/// How often a wait may look at the clock while nothing new is asked: the recording will not change any more.
const MOST_LOOKS: u32 = 10_000;

/// How long a script may go on by itself, without asking for anything that is on record.
const PATIENCE: Duration = Duration::from_secs(20);

/// Longest description of an op in a message, in characters.
const LONGEST: usize = 160;

/// One attempt, given again.
pub struct ReplayHost {
    profile: Arc<Profile>,
    channels: Vec<Vec<Channel>>,
    seed: u64,
    attempt: Attempt,
    /// How long the case may take by its head, where that is not as it was in the run.
    within: Option<Dur>,
    blobs: Blobs,
    state: Mutex<State>,
}

struct State {
    /// Copied when the attempt teaches a value that the journal shows.
    book: Arc<SecretBook>,
    streams: Streams,
    guesses: Guesses,
    /// The next fact of the attempt.
    at: usize,
    ground: Cited,
    out: Vec<Event>,
    /// Why the recording could not go on answering.
    left: Option<Trouble>,
    /// Looks at the clock since something was asked.
    looks: u32,
    /// When something on record was asked for last.
    asked: Instant,
    /// The recorded moment of the last fact that was given, microseconds.
    given_at: u64,
}

impl ReplayHost {
    /// From the beginning of the script.
    pub fn new(
        plan: &Plan,
        profile: Arc<Profile>,
        attempt: Attempt,
        within: Option<Dur>,
        book: Arc<SecretBook>,
        blobs: Blobs,
    ) -> Self {
        let of = |name| plan.bench.units.iter().find(|u| &u.name == name);
        let has = |name| -> Vec<Channel> {
            let unit = of(name);
            let all = Channel::ALL.into_iter();
            all.filter(|c| unit.is_some_and(|u| u.has(*c))).collect()
        };
        Self {
            channels: attempt.units.iter().map(has).collect(),
            seed: plan.seed,
            profile,
            attempt,
            within,
            blobs,
            state: Mutex::new(State {
                book,
                streams: Streams::default(),
                guesses: Guesses::default(),
                at: 1, // Behind the beginning of the script.
                ground: Cited::default(),
                out: Vec::new(),
                left: None,
                looks: 0,
                asked: Instant::now(),
                given_at: 0,
            }),
        }
    }

    /// What the script made of it, with its end; and where the recording could not answer, if so.
    pub fn finish(&self, end: CaseEnd) -> (Vec<Event>, Option<String>) {
        let mut state = self.lock();
        let mut out = std::mem::take(&mut state.out);
        let left = state.left.as_ref().map(|trouble| trouble.what.clone());
        let then = self.attempt.end();
        // What cut the case short then cut it short at some moment that no script can tell.
        let end = match then.filter(|_| left.is_none() && state.at >= self.attempt.facts.len()) {
            Some(then) if was_cut_short(then) => then.clone(),
            _ => end,
        };
        let ended = self.attempt.ended(end);
        out.extend(ended.map(|event| state.masked(event)));
        (out, left)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next fact that the script was given, over what it made before. Nothing that came after the end of the case's
    /// time, as its head tells it now.
    fn given<'a>(&'a self, state: &mut State) -> Option<&'a Event> {
        state.looks = 0;
        let start = self.attempt.facts.first().map_or(0, |e| e.at_us);
        loop {
            let event = self.attempt.facts.get(state.at)?;
            let took = Duration::from_micros(event.at_us.saturating_sub(start));
            if let Some(within) = self.within.filter(|within| took > within.std()) {
                let what = format!("the case may take {within} now, and the recording took longer");
                state.left.get_or_insert(Trouble::case(what));
                return None;
            }
            state.at += 1;
            if !is_made(&event.fact) {
                (state.asked, state.given_at) = (Instant::now(), event.at_us);
                return Some(event);
            }
        }
    }

    /// The recording cannot answer; `next` is what it has instead.
    fn leave(&self, state: &mut State, asked: &str, next: Option<&Event>) -> Trouble {
        let ended = self.attempt.end().filter(|end| was_cut_short(end));
        // The same end comes again: of the deadline, or of the whole run.
        if let (Some(Fact::TaskEnded { .. }), Some(CaseEnd::Stopped { trouble, .. })) =
            (next.map(|e| &e.fact), ended)
        {
            state.at = self.attempt.facts.len();
            return trouble.clone();
        }
        let recorded = match next {
            Some(event) => format!("{}, event {}", short(&event.fact), event.seq),
            None => "nothing: the journal ends there".to_owned(),
        };
        let what = format!(
            "the case asks for {asked}, which was not recorded (recorded next: {recorded})"
        );
        let trouble = Trouble::case(what);
        state.left.get_or_insert(trouble).clone()
    }

    /// An op for a message, as the journal would show it.
    fn shown(&self, state: &mut State, op: &Op) -> String {
        let fact = Fact::OpStarted { op: op.clone() };
        let event = Event {
            fact,
            ..self.attempt.facts[0].clone()
        };
        short(&state.masked(event).fact)
    }

    fn make(&self, fact: Fact) {
        self.make_in(&mut self.lock(), fact);
    }

    fn make_in(&self, state: &mut State, fact: Fact) {
        let next = self.attempt.facts.get(state.at);
        let same = |e: &&Event| std::mem::discriminant(&e.fact) == std::mem::discriminant(&fact);
        let place = match next.filter(same) {
            Some(event) => {
                state.at += 1;
                event
            }
            // It has no place of its own: it stands behind what came last.
            None => &self.attempt.facts[state.at.clamp(1, self.attempt.facts.len()) - 1],
        };
        let unit = next.filter(same).and_then(|e| e.unit.clone());
        let event = Event {
            fact,
            unit,
            ..place.clone()
        };
        let event = state.masked(event);
        state.out.push(event);
    }

    /// What came back, as the script had it: with the bytes that stand outside the journal.
    fn whole(&self, book: &SecretBook, saw: &Observation) -> Result<Observation, Trouble> {
        let mut saw = put_back(book, saw);
        for bytes in saw.bytes_mut() {
            self.fetch(book, bytes)?;
        }
        Ok(saw)
    }

    /// An op as the script made it then. Stand-ins are put into what was recorded, and not marks into what is asked
    /// now: one of a secret's forms may be another one's of its stand-in.
    fn op_then(&self, book: &SecretBook, op: &Op) -> Result<Op, Trouble> {
        let mut op = put_back(book, op);
        for bytes in op.bytes_mut() {
            self.fetch(book, bytes)?;
        }
        Ok(op)
    }

    /// Whether an op is the recorded one but for marks that cannot be put back: it has the same ones in the same
    /// places.
    fn is_same_in_marks(&self, book: &SecretBook, recorded: &Fact, op: &Op) -> bool {
        let Fact::OpStarted { op: then } = recorded else {
            return false;
        };
        let mut then = then.clone();
        for bytes in then.bytes_mut() {
            let kept = bytes.kept().map(|kept| (self.blobs)(&kept.blob));
            match kept {
                Some(Some(all)) => *bytes = all.into(),
                Some(None) => return false,
                None => {}
            }
        }
        let (Ok(mut now), Ok(text)) = (serde_json::to_value(op), serde_json::to_string(&then))
        else {
            return false;
        };
        if !is_opaque(&text) {
            return false;
        }
        let task = self.attempt.task();
        each_text(&mut now, &|bytes| book.mask_bytes(bytes, task).into_owned());
        serde_json::from_value::<Op>(now).is_ok_and(|now| now == then)
    }

    /// Whether an op is the recorded one but for short pieces of secrets that stood there by chance.
    fn is_same_but_pieces(book: &SecretBook, recorded: &Fact, op: &Op) -> bool {
        let Fact::OpStarted { op: then } = recorded else {
            return false;
        };
        let Some(((then, recorded), (now, asked))) = texts_of(then).zip(texts_of(op)) else {
            return false;
        };
        let mut pairs = recorded.iter().zip(&asked);
        then == now && recorded.len() == asked.len() && pairs.all(|(r, a)| book.fits(r, a))
    }

    /// Bytes that are kept as a blob.
    fn fetch(&self, book: &SecretBook, bytes: &mut Bytes) -> Result<(), Trouble> {
        if let Some(kept) = bytes.kept() {
            let blob = &kept.blob;
            let all = (self.blobs)(blob)
                .ok_or_else(|| Trouble::case(format!("blob {blob} cannot be read")))?;
            *bytes = book.put_back(&all).into();
        }
        Ok(())
    }

    /// The next fact, over secrets that nobody named. What `op` shows of those is what it was then: a word of the case,
    /// so no stand-in fits.
    fn given_over_found<'a>(&'a self, state: &mut State, op: Option<&Op>) -> Option<&'a Event> {
        let op = op.map(|op| Fact::OpStarted { op: op.clone() });
        let shown = op.map_or(Vec::new(), |fact| places::of(&fact).1);
        let task = self.attempt.task();
        let mut shown = shown
            .into_iter()
            .filter(|(_, value)| value.len() >= SHORTEST)
            .filter(|(_, value)| !is_known(&state.book, value.as_bytes(), task))
            .collect::<Vec<_>>();
        // A guess was no secret then; it was one to an older harness.
        shown.sort_by_key(|(_, value)| state.guesses.has(value.as_bytes()));
        loop {
            let event = self.given(state)?;
            match &event.fact {
                Fact::SecretKnown(secret) if secret.kind == SecretKind::Sent => {
                    let length = |text: &str| u32::try_from(text.len()).ok();
                    let its = shown.iter().position(|(name, value)| {
                        *name == secret.name && length(value) == Some(secret.length)
                    });
                    if let Some((_, value)) = its.map(|at| shown.remove(at)) {
                        let book = Arc::make_mut(&mut state.book);
                        let called = (secret.name.as_str(), secret.hash.as_str());
                        book.learn_as(called, secret.kind, value.as_bytes(), task);
                    }
                }
                Fact::SecretKnown(secret) if secret.kind == SecretKind::Found => {}
                _ => return Some(event),
            }
        }
    }
}

impl State {
    fn masked(&mut self, event: Event) -> Event {
        self.book.mask_event(event, &mut self.streams)
    }
}

/// An op without its texts, and these.
fn texts_of(op: &Op) -> Option<(serde_json::Value, Vec<Vec<u8>>)> {
    let mut json = serde_json::to_value(op).ok()?;
    let texts = RefCell::new(Vec::new());
    each_text(&mut json, &|bytes| {
        texts.borrow_mut().push(bytes.to_vec());
        Vec::new()
    });
    Some((json, texts.into_inner()))
}

/// A value of the journal with stand-ins where it names secrets.
fn put_back<T: Serialize + DeserializeOwned + Clone>(book: &SecretBook, value: &T) -> T {
    let Ok(mut json) = serde_json::to_value(value) else {
        return value.clone();
    };
    each_text(&mut json, &|bytes| book.put_back(bytes));
    serde_json::from_value(json).unwrap_or_else(|_| value.clone())
}

/// By its deadline, or by the end of the run.
fn was_cut_short(end: &CaseEnd) -> bool {
    matches!(
        end,
        CaseEnd::Stopped { trouble, .. }
            if matches!(trouble.kind, TroubleKind::Deadline | TroubleKind::Cancelled)
    )
}

/// A fact for a reader.
fn short(fact: &Fact) -> String {
    let text = match fact {
        Fact::OpStarted { op } => serde_json::to_string(op).unwrap_or_default(),
        Fact::TaskEnded { .. } => "the end of the case".to_owned(),
        Fact::WaitRanOut { limit } => format!("a wait of {limit} that ran out"),
        Fact::ClockRead { .. } => "a look at the clock".to_owned(),
        Fact::SecretKnown(secret) => format!("a fresh secret {}", secret.name),
        other => serde_json::to_string(other).unwrap_or_default(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

impl Host for ReplayHost {
    fn perform(&self, specimen: usize, op: Op) -> Result<Observation, Trouble> {
        let state = &mut *self.lock();
        state.ground.asked();
        if let Some(trouble) = &state.left {
            return Err(trouble.clone());
        }
        let unit = self.attempt.units.get(specimen);
        let next = self.given_over_found(state, Some(&op));
        let book = Arc::clone(&state.book);
        let recorded = match next.map(|e| (e, &e.fact)) {
            Some((event, Fact::OpStarted { op })) => Some((event, self.op_then(&book, op)?)),
            _ => None,
        };
        let Some((event, then)) = recorded else {
            let asked = self.shown(state, &op);
            return Err(self.leave(state, &asked, next));
        };
        let same = then == op
            || self.is_same_in_marks(&book, &event.fact, &op)
            || Self::is_same_but_pieces(&book, &event.fact, &op);
        if event.unit.as_ref() != unit || !same {
            let asked = format!(
                "{} of {}",
                self.shown(state, &op),
                unit.map_or("no unit", |u| u.as_str())
            );
            return Err(self.leave(state, &asked, next));
        }
        match self.given_over_found(state, None) {
            Some(ended) => match &ended.fact {
                Fact::OpEnded { of, saw, .. } if *of == event.seq => {
                    state.ground.add(ended.seq);
                    self.whole(&book, saw)
                }
                Fact::OpFailed { of, trouble, .. } if *of == event.seq => {
                    state.ground.add(ended.seq);
                    Err(put_back(&book, trouble))
                }
                _ => Err(self.leave(state, "the end of an op", Some(ended))),
            },
            None => Err(self.leave(state, "the end of an op", None)),
        }
    }

    fn checked(&self, mut check: Check) -> Result<(), Trouble> {
        check.rests_on = self.lock().ground.cite();
        self.make(Fact::Checked(check));
        Ok(())
    }

    fn checked_on(&self, mut check: Check, calls: Range<u64>) -> Result<(), Trouble> {
        check.rests_on = self.lock().ground.cite_these(calls);
        self.make(Fact::Checked(check));
        Ok(())
    }

    fn measured(&self, measurement: Measurement) -> Result<(), Trouble> {
        self.make(Fact::Measured(measurement));
        Ok(())
    }

    fn noted(&self, text: &str) -> Result<(), Trouble> {
        let text = text.to_owned();
        self.make(Fact::Noted { text });
        Ok(())
    }

    fn limited(&self, text: &str) -> Result<(), Trouble> {
        let text = text.to_owned();
        self.make(Fact::Limited { text });
        Ok(())
    }

    fn fresh_secret(&self, name: &str, kind: SecretKind, length: usize) -> Result<String, Trouble> {
        let state = &mut *self.lock();
        let next = self.given(state);
        let fits = |s: &SecretFacts| {
            s.name == name && s.kind == kind && usize::try_from(s.length) == Ok(length)
        };
        match next.map(|e| &e.fact) {
            Some(Fact::SecretKnown(secret)) if fits(secret) => Ok(stand_in(secret)),
            _ => Err(self.leave(state, &format!("a fresh secret {name}"), next)),
        }
    }

    fn name_secret(&self, name: &str, value: &[u8]) -> Result<(), Trouble> {
        let state = &mut *self.lock();
        let task = self.attempt.task();
        if state.book.knows(value, task) {
            return Ok(());
        }
        if value.len() < SHORTEST {
            // What was said of it stands.
            return Ok(());
        }
        let next = self.given(state);
        match next.map(|e| &e.fact) {
            Some(Fact::SecretKnown(secret)) if secret.name == name => {
                let book = Arc::make_mut(&mut state.book);
                let called = (secret.name.as_str(), secret.hash.as_str());
                book.learn_as(called, secret.kind, value, None);
                Ok(())
            }
            _ => Err(self.leave(state, &format!("to name the secret {name}"), next)),
        }
    }

    fn guesses(&self, word: &str) -> Result<(), Trouble> {
        self.lock().guesses.add(word);
        Ok(())
    }

    fn matched(&self, text: &[u8], pattern: &str, fits: bool) -> Result<bool, Trouble> {
        let state = &mut *self.lock();
        if !state.book.touches(text, self.attempt.task()) {
            return Ok(fits);
        }
        let next = self.given(state);
        match next.map(|e| &e.fact) {
            Some(Fact::SecretMatched {
                pattern: then,
                fits,
            }) if then == pattern => Ok(*fits),
            _ => {
                let asked = format!("whether a secret fits `{pattern}`");
                Err(self.leave(state, &asked, next))
            }
        }
    }

    fn blob(&self, id: &BlobId) -> Option<Vec<u8>> {
        let book = Arc::clone(&self.lock().book);
        (self.blobs)(id).map(|bytes| book.put_back(&bytes))
    }

    fn file(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let Some(file) = self.profile.files.get(name) else {
            return Ok(None);
        };
        let path = Path::new(&self.profile.folder).join(file);
        let read = read_file(&path, LARGEST_FILE);
        let bytes =
            read.map_err(|e| Trouble::case(format!("cannot read {}: {e}", path.display())))?;
        Ok(Some(bytes))
    }

    fn has(&self, specimen: usize, channel: Channel) -> bool {
        let channels = self.channels.get(specimen);
        channels.is_some_and(|channels| channels.contains(&channel))
    }

    fn profile(&self) -> &Profile {
        &self.profile
    }

    fn unit_name(&self, specimen: usize) -> String {
        let name = self.attempt.units.get(specimen);
        name.map_or_else(String::new, ToString::to_string)
    }

    fn specimens(&self) -> usize {
        self.attempt.units.len()
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn clock(&self) -> Result<u64, Trouble> {
        let state = &mut *self.lock();
        let next = self.given(state);
        match next.map(|e| &e.fact) {
            Some(Fact::ClockRead { ms }) => Ok(*ms),
            _ => Err(self.leave(state, "the time", next)),
        }
    }

    /// On record: when the last fact was given.
    fn now_ms(&self) -> u64 {
        self.lock().given_at / 1000
    }

    fn ran_out(&self, since_ms: u64, limit: Dur) -> Result<bool, Trouble> {
        let state = &mut *self.lock();
        if let Some(trouble) = &state.left {
            return Err(trouble.clone());
        }
        let rest = self.attempt.facts.get(state.at..).unwrap_or_default();
        let next = rest.iter().find(|e| !is_made(&e.fact));
        match next.map(|e| &e.fact) {
            Some(Fact::WaitRanOut { limit: then }) if *then == limit => {
                self.given(state);
                return Ok(true);
            }
            Some(Fact::WaitRanOut { .. }) => {
                return Err(self.leave(state, &format!("a wait of {limit}"), next));
            }
            _ => {}
        }
        // What came then came later than this wait lasts: what would have followed is not on record.
        let waited = (state.given_at / 1000).saturating_sub(since_ms);
        if u128::from(waited) > limit.std().as_millis() + CLOCK_MS {
            let asked = format!("a wait of {limit}, and {waited} ms of it are on record");
            return Err(self.leave(state, &asked, next));
        }
        state.looks += 1;
        if state.looks > MOST_LOOKS {
            return Err(self.leave(state, "something that never came", next));
        }
        Ok(false)
    }

    /// No time passes here, but on record at least so much did.
    fn pause(&self, length: Dur) -> Result<(), Trouble> {
        let length = u64::try_from(length.std().as_micros()).unwrap_or(u64::MAX);
        let state = &mut *self.lock();
        state.given_at = state.given_at.saturating_add(length);
        Ok(())
    }

    fn stopped(&self) -> Option<Trouble> {
        let state = &mut *self.lock();
        if state.left.is_some() || state.asked.elapsed() < PATIENCE {
            return state.left.clone();
        }
        let rest = self.attempt.facts.get(state.at..).unwrap_or_default();
        let next = rest.iter().find(|e| !is_made(&e.fact));
        Some(self.leave(state, "nothing any more, and does not end", next))
    }
}
