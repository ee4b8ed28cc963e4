//! A journal line by line: numbers and chain checked, one line in memory.

use crate::blame;
use crate::error::ReadError;
use crate::file;
use crate::line::{HexHash, LONGEST_LINE, Wrapper, head_of, hex_hash, text_of};
use crate::read::{Torn, refuse_other};
use crate::seal::Seal;
use proofhouse_model::Event;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

/// Capacity kept between lines; one long line must not hold its memory to the end of the walk.
const BUFFER_KEPT: usize = 1 << 20;

/// Walks over a journal.
#[derive(Debug)]
pub(crate) struct Lines {
    pub path: PathBuf,
    file: BufReader<File>,
    /// The line at hand, without its end.
    pub buffer: Vec<u8>,
    /// Hash of the line before, of the plan at first.
    pub head: HexHash,
    /// Lines read.
    pub read: u64,
    /// Bytes of them.
    pub length: u64,
    pub torn: Option<Torn>,
}

impl Lines {
    pub(crate) fn open(path: PathBuf, plan: HexHash) -> Result<Self, ReadError> {
        let file = file::open(&path).map_err(|e| ReadError::io(&path, e))?;
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
        self.buffer.shrink_to(BUFFER_KEPT);
        (&mut self.file)
            .take(LONGEST_LINE as u64 + 1)
            .read_until(b'\n', &mut self.buffer)
            .map_err(|e| ReadError::io(&self.path, e))?;
        if self.buffer.len() > LONGEST_LINE {
            return Err(self.bad(format!("longer than {LONGEST_LINE} bytes")));
        }
        Ok(self.buffer.pop_if(|b| *b == b'\n').is_some())
    }

    pub(crate) fn next_event(
        &mut self,
        sealed_head: Option<&str>,
    ) -> Result<Option<Event>, ReadError> {
        let line = self.read + 1;
        if !self.fill()? {
            let bytes = self.buffer.len();
            self.torn = (bytes > 0).then_some(Torn { line, bytes });
            return Ok(None);
        }
        let hash = hex_hash(&self.buffer);
        let length = self.buffer.len() as u64 + 1;
        let event = match head_of(&self.buffer, self.read == 0) {
            Some((prev, _)) if prev != self.head => return Err(self.broken(sealed_head)),
            // The rest of the line is the event, once its comma is a brace again.
            Some((_, comma)) => {
                self.buffer[comma] = b'{';
                self.event(comma)?
            }
            // Not written by us; it may still say what is wrong with it.
            None => self.foreign(sealed_head)?,
        };
        self.head = hash;
        self.read = line;
        self.length += length;
        Ok(Some(event))
    }

    /// A line whose members stand in another order, or one that was damaged.
    fn foreign(&mut self, sealed_head: Option<&str>) -> Result<Event, ReadError> {
        let wrapper: Wrapper =
            serde_json::from_slice(&self.buffer).map_err(|e| self.bad(e.to_string()))?;
        match (self.read, &wrapper.format) {
            (0, None) => return Err(self.bad("the first line does not name its format".into())),
            (0, Some(format)) => refuse_other(&self.path, format)?,
            _ => {}
        }
        if wrapper.prev.as_bytes() != self.head {
            return Err(self.broken(sealed_head));
        }
        self.event(0)
    }

    fn broken(&mut self, sealed_head: Option<&str>) -> ReadError {
        blame::chain(self, sealed_head)
    }

    fn event(&self, from: usize) -> Result<Event, ReadError> {
        let json = self.buffer.get(from..).unwrap_or_default();
        let event: Event = serde_json::from_slice(json).map_err(|e| self.bad(e.to_string()))?;
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
    pub(crate) fn check_end(&self, seal: &Seal) -> Result<(), ReadError> {
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
