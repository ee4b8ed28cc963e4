//! Passwords cut from a digest of a public fact: random to look at, known to whoever knows the trick.

use super::derive::bare;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use md5::Md5;
use proofhouse_model::bytes::to_hex;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Shortest password that is looked for in a digest; shorter ones are found by chance.
const SHORTEST: usize = 6;
/// Alphabets into which digest bytes are commonly mapped.
const ALPHABETS: [&str; 8] = [
    "0123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "0123456789abcdefghijklmnopqrstuvwxyz",
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
];

/// How `password`, a part between its separators, or the part that varies between specimens is cut
/// from a digest of `fact` alone or joined with another.
pub(super) fn of(
    password: &str,
    varying: Option<&str>,
    fact: &str,
    facts: &[String],
) -> Option<String> {
    let values: Vec<&str> = [Some(password), varying]
        .into_iter()
        .flatten()
        .chain(password.split(|c: char| !c.is_alphanumeric()))
        .filter(|v| v.len() >= SHORTEST && v.is_ascii())
        .collect();
    if values.is_empty() {
        return None;
    }
    for input in inputs(fact, facts) {
        let digests: [(&str, Vec<u8>); 4] = [
            ("MD5", Md5::digest(&input).to_vec()),
            ("SHA-1", Sha1::digest(&input).to_vec()),
            ("SHA-256", Sha256::digest(&input).to_vec()),
            ("CRC-32", crc32(&input).to_be_bytes().to_vec()),
        ];
        for (name, digest) in &digests {
            if values.iter().any(|v| cut_from(v, digest)) {
                return Some(format!("cut from a {name} digest of it"));
            }
        }
    }
    None
}

/// The ways a fact is fed to a digest: as printed, without separators, in both cases, as bytes, with a line end,
/// joined with another fact.
fn inputs(fact: &str, facts: &[String]) -> BTreeSet<Vec<u8>> {
    let lower = bare(fact);
    let mut texts = vec![
        fact.to_owned(),
        fact.to_lowercase(),
        fact.to_uppercase(),
        lower.to_uppercase(),
    ];
    if lower.len() == 12 && lower.bytes().all(|b| b.is_ascii_hexdigit()) {
        let pairs: Vec<&str> = (0..6).map(|i| &lower[2 * i..2 * i + 2]).collect();
        texts.push(pairs.join(":"));
        texts.push(pairs.join(":").to_uppercase());
        texts.push(pairs.join("-"));
    }
    for other in facts.iter().filter(|o| *o != fact).take(4) {
        texts.push(format!("{fact}{other}"));
        texts.push(format!("{lower}{}", bare(other)));
    }
    texts.push(lower.clone());
    let mut out: BTreeSet<Vec<u8>> = texts.iter().map(|t| t.as_bytes().to_vec()).collect();
    out.extend(texts.iter().take(2).map(|t| format!("{t}\n").into_bytes()));
    let raw =
        (0..lower.len() / 2).map(|i| u8::from_str_radix(lower.get(2 * i..2 * i + 2)?, 16).ok());
    if let Some(raw) = raw.collect::<Option<Vec<u8>>>().filter(|r| r.len() >= 4) {
        out.insert(raw);
    }
    out
}

/// Whether a value is the start or end of a digest in one of its usual spellings.
fn cut_from(value: &str, digest: &[u8]) -> bool {
    let at_an_end = |text: &str, value: &str| text.starts_with(value) || text.ends_with(value);
    let hex = to_hex(digest);
    let lower = bare(value);
    if lower.len() >= SHORTEST && at_an_end(&hex, &lower) {
        return true;
    }
    let coded = [STANDARD.encode(digest), URL_SAFE.encode(digest)];
    if coded
        .iter()
        .any(|c| at_an_end(c.trim_end_matches('='), value))
    {
        return true;
    }
    ALPHABETS.iter().any(|a| is_mapped(value, digest, a)) || is_number_of(value, digest)
}

/// Whether each character stands for one byte from the start or the end of the digest.
fn is_mapped(value: &str, digest: &[u8], alphabet: &str) -> bool {
    let letters = alphabet.as_bytes();
    let stands = |bytes: &[u8]| {
        let letter = |b: &u8| letters[usize::from(*b) % letters.len()];
        bytes.iter().map(letter).eq(value.bytes())
    };
    let start = digest.get(..value.len());
    let end = digest
        .len()
        .checked_sub(value.len())
        .and_then(|at| digest.get(at..));
    start.is_some_and(stands) || end.is_some_and(stands)
}

/// Whether a value is the leading digest bytes as a number, cut to its length.
fn is_number_of(value: &str, digest: &[u8]) -> bool {
    if !value.bytes().all(|b| b.is_ascii_digit()) || value.len() > 18 {
        return false;
    }
    let below = 10_u64.pow(value.len() as u32);
    let four = digest
        .first_chunk::<4>()
        .map(|b| [u32::from_be_bytes(*b), u32::from_le_bytes(*b)]);
    let eight = digest
        .first_chunk::<8>()
        .map(|b| [u64::from_be_bytes(*b), u64::from_le_bytes(*b)]);
    let four = four.into_iter().flatten().map(u64::from);
    let mut numbers = four.chain(eight.into_iter().flatten());
    numbers.any(|n| format!("{:0width$}", n % below, width = value.len()) == value)
}

/// CRC-32 of Ethernet and zip.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| {
            (c >> 1) ^ if c & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_of_the_check_string() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
