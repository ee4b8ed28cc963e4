//! What a switch says of an outlet, found in its answer.

use super::{Form, Request, Template, Values};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How an outlet is read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// What asks for it.
    pub ask: Request,
    /// Where the answer says it.
    pub take: Take,
    /// What stands there when it is on, in capitals or not; nothing with bits.
    pub on: Vec<String>,
    /// What stands there when it is off.
    pub off: Vec<String>,
}

/// Where an answer says whether an outlet is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Take {
    /// The answer is that: the whole body, or the line.
    Whole,
    /// At the first of these places of a JSON document that is there, as JSON Pointers.
    Json(Vec<Template>),
    /// Behind this text, up to the end of its line.
    After(Template),
    /// One of several fields of a text.
    Field {
        /// What stands between two of them.
        separator: String,
        /// For each outlet which of them, from 0.
        index: Vec<usize>,
    },
    /// One bit of a number.
    Bit {
        /// How that is written.
        number: Bits,
        /// For each outlet which of its bits, from the lowest.
        index: Vec<u32>,
    },
    /// Anywhere: one of two texts that the bench file tells is in it.
    Told,
}

/// How a number whose bits count is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bits {
    /// One byte.
    Byte,
    /// In hex, with `0x` before it or not.
    Hex,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The outlet is on, or off.
    Is(bool),
    /// It is not all there.
    More,
    /// Something else, as a clause.
    Odd(String),
}

impl State {
    /// Every text with places that it has.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        let mut all = self.ask.templates();
        match &self.take {
            Take::Json(places) => all.extend(places),
            Take::After(before) => all.push(before),
            Take::Whole | Take::Field { .. } | Take::Bit { .. } | Take::Told => {}
        }
        all
    }

    /// What an answer says of an outlet; `whole`: no more of it comes.
    #[must_use]
    pub fn seen(&self, answer: &[u8], whole: bool, values: &Values) -> Seen {
        let found = match &self.take {
            Take::Bit { number, index } => return bit(*number, index, answer, whole, values),
            Take::Told if whole => return told(answer, values),
            Take::Told => return Seen::More,
            Take::Whole if whole => Some(String::from_utf8_lossy(answer).into_owned()),
            Take::Whole => line(answer),
            Take::After(before) => {
                let text = String::from_utf8_lossy(answer).into_owned();
                let before = before.fill(values, Form::Plain);
                let rest = text.find(&before).map(|at| &text[at + before.len()..]);
                match rest.map(|rest| rest.split_once('\n')) {
                    Some(Some((value, _))) => Some(value.to_owned()),
                    Some(None) if whole => rest.map(str::to_owned),
                    None if whole => return odd(&format!("does not say `{before}`"), answer),
                    _ => None,
                }
            }
            Take::Json(_) | Take::Field { .. } if !whole => None,
            Take::Json(places) => {
                let Ok(json) = serde_json::from_slice::<Value>(answer) else {
                    return odd("is no JSON", answer);
                };
                let mut places = places.iter().map(|place| place.fill(values, Form::Plain));
                match places.find_map(|place| json.pointer(&place)) {
                    Some(Value::String(text)) => Some(text.clone()),
                    Some(value) => Some(value.to_string()),
                    None => return odd("says nothing of the outlet", answer),
                }
            }
            Take::Field { separator, index } => {
                let text = String::from_utf8_lossy(answer).into_owned();
                let at = of_outlet(index, values);
                match at.and_then(|at| text.split(separator.as_str()).nth(at)) {
                    Some(field) => Some(field.to_owned()),
                    None => return odd("has too few fields", answer),
                }
            }
        };
        let Some(found) = found else {
            return Seen::More;
        };
        let is = |words: &[String]| words.iter().any(|w| w.eq_ignore_ascii_case(found.trim()));
        match (is(&self.on), is(&self.off)) {
            (true, false) => Seen::Is(true),
            (false, true) => Seen::Is(false),
            _ => odd("says neither on nor off", found.as_bytes()),
        }
    }
}

/// An answer that has neither text is not that of a switch which is off, and one with both says nothing.
fn told(answer: &[u8], values: &Values) -> Seen {
    let text = String::from_utf8_lossy(answer);
    let (on, off) = (&values.told.is_on, &values.told.is_off);
    match (text.contains(on.as_str()), text.contains(off.as_str())) {
        (true, false) => Seen::Is(true),
        (false, true) => Seen::Is(false),
        (true, true) => odd("says both on and off", answer),
        (false, false) => odd("says neither on nor off", answer),
    }
}

/// The first line, once it is ended.
fn line(answer: &[u8]) -> Option<String> {
    let end = answer.iter().position(|b| *b == b'\n')?;
    Some(String::from_utf8_lossy(&answer[..end]).into_owned())
}

fn bit(number: Bits, index: &[u32], answer: &[u8], whole: bool, values: &Values) -> Seen {
    let read = match number {
        Bits::Byte => answer.first().map(|byte| u64::from(*byte)),
        Bits::Hex => {
            let text = match whole {
                true => Some(String::from_utf8_lossy(answer).into_owned()),
                false => line(answer),
            };
            let Some(text) = text else { return Seen::More };
            let digits = text.trim().to_ascii_lowercase();
            let digits = digits.strip_prefix("0x").unwrap_or(&digits);
            match u64::from_str_radix(digits, 16) {
                Ok(n) => Some(n),
                Err(_) => return odd("is no number in hex", answer),
            }
        }
    };
    match (read, of_outlet(index, values)) {
        (Some(n), Some(bit)) => Seen::Is(n >> bit.min(63) & 1 == 1),
        (None, _) if !whole => Seen::More,
        _ => odd("says nothing of the outlet", answer),
    }
}

/// What a list that goes by outlets has for this one.
fn of_outlet<T: Copy>(list: &[T], values: &Values) -> Option<T> {
    let at = usize::try_from(values.outlet.checked_sub(1)?).ok()?;
    list.get(at).copied()
}

/// What is quoted of an answer, characters.
const QUOTED: usize = 200;

/// The beginning of what came, fit for a terminal.
fn odd(why: &str, answer: &[u8]) -> Seen {
    let text = String::from_utf8_lossy(answer);
    let start: String = text.trim().chars().take(QUOTED).collect();
    Seen::Odd(match start.is_empty() {
        true => format!("{why}: it is empty"),
        false => format!("{why}: {}", start.escape_debug()),
    })
}

#[cfg(test)]
mod tests;
