//! Bytes that stay readable in JSON when they are text, and stay out of it when they are many.

use crate::BlobId;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use std::ops::Deref;
use std::sync::Arc;

/// Bytes sent to or read from a device, shared and cheap to clone.
///
/// In a journal they are a string when they are UTF-8, else `{"hex": ...}`. Those that are too many for an event are a
/// blob: `{"blob": id, "size": bytes, "head": ...}`. Read back, such bytes are their head alone, and
/// [`kept`](Self::kept) says where the rest is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(from = "Read")]
pub struct Bytes {
    /// All of them, or the head of those that are kept.
    here: Arc<[u8]>,
    kept: Option<Box<Kept>>,
}

/// Where bytes are that stand outside their event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Kept {
    /// The blob that holds all of them.
    pub blob: BlobId,
    /// How many they are.
    pub size: u64,
}

impl Bytes {
    /// Bytes that are kept as a blob; `head` are the first of them, for a reader of the event.
    #[must_use]
    pub fn kept_as(kept: Kept, head: &[u8]) -> Self {
        Self {
            here: head.into(),
            kept: Some(Box::new(kept)),
        }
    }

    /// Where they are, when only their head is here. `None` when all of them are.
    #[must_use]
    pub fn kept(&self) -> Option<&Kept> {
        self.kept.as_deref()
    }

    /// What is here, without a copy.
    #[must_use]
    pub fn shared(&self) -> &Arc<[u8]> {
        &self.here
    }

    /// What is here as text, invalid UTF-8 replaced.
    #[must_use]
    pub fn lossy(&self) -> String {
        String::from_utf8_lossy(&self.here).into_owned()
    }
}

/// What is here: all of them, or the head of those that are kept as a blob.
impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.here
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.here
    }
}

impl From<Arc<[u8]>> for Bytes {
    fn from(here: Arc<[u8]>) -> Self {
        Self { here, kept: None }
    }
}

impl From<Bytes> for Arc<[u8]> {
    fn from(bytes: Bytes) -> Self {
        bytes.here
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Arc::<[u8]>::from(bytes).into()
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Arc::<[u8]>::from(bytes).into()
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

/// Bytes as they are written.
enum Shown<'a> {
    Text(&'a str),
    Hex(&'a [u8]),
}

impl<'a> Shown<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        std::str::from_utf8(bytes).map_or(Self::Hex(bytes), Self::Text)
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => to.serialize_str(text),
            Self::Hex(bytes) => {
                let mut out = to.serialize_struct("Bytes", 1)?;
                out.serialize_field("hex", &to_hex(bytes))?;
                out.end()
            }
        }
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let shown = Shown::of(&self.here);
        let Some(kept) = &self.kept else {
            return shown.serialize(to);
        };
        let mut out = to.serialize_struct("Bytes", 3)?;
        out.serialize_field("blob", &kept.blob)?;
        out.serialize_field("size", &kept.size)?;
        out.serialize_field("head", &shown)?;
        out.end()
    }
}

/// Bytes as they are read.
#[derive(Deserialize)]
#[serde(untagged)]
enum Read {
    Text(String),
    Hex {
        hex: String,
    },
    Blob {
        blob: BlobId,
        size: u64,
        head: ReadHead,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ReadHead {
    Text(String),
    Hex { hex: String },
}

impl From<Read> for Bytes {
    fn from(read: Read) -> Self {
        match read {
            Read::Text(text) => text.into_bytes().into(),
            Read::Hex { hex } => from_hex(hex.as_bytes()).into(),
            Read::Blob { blob, size, head } => {
                let head = match head {
                    ReadHead::Text(text) => text.into_bytes(),
                    ReadHead::Hex { hex } => from_hex(hex.as_bytes()),
                };
                Self::kept_as(Kept { blob, size }, &head)
            }
        }
    }
}

/// Lower-case hex of bytes.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for b in bytes {
        out.push(char::from(DIGITS[usize::from(b >> 4)]));
        out.push(char::from(DIGITS[usize::from(b & 15)]));
    }
    out
}

/// Bytes of a hex text; stops at the first thing that is not a pair of hex digits.
#[must_use]
pub fn from_hex(text: &[u8]) -> Vec<u8> {
    text.chunks_exact(2)
        .map_while(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_readable_and_binary_survives() {
        for bytes in [b"hello \x1b[0m".to_vec(), vec![0xff, 0x00, 0x80], vec![]] {
            let json = serde_json::to_string(&Bytes::from(bytes.clone())).unwrap();
            let read: Bytes = serde_json::from_str(&json).unwrap();
            assert_eq!((&*read, read.kept()), (&*bytes, None), "{json}");
        }
        assert_eq!(
            serde_json::to_string(&Bytes::from(vec![0xff])).unwrap(),
            r#"{"hex":"ff"}"#
        );
    }

    #[test]
    fn kept_bytes_are_their_head_and_where_the_rest_is() {
        let blob = BlobId::new("ab".repeat(32)).unwrap();
        for head in [&b"PK\x03\x04 text"[..], b"\xff\x00"] {
            let (blob, size) = (blob.clone(), 64 << 20);
            let kept = Kept { blob, size };
            let bytes = Bytes::kept_as(kept.clone(), head);
            let json = serde_json::to_string(&bytes).unwrap();
            assert!(json.contains(r#""size":67108864"#), "{json}");
            let read: Bytes = serde_json::from_str(&json).unwrap();
            assert_eq!((&*read, read.kept()), (head, Some(&kept)), "{json}");
        }
    }
}
