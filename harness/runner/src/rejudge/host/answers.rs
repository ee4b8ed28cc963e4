//! What a script asks, answered from the recording.

use super::same::{guess_then, put_back};
use super::{CLOCK_MS, MOST_LOOKS, PATIENCE, ReplayHost};
use crate::guesses::Guesses;
use crate::mask::SHORTEST;
use proofhouse_journal::read_file;
use proofhouse_model::profile::LARGEST_FILE;
use proofhouse_model::{
    BlobId, Channel, Check, Dur, Fact, Measurement, Observation, Op, Profile, SecretFacts,
    SecretKind, Trouble,
};
use proofhouse_script::{Host, stand_in};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

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
        let same = self.is_same(&book, &event.fact, &then, &op);
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

    /// What was tried then stands in the ops, so that is what is tried now. A journal of an older harness tells none.
    fn guesses(&self, word: &str) -> Result<String, Trouble> {
        let state = &mut *self.lock();
        if let Some(trouble) = &state.left {
            return Err(trouble.clone());
        }
        // What is too long is no guess, and not on record.
        if !Guesses::is_one(word) {
            return Ok(word.to_owned());
        }
        let next = self.coming(state);
        let said = if let Some(Fact::Guessed { .. }) = next.map(|e| &e.fact) {
            let next = self.given(state);
            let said = match next.map(|e| &e.fact) {
                Some(Fact::Guessed { word: then }) => guess_then(&state.book, then, word),
                _ => None,
            };
            let Some(said) = said else {
                let shown = state.book.mask_bytes(word.as_bytes(), self.attempt.task());
                let asked = format!("the guess `{}`", String::from_utf8_lossy(&shown));
                return Err(self.leave(state, &asked, next));
            };
            said
        } else {
            word.to_owned()
        };
        state.guesses.add(&said);
        Ok(said)
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
        let next = self.coming(state);
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
        let next = self.coming(state);
        Some(self.leave(state, "nothing any more, and does not end", next))
    }
}
