//! Taking a run up again whose process died, or that somebody ended.

use crate::blob::{Blobs, sync_file};
use crate::error::{ReadError, ResumeError, WriteError};
use crate::folder;
use crate::lock::{OpenLock, OpenMark};
use crate::verify::{Remade, State, Walked, is_run, ordinary, seal_gone, verify_with, walk};
use crate::write::Writer;
use crate::{BLOBS_DIR, EVENTS_FILE, OPEN_FILE, PLAN_FILE, SEAL_FILE};
use proofhouse_model::event::RunEnd;
use proofhouse_model::{BlobId, Plan};
use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Evidence no event names yet: kept on its way to the journal when the process died.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// For a reader, such as `torn line 7`.
    pub name: String,
    /// Its content.
    pub blob: BlobId,
    /// Bytes.
    pub size: u64,
}

/// A run that is open again.
#[derive(Debug)]
pub struct Resumed {
    /// Appends behind what is there.
    pub writer: Writer,
    /// The plan. What is there is read with [`Reader`](crate::Reader) once more, an event at a time.
    pub plan: Plan,
    /// Events that are there.
    pub events: u64,
    /// What is there beside it, and is to be journaled now.
    pub kept: Vec<Kept>,
    /// What the dead process noted.
    pub mark: OpenMark,
    /// It was sealed: somebody had ended it in order. Whoever does not go on seals it again.
    pub was_sealed: bool,
}

impl Writer {
    /// As [`Writer::resume_with`], where reports are only compared with the seal.
    ///
    /// # Errors
    /// As there.
    pub fn resume(run_dir: &Path) -> Result<Resumed, ResumeError> {
        Self::resume_with(run_dir, |_| Vec::new())
    }

    /// Opens for appending the run of a dead process, or one that was ended before all of its plan was done. All of it
    /// is checked before anything is touched, what was sealed against its seal, with `remake` as in
    /// [`verify_with`](crate::verify_with). A cut-off last line is kept as a blob, then cut away; numbers and chain go
    /// on.
    ///
    /// # Errors
    /// The run is finished, is being written, was altered, is of a newer format or cannot be written. Nothing of its
    /// record was changed then.
    pub fn resume_with(
        run_dir: &Path,
        remake: impl Fn(&Path) -> Remade,
    ) -> Result<Resumed, ResumeError> {
        let dir = || run_dir.to_owned();
        if !is_run(run_dir) {
            return Err(ResumeError::NoRun { dir: dir() });
        }
        let was_sealed = run_dir.join(SEAL_FILE).exists();
        let (mut lock, mark) = match was_sealed {
            true => reopen(run_dir, remake)?,
            false => take_over(run_dir)?,
        };
        let walked = walk(run_dir)?;
        walked.verify_blobs()?;
        lock.note(mark.leftovers.clone())?;
        folder::sweep(run_dir).map_err(|e| WriteError::io("clean up", run_dir, e))?;
        let torn = cut_torn(run_dir, &walked)?;
        let kept = unnamed(run_dir, &walked, torn)?;
        let writer = Writer::behind(&walked.reader, lock)?;
        Ok(Resumed {
            writer,
            events: walked.reader.events(),
            plan: walked.reader.into_plan(),
            kept,
            mark,
            was_sealed,
        })
    }
}

/// The mark of a dead process.
fn take_over(run_dir: &Path) -> Result<(OpenLock, OpenMark), ResumeError> {
    let dir = || run_dir.to_owned();
    if was_never_planned(run_dir) {
        return Err(ResumeError::NoPlan { dir: dir() });
    }
    if !run_dir.join(OPEN_FILE).exists() && !run_dir.join(SEAL_FILE).exists() {
        return Err(ResumeError::Altered(seal_gone(run_dir)));
    }
    ordinary(&run_dir.join(OPEN_FILE))?;
    // Read before the mark is taken: taking it is the first thing that could change the folder.
    walk(run_dir)?;
    let taken = OpenLock::take(run_dir)?;
    // The process that was ahead of us may have gone on, or to the end, between the two.
    match run_dir.join(SEAL_FILE).exists() {
        true => Err(ResumeError::Finished { dir: dir() }),
        false => Ok(taken),
    }
}

