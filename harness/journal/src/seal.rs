//! The seal: what the last line cannot say of itself.
//!
//! Every line is vouched for by the next one, the last by none, and taking lines off the end leaves
//! a whole chain. So a run that ends in order leaves the count and the last hash beside its
//! journal.

use crate::blob::{sync_file, write_whole};
use crate::error::{ReadError, WriteError};
use serde::{Deserialize, Serialize};
use std::path::Path;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Seal {
    /// Events in the journal.
    pub events: u64,
    /// SHA-256 of the last line, or of the plan when there is none.
    pub head: String,
}

impl Seal {
    pub(crate) fn write(&self, path: &Path) -> Result<(), WriteError> {
        let text = format!(
            "{{\"events\":{},\"head\":\"{}\"}}\n",
            self.events, self.head
        );
        write_whole(path, text.as_bytes())?;
        sync_file(path).map_err(|e| WriteError::io("put on disk", path, e))
    }

    /// Reads the seal; `None` when the run never got to its end.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, ReadError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(ReadError::io(path, e)),
        };
        let seal = serde_json::from_slice(&bytes).map_err(|e| ReadError::Seal {
            path: path.to_owned(),
            why: format!("the seal itself cannot be read ({e})"),
        })?;
        Ok(Some(seal))
    }

    /// Compares with what was read.
    pub(crate) fn check(&self, path: &Path, events: u64, head: &str) -> Result<(), ReadError> {
        let why = if self.events != events {
            format!("{} events were sealed, {events} are there", self.events)
        } else if self.head != head {
            "the last event is another one".to_owned()
        } else {
            return Ok(());
        };
        let path = path.to_owned();
        Err(ReadError::Seal { path, why })
    }
}
