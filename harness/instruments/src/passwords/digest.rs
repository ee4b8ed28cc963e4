//! Passwords cut from a digest of a public fact: random to look at, known to whoever knows the trick.

use super::derive::bare;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use md5::Md5;
use proofhouse_model::bytes::to_hex;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use std::collections::BTreeSet;

/// Shortest password that is looked for in a digest; shorter ones are found by chance.
const SHORTEST: usize = 6;
/// Shortest number that is looked for in the less usual digests: a PIN of six digits is in one of many by chance.
const SHORTEST_NUMBER: usize = 8;
/// Usual digests: those by which short numbers are made too.
const USUAL: usize = 4;
/// Ways in which a value may be cut from one digest: start and end of hex, of two base64 and one base32 alphabet and of
/// each alphabet below, and four numbers.
const CUTS: usize = 2 * (1 + 2 + 1 + ALPHABETS.len()) + 4;
/// Alphabets into which digest bytes are commonly mapped.
const ALPHABETS: [&str; 12] = [
    "0123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "0123456789abcdefghijklmnopqrstuvwxyz",
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    // Without characters that are mistaken for others.
    "ABCDEFGHJKLMNPQRSTUVWXYZ23456789",
    "abcdefghijkmnpqrstuvwxyz23456789",
    "23456789ABCDEFGHJKLMNPQRSTUVWXYZ",
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
];

/// How `password`, a part between its separators, or the part that varies between specimens is cut
/// from a digest of `fact` alone or joined with another.
pub(super) fn of(
    password: &str,
    varying: Option<&str>,
    fact: &str,
    facts: &[String],
) -> Option<String> {
    let joined: String = password
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let values: Vec<&str> = [Some(password), varying, Some(&joined)]
        .into_iter()
        .flatten()
        .chain(password.split(|c: char| !c.is_alphanumeric()))
        .filter(|v| v.len() >= SHORTEST && v.is_ascii())
        .collect();
    if values.is_empty() {
        return None;
    }
    let short = |v: &str| v.len() < SHORTEST_NUMBER && v.bytes().all(|b| b.is_ascii_digit());
    let telling = |v: &&&str, usual: bool| usual || !short(v);
    for input in inputs(fact, facts) {
        for (at, (name, digest)) in digests(&input).iter().enumerate() {
            let mut tried = values.iter().filter(|v| telling(v, at < USUAL));
            if tried.any(|v| cut_from(v, digest)) {
                return Some(format!("cut from a {name} digest of it"));
            }
        }
    }
    for (name, digest) in keyed(fact, facts) {
        let mut tried = values.iter().filter(|v| telling(v, false));
        if tried.any(|v| cut_from(v, &digest)) {
            return Some(format!("cut from an {name} of it and another fact"));
        }
    }
    None
}

/// How many derivations of a fact [`of`] tries.
pub(super) fn count(fact: &str, facts: &[String]) -> usize {
    let plain = inputs(fact, facts).len() * digests(b"").len();
    (plain + keyed(fact, facts).len()) * CUTS
}

/// Digests of an input, the [`USUAL`] ones first.
fn digests(input: &[u8]) -> [(&'static str, Vec<u8>); 6] {
    let sha256 = Sha256::digest(input);
    [
        ("MD5", Md5::digest(input).to_vec()),
        ("SHA-1", Sha1::digest(input).to_vec()),
        ("SHA-256", sha256.to_vec()),
        ("CRC-32", crc32(input).to_be_bytes().to_vec()),
        ("SHA-512", Sha512::digest(input).to_vec()),
        ("double SHA-256", Sha256::digest(sha256).to_vec()),
    ]
}

/// A fact under each other one as the key: printed, bare, as bytes. The other way round comes with the other fact.
fn keyed(fact: &str, facts: &[String]) -> Vec<(&'static str, Vec<u8>)> {
    let forms = |fact: &str| {
        let bare = bare(fact);
        let upper = bare.to_uppercase().into_bytes();
        let raw = raw(&bare).into_iter();
        let texts = [fact.as_bytes().to_vec(), upper, bare.into_bytes()];
        raw.chain(texts).collect::<BTreeSet<_>>()
    };
    let mut out = Vec::new();
    for other in facts.iter().filter(|o| *o != fact).take(4) {
        for key in forms(other) {
            for text in forms(fact) {
                out.push(("HMAC-MD5", hmac::<Md5>(&key, &text)));
                out.push(("HMAC-SHA-1", hmac::<Sha1>(&key, &text)));
                out.push(("HMAC-SHA-256", hmac::<Sha256>(&key, &text)));
            }
        }
    }
    out
}

/// HMAC (RFC 2104) over a digest with blocks of 64 bytes.
fn hmac<D: Digest>(key: &[u8], text: &[u8]) -> Vec<u8> {
    let key = if key.len() > 64 {
        D::digest(key).to_vec()
    } else {
        key.to_vec()
    };
    let padded = |pad: u8| -> Vec<u8> {
        (0..64)
            .map(|at| key.get(at).copied().unwrap_or(0) ^ pad)
            .collect()
    };
    let inner = D::digest([&padded(0x36)[..], text].concat());
    D::digest([&padded(0x5c)[..], &inner].concat()).to_vec()
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
    out.extend(raw(&lower));
    out
}

/// The bytes that a fact in hexadecimal means.
fn raw(lower: &str) -> Option<Vec<u8>> {
    let bytes =
        (0..lower.len() / 2).map(|i| u8::from_str_radix(lower.get(2 * i..2 * i + 2)?, 16).ok());
    let raw = bytes.collect::<Option<Vec<u8>>>();
    raw.filter(|raw| raw.len() >= 4)
}

/// Base32 (RFC 4648) in small letters, without padding.
fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut out = String::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(LETTERS[(held >> bits & 31) as usize]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        out.push(char::from(LETTERS[(held << (5 - bits) & 31) as usize]));
    }
    out
}

/// Whether a value is the start or end of a digest in one of its usual spellings.
fn cut_from(value: &str, digest: &[u8]) -> bool {
    let at_an_end = |text: &str, value: &str| text.starts_with(value) || text.ends_with(value);
    let hex = to_hex(digest);
    let lower = bare(value);
    let spelled = [hex, base32(digest)];
    if lower.len() >= SHORTEST && spelled.iter().any(|text| at_an_end(text, &lower)) {
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

    #[test]
    fn spellings_and_keys_are_those_of_the_standards() {
        assert_eq!(base32(b"foobar"), "mzxw6ytboi");
        assert_eq!(base32(b"fooba"), "mzxw6ytb");
        // RFC 4231, test case 2.
        let mac = hmac::<Sha256>(b"Jefe", b"what do ya want for nothing?");
        assert!(to_hex(&mac).starts_with("5bdcc146bf60754e6a042426089575c7"));
    }
}
