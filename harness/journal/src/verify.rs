//! Whether a run folder is what was written: every byte of every file, when it was sealed.

use crate::blame::line_name;
use crate::blob::path_of;
use crate::error::ReadError;
use crate::file;
use crate::folder::{self, Found};
use crate::lock::writer_of;
use crate::read::Reader;
use crate::seal::Seal;
use crate::{BLOBS_DIR, EVENTS_FILE, OPEN_FILE, PLAN_FILE, SEAL_FILE, Torn};
use proofhouse_model::event::RunEnd;
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
    /// How the run ended, when its last event says so.
    pub end: Option<RunEnd>,
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
    if let Some(odd) = found.iter().find(|f| f.kind == folder::Kind::Odd) {
        return Err(altered(&odd.path, ODD));
    }
    walked.verify_blobs()?;
    let state = match (walked.reader.seal(), writer) {
        (_, Some(pid)) => State::Writing(pid),
        (None, None) => unsealed(run_dir, &found)?,
        (Some(seal), None) => sealed(run_dir, seal, &found, remake)?,
    };
    Ok(Verified {
        events: walked.reader.events(),
        blobs: walked.blobs.len() as u64,
        files: found
            .iter()
            .filter(|f| f.kind == folder::Kind::File)
            .count() as u64,
        torn: walked.reader.torn().cloned(),
        state,
        end: walked.end,
    })
}

/// A record read from end to end: all lines whole, nothing of them kept but the blobs they name.
pub(crate) struct Walked {
    pub reader: Reader,
    /// Blobs by the first event that rests on each, which says how many bytes it has.
    pub blobs: BTreeMap<BlobId, (Seq, u64)>,
    /// How the run ended, when its last event says so.
    pub end: Option<RunEnd>,
}

pub(crate) fn walk(run_dir: &Path) -> Result<Walked, ReadError> {
    let mut walked = Walked {
        reader: Reader::open(run_dir)?,
        blobs: BTreeMap::new(),
        end: None,
    };
    while let Some(event) = walked.reader.next().transpose()? {
        for (id, size) in event.blobs() {
            let first = (event.seq, size);
            walked.blobs.entry(id.clone()).or_insert(first);
        }
        walked.end = match event.fact {
            Fact::RunEnded { end } => Some(end),
            _ => None,
        };
    }
    Ok(walked)
}

impl Walked {
    /// Every blob that an event names.
    pub(crate) fn verify_blobs(&self) -> Result<(), ReadError> {
        let mut blobs = self.blobs.iter();
        blobs.try_for_each(|(id, first)| verify_blob(self.reader.dir(), *first, id))
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

/// Without a seal there must be the mark that it was never made: a run has one of the two from its first moment on.
fn unsealed(run_dir: &Path, found: &[Found]) -> Result<State, ReadError> {
    match found.iter().any(|f| f.name == OPEN_FILE) {
        true => Ok(State::Open),
        false => Err(seal_gone(run_dir)),
    }
}

/// What no run makes is there in place of a file of its own.
pub(crate) fn ordinary(path: &Path) -> Result<(), ReadError> {
    match std::fs::symlink_metadata(path) {
        Ok(meta) if !meta.is_file() => Err(altered(path, ODD)),
        // One that is not there, or cannot be looked at, is told by whoever opens it.
        _ => Ok(()),
    }
}

/// Whether all of a run's files are there and no others, as far as names tell; what is in them is not looked at.
///
/// # Errors
/// The first that is missing, does not belong there, or is no ordinary file.
pub fn verify_names(run_dir: &Path) -> Result<(), ReadError> {
    // Read first: a run may end, or be taken up, meanwhile.
    let seal = Seal::read(&run_dir.join(SEAL_FILE))?;
    let found = folder::list(run_dir).map_err(|e| ReadError::io(run_dir, e))?;
    if let Some(odd) = found.iter().find(|f| f.kind == folder::Kind::Odd) {
        return Err(altered(&odd.path, ODD));
    }
    let is_there = |name: &str| found.iter().any(|f| f.name == name);
    let Some(seal) = seal.filter(|_| is_there(SEAL_FILE)) else {
        return match is_there(OPEN_FILE) || is_there(SEAL_FILE) {
            true => Ok(()),
            false => Err(seal_gone(run_dir)),
        };
    };
    // The seal of a first version lists nothing.
    let files = seal.files.unwrap_or_default();
    let strange = |file: &&Found| file.name != SEAL_FILE && !files.contains_key(&file.name);
    match found.iter().find(strange).filter(|_| !files.is_empty()) {
        Some(strange) => Err(altered(&strange.path, "it was put there")),
        None => names_are_there(run_dir, files.keys(), &found),
    }
}

/// Every file that a seal lists.
fn names_are_there<'a>(
    run_dir: &Path,
    mut names: impl Iterator<Item = &'a String>,
    found: &[Found],
) -> Result<(), ReadError> {
    let there: BTreeSet<&str> = found.iter().map(|f| f.name.as_str()).collect();
    match names.find(|name| !there.contains(name.as_str())) {
        Some(gone) => Err(altered(&run_dir.join(gone), "the file was taken away")),
        None => Ok(()),
    }
}

/// A pipe, a link, a device.
const ODD: &str = "this is no ordinary file";

/// Neither seal nor mark.
pub(crate) fn seal_gone(run_dir: &Path) -> ReadError {
    altered(&run_dir.join(SEAL_FILE), "the seal was taken away")
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
    names_are_there(run_dir, files.keys(), found)?;
    for file in found.iter().filter(|f| f.name != SEAL_FILE) {
        if file.kind == folder::Kind::EmptyFolder {
            return Err(altered(&file.path, "the empty folder was put there"));
        }
        let Some((size, hash)) = files.get(&file.name) else {
            return Err(altered(&file.path, "the file was put there"));
        };
        if !is_file(&file.path, *size, hash)? {
            let made = remade.get(&file.name);
            let made = made.map(|bytes| (bytes.len() as u64, crate::sha256_hex(bytes)));
            if !made.map_or(Ok(false), |(size, hash)| is_file(&file.path, size, &hash))? {
                return Err(altered(&file.path, &other_content(&file.path, *size)));
            }
        }
    }
    Ok(State::Sealed)
}

/// Whether a file is this one. One of another size is not read: it may have been made endless.
fn is_file(path: &Path, size: u64, hash: &str) -> Result<bool, ReadError> {
    let unread = |e| ReadError::io(path, e);
    let is = file::length(path).map_err(unread)?;
    Ok(is == size && folder::digest(path).map_err(unread)?.1 == hash)
}

fn other_content(path: &Path, was: u64) -> String {
    let is = file::length(path).unwrap_or(was);
    match is == was {
        true => "its content is another one".to_owned(),
        false => format!("its content is another one: {is} bytes in place of {was}"),
    }
}

pub(crate) fn altered(path: &Path, why: &str) -> ReadError {
    ReadError::Altered {
        path: path.to_owned(),
        why: why.to_owned(),
    }
}

fn verify_blob(run_dir: &Path, (seq, size): (Seq, u64), id: &BlobId) -> Result<(), ReadError> {
    let path = path_of(&run_dir.join(BLOBS_DIR), id.as_str());
    let missing = |source| ReadError::MissingBlob {
        seq,
        path: path.clone(),
        source,
    };
    let is = file::length(&path).map_err(missing)?;
    if is == size && folder::digest(&path).map_err(missing)?.1 == id.as_str() {
        return Ok(());
    }
    let (id, seq) = (id.to_string(), Some(seq));
    Err(ReadError::BadBlob { seq, id, path })
}
