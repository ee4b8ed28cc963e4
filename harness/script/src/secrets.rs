//! Fresh secrets: random text that nothing else on the bench has.

use crate::stop;
use crate::values::OwnerFacts;
use proofhouse_model::{Trouble, TroubleKind};

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &[u8] = b"0123456789";
const ALL: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Random letters and digits. From three characters on, at least one small letter, one capital and
/// one digit, in that order at the start, so that every usual password rule is met.
///
/// # Errors
/// The operating system gives no random bytes.
pub(crate) fn fresh_secret(length: usize) -> starlark::Result<String> {
    let mut text = String::with_capacity(length);
    for at in 0..length {
        let alphabet = match at {
            0 if length >= 3 => LOWER,
            1 if length >= 3 => UPPER,
            2 if length >= 3 => DIGITS,
            _ => ALL,
        };
        text.push(pick(alphabet)?);
    }
    Ok(text)
}

/// Random small letters and digits, a letter first.
fn fresh_name(length: usize) -> starlark::Result<String> {
    let mut text = String::with_capacity(length);
    text.push(pick(LOWER)?);
    while text.len() < length {
        text.push(pick(&ALL[..26])?);
    }
    Ok(text)
}

/// One character of an alphabet, each as likely as the others.
fn pick(alphabet: &[u8]) -> starlark::Result<char> {
    let fair = 256 - 256 % alphabet.len();
    loop {
        let mut byte = [0u8; 1];
        getrandom::fill(&mut byte).map_err(|e| {
            stop::trouble(Trouble {
                kind: TroubleKind::Bench,
                channel: None,
                what: format!("the operating system gives no random bytes: {e}"),
                try_next: None,
            })
        })?;
        let byte = usize::from(byte[0]);
        if byte < fair {
            return Ok(char::from(alphabet[byte % alphabet.len()]));
        }
    }
}

/// A fresh owner.
///
/// # Errors
/// As for [`fresh_secret`].
pub(crate) fn fresh_owner() -> starlark::Result<OwnerFacts> {
    Ok(OwnerFacts {
        name: fresh_name(8)?,
        password: fresh_secret(20)?,
        wifi_ssid: format!("net-{}", fresh_name(10)?),
        wifi_key: fresh_secret(20)?,
        nickname: format!("my {}", fresh_name(10)?),
    })
}
