//! The forms a needle may have in flash.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use proofhouse_model::bytes::to_hex;
use std::collections::BTreeSet;

/// Shortest form that is looked for.
const SHORTEST: usize = super::SHORTEST;

/// One form of one needle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    /// Index of the needle.
    pub(super) needle: usize,
    /// Name in reports.
    pub(super) name: &'static str,
    /// What to look for.
    pub(super) bytes: Vec<u8>,
}

/// All forms; of equal ones (hex without letters, palindromes) only the first.
pub(super) fn of(needle: usize, value: &[u8]) -> Vec<Form> {
    let hex = to_hex(value);
    let mut all = vec![
        ("plain", value.to_vec()),
        ("hex", hex.clone().into_bytes()),
        ("hex-upper", hex.to_uppercase().into_bytes()),
        ("reversed", value.iter().rev().copied().collect()),
    ];
    for offset in 0..3 {
        all.push(("base64", base64(&STANDARD_NO_PAD, value, offset)));
        all.push(("base64url", base64(&URL_SAFE_NO_PAD, value, offset)));
    }
    if let Ok(text) = std::str::from_utf8(value) {
        let units = || text.encode_utf16();
        all.push(("utf-16le", units().flat_map(u16::to_le_bytes).collect()));
        all.push(("utf-16be", units().flat_map(u16::to_be_bytes).collect()));
    }
    let mut seen = BTreeSet::new();
    all.retain(|(_, bytes)| bytes.len() >= SHORTEST && seen.insert(bytes.clone()));
    let form = |(name, bytes)| Form {
        needle,
        name,
        bytes,
    };
    all.into_iter().map(form).collect()
}

/// The characters that stand for the value alone when `offset` (0 to 2) bytes of something else precede it in the
/// same base64 text.
fn base64(engine: &impl Engine, value: &[u8], offset: usize) -> Vec<u8> {
    let padded = [&[0, 0][..offset], value].concat();
    let text = engine.encode(&padded).into_bytes();
    let first = (offset * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    text.get(first..end).unwrap_or_default().to_vec()
}
