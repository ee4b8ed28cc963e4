//! Floating-point fields of journaled types.
//!
//! A crate anywhere in the build may switch on serde_json's `arbitrary_precision`; numbers inside tagged enums
//! then arrive as maps, which `f64` refuses. `serde_json::Number` takes both, and gives the same value back.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Writes the value as a plain number.
pub fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(*value)
}

/// Reads a number however the JSON reader hands it over.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let number = serde_json::Number::deserialize(from)?;
    number
        .as_f64()
        .ok_or_else(|| D::Error::custom("a number that is too large"))
}
