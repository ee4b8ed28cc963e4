//! Fresh secrets: random text that nothing else on the bench has.

use crate::client::Client;
use crate::host::Host;
use crate::stop;
use crate::values::OwnerFacts;
use proofhouse_model::seeded::{Seeded, fnv1a};
use proofhouse_model::{SecretFacts, SecretKind, Trouble, TroubleKind};
use std::collections::BTreeSet;

/// Longest value that a script names, in bytes, and longest name.
const LONGEST_NAMED: usize = 4 << 10;
const LONGEST_NAME: usize = 80;
/// Most values that the scripts of one case name, and most bytes of them.
const MOST_NAMED: usize = 10_000;
const MOST_BYTES: usize = 1 << 20;

/// What the scripts of one case named as secrets. Each is kept in many forms until the run ends, so there is an end
/// to it.
#[derive(Debug, Default)]
pub(crate) struct Named {
    /// By hash: the same value again takes no room.
    seen: BTreeSet<u64>,
    bytes: usize,
}

impl Named {
    /// Makes room for one more; why there is none, in words.
    pub(crate) fn take(&mut self, name: &str, value: &[u8]) -> Result<(), String> {
        if name.len() > LONGEST_NAME {
            return Err(format!(
                "the name of a secret has {} bytes: at most {LONGEST_NAME}",
                name.len()
            ));
        }
        let len = value.len();
        if len > LONGEST_NAMED {
            return Err(format!(
                "the secret `{name}` has {len} bytes: at most 4 KiB, which is more than any token"
            ));
        }
        if !self.seen.insert(fnv1a(value.iter().copied())) {
            return Ok(());
        }
        self.bytes += len;
        if self.seen.len() > MOST_NAMED {
            return Err("one case names at most 10,000 secrets".to_owned());
        }
        if self.bytes > MOST_BYTES {
            return Err("the secrets that one case names have at most 1 MiB in all".to_owned());
        }
        Ok(())
    }
}

const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
/// Names are searched for in pieces of four letters and backwards, too: without vowels none is a piece of our words.
const OF_NAMES: &[u8] = b"bcdfghjkmnpqrstvwxz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &[u8] = b"0123456789";
const HEX: &[u8] = b"0123456789abcdef";
const ALL: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Where random bytes come from.
type Source<'a> = dyn FnMut() -> Result<u8, Trouble> + 'a;

/// A fresh secret, from the operating system.
///
/// # Errors
/// The operating system gives no random bytes.
pub fn fresh_secret(kind: SecretKind, length: usize) -> Result<String, Trouble> {
    draw(kind, length, &mut || {
        let mut byte = [0u8; 1];
        getrandom::fill(&mut byte).map_err(|e| Trouble {
            kind: TroubleKind::Bench,
            channel: None,
            what: format!("the operating system gives no random bytes: {e}"),
            try_next: None,
        })?;
        Ok(byte[0])
    })
}

/// What stands in for a secret where a recording is judged again: of its kind and length, and the same for the same
/// secret. Its encodings are as long as the secret's, and it is equal to what the secret was equal to.
#[must_use]
pub fn stand_in(secret: &SecretFacts) -> String {
    let seed = secret.name.bytes().chain(secret.hash.bytes());
    let mut numbers = Seeded::stream(fnv1a(seed), 0);
    let length = usize::try_from(secret.length).unwrap_or(0);
    let mut source = || Ok(numbers.byte());
    let drawn = match secret.digits {
        // A number of JSON does not begin with a zero.
        true => (0..length)
            .map(|at| pick(&DIGITS[usize::from(at == 0)..], &mut source))
            .collect(),
        false if secret.hex_digits => (0..length).map(|_| pick(HEX, &mut source)).collect(),
        false => draw(secret.kind, length, &mut source).map(no_number),
    };
    drawn.unwrap_or_default()
}

