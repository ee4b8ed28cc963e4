//! Where secrets stand that nobody named: headers that carry credentials, cookies, fields of JSON, forms and queries,
//! and what is named like one in a text.
//!
//! Of an answer only what looks made up by a device is taken: a word such as `none` would be masked wherever it stands,
//! and a case that is judged again could not compare it any more.

use crate::mask::book::SHORTEST;
use proofhouse_model::forms::from_base64;
use proofhouse_model::secret::{letters, names_a_secret, opens_something};
use proofhouse_model::{Bytes, Fact, Observation, Op, SecretKind};
use serde_json::Value;

/// Most taken from one event.
const MOST: usize = 64;
/// Deepest JSON looked into.
const DEEPEST: usize = 16;
/// Longest value taken.
const LONGEST: usize = 4096;
/// Longest body that is taken for a form.
const LONGEST_FORM: usize = 64 << 10;
/// Passwords that everybody tries: what was let in with one has to stand in the report.
const EVERYBODYS: &[&str] = &[
    "0000",
    "00000000",
    "000000",
    "1111",
    "111111",
    "1234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "123123",
    "admin123",
    "administrator",
    "changeme",
    "default",
    "letmein",
    "password",
    "password1",
    "qwerty",
    "secret",
    "support",
    "welcome",
];

/// A secret found in a usual place: what the place is called, and its value.
pub(crate) type Found = (String, String);

/// What stands in the usual places of an event, and whose it is.
pub(crate) fn of(fact: &Fact) -> (SecretKind, Vec<Found>) {
    let mut out = Vec::new();
    let kind = match fact {
        Fact::OpStarted { op } => {
            sent(op, &mut out);
            SecretKind::Sent
        }
        Fact::OpEnded { saw, .. } => {
            match saw {
                Observation::Http(answer) => {
                    for (name, value) in &answer.headers {
                        header(name, value, &mut out);
                    }
                    said(&answer.body, &mut out);
                    if let Some(head) = &answer.unparsed {
                        text(head, &mut out);
                    }
                }
                Observation::Coap(answer) | Observation::Observing { answer, .. } => {
                    said(&answer.payload, &mut out);
                }
                Observation::Datagram { bytes } | Observation::Message { payload: bytes, .. } => {
                    said(bytes, &mut out);
                }
                Observation::Matched(matched) => body(&matched.text, &mut out),
                _ => {}
            }
            SecretKind::Found
        }
        _ => SecretKind::Found,
    };
    if kind == SecretKind::Sent {
        out.retain(|(_, value)| !is_everybodys(value));
    }
    out.truncate(MOST);
    (kind, out)
}

fn sent(op: &Op, out: &mut Vec<Found>) {
    if let Op::Http(op) = op {
        for (name, value) in &op.headers {
            header(name, value, out);
        }
        if let Some((_, query)) = op.path.split_once('?') {
            form(query, out);
        }
        text(op.path.as_bytes(), out);
    }
    for bytes in op.bytes() {
        body(bytes, out);
        if bytes.len() <= LONGEST_FORM
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            form(text, out);
        }
    }
}

/// `user=root&password=...`: what is in it is as long as it is before it is encoded.
fn form(text: &str, out: &mut Vec<Found>) {
    for pair in text.trim_end().split('&') {
        let Some((name, value)) = pair.split_once('=') else {
            continue;
        };
        if name.is_empty() || name.len() > 80 || !name.bytes().all(is_of_a_name) {
            continue;
        }
        let value = decoded(value);
        named(&decoded(name), &value, out);
    }
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.[]%+".contains(&byte)
}

