//! The reading end.

use crate::error::ReadError;
use crate::file::{LONGEST_FILE, read_file};
use crate::line::{HexHash, hex_hash, major, text_of};
use crate::lines::Lines;
use crate::seal::Seal;
use crate::{EVENTS_FILE, PLAN_FILE, SEAL_FILE};
use proofhouse_model::{BlobId, Event, Plan};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A last line that was cut off by a crash or a power loss. What it was to say is lost, what stands
/// before it is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// Its line from 1.
    pub line: u64,
    /// Bytes of it that are there.
    pub bytes: usize,
}

/// Reads the record of a run, one event at a time and one line in memory: format, numbers, hash chain and seal are
/// checked on the way. It ends with the first thing that is not as it was written; only a torn last line is let
/// through.
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
    plan: Plan,
    plan_hash: HexHash,
    seal: Option<Seal>,
    lines: Lines,
    /// The end was reached, or something was wrong.
    over: bool,
}

impl Reader {
    /// Opens a run folder and reads its plan.
    ///
    /// # Errors
    /// Plan, journal or seal is missing, no ordinary file, too long or not as it was written.
    pub fn open(run_dir: &Path) -> Result<Self, ReadError> {
        let seal = Seal::read(&run_dir.join(SEAL_FILE))?;
        let plan_path = run_dir.join(PLAN_FILE);
        let json = read_file(&plan_path, LONGEST_FILE).map_err(|e| ReadError::io(&plan_path, e))?;
        let plan = read_plan(&plan_path, &json)?;
        let plan_hash = hex_hash(&json);
        Ok(Self {
            dir: run_dir.to_owned(),
            plan,
            plan_hash,
            seal,
            lines: Lines::open(run_dir.join(EVENTS_FILE), plan_hash)?,
            over: false,
        })
    }

    /// The run folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// SHA-256 of `plan.json` in hex.
    #[must_use]
    pub fn plan_sha256(&self) -> String {
        text_of(&self.plan_hash)
    }

    /// Events given so far.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.lines.read
    }

    /// The cut-off last line, if there is one; known once all events were given.
    #[must_use]
    pub fn torn(&self) -> Option<&Torn> {
        self.lines.torn.as_ref()
    }

    /// Whether the run ended in order. Its end was found unchanged once all events were given.
    #[must_use]
    pub fn sealed(&self) -> bool {
        self.seal.is_some()
    }

    /// The plan, when nothing else is wanted any more.
    #[must_use]
    pub fn into_plan(self) -> Plan {
        self.plan
    }

    pub(crate) fn seal(&self) -> Option<&Seal> {
        self.seal.as_ref()
    }

    pub(crate) fn plan_hash(&self) -> HexHash {
        self.plan_hash
    }

    /// Hash of the last line given, of the plan when there was none.
    pub(crate) fn head(&self) -> HexHash {
        self.lines.head
    }

    /// Bytes of the lines given.
    pub(crate) fn length(&self) -> u64 {
        self.lines.length
    }

    fn step(&mut self) -> Result<Option<Event>, ReadError> {
        let sealed_head = self.seal.as_ref().map(|s| s.head.as_str());
        let next = self.lines.next_event(sealed_head)?;
        if let (None, Some(seal)) = (&next, &self.seal) {
            self.lines.check_end(seal)?;
        }
        Ok(next)
    }
}

impl Iterator for Reader {
    type Item = Result<Event, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let next = self.step().transpose();
        self.over = !matches!(next, Some(Ok(_)));
        next
    }
}

/// A run with all its events in memory, checked from end to end. For small runs; [`Reader`] is for any.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The run folder.
    pub dir: PathBuf,
    /// The plan.
    pub plan: Plan,
    /// SHA-256 of `plan.json` in hex.
    pub plan_sha256: String,
    /// All events, in order.
    pub events: Vec<Event>,
    /// The cut-off last line, if there is one.
    pub torn: Option<Torn>,
    /// Whether the run ended in order and its end was found unchanged.
    pub sealed: bool,
}

impl Recorded {
    /// Reads plan and all events of a run folder.
    ///
    /// # Errors
    /// As [`Reader`].
    pub fn read(run_dir: &Path) -> Result<Self, ReadError> {
        let mut reader = Reader::open(run_dir)?;
        let events = reader.by_ref().collect::<Result<_, _>>()?;
        Ok(Self {
            dir: run_dir.to_owned(),
            plan_sha256: reader.plan_sha256(),
            events,
            torn: reader.torn().cloned(),
            sealed: reader.sealed(),
            plan: reader.into_plan(),
        })
    }

    /// Reads a blob and makes sure it is what its name says.
    ///
    /// # Errors
    /// When it is missing, unreadable or was changed.
    pub fn blob(&self, id: &BlobId) -> Result<Vec<u8>, ReadError> {
        crate::read_blob(&self.dir, id)
    }
}

#[derive(Deserialize)]
struct PlanHead {
    format: String,
}

fn read_plan(path: &Path, json: &[u8]) -> Result<Plan, ReadError> {
    let bad = |e: serde_json::Error| ReadError::BadPlan {
        path: path.to_owned(),
        why: e.to_string(),
    };
    let head: PlanHead = serde_json::from_slice(json).map_err(bad)?;
    refuse_other(path, &head.format)?;
    serde_json::from_slice(json).map_err(bad)
}

/// Another major has another meaning; a newer minor only adds.
pub(crate) fn refuse_other(path: &Path, format: &str) -> Result<(), ReadError> {
    if major(format).is_some_and(|m| Some(m) == major(crate::FORMAT)) {
        return Ok(());
    }
    Err(ReadError::Newer {
        path: path.to_owned(),
        format: format.to_owned(),
    })
}
