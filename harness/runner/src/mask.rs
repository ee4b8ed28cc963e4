//! Secrets never reach the disk in clear: every event and blob passes here on its way to the journal.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use proofhouse_model::Event;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Shorter values would be found everywhere by chance, and would garble the record.
const SHORTEST: usize = 4;

/// The secrets of a run, known in memory only. On disk each is a name and a salted hash, so that equal secrets
/// stay recognisable within the run and nothing can be guessed from it. The salt is never written.
pub struct SecretBook {
    salt: [u8; 16],
    shown: Vec<String>,
    needles: Vec<Vec<u8>>,
    finder: Option<AhoCorasick>,
}

impl SecretBook {
    /// An empty book with its salt.
    #[must_use]
    pub fn new(salt: [u8; 16]) -> Self {
        Self {
            salt,
            shown: Vec::new(),
            needles: Vec::new(),
            finder: None,
        }
    }

    /// Learns a secret in the encodings in which it may travel: as is, JSON-escaped, base64 and hex.
    pub fn learn(&mut self, name: &str, value: &str) {
        if value.len() < SHORTEST {
            return;
        }
        let mut hash = Sha256::new();
        hash.update(self.salt);
        hash.update(value.as_bytes());
        let short = &proofhouse_model::bytes::to_hex(&hash.finalize())[..8];
        let shown = format!("⟨{name}:{short}⟩");
        let engine = base64::engine::general_purpose::STANDARD_NO_PAD;
        let hex = proofhouse_model::bytes::to_hex(value.as_bytes());
        let escaped = serde_json::to_string(value).unwrap_or_default();
        let forms = [
            value.as_bytes().to_vec(),
            escaped.trim_matches('"').as_bytes().to_vec(),
            engine.encode(value).into_bytes(),
            hex.to_uppercase().into_bytes(),
            hex.into_bytes(),
        ];
        for form in forms {
            if !self.needles.contains(&form) {
                self.needles.push(form);
                self.shown.push(shown.clone());
            }
        }
        // Longest first, so that a secret inside another does not leave the rest of it in clear.
        self.finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&self.needles)
            .ok();
    }

    /// Whether a text holds a secret.
    fn touches(&self, bytes: &[u8]) -> bool {
        self.finder.as_ref().is_some_and(|f| f.is_match(bytes))
    }

    /// The event with every secret replaced. Costs one pass over its JSON when there is none.
    #[must_use]
    pub fn mask_event(&self, event: Event) -> Event {
        let Ok(json) = serde_json::to_vec(&event) else {
            return event;
        };
        if !self.touches(&json) {
            return event;
        }
        let Ok(mut value) = serde_json::to_value(&event) else {
            return event;
        };
        self.mask_value(&mut value);
        // An event is made of strings and numbers only; what is masked stays an event.
        serde_json::from_value(value).unwrap_or_else(|_| withheld(event))
    }

    /// Bytes with every secret replaced by its name and hash.
    #[must_use]
    pub fn mask_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        match &self.finder {
            Some(f) if f.is_match(bytes) => {
                let shown: Vec<&[u8]> = self.shown.iter().map(String::as_bytes).collect();
                f.replace_all_bytes(bytes, &shown)
            }
            _ => bytes.to_vec(),
        }
    }

    fn mask_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(f) = self.finder.as_ref().filter(|f| f.is_match(text.as_bytes())) {
                    *text = f.replace_all(text, &self.shown);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|v| self.mask_value(v)),
            Value::Object(map) => {
                for (key, v) in map.iter_mut() {
                    match v {
                        // Binary bytes travel as hex of themselves: mask what they say, not their digits.
                        Value::String(hex) if key == "hex" => self.mask_hex(hex),
                        _ => self.mask_value(v),
                    }
                }
            }
            _ => {}
        }
    }

    fn mask_hex(&self, hex: &mut String) {
        let json = format!("{{\"hex\":\"{hex}\"}}");
        let Ok(bytes) = serde_json::from_str::<proofhouse_model::Bytes>(&json) else {
            return;
        };
        *hex = proofhouse_model::bytes::to_hex(&self.mask_bytes(&bytes.0));
    }
}

/// What is written when masking broke an event: that it was there, and nothing of its content.
fn withheld(mut event: Event) -> Event {
    event.fact = proofhouse_model::Fact::Noted {
        text: "an event was withheld because its secrets could not be masked".to_owned(),
    };
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofhouse_model::{Bytes, Fact};

    fn event(fact: Fact) -> Event {
        Event {
            seq: 7,
            at_us: 12_345_678,
            wall: String::new(),
            task: None,
            unit: None,
            fact,
        }
    }

    fn book(secret: &str) -> SecretBook {
        let mut book = SecretBook::new([7; 16]);
        book.learn("wifi-key", secret);
        book
    }

    #[test]
    fn every_travelling_form_is_masked() {
        let book = book("hunter-2-secret");
        for text in [
            "hunter-2-secret",
            "aHVudGVyLTItc2VjcmV0",
            "68756e7465722d322d736563726574",
        ] {
            let masked = book.mask_event(event(Fact::Noted {
                text: format!("<{text}>"),
            }));
            let json = serde_json::to_string(&masked).unwrap();
            assert!(!json.contains(text), "{json}");
            assert!(json.contains("⟨wifi-key:"), "{json}");
        }
    }

    #[test]
    fn binary_bytes_around_a_secret_do_not_hide_it() {
        let book = book("hunter-2-secret");
        let bytes = [&[0xff, 0x00][..], b"hunter-2-secret", &[0xfe]].concat();
        let masked = book.mask_event(event(Fact::Heard {
            bytes: Bytes(bytes),
            lost: 0,
        }));
        let Fact::Heard { bytes, .. } = masked.fact else {
            panic!("not heard")
        };
        assert!(!bytes.lossy().contains("hunter"), "{bytes:?}");
        assert!(bytes.0.starts_with(&[0xff, 0x00]) && bytes.0.ends_with(&[0xfe]));
    }

    #[test]
    fn a_secret_of_digits_does_not_eat_numbers_of_the_record() {
        let masked = book("12345678").mask_event(event(Fact::Noted {
            text: "12345678".into(),
        }));
        assert_eq!(masked.at_us, 12_345_678);
        assert!(matches!(masked.fact, Fact::Noted { text } if text.starts_with("⟨wifi-key:")));
    }

    #[test]
    fn without_secrets_events_are_untouched() {
        let plain = event(Fact::Noted {
            text: "plain".into(),
        });
        assert_eq!(book("secret").mask_event(plain.clone()), plain);
    }
}
