//! Values that no journal shows: what is known of them there, and how they stand in it.

use crate::Seq;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a secret is made of. With its length this is all that a journal tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretKind {
    /// Letters and digits, of at least three characters on each of small letter, capital and digit.
    Password,
    /// Small letters.
    Name,
    /// Nobody made it: it stands on a label or in the bench file.
    Given,
    /// A script named it (`secret_value`).
    Named,
    /// It stood in a usual place of what a device answered, such as a cookie.
    Found,
    /// It stood in a usual place of what was sent. It may be a word of the case, so it is masked in its task alone.
    Sent,
}

/// A secret as the journal knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretFacts {
    /// Such as `owner.password`.
    pub name: String,
    /// What it is made of.
    pub kind: SecretKind,
    /// Bytes.
    pub length: u32,
    /// First digits of its salted hash. Where it would be written stands `⟨name:hash⟩`, or `⟨name:hash:form⟩` where it
    /// was encoded. The salt is written nowhere.
    pub hash: String,
    /// All of it are digits.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub digits: bool,
    /// All of it are hex digits, small letters: a script may look for these alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hex_digits: bool,
}

/// A secret that stands in the record as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InClear {
    /// Such as `label.pin`.
    pub name: String,
    /// How that came.
    pub because: Because,
}

/// Why a secret is not masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Because {
    /// It would be found everywhere by chance.
    Short {
        /// Its characters.
        characters: u32,
    },
    /// A device made it up and said it before anybody could know that it is one.
    Unknown {
        /// The event that tells it, or its end.
        event: Seq,
    },
}

impl fmt::Display for InClear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.because {
            Because::Short { characters } => {
                let s = if characters == 1 { "" } else { "s" };
                write!(
                    f,
                    "{name} has {characters} character{s} and is not masked: that takes four"
                )
            }
            Because::Unknown { event } => {
                let before = "which was written before it was known for a secret";
                write!(
                    f,
                    "{name}, or a piece of it, stands in event {event}, {before}"
                )
            }
        }
    }
}

/// Letters and digits of a name alone, small.
#[must_use]
pub fn letters(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// Whether a field of that name holds what lets in whoever has it.
#[must_use]
pub fn opens_something(name: &str) -> bool {
    let name = letters(name);
    ["passw", "passphrase", "secret", "psk"]
        .iter()
        .any(|w| name.contains(w))
        || ["pin", "pwd", "pass", "puk"].contains(&name.as_str())
}

/// Whether a field of that name may hold a secret, such as a token. A nonce is none: it is told to be used once.
#[must_use]
pub fn names_a_secret(name: &str) -> bool {
    let name = letters(name);
    if name.contains("public") {
        return false;
    }
    let words = [
        "token",
        "session",
        "secret",
        "apikey",
        "credential",
        "jwt",
        "csrf",
        "xsrf",
        "cookie",
    ];
    words.iter().any(|word| name.contains(word))
        || name.ends_with("key")
        || EXACTLY.contains(&name.as_str())
}

/// Names of secrets that are pieces of other words; `stok` and `TokInfo` are those of routers.
const EXACTLY: [&str; 9] = [
    "sid",
    "auth",
    "authorization",
    "bearer",
    "code",
    "otp",
    "ticket",
    "stok",
    "tokinfo",
];

/// Either of them.
#[must_use]
pub fn names_a_credential(name: &str) -> bool {
    opens_something(name) || names_a_secret(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_however_they_are_written() {
        for name in [
            "SessionID",
            "csrf_token",
            "X-XSRF-TOKEN",
            "jsessionid",
            "stok",
            "ticket",
            "Authorization",
            "api-key",
        ] {
            assert!(names_a_secret(name), "{name}");
        }
        for name in [
            "public_token",
            "stoke",
            "tickets",
            "authorizations",
            "username",
            "nonce",
        ] {
            assert!(!names_a_secret(name), "{name}");
        }
    }
}
