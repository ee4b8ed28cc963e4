//! What parent and worker say to each other: bounded JSON lines, memory as raw bytes behind one.

use std::io::{self, BufRead, Read, Write};

use proofhouse_model::{Dur, Trouble};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::race::Race;
use super::survey::Grading;
use super::target::DebugTarget;

/// The hidden word on the command line that makes the binary a worker.
pub const WORKER_WORD: &str = "__swd-worker";

/// Longest line either side takes.
const LONGEST_LINE: u64 = 256 * 1024;

/// From parent to worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// How far does the port let one in?
    Grade(DebugTarget),
    /// Try without pause, until `length_us` after [`Request::Powered`].
    Race {
        /// Which port.
        target: DebugTarget,
        /// Microseconds from power-up.
        length_us: u64,
    },
    /// The supply is on; only meant for a race under way.
    Powered,
    /// Read memory.
    Read {
        /// Which port.
        target: DebugTarget,
        /// First address.
        at: u64,
        /// Bytes.
        len: u64,
    },
    /// Read the chip's unique id.
    Identify(DebugTarget),
    /// Wait until no other program holds the probe.
    Free(DebugTarget),
    /// Who is there? Asked first of a worker on another host.
    Hello,
}

/// From worker to parent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The race is running; power may come.
    Racing,
    /// The race got further than before; more may come.
    Further(Box<Race>),
    /// The race is over.
    Raced(Box<Race>),
    /// The grade.
    Graded(Box<Grading>),
    /// This many raw bytes follow the line.
    Memory {
        /// How many; at most [`super::MAX_READ`].
        len: u64,
    },
    /// The unique id, hexadecimal.
    Uid {
        /// Most significant digit first.
        hex: String,
    },
    /// No other program holds the probe.
    Free,
    /// A worker.
    Hello {
        /// Version and hash of its program.
        build: String,
    },
    /// The probe was waited for; what the request brought follows.
    Waited {
        /// How long.
        waited: Dur,
        /// Who held it.
        by: String,
    },
    /// The request brought no observation.
    Trouble(Trouble),
    /// probe-rs panicked; the worker ends.
    Panicked {
        /// What it said.
        message: String,
    },
}

/// Writes one line and flushes it.
///
/// # Errors
/// The other side is gone.
pub fn write_line(out: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    out.write_all(&line)?;
    out.flush()
}

/// Reads one line; `None` when the other side has closed.
///
/// # Errors
/// The line is too long, cut off, or not of this protocol.
pub fn read_line<T: DeserializeOwned>(from: &mut impl BufRead) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    from.by_ref()
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut line)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(serde_json::from_slice(&line)?)),
        Some(_) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a line is too long or cut off",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_the_end_is_seen() {
        let asked = Request::Read {
            target: DebugTarget::new("1:2"),
            at: 16,
            len: 4,
        };
        let mut wire = Vec::new();
        write_line(&mut wire, &asked).unwrap();
        let mut from = wire.as_slice();
        assert_eq!(read_line(&mut from).unwrap(), Some(asked));
        assert_eq!(read_line::<Request>(&mut from).unwrap(), None);
    }

    #[test]
    fn long_cut_and_foreign_lines_are_refused() {
        let long = vec![b'x'; 300 * 1024];
        for bad in [&long[..], b"\"Powered", b"{\"grade\":1}\n", b"\xff\n"] {
            assert!(read_line::<Request>(&mut &bad[..]).is_err());
        }
    }
}
