//! Bytes that stay readable in JSON when they are text.

use serde::{Deserialize, Serialize};

/// Bytes sent to or read from a device. Serialised as a string when they are UTF-8, else as hex.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(from = "Shown", into = "Shown")]
pub struct Bytes(pub Vec<u8>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Shown {
    Text(String),
    Hex { hex: String },
}

impl Bytes {
    /// The bytes as text, invalid UTF-8 replaced.
    #[must_use]
    pub fn lossy(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<Bytes> for Shown {
    fn from(bytes: Bytes) -> Self {
        match String::from_utf8(bytes.0) {
            Ok(text) => Self::Text(text),
            Err(e) => Self::Hex {
                hex: to_hex(e.as_bytes()),
            },
        }
    }
}

impl From<Shown> for Bytes {
    fn from(shown: Shown) -> Self {
        match shown {
            Shown::Text(text) => Self(text.into_bytes()),
            Shown::Hex { hex } => Self(from_hex(&hex)),
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
fn from_hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks_exact(2)
        .map_while(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_readable_and_binary_survives() {
        for bytes in [b"hello \x1b[0m".to_vec(), vec![0xff, 0x00, 0x80], vec![]] {
            let json = serde_json::to_string(&Bytes(bytes.clone())).unwrap();
            assert_eq!(
                serde_json::from_str::<Bytes>(&json).unwrap().0,
                bytes,
                "{json}"
            );
        }
        assert_eq!(
            serde_json::to_string(&Bytes(vec![0xff])).unwrap(),
            r#"{"hex":"ff"}"#
        );
    }
}
