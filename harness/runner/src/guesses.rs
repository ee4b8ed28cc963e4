//! Passwords that a case made up, or took from a list that everybody has, to see them refused: no secrets.
//!
//! A guess stands in the places of passwords like any other. Taken for a secret it would be masked wherever the word
//! stands, and a guess such as `lamp` would hide the name of the product.

use proofhouse_model::forms::from_base64;
use std::collections::VecDeque;

/// Most remembered: each is sent soon after it was said.
const MOST: usize = 1024;
/// Longest one, in bytes.
const LONGEST: usize = 256;

/// The guesses of one attempt.
#[derive(Debug, Default)]
pub(crate) struct Guesses(VecDeque<String>);

impl Guesses {
    /// Whether it is one: what is too long is no guess at a password.
    pub(crate) fn is_one(word: &str) -> bool {
        word.len() <= LONGEST
    }

    /// Remembers it, where it is one.
    pub(crate) fn add(&mut self, word: &str) -> bool {
        if !Self::is_one(word) {
            return false;
        }
        if self.0.iter().any(|known| known == word) {
            return true;
        }
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(word.to_owned());
        true
    }

    /// Whether a value is one of them, or the credentials of HTTP Basic made of one.
    pub(crate) fn has(&self, value: &[u8]) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let basic = from_base64(value);
        self.0.iter().any(|word| {
            let word = word.as_bytes();
            let user = basic.as_deref().and_then(|all| all.strip_suffix(word));
            value == word || user.is_some_and(|user| user.ends_with(b":"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_is_known_as_it_is_and_in_basic_credentials() {
        let mut guesses = Guesses::default();
        assert!(guesses.add("tigerlamp7") && guesses.add("tigerlamp7"));
        assert!(guesses.has(b"tigerlamp7"));
        // admin:tigerlamp7
        assert!(guesses.has(b"YWRtaW46dGlnZXJsYW1wNw=="));
        // admin:xtigerlamp7 ends like it, and is another one.
        assert!(!guesses.has(b"YWRtaW46eHRpZ2VybGFtcDc="));
        assert!(!guesses.has(b"tigerlamp") && !guesses.has(b"tigerlamp78"));
        let long = "x".repeat(LONGEST + 1);
        assert!(!guesses.add(&long) && !guesses.has(long.as_bytes()));
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut guesses = Guesses::default();
        assert!((0..=MOST).all(|n| guesses.add(&format!("guess{n}"))));
        assert!(!guesses.has(b"guess0") && guesses.has(b"guess1"));
        assert!(guesses.has(format!("guess{MOST}").as_bytes()));
    }
}
