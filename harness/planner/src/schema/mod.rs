//! JSON Schemas of bench files and profiles, for editors and for checkers of TOML by schema.
//!
//! Made from the tables that the readers follow. Draft 7, which is what the checkers of TOML know. A schema says less
//! than the reader: that two units share a wire, or that a file is missing, only `check` can tell.

mod bench;
mod profile;

pub use bench::bench_schema;
pub use profile::profile_schema;

use proofhouse_model::settings::{Key, Kind, Need};
use serde_json::{Map, Value, json};

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";
/// Something that is not space.
const SAYS_SOMETHING: &str = r"\S";
/// As `Dur::parse` reads it, and longer than nothing.
const DURATION: &str = r"^[0-9.]*[1-9][0-9.]*(us|ms|s|m|h)$";
const DAY: &str = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";
const ADDRESS: &str = concat!(
    r"^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}",
    r"|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$"
);
/// An address, with its interface where it is link-local, or a name.
const HOST: &str =
    r"^([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9._-]+)?|[A-Za-z0-9_][A-Za-z0-9._-]*)$";
const LOGIN: &str = r"^([A-Za-z0-9_][A-Za-z0-9._-]*@)?[A-Za-z0-9_][A-Za-z0-9._-]*$";
/// Of one interface: the lowest bit of its first byte is not set.
const MAC: &str = r"^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$|^[0-9A-Fa-f][02468ACEace](-[0-9A-Fa-f]{2}){5}$";
const PROBE: &str = r"^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}(-[0-9]{1,3})?(:.*)?$";

/// Text that says something.
fn text() -> Value {
    json!({"type": "string", "pattern": SAYS_SOMETHING})
}

/// A list of texts.
fn texts(at_least: usize) -> Value {
    json!({"type": "array", "items": text(), "minItems": at_least})
}

/// What a value must be.
fn of_kind(kind: Kind) -> Value {
    match kind {
        Kind::Text | Kind::Path => text(),
        Kind::Command => texts(1),
        Kind::Whole(from, to) => json!({"type": "integer", "minimum": from, "maximum": to}),
        Kind::Address => json!({"type": "string", "pattern": ADDRESS}),
        Kind::Host => json!({"type": "string", "pattern": HOST}),
        Kind::Login => json!({"type": "string", "pattern": LOGIN}),
        Kind::Probe => json!({"type": "string", "pattern": PROBE}),
        Kind::Mac => json!({"type": "string", "pattern": MAC}),
        Kind::Duration => json!({"type": "string", "pattern": DURATION}),
        Kind::YesNo => json!({"type": "boolean"}),
        Kind::Choice(words) => json!({"enum": words}),
    }
}

/// A key's value, with its description and default.
fn of_key(key: &Key) -> Value {
    let mut value = of_kind(key.kind);
    let doc = match key.need {
        Need::Else(instead) => format!("{}; {instead} when absent", key.doc),
        _ => key.doc.to_owned(),
    };
    value["description"] = json!(doc);
    if let Some(default) = key.default() {
        value["default"] = json!(default);
    }
    value
}

/// A table with these keys and no others.
fn closed(doc: &str, properties: Map<String, Value>, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "description": doc,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The same value with a description.
fn described(mut value: Value, doc: &str) -> Value {
    value["description"] = json!(doc);
    value
}