/// The mark of a run that somebody ended, made of its seal once every byte is seen to be what it was.
fn reopen(
    run_dir: &Path,
    remake: impl Fn(&Path) -> Remade,
) -> Result<(OpenLock, OpenMark), ResumeError> {
    let as_it_was = || {
        let found = verify_with(run_dir, &remake)?;
        match (found.state, found.end) {
            (State::Sealed, Some(RunEnd::Interrupted | RunEnd::BrokenOff)) => Ok(()),
            (State::Writing(pid), _) => Err(WriteError::Busy {
                dir: run_dir.to_owned(),
                pid,
            }
            .into()),
            _ => Err(ResumeError::Finished {
                dir: run_dir.to_owned(),
            }),
        }
    };
    // A finished run may be one that this user may only read.
    as_it_was()?;
    let seal = OpenLock::of_seal(run_dir)?;
    // The process that was ahead of us may have gone on meanwhile.
    as_it_was()?;
    Ok((seal.reopen(run_dir)?, OpenMark::default()))
}

/// Whether the harness died between making the folder and writing the plan: nothing was started.
#[must_use]
pub fn was_never_planned(run_dir: &Path) -> bool {
    let events = fs::metadata(run_dir.join(EVENTS_FILE)).map_or(0, |m| m.len());
    let others = [PLAN_FILE, SEAL_FILE].map(|name| run_dir.join(name));
    events == 0 && !others.iter().any(|path| path.exists())
}

/// Cuts the torn line away once its bytes are safe; gives its blob.
fn cut_torn(run_dir: &Path, walked: &Walked) -> Result<Option<(u64, BlobId)>, ResumeError> {
    let (Some(torn), whole) = (walked.reader.torn(), walked.reader.length()) else {
        return Ok(None);
    };
    let path = run_dir.join(EVENTS_FILE);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .map_err(|e| WriteError::io("open", &path, e))?;
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(whole))
        .and_then(|_| file.read_to_end(&mut bytes))
        .map_err(|e| ReadError::io(&path, e))?;
    let blobs = Blobs::new(run_dir.join(BLOBS_DIR));
    let id = blobs.put(&bytes)?;
    blobs.sync()?;
    file.set_len(whole)
        .and_then(|()| sync_file(&path))
        .map_err(|e| WriteError::io("cut the torn line off", &path, e))?;
    Ok(Some((torn.line, id)))
}

/// Blobs that no event names: the torn line, and evidence whose event was never written, of this death or of one
/// before it.
fn unnamed(
    run_dir: &Path,
    walked: &Walked,
    torn: Option<(u64, BlobId)>,
) -> Result<Vec<Kept>, ResumeError> {
    let unreadable = |path: &Path, e| ReadError::io(path, e);
    let mut kept = Vec::new();
    for file in folder::list(run_dir).map_err(|e| unreadable(run_dir, e))? {
        let Some(Ok(id)) = folder::blob_id(&file.name).map(BlobId::new) else {
            continue;
        };
        if walked.blobs.contains_key(&id) {
            continue;
        }
        let (size, hash) = folder::digest(&file.path).map_err(|e| unreadable(&file.path, e))?;
        let blob = match hash == id.as_str() {
            true => id,
            false => rename(run_dir, &file.path)?,
        };
        let name = match &torn {
            Some((line, id)) if *id == blob => format!("torn line {line}"),
            _ => "evidence no event names".to_owned(),
        };
        kept.push(Kept { name, blob, size });
    }
    Ok(kept)
}

/// A blob that a power loss left half-written is kept as what it is.
fn rename(run_dir: &Path, path: &Path) -> Result<BlobId, ResumeError> {
    let bytes = crate::read_file(path, u64::MAX).map_err(|e| ReadError::io(path, e))?;
    let blobs = Blobs::new(run_dir.join(BLOBS_DIR));
    let id = blobs.put(&bytes)?;
    blobs.sync()?;
    fs::remove_file(path).map_err(|e| WriteError::io("remove", path, e))?;
    Ok(id)
}