/// Without percent and plus; as it stands where that is no text.
fn decoded(text: &str) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
    while let Some(byte) = bytes.get(at) {
        let pair = digit(at + 1).zip(digit(at + 2));
        match (
            byte,
            pair.and_then(|(high, low)| u8::try_from(high << 4 | low).ok()),
        ) {
            (b'%', Some(coded)) => {
                out.push(coded);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(*byte),
        }
        at += 1;
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

fn header(name: &str, value: &str, out: &mut Vec<Found>) {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "authorization" | "proxy-authorization" => {
            // The credentials behind their scheme; of a digest all that it says.
            let (scheme, credentials) = value.split_once(' ').unwrap_or(("", value));
            let credentials = credentials.trim();
            match basic_password(scheme, credentials) {
                Some(password) => take(&name, &password, is_long_enough, out),
                None => take(&name, credentials, is_long_enough, out),
            }
        }
        "set-cookie" => cookie(value.split(';').next().unwrap_or_default(), out),
        "cookie" => value.split(';').for_each(|pair| cookie(pair, out)),
        // A redirection hands on what is in its query, in its path and behind its `#`.
        "location" | "content-location" | "referer" | "refresh" | "link" => {
            let query = value.split_once('?').map_or("", |(_, query)| query);
            form(query.split('#').next().unwrap_or_default(), out);
            text(value.as_bytes(), out);
        }
        _ if names_a_secret(&name) => take(&name, value.trim(), |v| is_made_up(v), out),
        _ => {}
    }
}

/// The password in credentials of HTTP Basic, where it is long enough to be masked by itself. The name before it is no
/// secret, and all credentials of one name begin alike.
fn basic_password(scheme: &str, credentials: &str) -> Option<String> {
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(from_base64(credentials.as_bytes())?).ok()?;
    let (_, password) = text.split_once(':')?;
    is_long_enough(password).then(|| password.to_owned())
}

fn cookie(pair: &str, out: &mut Vec<Found>) {
    if let Some((name, value)) = pair.split_once('=') {
        let value = value.trim().trim_matches('"');
        take(
            &format!("cookie.{}", name.trim()),
            value,
            |v| is_made_up(v),
            out,
        );
    }
}

/// What a device says: its fields, and what is named like a secret anywhere else in it.
fn said(bytes: &Bytes, out: &mut Vec<Found>) {
    body(bytes, out);
    if bytes.kept().is_none() {
        text(bytes, out);
    }
}

/// A secret in a path ends at the next slash, which in base64 is a sign of it: at the latest where a word of the path
/// follows, which stands in much else.
fn text(bytes: &[u8], out: &mut Vec<Found>) {
    for (name, value) in super::texts::fields(bytes) {
        let value = match value.contains('%') {
            true => decoded(&value.replace('+', "%2B")),
            false => value,
        };
        let first = value.split('/').next().unwrap_or_default();
        let parts = value.split('/').take_while(|part| !is_of_a_path(part));
        let whole = parts.collect::<Vec<_>>().join("/");
        take(&name, first, |v| is_made_up(v), out);
        take(&name, &whole, |v| is_made_up(v), out);
    }
}

/// Whether a part between slashes is a word of a path.
fn is_of_a_path(part: &str) -> bool {
    part.len() > 2 && part.bytes().all(|b| b.is_ascii_lowercase())
}

/// Fields of JSON and of HTML that are named like secrets.
fn body(bytes: &Bytes, out: &mut Vec<Found>) {
    if bytes.kept().is_none() {
        for (name, value) in super::hidden::fields(bytes) {
            named(&name, &value, out);
        }
    }
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
                    Value::String(text) => named(name, text, out),
                    Value::Number(number) if !is_a_measure(name) => {
                        numbered(name, &number.to_string(), out);
                    }
                    _ => fields(v, deep, out),
                }
            }
        }
        _ => {}
    }
}

/// A value by the name that it has.
fn named(name: &str, value: &str, out: &mut Vec<Found>) {
    if opens_something(name) {
        take(name, value, is_a_way_in, out);
    } else if names_a_secret(name) {
        take(name, &behind_scheme(value), |v| is_made_up(v), out);
    }
}