/// The same with a beginning whose hex digits are no decimal number: a number in what a case says was taken for the
/// beginning of a stand-in, in hex, and judged again nothing came out byte for byte.
fn no_number(mut text: String) -> String {
    if let Some(first) = text.bytes().next().filter(u8::is_ascii_lowercase) {
        let other = b"jklmnoz"[usize::from(first) % 7];
        text.replace_range(..1, char::from(other).encode_utf8(&mut [0; 4]));
    }
    text
}

/// Passwords have from three characters on at least one small letter, one capital and one digit, in that order at the
/// start, so that every usual password rule is met.
fn draw(kind: SecretKind, length: usize, source: &mut Source<'_>) -> Result<String, Trouble> {
    let mut text = String::with_capacity(length);
    for at in 0..length {
        let alphabet = match (kind, at) {
            (SecretKind::Name, _) => OF_NAMES,
            (_, 0) if length >= 3 => LOWER,
            (_, 1) if length >= 3 => UPPER,
            (_, 2) if length >= 3 => DIGITS,
            _ => ALL,
        };
        text.push(pick(alphabet, source)?);
    }
    Ok(text)
}

/// One character of an alphabet, each as likely as the others.
fn pick(alphabet: &[u8], source: &mut Source<'_>) -> Result<char, Trouble> {
    let fair = 256 - 256 % alphabet.len();
    loop {
        let byte = usize::from(source()?);
        if byte < fair {
            return Ok(char::from(alphabet[byte % alphabet.len()]));
        }
    }
}

/// A fresh owner. All that is made up of it is masked, personal data included.
///
/// # Errors
/// As for [`Host::fresh_secret`].
pub(crate) fn fresh_owner(host: &dyn Host, client: &Client) -> starlark::Result<OwnerFacts> {
    let fresh =
        |name: &str, kind, length| host.fresh_secret(name, kind, length).map_err(stop::trouble);
    Ok(OwnerFacts {
        name: fresh("owner.name", SecretKind::Name, 8)?,
        password: fresh("owner.password", SecretKind::Password, 20)?,
        wifi_ssid: format!(
            "{}{}",
            client.wifi,
            fresh("owner.wifi_ssid", SecretKind::Name, 10)?
        ),
        wifi_key: fresh("owner.wifi_key", SecretKind::Password, 20)?,
        nickname: format!(
            "{}{}",
            client.nickname,
            fresh("owner.nickname", SecretKind::Name, 10)?
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_is_of_the_secrets_kind_and_length_and_always_the_same() {
        let secret = |hash: &str, kind| SecretFacts {
            name: "owner.password".into(),
            kind,
            length: 20,
            hash: hash.into(),
            digits: false,
            hex_digits: kind == SecretKind::Found,
        };
        let one = stand_in(&secret("1a2b3c4d", SecretKind::Password));
        assert_eq!(one.len(), 20);
        assert_eq!(one, stand_in(&secret("1a2b3c4d", SecretKind::Password)));
        assert_ne!(one, stand_in(&secret("1a2b3c4e", SecretKind::Password)));
        assert!(one.bytes().any(|b| b.is_ascii_digit()));
        let token = stand_in(&secret("1a2b3c4d", SecretKind::Found));
        assert!(token.bytes().all(|b| HEX.contains(&b)), "{token}");
        for kind in [SecretKind::Password, SecretKind::Name] {
            let hash = |n: u32| format!("{n:08x}");
            let mut all = (0..200).map(|n| stand_in(&secret(&hash(n), kind)));
            let is_number = |text: &String| {
                let first = text.bytes().next().map(|b| format!("{b:02x}"));
                first.is_none_or(|hex| hex.bytes().all(|b| b.is_ascii_digit()))
            };
            assert_eq!(all.find(is_number), None, "in hex it begins as a number");
        }
        let name = stand_in(&secret("1a2b3c4d", SecretKind::Name));
        assert!(name.bytes().all(|b| b.is_ascii_lowercase()), "{name}");
    }
}
