//! The part of writing that takes long and needs no order: usable without holding the journal.

use crate::blob::Blobs;
use crate::error::WriteError;
use proofhouse_model::BlobId;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// The disk under a journal. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Disk {
    pub(crate) file: Arc<File>,
    pub(crate) path: PathBuf,
    pub(crate) blobs: Blobs,
}

impl Disk {
    /// Keeps bytes and gives their id; they are on the disk itself when this returns. The same bytes are kept once.
    ///
    /// # Errors
    /// When the disk is full, read-only or broken.
    pub fn keep(&self, bytes: &[u8]) -> Result<BlobId, WriteError> {
        let id = self.blobs.put(bytes)?;
        self.blobs.sync()?;
        Ok(id)
    }

    /// Brings everything so far to the disk itself, blobs first: before a destructive op and at the end of every case.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn sync(&self) -> Result<(), WriteError> {
        self.blobs.sync()?;
        self.file
            .sync_data()
            .map_err(|e| WriteError::io("put on disk", &self.path, e))
    }
}
