//! Secrets never reach the disk in clear: every event and blob passes here on its way to the journal.

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use proofhouse_model::Event;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// Shorter values would be found everywhere by chance, and would garble the record.
const SHORTEST: usize = 4;

/// How what stands for a secret begins.
const MARK: &[u8] = "⟨".as_bytes();

/// An encoding in which a secret may travel. What stands for it tells which, so that it can be put back when the
/// recording is judged again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Json,
    Base64,
    HexUpper,
    Hex,
}

impl Form {
    /// All of them; of equal ones the first counts.
    const ALL: [Self; 5] = [
        Self::Plain,
        Self::Json,
        Self::Base64,
        Self::HexUpper,
        Self::Hex,
    ];

    fn of(self, value: &[u8]) -> Vec<u8> {
        let hex = || proofhouse_model::bytes::to_hex(value);
        match self {
            Self::Plain => value.to_vec(),
            Self::Json => {
                let text = String::from_utf8_lossy(value);
                let escaped = serde_json::to_string(&text).unwrap_or_default();
                escaped.trim_matches('"').as_bytes().to_vec()
            }
            Self::Base64 => base64::engine::general_purpose::STANDARD_NO_PAD
                .encode(value)
                .into_bytes(),
            Self::HexUpper => hex().to_uppercase().into_bytes(),
            Self::Hex => hex().into_bytes(),
        }
    }

    /// `⟨name:hash⟩`, or `⟨name:hash:form⟩`.
    fn shown(self, name: &str, hash: &str) -> String {
        match self {
            Self::Plain => format!("⟨{name}:{hash}⟩"),
            Self::Json => format!("⟨{name}:{hash}:json⟩"),
            Self::Base64 => format!("⟨{name}:{hash}:base64⟩"),
            Self::HexUpper => format!("⟨{name}:{hash}:HEX⟩"),
            Self::Hex => format!("⟨{name}:{hash}:hex⟩"),
        }
    }
}

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

    /// Learns a secret in the encodings in which it may travel. Gives the hash by which it goes from now on; `None`
    /// when it is too short to be masked.
    pub fn learn(&mut self, name: &str, value: &str) -> Option<String> {
        let mut hash = Sha256::new();
        hash.update(self.salt);
        hash.update(value.as_bytes());
        let hash = proofhouse_model::bytes::to_hex(&hash.finalize())[..8].to_owned();
        self.learn_as(name, &hash, value).then_some(hash)
    }

    /// The same under a hash that is known already: for what stands in for a secret where it is judged again.
    pub fn learn_as(&mut self, name: &str, hash: &str, value: &str) -> bool {
        if value.len() < SHORTEST {
            return false;
        }
        for form in Form::ALL {
            let needle = form.of(value.as_bytes());
            if !self.needles.contains(&needle) {
                self.needles.push(needle);
                self.shown.push(form.shown(name, hash));
            }
        }
        // Longest first, so that a secret inside another does not leave the rest of it in clear.
        self.finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&self.needles)
            .ok();
        true
    }

    /// Bytes with every secret put back that stands in them by name: as it was learnt, in the form it had.
    #[must_use]
    pub fn put_back(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        // The mark is of three bytes that no other text is likely to hold; one that names no secret stays.
        while let Some(at) = rest.windows(MARK.len()).position(|w| w == MARK) {
            out.extend_from_slice(&rest[..at]);
            let known = self.shown.iter().zip(&self.needles);
            let mut named = known.filter(|(shown, _)| rest[at..].starts_with(shown.as_bytes()));
            let (taken, put): (usize, &[u8]) = match named.next() {
                Some((shown, needle)) => (shown.len(), needle),
                None => (MARK.len(), MARK),
            };
            out.extend_from_slice(put);
            rest = &rest[at + taken..];
        }
        out.extend_from_slice(rest);
        out
    }

    /// Whether a text holds a secret.
    #[must_use]
    pub fn touches(&self, bytes: &[u8]) -> bool {
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
    pub fn mask_bytes<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        match &self.finder {
            Some(f) if f.is_match(bytes) => {
                let shown: Vec<&[u8]> = self.shown.iter().map(String::as_bytes).collect();
                f.replace_all_bytes(bytes, &shown).into()
            }
            _ => bytes.into(),
        }
    }

    fn mask_value(&self, value: &mut Value) {
        each_text(value, &|bytes| self.mask_bytes(bytes).into_owned());
    }
}

/// Changes every text of a JSON value.
pub(crate) fn each_text(value: &mut Value, change: &impl Fn(&[u8]) -> Vec<u8>) {
    match value {
        Value::String(text) => {
            if let Ok(changed) = String::from_utf8(change(text.as_bytes())) {
                *text = changed;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|v| each_text(v, change)),
        Value::Object(map) => {
            for (key, v) in map.iter_mut() {
                match v {
                    // Binary bytes travel as hex of themselves: it is about what they say, not about their digits.
                    Value::String(hex) if key == "hex" => change_hex(hex, change),
                    _ => each_text(v, change),
                }
            }
        }
        _ => {}
    }
}

fn change_hex(hex: &mut String, change: &impl Fn(&[u8]) -> Vec<u8>) {
    let json = format!("{{\"hex\":\"{hex}\"}}");
    if let Ok(bytes) = serde_json::from_str::<proofhouse_model::Bytes>(&json) {
        *hex = proofhouse_model::bytes::to_hex(&change(&bytes));
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
    fn what_was_masked_is_put_back_in_the_form_it_had() {
        let book = book("hunter-2-secret");
        let text =
            "a hunter-2-secret, aHVudGVyLTItc2VjcmV0=, 68756e7465722d322d736563726574, ⟨what⟩";
        let masked = book.mask_bytes(text.as_bytes());
        assert!(!String::from_utf8_lossy(&masked).contains("hunter"));
        assert_eq!(String::from_utf8(book.put_back(&masked)).unwrap(), text);
    }

    #[test]
    fn binary_bytes_around_a_secret_do_not_hide_it() {
        let book = book("hunter-2-secret");
        let bytes = [&[0xff, 0x00][..], b"hunter-2-secret", &[0xfe]].concat();
        let masked = book.mask_event(event(Fact::Heard {
            bytes: Bytes::from(bytes),
            lost: 0,
        }));
        let Fact::Heard { bytes, .. } = masked.fact else {
            panic!("not heard")
        };
        assert!(!bytes.lossy().contains("hunter"), "{bytes:?}");
        assert!(bytes.starts_with(&[0xff, 0x00]) && bytes.ends_with(&[0xfe]));
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