/// Credentials without the scheme before them: `Bearer ...`.
fn behind_scheme(value: &str) -> String {
    let Some((scheme, credentials)) = value.split_once(' ') else {
        return value.to_owned();
    };
    let credentials = credentials.trim();
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" | "token" => credentials.to_owned(),
        "basic" => basic_password(scheme, credentials).unwrap_or_else(|| credentials.to_owned()),
        _ => value.to_owned(),
    }
}

/// The same of a whole number, of which the short ones mean something else.
fn numbered(name: &str, digits: &str, out: &mut Vec<Found>) {
    let whole = digits.bytes().all(|b| b.is_ascii_digit());
    if whole && opens_something(name) {
        take(name, digits, is_a_way_in, out);
    } else if whole && names_a_secret(name) && digits.len() >= 6 {
        take(name, digits, is_no_filler, out);
    }
}

/// A number beside a secret: how long it is or holds.
fn is_a_measure(name: &str) -> bool {
    let name = letters(name);
    let words = [
        "expir", "lifetime", "timeout", "ttl", "length", "count", "attempt", "changed", "created",
        "updated", "issued", "time", "age", "size", "max", "min", "left",
    ];
    words.iter().any(|word| name.contains(word))
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

fn is_long_enough(value: &str) -> bool {
    value.len() >= SHORTEST
}

/// What lets somebody in. One too short to be masked is taken too where it is no word such as `ok`: it is to be said.
fn is_a_way_in(value: &str) -> bool {
    match value.len() {
        0 => false,
        1..SHORTEST => !value.bytes().all(|b| b.is_ascii_alphabetic() || b == b'*'),
        _ => is_no_filler(value),
    }
}

/// Not asterisks, and the like.
fn is_no_filler(value: &str) -> bool {
    is_long_enough(value) && value.bytes().any(|b| Some(b) != value.bytes().next())
}

/// A word of every day, that is no secret and stands in sentences too.
fn is_everybodys(value: &str) -> bool {
    let short = value.len() < 6 && value.bytes().all(|b| b.is_ascii_lowercase());
    short || EVERYBODYS.contains(&value)
}

/// Long, and no word or number of every day.
pub(crate) fn is_made_up(value: impl AsRef<[u8]>) -> bool {
    let value = value.as_ref();
    let has = |is: fn(&u8) -> bool| value.iter().any(is);
    let kinds = [
        has(u8::is_ascii_digit),
        has(u8::is_ascii_lowercase),
        value.iter().skip(1).any(u8::is_ascii_uppercase),
    ];
    let mixed = kinds.iter().filter(|has| **has).count() > 1;
    let spaced = value.iter().any(u8::is_ascii_whitespace);
    let varied = value.iter().any(|b| Some(b) != value.first());
    !spaced && (value.len() >= 8 && mixed || value.len() >= 20) && varied
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
        let json = r#"{"Authorization": "Bearer a1b2c3d4e5", "auth": "Basic cm9vdDpTZXMyYW1lNw==",
            "ticket": "k7Qm2xTz9", "username": "Zk3pQ9vWmB7xYc2d", "session": "Bearer none"}"#;
        let wanted = [
            "Authorization=a1b2c3d4e5",
            "auth=Ses2ame7",
            "ticket=k7Qm2xTz9",
        ];
        assert_eq!(found(json), wanted);
    }

    /// A page names its secrets in links and scripts, too; what it sends on is in the path as well.
    #[test]
    fn what_a_device_says_is_looked_through_as_a_text() {
        let (mut out, page) = (
            Vec::new(),
            "<a href='/cgi-bin/luci/;stok=9f8e7d6c5b4a/admin/status'>",
        );
        said(&Bytes::from(page), &mut out);
        said(
            &Bytes::from("?token=a1b2%2Bc3d4&session=x3Kd92ff/Yz8Q+we9"),
            &mut out,
        );
        header(
            "Location",
            "/;jsessionid=7Hq2mB9xLw#access_token=3Vc8nR5tYp",
            &mut out,
        );
        let values: Vec<&str> = out.iter().map(|(_, value)| value.as_str()).collect();
        let wanted = [
            "9f8e7d6c5b4a",
            "a1b2+c3d4",
            "x3Kd92ff",
            "x3Kd92ff/Yz8Q+we9",
            "7Hq2mB9xLw",
            "3Vc8nR5tYp",
        ];
        assert_eq!(values, wanted);
        let kept = |text: &str| {
            let mut out = Vec::new();
            body(&Bytes::from(text), &mut out);
            out
        };
        assert!(kept(page).is_empty(), "of what is sent the fields alone");
    }

    #[test]
    fn numbers_of_json_that_open_something_are_taken() {
        let json = r#"{"pin": 48151623, "token": 90210777, "token_expires": 1690000000, "code": 404,
            "pin_length": 100000, "password": -12345, "psk": 1.25e9, "puk": 1111}"#;
        assert_eq!(found(json), ["pin=48151623", "token=90210777"]);
    }

    #[test]
    fn what_is_sent_in_a_form_a_query_or_json_is_taken() {
        let op = |path: &str, body: &str| {
            let op = Op::Http(proofhouse_model::op::HttpOp {
                method: "POST".into(),
                port: 80,
                tls: false,
                path: path.into(),
                headers: Vec::new(),
                body: body.into(),
                session: 0,
                within: proofhouse_model::Dur::secs(1),
                leaves: None,
            });
            let (kind, found) = of(&Fact::OpStarted { op });
            assert_eq!(kind, SecretKind::Sent);
            let values = found.into_iter().map(|(_, value)| value);
            values.collect::<Vec<_>>()
        };
        assert_eq!(op("/", "user=root&password=k%26R+7&go=1\r\n"), ["k&R 7"]);
        assert_eq!(op("/s?token=a1b2c3d4e5&lang=en", ""), ["a1b2c3d4e5"]);
        assert_eq!(op("/", r#"{"login": {"pin": 48151623}}"#), ["48151623"]);
        assert!(op("/", r#"{"password": "123456", "pin": "short"}"#).is_empty());
        assert!(op("/?page=2", "temperature=21.5&key=on").is_empty());
        let payload = r#"{"session_token": "Zk3pQ9vWm"}"#;
        let sent = Op::Mqtt(proofhouse_model::op::MqttOp::Publish {
            topic: "a/b".into(),
            payload: payload.into(),
        });
        let found = of(&Fact::OpStarted { op: sent }).1;
        assert_eq!(found, [("session_token".into(), "Zk3pQ9vWm".into())]);
    }

    #[test]
    fn headers_that_carry_credentials_are_taken() {
        let mut out = Vec::new();
        header("Authorization", "Basic cm9vdDpwdw==", &mut out);
        // Of `root:sesame7` the password alone: the name stands in front of every other one as well.
        header("Authorization", "Basic cm9vdDpzZXNhbWU3", &mut out);
        header("set-cookie", "sid=9f8e7d6c5b; Path=/; HttpOnly", &mut out);
        header("cookie", "lang=en; csrf=AbCdEfGh1", &mut out);
        header("x-api-key", "k-123456", &mut out);
        header("X-CSRF-Token", "7Hq2mB9xLw", &mut out);
        header("X-XSRF-TOKEN", "3Vc8nR5tYp", &mut out);
        header("Location", "/next?_token=5Jk1sD6fGz&page=2#end", &mut out);
        header("nonce", "4Tw0bX8cVn", &mut out);
        header("content-type", "application/json5678", &mut out);
        let values: Vec<&str> = out.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(
            values,
            [
                "cm9vdDpwdw==",
                "sesame7",
                "9f8e7d6c5b",
                "AbCdEfGh1",
                "k-123456",
                "7Hq2mB9xLw",
                "3Vc8nR5tYp",
                "5Jk1sD6fGz"
            ]
        );
    }
}
