//! Which edition of a standard.

use super::BadId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest name, in bytes.
const LONGEST: usize = 15;

/// An edition of a suite's standard by the name that its `suite.toml` gives it, such as `V2.1.1`. Ids of provisions
/// change their meaning between editions. Which there are is for the suite to say.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Edition {
    text: [u8; LONGEST],
    length: u8,
}

impl Edition {
    /// An edition of that name.
    ///
    /// # Errors
    /// The text and what was expected instead.
    pub fn new(text: &str) -> Result<Self, BadId> {
        let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+' | b':');
        if text.is_empty() || text.len() > LONGEST || !text.bytes().all(good) {
            return Err(BadId {
                given: text.to_owned(),
                expected: "an edition such as V2.1.1 (up to 15 letters, digits, dots, hyphens, colons)",
            });
        }
        let mut own = [0; LONGEST];
        own[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self {
            text: own,
            length: u8::try_from(text.len()).unwrap_or(0),
        })
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let own = self.text.get(..usize::from(self.length));
        own.and_then(|own| std::str::from_utf8(own).ok())
            .unwrap_or_default()
    }
}

impl TryFrom<String> for Edition {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        Self::new(&text)
    }
}

impl std::str::FromStr for Edition {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::new(text)
    }
}

impl From<Edition> for String {
    fn from(edition: Edition) -> Self {
        edition.as_str().to_owned()
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_is_a_short_name() {
        for good in ["V2.1.1", "1", "2024", "prEN-18031:24"] {
            assert_eq!(Edition::new(good).unwrap().to_string(), good);
        }
        for bad in ["", "V 2", "V2.1.1-and-much-more", "\u{1b}"] {
            assert!(Edition::new(bad).is_err(), "{bad:?}");
        }
    }
}
