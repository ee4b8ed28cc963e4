//! The host as a script in a worker sees it: what needs the bench or the journal is asked of the harness.

use super::Limits;
use super::frame;
use super::guard::Clock;
use super::message::{Call, Reply, Told, World};
use crate::host::Host;
use proofhouse_model::{
    BlobId, Bytes, Channel, Check, Dur, Measurement, Observation, Op, Profile, SecretKind, Trouble,
    TroubleKind,
};
use std::io::BufReader;
use std::ops::Range;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a script that computes asks whether its case is over.
const LOOK: Duration = Duration::from_millis(50);

/// The worker's end of the line.
pub(super) struct Line {
    pub(super) stream: BufReader<UnixStream>,
}

impl Line {
    /// Says something. Without the harness there is nobody to say it to.
    pub(super) fn say(&mut self, told: Told) {
        if frame::write(self.stream.get_mut(), told).is_err() {
            std::process::exit(1);
        }
    }

    fn reply(&mut self) -> Reply {
        match frame::read(&mut self.stream) {
            Ok(Some(reply)) => reply,
            Ok(None) | Err(_) => std::process::exit(1),
        }
    }
}

pub(super) struct ChildHost {
    pub(super) world: World,
    pub(super) line: Arc<Mutex<Line>>,
    pub(super) clock: Arc<Clock>,
    pub(super) limits: Limits,
    pub(super) looked: Mutex<Instant>,
}

impl ChildHost {
    fn call(&self, call: Call) -> Result<Reply, Trouble> {
        self.clock.waits();
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.say(Told::Call(Box::new(call)));
        let reply = line.reply();
        drop(line);
        self.clock.computes(self.limits.running);
        match reply {
            Reply::Trouble(trouble) => Err(trouble),
            reply => Ok(reply),
        }
    }

    fn done(&self, call: Call) -> Result<(), Trouble> {
        self.call(call).map(drop)
    }

    fn number(&self, call: Call) -> Result<u64, Trouble> {
        match self.call(call)? {
            Reply::Number(number) => Ok(number),
            _ => Err(odd()),
        }
    }

    fn flag(&self, call: Call) -> Result<bool, Trouble> {
        match self.call(call)? {
            Reply::Flag(flag) => Ok(flag),
            _ => Err(odd()),
        }
    }
}

/// A mistake of ours.
fn odd() -> Trouble {
    Trouble {
        kind: TroubleKind::Bench,
        channel: None,
        what: "the harness answered its script with something else".to_owned(),
        try_next: Some("report this as a fault of the harness".to_owned()),
    }
}

impl Host for ChildHost {
    fn perform(&self, specimen: usize, op: Op) -> Result<Observation, Trouble> {
        match self.call(Call::Perform(specimen, op))? {
            Reply::Saw(saw) => Ok(*saw),
            _ => Err(odd()),
        }
    }

    fn checked(&self, check: Check) -> Result<(), Trouble> {
        self.done(Call::Checked(check))
    }

    fn checked_on(&self, check: Check, calls: Range<u64>) -> Result<(), Trouble> {
        self.done(Call::CheckedOn(check, calls.start, calls.end))
    }

    fn measured(&self, measurement: Measurement) -> Result<(), Trouble> {
        self.done(Call::Measured(measurement))
    }

    fn noted(&self, text: &str) -> Result<(), Trouble> {
        self.done(Call::Noted(text.to_owned()))
    }

    fn limited(&self, text: &str) -> Result<(), Trouble> {
        self.done(Call::Limited(text.to_owned()))
    }

    fn fresh_secret(&self, name: &str, kind: SecretKind, length: usize) -> Result<String, Trouble> {
        match self.call(Call::FreshSecret(name.to_owned(), kind, length))? {
            Reply::Text(text) => Ok(text),
            _ => Err(odd()),
        }
    }

    fn name_secret(&self, name: &str, value: &[u8]) -> Result<(), Trouble> {
        self.done(Call::NameSecret(name.to_owned(), Bytes::from(value)))
    }

    fn guesses(&self, word: &str) -> Result<String, Trouble> {
        match self.call(Call::Guesses(word.to_owned()))? {
            Reply::Text(text) => Ok(text),
            _ => Err(odd()),
        }
    }

    fn matched(&self, text: &[u8], pattern: &str, fits: bool) -> Result<bool, Trouble> {
        self.flag(Call::Matched(Bytes::from(text), pattern.to_owned(), fits))
    }

    fn blob(&self, id: &BlobId) -> Option<Vec<u8>> {
        match self.call(Call::Blob(id.clone())) {
            Ok(Reply::Bytes(bytes)) => bytes.map(|bytes| bytes.to_vec()),
            _ => None,
        }
    }

    fn file(&self, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        match self.call(Call::File(name.to_owned()))? {
            Reply::Bytes(bytes) => Ok(bytes.map(|bytes| bytes.to_vec())),
            _ => Err(odd()),
        }
    }

    fn has(&self, specimen: usize, channel: Channel) -> bool {
        let unit = self.world.units.get(specimen);
        unit.is_some_and(|unit| unit.channels.contains(&channel))
    }

    fn profile(&self) -> &Profile {
        &self.world.profile
    }

    fn unit_name(&self, specimen: usize) -> String {
        let unit = self.world.units.get(specimen);
        unit.map_or_else(String::new, |unit| unit.name.clone())
    }

    fn specimens(&self) -> usize {
        self.world.units.len()
    }

    fn seed(&self) -> u64 {
        self.world.seed
    }

    fn clock(&self) -> Result<u64, Trouble> {
        self.number(Call::Clock)
    }

    fn now_ms(&self) -> u64 {
        self.number(Call::NowMs).unwrap_or_default()
    }

    fn ran_out(&self, since_ms: u64, limit: Dur) -> Result<bool, Trouble> {
        self.flag(Call::RanOut(since_ms, limit))
    }

    fn pause(&self, length: Dur) -> Result<(), Trouble> {
        self.done(Call::Pause(length))
    }

    /// Asked every thousand steps: what takes longer than [`LOOK`] is told soon enough. To ask this is not to get new
    /// time: it goes around [`Self::call`].
    fn stopped(&self) -> Option<Trouble> {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.elapsed() < LOOK {
            return None;
        }
        *looked = Instant::now();
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.say(Told::Call(Box::new(Call::Stopped)));
        match line.reply() {
            Reply::Trouble(trouble) => Some(trouble),
            _ => None,
        }
    }
}
