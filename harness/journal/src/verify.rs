//! Whether a record is what was written, blobs included.

use crate::blob::path_of;
use crate::error::ReadError;
use crate::line::hex_of;
use crate::{BLOBS_DIR, Reader, Torn};
use proofhouse_model::{BlobId, Event, Fact, Observation};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What was found in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Events, all in the chain.
    pub events: u64,
    /// Blobs named by them, all with the content their names say.
    pub blobs: u64,
    /// The cut-off last line, if there is one.
    pub torn: Option<Torn>,
    /// Whether the end is vouched for too: the run ended in order.
    pub sealed: bool,
}

/// Checks a run folder from plan to last blob.
///
/// # Errors
/// The first event or blob that was altered or is missing.
pub fn verify(run_dir: &Path) -> Result<Verified, ReadError> {
    let recorded = Reader::open(run_dir)?;
    let mut seen = BTreeSet::new();
    for event in &recorded.events {
        if let Some(id) = blob_of(event)
            && seen.insert(id)
        {
            verify_blob(run_dir, event.seq, id)?;
        }
    }
    Ok(Verified {
        events: recorded.events.len() as u64,
        blobs: seen.len() as u64,
        torn: recorded.torn,
        sealed: recorded.sealed,
    })
}

fn blob_of(event: &Event) -> Option<&BlobId> {
    match &event.fact {
        Fact::Stored { blob, .. }
        | Fact::OpEnded {
            saw: Observation::Memory { blob, .. },
            ..
        } => Some(blob),
        _ => None,
    }
}

/// Hashes in pieces: a blob may be larger than memory allows.
fn verify_blob(run_dir: &Path, seq: u64, id: &BlobId) -> Result<(), ReadError> {
    let path = path_of(&run_dir.join(BLOBS_DIR), id.as_str());
    let hash = hash_file(&path).map_err(|source| ReadError::MissingBlob {
        seq,
        path: path.clone(),
        source,
    })?;
    if hash == id.as_str().as_bytes() {
        return Ok(());
    }
    let id = id.to_string();
    Err(ReadError::BadBlob { id, path })
}

fn hash_file(path: &Path) -> std::io::Result<[u8; 64]> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex_of(&hasher.finalize())),
            n => hasher.update(&piece[..n]),
        }
    }
}
