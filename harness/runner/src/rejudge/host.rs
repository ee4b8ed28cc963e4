//! A host that answers from a recording.

mod answers;
mod same;

use super::recording::{Attempt, is_made};
use super::{Blobs, words};
use crate::cited::Cited;
use crate::guesses::Guesses;
use crate::mask::{SHORTEST, SecretBook, Streams, places};
use crate::recorder::is_known;
use proofhouse_model::event::CaseEnd;
use proofhouse_model::{
    Channel, Dur, Event, Fact, Op, Plan, Profile, SecretKind, Trouble, TroubleKind,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How much later than it was looked at a moment may stand on record: events are stamped when they are written.
const CLOCK_MS: u128 = 25;

/// How often a wait may look at the clock while nothing new is asked: the recording will not change any more.
const MOST_LOOKS: u32 = 10_000;

/// How long a script may go on by itself, without asking for anything that is on record.
const PATIENCE: Duration = Duration::from_secs(20);

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
            // What the bench told once the script was over is no word of the script's.
            Some(then) if matches!(end, CaseEnd::Complete) && is_of_bench(then) => then.clone(),
            _ => end,
        };
        let ended = self.attempt.ended(end);
        out.extend(ended.map(|event| state.masked(event)));
        (out, left)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is on record next of what a script was given.
    fn coming(&self, state: &State) -> Option<&Event> {
        let rest = self.attempt.facts.get(state.at..).unwrap_or_default();
        rest.iter().find(|e| !is_made(&e.fact))
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
        let recorded = next.map(|event| words::of_fact(&event.fact));
        let (asked, recorded) = words::told_apart(asked, &recorded.unwrap_or_default());
        let recorded = match next {
            Some(event) => format!("{recorded}, event {}", event.seq),
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
        words::of_fact(&state.masked(event).fact)
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

/// Trouble of the bench at no place of a script.
fn is_of_bench(end: &CaseEnd) -> bool {
    let CaseEnd::Stopped { trouble, place } = end else {
        return false;
    };
    trouble.kind == TroubleKind::Bench && place.is_none()
}

/// By its deadline, or by the end of the run.
fn was_cut_short(end: &CaseEnd) -> bool {
    matches!(
        end,
        CaseEnd::Stopped { trouble, .. }
            if matches!(trouble.kind, TroubleKind::Deadline | TroubleKind::Cancelled)
    )
}
