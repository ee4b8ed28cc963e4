//! What a unit said on each of its wires while it was asked who it is, and what was told to it, or to its script,
//! before. A value counts as the unit's own word where it stands in the one and not in the other.

use crate::offered::without_percent;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proofhouse_model::bytes::to_hex;
use proofhouse_model::op::{ConsoleOp, Op, StreamOp};
use proofhouse_model::{Bytes, Channel, Observation, forms};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Fewer letters and digits than this stand by chance in tokens and hashes: such a value has to be a word of its own.
const SURE: usize = 8;
/// Most text kept of what one wire said, and of what was said to it.
const MOST_TEXT: usize = 1 << 20;
/// How often percent signs are taken off what is sent: what is decoded twice on its way is an echo still.
const DECODED: usize = 3;
/// What in an op or an observation was on no wire: kinds by name, patterns, a hash that the bench made.
const ASIDE: [&str; 5] = ["on", "do", "saw", "pattern", "certificate"];

/// Who said what.
#[derive(Debug, Default)]
pub(crate) struct Told {
    by: BTreeMap<Channel, Text>,
    /// What was sent, each text of it on a line of its own.
    to: Text,
    /// What was typed, one after the other: an echo puts together what was sent in pieces.
    typed: Text,
    /// What the script was given of the label: whatever it does with that, it knows it from the bench.
    given: Text,
}

impl Told {
    /// An op is about to be carried out.
    pub(crate) fn sends(&mut self, op: &Op) {
        match op {
            Op::Console(ConsoleOp::Send { bytes }) | Op::Stream(StreamOp::Send { bytes, .. }) => {
                self.typed.push(&bytes.lossy());
            }
            Op::Console(ConsoleOp::Ask { line, .. }) => self.typed.line(&line.lossy()),
            _ => {}
        }
        for text in texts_of(op, &op.bytes()) {
            let mut bytes = text.into_bytes();
            for _ in 0..DECODED {
                self.to.line(&String::from_utf8_lossy(&bytes));
                if !bytes.contains(&b'%') {
                    break;
                }
                bytes = without_percent(&bytes);
            }
        }
    }

    /// The script was given a field of the label.
    pub(crate) fn gave(&mut self, field: &str) {
        self.given.line(field);
    }

    /// The unit said something on that wire.
    pub(crate) fn saw(&mut self, on: Channel, saw: &Observation) {
        // Of what is said from now on nobody knows whether it was sent before.
        if self.to.full || self.typed.full {
            return;
        }
        let said = self.by.entry(on).or_default();
        for text in texts_of(saw, &saw.bytes()) {
            said.line(&text);
        }
        // Numbers too, and what a script puts together out of groups beside each other.
        said.letters_of(&serde_json::to_string(saw).unwrap_or_default());
    }

    /// Whether a value was told by the unit on that wire, and was known to nobody before.
    pub(crate) fn was_told(&self, on: Channel, value: &str) -> bool {
        let Some(said) = self.by.get(&on) else {
            return false;
        };
        let shown = [
            value.to_owned(),
            to_hex(value.as_bytes()),
            STANDARD.encode(value).trim_end_matches('=').to_owned(),
        ];
        shown.iter().any(|form| said.says(form)) && !self.was_known(value)
    }

    fn was_known(&self, value: &str) -> bool {
        // A single letter stands in much that is sent, so of that alone the label counts. One that is full may have
        // held it.
        if self.given.full || self.given.says(value) {
            return true;
        }
        forms::all(value.as_bytes(), 2).iter().any(|(_, form)| {
            let form = String::from_utf8_lossy(form);
            [&self.to, &self.typed, &self.given]
                .iter()
                .any(|text| text.says(&form))
        })
    }
}

/// Text of several answers, or of several ops.
#[derive(Debug, Default)]
struct Text {
    /// Letters and digits alone, small: `02:50:AB` is told as `0250ab` elsewhere.
    letters: String,
    /// As it is, but small.
    words: String,
    /// There was more than is kept.
    full: bool,
}

impl Text {
    /// More of what came last.
    fn push(&mut self, text: &str) {
        self.letters.push_str(&plain(text));
        self.words.push_str(&text.to_ascii_lowercase());
        self.bound();
    }

    /// One that has nothing to do with the next.
    fn line(&mut self, text: &str) {
        self.letters_of(text);
        self.words.push_str(&text.to_ascii_lowercase());
        self.words.push('\n');
        self.bound();
    }

    fn letters_of(&mut self, text: &str) {
        self.letters.push_str(&plain(text));
        self.letters.push('\n');
        self.bound();
    }

    fn bound(&mut self) {
        for kept in [&mut self.letters, &mut self.words] {
            if kept.len() > MOST_TEXT {
                kept.truncate(kept.floor_char_boundary(MOST_TEXT));
                self.full = true;
            }
        }
    }

    fn says(&self, value: &str) -> bool {
        let letters = plain(value);
        match letters.len() < SURE {
            true => has_word(&self.words, &value.to_ascii_lowercase()),
            false => self.letters.contains(&letters),
        }
    }
}

/// Whether it stands in a text with no letter or digit beside it.
fn has_word(text: &str, word: &str) -> bool {
    let is_beside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    word.contains(char::is_alphanumeric)
        && text.match_indices(word).any(|(at, _)| {
            let behind = &text[at + word.len()..];
            !is_beside(text[..at].chars().next_back()) && !is_beside(behind.chars().next())
        })
}

/// Every text in it that goes over a wire. Bytes that are no text are there in hex, and as far as they are one.
fn texts_of<T: Serialize>(value: &T, bytes: &[&Bytes]) -> Vec<String> {
    let mut out = Vec::new();
    if let Ok(value) = serde_json::to_value(value) {
        gather(value, &mut out);
    }
    let mut odd = bytes.to_vec();
    odd.retain(|bytes| bytes.kept().is_some() || std::str::from_utf8(bytes).is_err());
    out.extend(odd.into_iter().map(Bytes::lossy));
    out
}

fn gather(value: Value, out: &mut Vec<String>) {
    match value {
        Value::String(text) => out.push(text),
        Value::Array(items) => items.into_iter().for_each(|item| gather(item, out)),
        Value::Object(map) => {
            let on_wire = map.into_iter();
            on_wire
                .filter(|(name, _)| !ASIDE.contains(&name.as_str()))
                .for_each(|(_, value)| gather(value, out));
        }
        _ => {}
    }
}

fn plain(text: &str) -> String {
    let kept = text.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests;
