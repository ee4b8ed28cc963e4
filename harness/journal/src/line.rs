//! One line of the journal: how it is written, hashed and taken apart again.

use proofhouse_model::Event;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Format of what this version writes, major.minor. A reader refuses a newer major.
pub const FORMAT: &str = "2.0";

/// Longest line written or read, in bytes. What is larger belongs into a blob.
pub const LONGEST_LINE: usize = 8 << 20;

/// A SHA-256 in lower-case hex, kept as bytes so that appending needs no allocation.
pub(crate) type HexHash = [u8; 64];

/// SHA-256 of bytes, as 64 lower-case hex digits.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    text_of(&hex_hash(bytes))
}

pub(crate) fn hex_hash(bytes: &[u8]) -> HexHash {
    hex_of(&Sha256::digest(bytes))
}

/// Hex of a 32-byte hash.
pub(crate) fn hex_of(hash: &[u8]) -> HexHash {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = [b'0'; 64];
    for (pair, byte) in out.chunks_exact_mut(2).zip(hash) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    out
}

pub(crate) fn text_of(hash: &HexHash) -> String {
    hash.iter().map(|b| char::from(*b)).collect()
}

/// Fills `buffer` with the line of an event, line end included. Only the first line names the
/// format.
pub(crate) fn encode(
    buffer: &mut Vec<u8>,
    prev: &HexHash,
    event: &Event,
    first: bool,
) -> serde_json::Result<()> {
    buffer.clear();
    buffer.push(b'{');
    if first {
        buffer.extend_from_slice(b"\"format\":\"");
        buffer.extend_from_slice(FORMAT.as_bytes());
        buffer.extend_from_slice(b"\",");
    }
    buffer.extend_from_slice(b"\"prev\":\"");
    buffer.extend_from_slice(prev);
    buffer.push(b'"');
    let open = buffer.len();
    serde_json::to_writer(&mut *buffer, event)?;
    buffer[open] = b','; // the event's own `{`: its fields go on in this object
    buffer.push(b'\n');
    Ok(())
}

/// The `prev` of a line as we write it, and where the comma behind it stands. `None` for any other line, and for a
/// first line of another format.
pub(crate) fn head_of(line: &[u8], first: bool) -> Option<(&[u8], usize)> {
    let mut rest = line.strip_prefix(b"{")?;
    if first {
        let format = rest.strip_prefix(b"\"format\":\"")?;
        rest = format
            .strip_prefix(FORMAT.as_bytes())?
            .strip_prefix(b"\",")?;
    }
    let (prev, rest) = rest.strip_prefix(b"\"prev\":\"")?.split_at_checked(64)?;
    let rest = rest.strip_prefix(b"\"")?;
    (rest.first() == Some(&b',')).then_some((prev, line.len() - rest.len()))
}

/// What a line carries beside its event.
#[derive(Debug, Deserialize)]
pub(crate) struct Wrapper {
    /// Format, on the first line.
    pub format: Option<String>,
    /// Hash of the line before.
    pub prev: String,
}

/// Major number of a format such as `1.0`; `None` when it is not one.
pub(crate) fn major(format: &str) -> Option<u32> {
    let (major, minor) = format.split_once('.')?;
    minor.parse::<u32>().ok()?;
    major.parse().ok()
}
