//! Values that no journal shows: what is known of them there, and how they stand in it.

use serde::{Deserialize, Serialize};

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
}
