//! The reading end.

use crate::blame;
use crate::error::ReadError;
use crate::line::{HexHash, LONGEST_LINE, Wrapper, hex_hash, major, text_of};
use crate::seal::Seal;
use crate::{EVENTS_FILE, PLAN_FILE, SEAL_FILE};
use proofhouse_model::{BlobId, Event, Plan};
use serde::Deserialize;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
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

/// A run as recorded, checked from end to end.
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
    /// Reads a blob and makes sure it is what its name says.
    ///
    /// # Errors
    /// When it is missing, unreadable or was changed.
    pub fn blob(&self, id: &BlobId) -> Result<Vec<u8>, ReadError> {
        crate::read_blob(&self.dir, id)
    }
}

/// Reads the record of a run.
#[derive(Debug)]
pub struct Reader;

impl Reader {
    /// Reads plan and events of a run folder, checking format, numbers, hash chain and seal.
    ///
    /// # Errors
    /// The first thing that is not as it was written, with its line. Only a torn last line is let
    /// through.
    pub fn open(run_dir: &Path) -> Result<Recorded, ReadError> {
        walk(run_dir).map(|walked| walked.recorded)
    }
}

/// A run read from end to end, with what it takes to go on.
pub(crate) struct Walked {
    pub recorded: Recorded,
    pub seal: Option<Seal>,
    /// Hash of the last line, of the plan when there is none.
    pub head: HexHash,
    /// Bytes of whole lines.
    pub length: u64,
}

pub(crate) fn walk(run_dir: &Path) -> Result<Walked, ReadError> {
    let seal = Seal::read(&run_dir.join(SEAL_FILE))?;
    let plan_path = run_dir.join(PLAN_FILE);
    let plan_json = fs::read(&plan_path).map_err(|e| ReadError::io(&plan_path, e))?;
    let plan = read_plan(&plan_path, &plan_json)?;
    let mut lines = Lines::open(run_dir.join(EVENTS_FILE), hex_hash(&plan_json))?;
    let mut events = Vec::new();
    while let Some(event) = lines.next_event(seal.as_ref().map(|s| s.head.as_str()))? {
        events.push(event);
    }
    if let Some(seal) = &seal {
        lines.check_end(seal)?;
    }
    Ok(Walked {
        recorded: Recorded {
            dir: run_dir.to_owned(),
            plan,
            plan_sha256: text_of(&hex_hash(&plan_json)),
            events,
            torn: lines.torn,
            sealed: seal.is_some(),
        },
        seal,
        head: lines.head,
        length: lines.length,
    })
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
    refuse_newer(path, &head.format)?;
    serde_json::from_slice(json).map_err(bad)
}

/// Another major has another meaning; a newer minor only adds.
fn refuse_newer(path: &Path, format: &str) -> Result<(), ReadError> {
    if major(format).is_some_and(|m| Some(m) == major(crate::FORMAT)) {
        return Ok(());
    }
    Err(ReadError::Newer {
        path: path.to_owned(),
        format: format.to_owned(),
    })
}

/// Walks over a journal, one line in memory at a time.
pub(crate) struct Lines {
    pub path: PathBuf,
    file: BufReader<File>,
    /// The line at hand, without its end.
    pub buffer: Vec<u8>,
    /// Hash of the line before, of the plan at first.
    head: HexHash,
    /// Lines read.
    pub read: u64,
    /// Bytes of them.
    length: u64,
    torn: Option<Torn>,
}

impl Lines {
    fn open(path: PathBuf, plan: HexHash) -> Result<Self, ReadError> {
        let file = File::open(&path).map_err(|e| ReadError::io(&path, e))?;
        Ok(Self {
            path,
            file: BufReader::with_capacity(1 << 16, file),
            buffer: Vec::new(),
            head: plan,
            read: 0,
            length: 0,
            torn: None,
        })
    }

    /// Takes the next line into the buffer; `false` at the end of whole lines.
    pub(crate) fn fill(&mut self) -> Result<bool, ReadError> {
        self.buffer.clear();
        (&mut self.file)
            .take(LONGEST_LINE as u64 + 1)
            .read_until(b'\n', &mut self.buffer)
            .map_err(|e| ReadError::io(&self.path, e))?;
        if self.buffer.len() > LONGEST_LINE {
            return Err(self.bad(format!("longer than {LONGEST_LINE} bytes")));
        }
        Ok(self.buffer.pop_if(|b| *b == b'\n').is_some())
    }

    fn next_event(&mut self, sealed_head: Option<&str>) -> Result<Option<Event>, ReadError> {
        let line = self.read + 1;
        if !self.fill()? {
            let bytes = self.buffer.len();
            self.torn = (bytes > 0).then_some(Torn { line, bytes });
            return Ok(None);
        }
        let wrapper = self.wrapper()?;
        if wrapper.prev.as_bytes() != self.head {
            return Err(blame::chain(self, sealed_head));
        }
        let event = self.event()?;
        self.head = hex_hash(&self.buffer);
        self.read = line;
        self.length += self.buffer.len() as u64 + 1;
        Ok(Some(event))
    }

    fn wrapper(&self) -> Result<Wrapper, ReadError> {
        let wrapper: Wrapper =
            serde_json::from_slice(&self.buffer).map_err(|e| self.bad(e.to_string()))?;
        match (self.read, &wrapper.format) {
            (0, None) => Err(self.bad("the first line does not name its format".into())),
            (0, Some(format)) => refuse_newer(&self.path, format).map(|()| wrapper),
            _ => Ok(wrapper),
        }
    }

    fn event(&self) -> Result<Event, ReadError> {
        let event: Event =
            serde_json::from_slice(&self.buffer).map_err(|e| self.bad(e.to_string()))?;
        if event.seq != self.read {
            return Err(ReadError::Gap {
                path: self.path.clone(),
                line: self.read + 1,
                wanted: self.read,
                found: event.seq,
            });
        }
        Ok(event)
    }

    /// The end of the journal must be the one that was sealed.
    fn check_end(&self, seal: &Seal) -> Result<(), ReadError> {
        let why = if seal.events != self.read {
            format!(
                "{} events were sealed, {} are there",
                seal.events, self.read
            )
        } else if seal.head != text_of(&self.head) {
            format!("{} is another one", blame::line_name(self.read))
        } else if self.torn.is_some() {
            "something was put behind its last event".to_owned()
        } else {
            return Ok(());
        };
        let path = self.path.clone();
        Err(ReadError::Seal { path, why })
    }

    fn bad(&self, why: String) -> ReadError {
        ReadError::BadLine {
            path: self.path.clone(),
            line: self.read + 1,
            why,
        }
    }
}
