//! Flash as a file that somebody dumped: it can be read and searched, and tells nothing else.

use proofhouse_model::bytes::to_hex;
use proofhouse_model::profile::DebugFacts;
use proofhouse_model::{Channel, Trouble};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use time::OffsetDateTime;

/// Most bytes of a dump: the whole of it is hashed when it is opened.
const MOST: u64 = 16 << 30;

/// A file with flash in it, as it was when it was opened.
#[derive(Debug)]
pub struct Dump {
    path: PathBuf,
    /// Address of its first byte.
    at: u64,
    len: u64,
    changed: SystemTime,
    sha256: String,
    /// The unit was used since: what it wrote meanwhile is not in the file.
    stale: bool,
}

impl Dump {
    /// Opens and hashes the file. Its first byte lies `at`, else where the profile's first region of flash begins.
    pub(super) fn open(path: &Path, at: Option<u64>, facts: &DebugFacts) -> Result<Self, Trouble> {
        let first = facts.flash.first().map(|(at, _)| *at);
        let mut dump = Self {
            path: path.to_owned(),
            at: at.or(first).unwrap_or(0),
            len: 0,
            changed: SystemTime::UNIX_EPOCH,
            sha256: String::new(),
            stale: false,
        };
        let mut file = dump.file()?;
        let mut read = || -> io::Result<(u64, SystemTime, String)> {
            let about = file.metadata()?;
            let mut hash = Sha256::new();
            let mut buffer = vec![0; 1 << 16];
            let mut len = 0;
            while len <= MOST {
                match file.read(&mut buffer)? {
                    0 => return Ok((len, about.modified()?, to_hex(&hash.finalize()))),
                    n => {
                        hash.update(&buffer[..n]);
                        len += n as u64;
                    }
                }
            }
            Err(io::Error::other("it is larger than 16 GiB"))
        };
        let (len, changed, sha256) = read().map_err(|e| dump.unread(&e))?;
        (dump.len, dump.changed, dump.sha256) = (len, changed, sha256);
        Ok(dump)
    }

    /// The unit was used: from now on the dump is older than what is in its flash.
    pub(super) fn unit_was_used(&mut self) {
        self.stale = true;
    }

    /// Bytes at an address.
    pub(super) fn read(&self, at: u64, len: u64) -> Result<Vec<u8>, Trouble> {
        let path = self.path.display();
        if self.stale {
            return Err(bench(
                format!(
                    "the dump {path} is of {}, before the unit was used in this run: what was written since is not \
                     in it",
                    self.date()
                ),
                "search it in a case that does nothing else to the unit, or wire a debug probe",
            ));
        }
        let from = at.checked_sub(self.at);
        let from = from.filter(|from| from.checked_add(len).is_some_and(|end| end <= self.len));
        let Some(from) = from else {
            let (first, end) = (self.at, self.at.saturating_add(self.len));
            return Err(bench(
                format!(
                    "the dump {path} is of {first:#x} to {end:#x}, and {len} bytes at {at:#x} are not in it"
                ),
                "dump all that the profile names under [debug] flash; say with `at` where the dump begins",
            ));
        };
        let mut file = self.file()?;
        let mut read = || -> io::Result<Option<Vec<u8>>> {
            let about = file.metadata()?;
            if about.len() != self.len || about.modified()? != self.changed {
                return Ok(None);
            }
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(from))?;
            (&mut file).take(len).read_to_end(&mut bytes)?;
            Ok((bytes.len() as u64 == len).then_some(bytes))
        };
        read().map_err(|e| self.unread(&e))?.ok_or_else(|| {
            bench(
                format!("the dump {path} was changed during the run, so its recorded hash is not that of what is read"),
                "leave it alone while a run goes on; begin another run with the new one",
            )
        })
    }

    /// What it does not tell.
    pub(super) fn no_port(&self, what: &str) -> Trouble {
        let path = self.path.display();
        bench(
            format!(
                "{what} cannot be observed from a dump ({path}): it shows what lay in flash, and nothing of the port"
            ),
            "wire a debug probe for it",
        )
    }

    /// A FIFO or device in its place would hold up whoever opens it.
    fn file(&self) -> Result<File, Trouble> {
        match std::fs::metadata(&self.path) {
            Ok(about) if about.is_file() => File::open(&self.path).map_err(|e| self.unread(&e)),
            Ok(_) => Err(self.unread(&io::Error::other("it is no file"))),
            Err(e) => Err(self.unread(&e)),
        }
    }

    fn unread(&self, e: &io::Error) -> Trouble {
        bench(
            format!("the dump {} cannot be read: {e}", self.path.display()),
            "write the path of a file, seen from the bench file's folder, into `file`",
        )
    }

    fn date(&self) -> String {
        let t = OffsetDateTime::from(self.changed);
        let (year, month, day) = (t.year(), u8::from(t.month()), t.day());
        let (hour, minute, second) = (t.hour(), t.minute(), t.second());
        format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
    }
}

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let (len, at, sha256) = (self.len, self.at, &self.sha256);
        let date = self.date();
        write!(
            f,
            "{name}: {len} bytes from {at:#x} on, of {date}, SHA-256 {sha256}"
        )
    }
}

fn bench(what: String, try_next: &str) -> Trouble {
    Trouble::bench(Channel::Debug, what, try_next)
}

#[cfg(test)]
mod tests;
