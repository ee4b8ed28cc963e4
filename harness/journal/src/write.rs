//! The writing end.

use crate::blob::{Blobs, sync_file, write_whole};
use crate::disk::Disk;
use crate::error::WriteError;
use crate::file::LONGEST_FILE;
use crate::folder;
use crate::line::{HexHash, LONGEST_LINE, encode, hex_hash, text_of};
use crate::lock::OpenLock;
use crate::private::{private_file, private_folder, shut_folder};
use crate::read::Reader;
use crate::seal::Seal;
use crate::{BLOBS_DIR, EVENTS_FILE, PLAN_FILE, SEAL_FILE};
use proofhouse_model::{BlobId, Check, Event, Fact, Limit, Measurement, Observation};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Capacity kept between appends; one huge event must not hold its memory for the rest of the run.
const BUFFER_KEPT: usize = 1 << 20;

/// Writes the record of one run. Not shared: whoever orders events holds it.
#[derive(Debug)]
pub struct Writer {
    dir: PathBuf,
    path: PathBuf,
    file: Arc<File>,
    /// Bytes of whole lines in the file.
    length: u64,
    /// Number of the next event.
    next: u64,
    /// Hash of the plan.
    plan: HexHash,
    /// Hash of the last line, of the plan before the first.
    head: HexHash,
    /// The line being made; kept for its memory.
    buffer: Vec<u8>,
    blobs: Blobs,
    broken: bool,
    /// Held while the run is not over; taken when it is sealed.
    lock: Option<OpenLock>,
}

impl Writer {
    /// Makes the run folder, its missing parents, and `plan.json` in it, on disk before it returns.
    ///
    /// # Errors
    /// When the folder already holds a run, or cannot be written.
    pub fn create(run_dir: &Path, plan_json: &[u8]) -> Result<Self, WriteError> {
        private_folder(run_dir)
            .and_then(|()| shut_folder(run_dir))
            .map_err(|e| WriteError::io("make the folder", run_dir, e))?;
        let plan_path = run_dir.join(PLAN_FILE);
        let path = run_dir.join(EVENTS_FILE);
        let exists = || WriteError::Exists {
            dir: run_dir.to_owned(),
        };
        if plan_path.exists() {
            return Err(exists());
        }
        if plan_json.len() as u64 > LONGEST_FILE {
            let long = std::io::Error::other(format!("a plan longer than {LONGEST_FILE} bytes"));
            return Err(WriteError::io("write", &plan_path, long));
        }
        // Making the mark decides who owns the folder when two runs choose the same one.
        let lock = OpenLock::create(run_dir)?;
        let made = private_file()
            .append(true)
            .create_new(true)
            .open(&path)
            .map_err(|e| match e.kind() {
                ErrorKind::AlreadyExists => exists(),
                _ => WriteError::io("make", &path, e),
            })
            .and_then(|file| {
                write_whole(&plan_path, plan_json)?;
                sync_file(&plan_path).map_err(|e| WriteError::io("put on disk", &plan_path, e))?;
                Ok(file)
            });
        let file = match made {
            Ok(file) => file,
            Err(e) => {
                // Nothing ran: the folder may be used again. An events file of somebody else stays.
                if !matches!(e, WriteError::Exists { .. }) {
                    let _ = fs::remove_file(&path);
                }
                lock.give_up();
                return Err(e);
            }
        };
        let plan = hex_hash(plan_json);
        Ok(Self {
            dir: run_dir.to_owned(),
            path,
            file: Arc::new(file),
            length: 0,
            next: 0,
            plan,
            head: plan,
            buffer: Vec::with_capacity(4096),
            blobs: Blobs::new(run_dir.join(BLOBS_DIR)),
            broken: false,
            lock: Some(lock),
        })
    }

    /// Goes on behind what was read; the file must end with its last whole line.
    pub(crate) fn behind(read: &Reader, lock: OpenLock) -> Result<Self, WriteError> {
        let dir = read.dir().to_owned();
        let path = dir.join(EVENTS_FILE);
        let file = OpenOptions::new()
            .append(true)
            .open(&path)
            .map_err(|e| WriteError::io("open", &path, e))?;
        Ok(Self {
            path,
            file: Arc::new(file),
            length: read.length(),
            next: read.events(),
            plan: read.plan_hash(),
            head: read.head(),
            buffer: Vec::with_capacity(4096),
            blobs: Blobs::new(dir.join(BLOBS_DIR)),
            broken: false,
            lock: Some(lock),
            dir,
        })
    }

