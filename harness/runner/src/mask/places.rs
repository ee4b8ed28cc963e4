//! Where secrets stand that nobody named: headers that carry credentials, cookies, fields of JSON.
//!
//! Of an answer only what looks made up by a device is taken: a word such as `none` would be masked wherever it stands,
//! and a case that is judged again could not compare it any more.

use crate::mask::book::SHORTEST;
use proofhouse_model::{Bytes, Fact, Observation, Op, SecretKind};
use serde_json::Value;

/// Most taken from one event.
const MOST: usize = 64;
/// Deepest JSON looked into.
const DEEPEST: usize = 16;
/// Longest value taken.
const LONGEST: usize = 4096;

/// A secret found in a usual place: what the place is called, and its value.
pub(crate) type Found = (String, String);

/// What stands in the usual places of an event, and whose it is.
pub(crate) fn of(fact: &Fact) -> (SecretKind, Vec<Found>) {
    let mut out = Vec::new();
    let kind = match fact {
        Fact::OpStarted { op: Op::Http(op) } => {
            for (name, value) in &op.headers {
                header(name, value, &mut out);
            }
            SecretKind::Sent
        }
        Fact::OpEnded { saw, .. } => {
            match saw {
                Observation::Http(answer) => {
                    for (name, value) in &answer.headers {
                        header(name, value, &mut out);
                    }
                    body(&answer.body, &mut out);
                }
                Observation::Coap(answer) => body(&answer.payload, &mut out),
                Observation::Datagram { bytes } | Observation::Message { payload: bytes, .. } => {
                    body(bytes, &mut out);
                }
                Observation::Matched(matched) => body(&matched.text, &mut out),
                _ => {}
            }
            SecretKind::Found
        }
        _ => SecretKind::Found,
    };
    out.truncate(MOST);
    (kind, out)
}

fn header(name: &str, value: &str, out: &mut Vec<Found>) {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "authorization" | "proxy-authorization" => {
            // The credentials behind their scheme; of a digest all that it says.
            let credentials = value.split_once(' ').map_or(value, |(_, rest)| rest);
            take(&name, credentials.trim(), is_long_enough, out);
        }
        "set-cookie" => cookie(value.split(';').next().unwrap_or_default(), out),
        "cookie" => value.split(';').for_each(|pair| cookie(pair, out)),
        _ if names_a_secret(&name) => take(&name, value.trim(), is_made_up, out),
        _ => {}
    }
}

fn cookie(pair: &str, out: &mut Vec<Found>) {
    if let Some((name, value)) = pair.split_once('=') {
        let value = value.trim().trim_matches('"');
        take(&format!("cookie.{}", name.trim()), value, is_made_up, out);
    }
}

/// Fields of JSON that are named like secrets.
fn body(bytes: &Bytes, out: &mut Vec<Found>) {
    let begins = bytes.iter().find(|b| !b.is_ascii_whitespace());
    if bytes.kept().is_some() || !matches!(begins, Some(b'{' | b'[')) {
        return;
    }
    if let Ok(value) = serde_json::from_slice(bytes) {
        fields(&value, DEEPEST, out);
    }
}

fn fields(value: &Value, deep: usize, out: &mut Vec<Found>) {
    let Some(deep) = deep.checked_sub(1) else {
        return;
    };
    match value {
        Value::Array(items) => items.iter().for_each(|v| fields(v, deep, out)),
        Value::Object(map) => {
            for (name, v) in map {
                match v {
                    Value::String(text) if opens_something(name) => {
                        take(name, text, is_no_filler, out);
                    }
                    Value::String(text) if names_a_secret(name) => {
                        take(name, text, is_made_up, out);
                    }
                    _ => fields(v, deep, out),
                }
            }
        }
        _ => {}
    }
}

fn take(name: &str, value: &str, fits: impl Fn(&str) -> bool, out: &mut Vec<Found>) {
    if out.len() >= MOST || value.len() > LONGEST || !fits(value) {
        return;
    }
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "._-".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = name.chars().take(40).map(plain).collect();
    if !out.iter().any(|(_, known)| known == value) {
        out.push((name, value.to_owned()));
    }
}

fn letters(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// Whoever has it gets in.
fn opens_something(name: &str) -> bool {
    let name = letters(name);
    ["passw", "passphrase", "secret", "psk"]
        .iter()
        .any(|w| name.contains(w))
        || ["pin", "pwd", "pass", "puk"].contains(&name.as_str())
}

fn names_a_secret(name: &str) -> bool {
    let name = letters(name);
    if name.contains("public") {
        return false;
    }
    let words = [
        "token",
        "session",
        "secret",
        "apikey",
        "credential",
        "jwt",
        "csrf",
        "xsrf",
        "cookie",
    ];
    words.iter().any(|word| name.contains(word))
        || name.ends_with("key")
        || ["sid", "auth", "bearer", "code", "nonce", "otp"].contains(&name.as_str())
}

fn is_long_enough(value: &str) -> bool {
    value.len() >= SHORTEST
}

/// Not asterisks, and the like.
fn is_no_filler(value: &str) -> bool {
    is_long_enough(value) && value.bytes().any(|b| Some(b) != value.bytes().next())
}

/// Long, and no word or number of every day.
fn is_made_up(value: &str) -> bool {
    let has = |is: fn(&u8) -> bool| value.bytes().any(|b| is(&b));
    let kinds = [
        has(u8::is_ascii_digit),
        has(u8::is_ascii_lowercase),
        value.bytes().skip(1).any(|b| b.is_ascii_uppercase()),
    ];
    let mixed = kinds.iter().filter(|has| **has).count() > 1;
    let spaced = value.contains(char::is_whitespace);
    !spaced && (value.len() >= 8 && mixed || value.len() >= 20) && is_no_filler(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(json: &str) -> Vec<String> {
        let mut out = Vec::new();
        body(&Bytes::from(json), &mut out);
        out.into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    #[test]
    fn fields_of_json_that_are_named_like_secrets_are_taken() {
        let json = r#"{"ok": true, "data": [{"access_token": "a1b2c3d4e5", "key": "temperature"}],
            "password": "hunter", "public_key": "a1b2c3d4e5f6", "session": "active", "pin": "****"}"#;
        assert_eq!(found(json), ["access_token=a1b2c3d4e5", "password=hunter"]);
        assert!(found("no json").is_empty());
    }

    #[test]
    fn headers_that_carry_credentials_are_taken() {
        let mut out = Vec::new();
        header("Authorization", "Basic cm9vdDpwdw==", &mut out);
        header("set-cookie", "sid=9f8e7d6c5b; Path=/; HttpOnly", &mut out);
        header("cookie", "lang=en; csrf=AbCdEfGh1", &mut out);
        header("x-api-key", "k-123456", &mut out);
        header("content-type", "application/json5678", &mut out);
        let values: Vec<&str> = out.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(
            values,
            ["cm9vdDpwdw==", "9f8e7d6c5b", "AbCdEfGh1", "k-123456"]
        );
    }
}
