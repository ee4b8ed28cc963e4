//! `find_forms`: whether a value stands in what a device showed, however it is written there.

use crate::context::running;
use crate::stop;
use crate::tools::to_json;
use crate::values::BytesArg;
use memchr::memmem;
use proofhouse_model::{forms, readings};
use serde_json::Value as Json;
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::values::Value;
use starlark::values::list::AllocList;
use std::collections::BTreeSet;

/// Shortest form that is told from chance.
const SHORTEST: usize = 6;
/// Shortest value looked for. A shorter one is in much that has nothing to do with it.
const SHORTEST_NEEDLE: usize = 4;
/// How much longer than its form a value may be where something stands between its characters.
const STRETCH: usize = 8;
/// How deep JSON inside of JSON is read.
const LAYERS: usize = 3;

/// Searching, for cases and their libraries.
#[starlark::starlark_module]
pub(crate) fn finds(_: &mut GlobalsBuilder) {
    /// Says that a password is a guess, made up or from the suite's own list, and gives it back: where it is sent it
    /// stands in the record as it is, and hides no word of the record. One that is known for a secret, such as another
    /// unit's, is masked all the same. Compare and try what this gives back: where a run is judged again a secret is
    /// another text, and this gives the guess that went with it.
    fn guess_value<'v>(
        password: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<String> {
        running(eval)?.host.guesses(password).map_err(stop::trouble)
    }

    /// The forms in which a value (text or bytes) stands in `place`, such as `["base64"]`; empty when it is nowhere in
    /// it. `place` is text, bytes, or what an operation returned: every text in a dict or list is looked into, JSON
    /// inside a text too. The forms are those of `bench.search_flash`: plain, hex, base64, UTF-16, percent, HTML,
    /// escapes, reversed and more. A value is found in groups, in lines and dumps, with a separator or tags between its
    /// characters, as a list of numbers and encoded twice, too (`in-base64`, `in-hex`, `in-escapes`, `in-list`), from
    /// six characters on. `x in text` misses all but the first.
    fn find_forms<'v>(
        needle: BytesArg<'v>,
        place: Value<'v>,
    ) -> starlark::Result<AllocList<Vec<String>>> {
        let needle = needle.slice();
        if needle.len() < SHORTEST_NEEDLE {
            return Err(stop::mistake(format!(
                "a value of {} bytes cannot be told from chance: at least {SHORTEST_NEEDLE}",
                needle.len()
            )));
        }
        let wanted = forms::all(needle, SHORTEST.min(needle.len()));
        let mut found = BTreeSet::new();
        match BytesArg::unpack_value_opt(place) {
            Some(bytes) => in_bytes(&wanted, bytes.slice(), LAYERS, &mut found),
            None => in_json(&wanted, &to_json(place)?, LAYERS, &mut found),
        }
        Ok(AllocList(found.into_iter().map(str::to_owned).collect()))
    }
}

/// Forms, and the bytes of each.
type Wanted = [(forms::Form, Vec<u8>)];

fn in_json(wanted: &Wanted, json: &Json, layers: usize, found: &mut BTreeSet<&'static str>) {
    match json {
        Json::String(text) => in_bytes(wanted, text.as_bytes(), layers, found),
        Json::Array(items) => items
            .iter()
            .for_each(|item| in_json(wanted, item, layers, found)),
        Json::Object(fields) => fields.iter().for_each(|(name, field)| {
            in_bytes(wanted, name.as_bytes(), layers, found);
            in_json(wanted, field, layers, found);
        }),
        Json::Number(number) => in_bytes(wanted, number.to_string().as_bytes(), 0, found),
        Json::Null | Json::Bool(_) => {}
    }
}

fn in_bytes(wanted: &Wanted, bytes: &[u8], layers: usize, found: &mut BTreeSet<&'static str>) {
    for (form, needle) in wanted {
        if memmem::find(bytes, needle).is_some() {
            found.insert(form.name());
        }
    }
    // What is found as it is would be found in readings once more.
    if found.is_empty() {
        in_readings(wanted, bytes, found);
    }
    // What escapes hide, such as a zero byte of UTF-16, shows once they are read.
    let escaped = matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[' | b'"'));
    if let Some(deeper) = layers.checked_sub(1).filter(|_| escaped)
        && let Ok(json) = serde_json::from_slice::<Json>(bytes)
    {
        in_json(wanted, &json, deeper, found);
    }
}

/// The same through every reading: between separators, in groups and lines, encoded twice.
fn in_readings(wanted: &Wanted, bytes: &[u8], found: &mut BTreeSet<&'static str>) {
    let long = |needle: &[u8]| needle.len() >= readings::SHORTEST;
    let longest = wanted.iter().map(|(_, needle)| needle.len()).max();
    for (_, block) in readings::blocks(bytes, longest.unwrap_or(0) * STRETCH) {
        for reading in readings::sure(block) {
            let takes = |form: forms::Form| reading.how.takes(form);
            let all = wanted.iter().filter(|(f, n)| takes(*f) && long(n));
            for (form, needle) in all {
                let mut at = memmem::find_iter(&reading.bytes, needle);
                let exact = reading.how.is_exact();
                if at.any(|at| !exact || reading.has_gap(at, at + needle.len())) {
                    found.insert(if exact {
                        form.name()
                    } else {
                        reading.how.name()
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(place: &Json) -> Vec<&'static str> {
        let mut found = BTreeSet::new();
        let wanted = forms::all(b"kitchenlamp", SHORTEST);
        in_json(&wanted, place, LAYERS, &mut found);
        found.into_iter().collect()
    }

    #[test]
    fn a_value_is_found_however_it_is_written() {
        let utf16: String = "kitchenlamp".chars().flat_map(|c| [c, '\0']).collect();
        let inside = serde_json::json!({ "last": utf16 }).to_string();
        for (place, form) in [
            (serde_json::json!({ "name": "my kitchenlamp" }), "plain"),
            (serde_json::json!({ "kitchenlamp": 1 }), "plain"),
            // "owner:kitchenlamp"
            (serde_json::json!(["b3duZXI6a2l0Y2hlbmxhbXA="]), "base64"),
            (serde_json::json!("6b69746368656e6c616d70"), "hex"),
            (serde_json::json!({ "settings": inside }), "utf-16le"),
            (serde_json::json!("k-i-t-c-h-e-n-l-a-m-p"), "plain"),
            (serde_json::json!("6b69 7463 6865 6e6c 616d 70"), "hex"),
            (serde_json::json!("is a2l0Y2hl\r\nbmxhbXA="), "base64"),
            (serde_json::json!("NNUXIY3IMVXGYYLNOA======"), "base32"),
            (
                serde_json::json!("[107, 105, 116, 99, 104, 101, 110, 108, 97, 109, 112]"),
                "in-list",
            ),
            (serde_json::json!("YTJsMFkyaGxibXhoYlhBPQ=="), "in-base64"),
        ] {
            assert!(
                found(&place).contains(&form),
                "{place}: {:?}",
                found(&place)
            );
        }
        for other in [
            "kitchenlam",
            "kitchen lamp",
            "kitchen-lamp",
            "kitchen, lamp",
            "k-i-t-c-h-e-n",
        ] {
            assert_eq!(found(&serde_json::json!({ "name": other })), [""; 0]);
        }
    }
}
