//! The seal: what the last line cannot say of itself, and what no line speaks of.
//!
//! Every line is vouched for by the next one, the last by none, and taking lines off the end leaves a whole chain. So
//! a run that ends in order leaves count and last hash beside its journal, and size and hash of every other file. Its
//! last member is the hash of everything before it: a changed byte of the seal itself is found too.

use crate::error::ReadError;
use crate::file::{LONGEST_FILE, read_file};
use crate::line::sha256_hex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// SHA-256 of a run's seal, by which the run as a whole is named, hex.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn seal_sha256(run_dir: &Path) -> std::io::Result<String> {
    let bytes = read_file(&run_dir.join(crate::SEAL_FILE), LONGEST_FILE)?;
    Ok(sha256_hex(&bytes))
}

/// What the seal says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seal {
    /// Events in the journal.
    pub events: u64,
    /// SHA-256 of the last line, or of the plan when there is none.
    pub head: String,
    /// Every file but the seal: path to size and SHA-256. Absent in seals of the first version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<BTreeMap<String, (u64, String)>>,
}

impl Seal {
    /// The one way to write it down.
    pub(crate) fn text(&self) -> Vec<u8> {
        // Text and whole numbers: cannot fail.
        let mut text = serde_json::to_string(self).unwrap_or_default();
        if self.files.is_some() {
            text.pop();
            let own = sha256_hex(text.as_bytes());
            text.push_str(&format!(",\"seal\":\"{own}\"}}"));
        }
        text.push('\n');
        text.into_bytes()
    }

    /// Reads the seal; `None` when the run never got to its end.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, ReadError> {
        let bytes = match read_file(path, LONGEST_FILE) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(ReadError::io(path, e)),
        };
        let changed = |why: String| ReadError::Seal {
            path: path.to_owned(),
            why,
        };
        let seal: Self = serde_json::from_slice(&bytes)
            .map_err(|e| changed(format!("the seal itself was changed ({e})")))?;
        let text = seal.text();
        if text != bytes {
            let same = text.iter().zip(&bytes).take_while(|(a, b)| a == b).count();
            let why = format!("the seal itself was changed (it goes wrong by byte {same})");
            return Err(changed(why));
        }
        Ok(Some(seal))
    }
}