    /// Notes folders outside the run that must not outlive its process, so that whoever resumes it can remove them.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn note_leftovers(&mut self, folders: Vec<PathBuf>) -> Result<(), WriteError> {
        self.lock.as_mut().map_or(Ok(()), |lock| lock.note(folders))
    }

    /// The run folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// SHA-256 of `plan.json` in hex, for [`Fact::RunStarted`].
    #[must_use]
    pub fn plan_sha256(&self) -> String {
        text_of(&self.plan)
    }

    /// Number the next event must have.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.next
    }

    /// Appends an event. When this returns, the operating system has the whole line.
    ///
    /// When it fails the journal stays as it was before, so the same event may be tried again.
    ///
    /// # Errors
    /// When the number is not the next one, the event cannot be put into a line, or the disk
    /// refuses.
    pub fn append(&mut self, event: &Event) -> Result<(), WriteError> {
        if self.broken {
            let path = self.path.clone();
            return Err(WriteError::Broken { path });
        }
        if self.lock.is_none() {
            return Err(WriteError::Sealed { given: event.seq });
        }
        if event.seq != self.next {
            return Err(WriteError::OutOfOrder {
                given: event.seq,
                wanted: self.next,
            });
        }
        if !event.blobs().is_empty() {
            // After a power loss an event may be there that nobody synced: its blob must be whole then.
            self.blobs.sync()?;
        }
        self.fill_buffer(event)?;
        if let Err(e) = (&*self.file).write_all(&self.buffer) {
            self.broken = self.file.set_len(self.length).is_err();
            return Err(WriteError::io("write", &self.path, e));
        }
        self.head = hex_hash(&self.buffer[..self.buffer.len() - 1]);
        self.length += self.buffer.len() as u64;
        self.next += 1;
        if self.buffer.capacity() > BUFFER_KEPT {
            self.buffer = Vec::with_capacity(4096);
        }
        Ok(())
    }

    fn fill_buffer(&mut self, event: &Event) -> Result<(), WriteError> {
        let unfit = |why: String| WriteError::Unfit {
            seq: event.seq,
            why,
        };
        if let Some(name) = not_a_number(&event.fact) {
            return Err(unfit(format!("`{name}` is not a finite number")));
        }
        encode(&mut self.buffer, &self.head, event, self.next == 0)
            .map_err(|e| unfit(e.to_string()))?;
        if self.buffer.len() > LONGEST_LINE {
            let size = self.buffer.len();
            return Err(unfit(format!(
                "{size} bytes are more than the {LONGEST_LINE} of a line: keep it as a blob"
            )));
        }
        Ok(())
    }

    /// Keeps bytes as a blob and gives their id; see [`Blobs::put`].
    ///
    /// # Errors
    /// When the disk is full, read-only or broken.
    pub fn blob(&mut self, bytes: &[u8]) -> Result<BlobId, WriteError> {
        self.blobs.put(bytes)
    }

    /// The place of blobs, for those who do not hold the writer.
    #[must_use]
    pub fn blobs(&self) -> Blobs {
        self.blobs.clone()
    }

    /// Puts everything so far on disk, blobs first: before a destructive op and at the end of every
    /// case.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn sync(&mut self) -> Result<(), WriteError> {
        self.disk().sync()
    }

    /// The disk, for those who do not hold the writer.
    #[must_use]
    pub fn disk(&self) -> Disk {
        Disk {
            file: Arc::clone(&self.file),
            path: self.path.clone(),
            blobs: self.blobs.clone(),
        }
    }

    /// Ends the record: syncs, and leaves a seal by which a later change of any file of the folder is found. Reports
    /// and logs must be there by then. Nothing can be appended afterwards.
    ///
    /// # Errors
    /// When the disk refuses; the run can be resumed then, which seals it.
    pub fn seal(&mut self) -> Result<(), WriteError> {
        self.sync()?;
        let Some(lock) = self.lock.take() else {
            return Err(WriteError::Sealed { given: self.next });
        };
        let files = folder::digests(&self.dir)?;
        let seal = Seal {
            events: self.next,
            head: text_of(&self.head),
            files: Some(files),
        };
        lock.become_seal(&seal.text(), &self.dir.join(SEAL_FILE))
    }
}

/// JSON has no infinity: it would be written as null and make the whole journal unreadable.
fn not_a_number(fact: &Fact) -> Option<&str> {
    let measurement = match fact {
        Fact::Measured(m) => m,
        Fact::Checked(Check {
            measurement: Some(m),
            ..
        }) => m,
        Fact::OpEnded {
            saw: Observation::Passwords { least_bits, .. },
            ..
        } if !least_bits.is_finite() => return Some("least_bits"),
        _ => return None,
    };
    (!finite(measurement)).then_some(&measurement.name)
}

fn finite(m: &Measurement) -> bool {
    let limit = match m.limit {
        Some(Limit::AtMost(x) | Limit::AtLeast(x)) => x,
        None => 0.0,
    };
    m.value.is_finite() && limit.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_and_half_a_line_ends_the_journal() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(dir.path(), b"{}").unwrap();
        // Takes no byte and cannot be cut back either.
        writer.file = Arc::new(OpenOptions::new().append(true).open("/dev/full").unwrap());
        let event = Event {
            seq: 0,
            at_us: 0,
            wall: String::new(),
            task: None,
            unit: None,
            fact: Fact::Noted {
                text: String::new(),
            },
        };
        let error = writer.append(&event).unwrap_err().to_string();
        assert!(error.contains("free some space"), "{error}");
        assert_eq!(writer.next_seq(), 0);
        let error = writer.append(&event).unwrap_err();
        assert!(matches!(error, WriteError::Broken { .. }), "{error}");
    }
}
