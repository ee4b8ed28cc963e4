//! Whether a run folder is what was written: every byte of every file, when it was sealed.

use crate::blame::line_name;
use crate::blob::path_of;
use crate::error::ReadError;
use crate::folder::{self, Found};
use crate::lock::writer_of;
use crate::read::Reader;
use crate::seal::Seal;
use crate::{BLOBS_DIR, EVENTS_FILE, OPEN_FILE, PLAN_FILE, SEAL_FILE, Torn};
use proofhouse_model::{BlobId, Fact, Seq};
use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Files that can be made again from the journal: name and content.
pub type Remade = Vec<(String, Vec<u8>)>;

/// How far the end of a run is vouched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It ended in order: every file is what it was then.
    Sealed,
    /// As sealed, but by a first version whose seal does not list logs and reports.
    SealedOld,
    /// It was broken off: all but its last event is vouched for, logs are not.
    Open,
    /// A process is writing it.
    Writing(u32),
}

/// What was found in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Events, all in the chain.
    pub events: u64,
    /// Blobs named by them, all with the content their names say.
    pub blobs: u64,
    /// Files, the seal and the mark of an open run included.
    pub files: u64,
    /// The cut-off last line, if there is one.
    pub torn: Option<Torn>,
    /// Whether the end is vouched for too.
    pub state: State,
}

/// Whether the folder holds a run, whole or not.
#[must_use]
pub fn is_run(dir: &Path) -> bool {
    let ours = [PLAN_FILE, EVENTS_FILE, SEAL_FILE, OPEN_FILE];
    ours.iter().any(|name| dir.join(name).exists())
}

/// Checks a run folder whose reports are only compared with its seal; see [`verify_with`].
///
/// # Errors
/// As [`verify_with`].
pub fn verify(run_dir: &Path) -> Result<Verified, ReadError> {
    verify_with(run_dir, |_| Vec::new())
}

/// Checks a run folder from plan to last file, and keeps nothing of it. Reports may have been made again since, perhaps
/// by a later version: a file counts as unchanged, too, when `remake` makes the same bytes from the folder's record.
/// It is asked only when a file differs.
///
/// # Errors
/// The first thing that was altered, is missing or does not belong there.
pub fn verify_with(
    run_dir: &Path,
    remake: impl FnOnce(&Path) -> Remade,
) -> Result<Verified, ReadError> {
    // Asked first: a run that ends meanwhile is then merely told as being written.
    let writer = writer_of(run_dir);
    let walked = walk(run_dir).map_err(|e| newer_or_changed(run_dir, e))?;
    let found = folder::list(run_dir).map_err(|e| ReadError::io(run_dir, e))?;
    if let Some(odd) = found.iter().find(|f| !f.ordinary) {
        return Err(altered(&odd.path, "this is no ordinary file"));
    }
    walked.verify_blobs()?;
    let state = match (walked.reader.seal(), writer) {
        (_, Some(pid)) => State::Writing(pid),
        (None, None) => unsealed(run_dir, &walked, &found)?,
        (Some(seal), None) => sealed(run_dir, seal, &found, remake)?,
    };
    Ok(Verified {
        events: walked.reader.events(),
        blobs: walked.blobs.len() as u64,
        files: found.len() as u64,
        torn: walked.reader.torn().cloned(),
        state,
    })
}

/// A record read from end to end: all lines whole, nothing of them kept but the blobs they name.
pub(crate) struct Walked {
    pub reader: Reader,
    /// Blobs by the first event that rests on each.
    pub blobs: BTreeMap<BlobId, Seq>,
    /// The last event says that the run ended.
    pub ended: bool,
}

pub(crate) fn walk(run_dir: &Path) -> Result<Walked, ReadError> {
    let mut walked = Walked {
        reader: Reader::open(run_dir)?,
        blobs: BTreeMap::new(),
        ended: false,
    };
    while let Some(event) = walked.reader.next().transpose()? {
        for id in event.blobs() {
            walked.blobs.entry(id.clone()).or_insert(event.seq);
        }
        walked.ended = matches!(event.fact, Fact::RunEnded { .. });
    }
    Ok(walked)
}

impl Walked {
    /// Every blob that an event names.
    pub(crate) fn verify_blobs(&self) -> Result<(), ReadError> {
        let mut blobs = self.blobs.iter();
        blobs.try_for_each(|(id, seq)| verify_blob(self.reader.dir(), *seq, id))
    }
}

/// A file that says it is of a newer format may have been changed into saying so.
fn newer_or_changed(run_dir: &Path, why: ReadError) -> ReadError {
    let ReadError::Newer { path, .. } = &why else {
        return why;
    };
    let seal = Seal::read(&run_dir.join(SEAL_FILE)).ok().flatten();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(was) = seal.and_then(|s| s.files?.remove(name.as_ref())) else {
        return why;
    };
    match folder::digest(path) {
        Ok(is) if is == was => why,
        _ if name == EVENTS_FILE => altered(path, &format!("{} is another one", line_name(1))),
        _ => altered(path, "its content is another one"),
    }
}

/// Without a seal there must be the mark that it was never made.
fn unsealed(run_dir: &Path, walked: &Walked, found: &[Found]) -> Result<State, ReadError> {
    let marked = found.iter().any(|f| f.name == OPEN_FILE);
    match walked.ended && !marked {
        true => Err(altered(&run_dir.join(SEAL_FILE), "the seal was taken away")),
        false => Ok(State::Open),
    }
}

fn sealed(
    run_dir: &Path,
    seal: &Seal,
    found: &[Found],
    remake: impl FnOnce(&Path) -> Remade,
) -> Result<State, ReadError> {
    let Some(files) = &seal.files else {
        return Ok(State::SealedOld);
    };
    let remade = LazyCell::new(|| remake(run_dir).into_iter().collect::<BTreeMap<_, _>>());
    let there: BTreeSet<&str> = found.iter().map(|f| f.name.as_str()).collect();
    if let Some(gone) = files.keys().find(|name| !there.contains(name.as_str())) {
        return Err(altered(&run_dir.join(gone), "the file was taken away"));
    }
    for file in found.iter().filter(|f| f.name != SEAL_FILE) {
        let is = folder::digest(&file.path).map_err(|e| ReadError::io(&file.path, e))?;
        let again = || {
            let made = remade.get(&file.name);
            made.is_some_and(|bytes| crate::sha256_hex(bytes) == is.1)
        };
        match files.get(&file.name) {
            Some(was) if *was == is => {}
            _ if again() => {}
            Some(_) => return Err(altered(&file.path, "its content is another one")),
            None => return Err(altered(&file.path, "the file was put there")),
        }
    }
    Ok(State::Sealed)
}

fn altered(path: &Path, why: &str) -> ReadError {
    ReadError::Altered {
        path: path.to_owned(),
        why: why.to_owned(),
    }
}

fn verify_blob(run_dir: &Path, seq: u64, id: &BlobId) -> Result<(), ReadError> {
    let path = path_of(&run_dir.join(BLOBS_DIR), id.as_str());
    let (_, hash) = folder::digest(&path).map_err(|source| ReadError::MissingBlob {
        seq,
        path: path.clone(),
        source,
    })?;
    if hash == id.as_str() {
        return Ok(());
    }
    let (id, seq) = (id.to_string(), Some(seq));
    Err(ReadError::BadBlob { seq, id, path })
}
