//! What can go wrong with a record, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// Why something could not be written. The run has to stop safely: nothing may happen that is not
/// recorded.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The folder already holds a run.
    #[error("{} already holds a run: runs are never overwritten, choose another folder with --out", .dir.display())]
    Exists {
        /// The folder.
        dir: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {source}. {advice}", .path.display())]
    Io {
        /// What was tried, such as `write`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What a technician can do.
        advice: &'static str,
        /// Its reason.
        source: io::Error,
    },
    /// An event came out of order: a mistake of the harness.
    #[error(
        "event {given} was to be appended, but the next one is {wanted}: \
         a mistake of the harness, please report it"
    )]
    OutOfOrder {
        /// Number the event has.
        given: u64,
        /// Number it had to have.
        wanted: u64,
    },
    /// An event came after the end of the run: a mistake of the harness.
    #[error(
        "event {given} came after the journal was sealed: this is a mistake of the harness, please report it"
    )]
    Sealed {
        /// Number the event has.
        given: u64,
    },
    /// An event cannot be put into a line.
    #[error("event {seq} cannot be recorded: {why}")]
    Unfit {
        /// Its number.
        seq: u64,
        /// Why.
        why: String,
    },
    /// Another process writes this run.
    #[error("{} is being written by process {pid}: wait until that run is over, or end it", .dir.display())]
    Busy {
        /// The folder.
        dir: PathBuf,
        /// Who writes it.
        pid: u32,
    },
    /// An earlier write failed half-way and could not be taken back.
    #[error(
        "{} ends in half a line after a failed write, nothing more can be appended: free the disk and run again",
        .path.display()
    )]
    Broken {
        /// The journal.
        path: PathBuf,
    },
}

impl WriteError {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let advice = advice(source.kind());
        Self::Io {
            action,
            path: path.to_owned(),
            advice,
            source,
        }
    }
}

fn advice(kind: io::ErrorKind) -> &'static str {
    use io::ErrorKind as K;
    match kind {
        K::StorageFull | K::QuotaExceeded => {
            "The disk is full: free some space or choose another folder with --out, then run again"
        }
        K::FileTooLarge => {
            "A file may not grow further here: raise the limit of this shell or service (ulimit -f, LimitFSIZE), or \
             choose a folder on a file system for larger files with --out, then run again"
        }
        K::ReadOnlyFilesystem => {
            "The file system is read-only: use a folder on another one (--out; a run to be resumed can be copied there)"
        }
        K::PermissionDenied => {
            "This user may not write there: choose another folder with --out or change its owner"
        }
        K::NotADirectory => "A part of the path is a file: choose another folder with --out",
        _ => "Check the disk (dmesg shows its errors) or choose another folder with --out",
    }
}

/// Why a run cannot be taken up again. Nothing in its folder was changed.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// It ended in order.
    #[error("{} is finished, nothing to resume", .dir.display())]
    Finished {
        /// The folder.
        dir: PathBuf,
    },
    /// It died before there was a plan.
    #[error("{} has no plan: its harness died before anything was started. Start a new run", .dir.display())]
    NoPlan {
        /// The folder.
        dir: PathBuf,
    },
    /// The folder is none of ours.
    #[error("{} is no run folder (such as runs/<id>)", .dir.display())]
    NoRun {
        /// The folder.
        dir: PathBuf,
    },
    /// Its record is not as it was written.
    #[error("{0}. A record that was altered is not built upon")]
    Altered(ReadError),
    /// Its plan or journal is of a newer format.
    #[error(transparent)]
    Newer(ReadError),
    /// It cannot be written, or another process writes it.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<ReadError> for ResumeError {
    fn from(why: ReadError) -> Self {
        match why {
            ReadError::Newer { .. } => Self::Newer(why),
            other => Self::Altered(other),
        }
    }
}

/// Why a record cannot be read. Lines count from 1.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file is missing or cannot be read.
    #[error("cannot read {}: {source}. Is this a run folder, such as runs/<id>?", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Reason of the operating system.
        source: io::Error,
    },
    /// The plan is no plan.
    #[error("{} is not a plan of this format: {why}", .path.display())]
    BadPlan {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Plan or journal are of another format, such as that of a newer harness.
    #[error(
        "{} is of format {format}, this proofhouse reads {}: read it with the version that wrote it",
        .path.display(),
        crate::FORMAT
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format it names.
        format: String,
    },
    /// A line is no event.
    #[error("{}:{line}: not an event: {why}. The journal was changed or damaged here", .path.display())]
    BadLine {
        /// The journal.
        path: PathBuf,
        /// Line from 1.
        line: u64,
        /// Why.
        why: String,
    },
    /// A line does not continue the one before.
    #[error(
        "{}:{line}: the chain breaks here: {suspect} was changed, or lines were taken out or put in",
        .path.display()
    )]
    Chain {
        /// The journal.
        path: PathBuf,
        /// Line from 1 that does not fit the one before.
        line: u64,
        /// Which of the two was altered: `plan.json` or `line 7 (event 6)`.
        suspect: String,
    },
    /// Numbers of events do not go on by one.
    #[error("{}:{line}: event {found} stands where event {wanted} belongs", .path.display())]
    Gap {
        /// The journal.
        path: PathBuf,
        /// Line from 1.
        line: u64,
        /// Number that had to be there.
        wanted: u64,
        /// Number that is there.
        found: u64,
    },
    /// The end of the journal, or the seal itself, is not what it was when the run was sealed.
    #[error("{}: changed after the run was sealed: {why}", .path.display())]
    Seal {
        /// The journal or the seal.
        path: PathBuf,
        /// What differs.
        why: String,
    },
    /// A blob is not what its name says.
    #[error("blob {id} ({}) was changed: its content has another hash{}", .path.display(), cited(*.seq))]
    BadBlob {
        /// First event that rests on it.
        seq: Option<u64>,
        /// Its name.
        id: String,
        /// Its file.
        path: PathBuf,
    },
    /// A file of the run is not what it was when the run was sealed.
    #[error("{}: changed after the run was sealed: {why}", .path.display())]
    Altered {
        /// The file.
        path: PathBuf,
        /// What differs.
        why: String,
    },
    /// A blob named by an event is missing or cannot be read.
    #[error("event {seq} rests on {}, which cannot be read: {source}", .path.display())]
    MissingBlob {
        /// The event.
        seq: u64,
        /// The file.
        path: PathBuf,
        /// Reason of the operating system.
        source: io::Error,
    },
}

fn cited(seq: Option<u64>) -> String {
    seq.map_or(String::new(), |n| format!("; event {n} rests on it"))
}

impl ReadError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}
