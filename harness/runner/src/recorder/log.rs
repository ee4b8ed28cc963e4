//! What the recorder needs of a journal. Tests bring one whose disk fails when they say so.

use proofhouse_journal::{self as journal, WriteError, Writer};
use proofhouse_model::{BlobId, Event, Seq};
use std::path::PathBuf;
use std::sync::Arc;

/// What has to be done in order.
pub(super) trait Log: Send {
    /// Appends an event; the operating system has it when this returns.
    fn append(&mut self, event: &Event) -> Result<(), WriteError>;
    /// Number the next event must have.
    fn next_seq(&self) -> Seq;
    /// The folder of the run, where it can be read again.
    fn folder(&self) -> Option<PathBuf>;
    /// What can be done beside it.
    fn disk(&self) -> Arc<dyn Disk>;
    /// Ends the record.
    fn seal(&mut self) -> Result<(), WriteError>;
}

/// What takes long and needs no order.
pub(super) trait Disk: Send + Sync {
    /// Keeps bytes under their hash; they are on the disk itself when this returns.
    fn keep(&self, bytes: &[u8]) -> Result<BlobId, WriteError>;
    /// Brings to the disk itself what was appended before the call.
    fn sync(&self) -> Result<(), WriteError>;
}

impl Log for Writer {
    fn append(&mut self, event: &Event) -> Result<(), WriteError> {
        Self::append(self, event)
    }

    fn next_seq(&self) -> Seq {
        Self::next_seq(self)
    }

    fn folder(&self) -> Option<PathBuf> {
        Some(self.dir().to_owned())
    }

    fn disk(&self) -> Arc<dyn Disk> {
        Arc::new(Self::disk(self))
    }

    fn seal(&mut self) -> Result<(), WriteError> {
        Self::seal(self)
    }
}

impl Disk for journal::Disk {
    fn keep(&self, bytes: &[u8]) -> Result<BlobId, WriteError> {
        Self::keep(self, bytes)
    }

    fn sync(&self) -> Result<(), WriteError> {
        Self::sync(self)
    }
}
