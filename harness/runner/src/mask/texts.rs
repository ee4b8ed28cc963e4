//! Secrets in running text: `?token=...` in a link, `token: '...'` in a script, `<SessionID>...` in XML, `Bearer ...`.
//!
//! A page is full of words that are named like secrets (`token: readToken`), so what is taken is random to look at and
//! has a digit. Signs that stand between words are never in it: a case that compares two pages word by word comes to
//! the same where it is judged again.

use super::places::is_made_up;
use proofhouse_model::secret::{letters, names_a_secret};

/// Most taken from one text.
const MOST: usize = 64;
/// Longest name.
const LONGEST_NAME: usize = 40;
/// Longest value.
const LONGEST: usize = 4096;
/// Longest tag.
const LONGEST_TAG: usize = 256;
/// Longest line of cookies.
const LONGEST_COOKIES: usize = 1024;
/// What else a name tells of its secret: no secret stands there.
const ABOUT: &[&str] = &[
    "name",
    "type",
    "header",
    "version",
    "url",
    "uri",
    "path",
    "endpoint",
    "algorithm",
    "prefix",
    "date",
    "time",
    "stamp",
    "issued",
    "created",
    "updated",
    "expires",
    "expiry",
    "until",
];
/// Keys that open something. Others are of tables, caches and key pairs.
const KEYS: &[&str] = &[
    "api", "access", "auth", "private", "session", "secret", "wifi", "wlan", "wpa",
];

/// How sure it is that a text is a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sure {
    /// Quoted, in a link, in an element: a script has no words of its own there.
    Yes,
    /// It may be an expression of a script.
    No,
}

/// Name and value of each.
pub(super) fn fields(text: &[u8]) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() && out.len() < MOST {
        let end = at + run(&text[at..], is_of_a_name);
        if end > at && end - at <= LONGEST_NAME {
            behind(text, at, end, &mut out);
        }
        at = end.max(at + 1);
    }
    out
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn is_of_a_value(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~+/%".contains(&byte)
}

fn run(text: &[u8], is: impl Fn(u8) -> bool) -> usize {
    text.iter().take_while(|b| is(**b)).count()
}

fn blanks(text: &[u8]) -> usize {
    run(text, |b| matches!(b, b' ' | b'\t'))
}

/// Bytes of a quotation mark that a text begins with, escaped or not.
fn quote(text: &[u8]) -> usize {
    match text {
        [b'"' | b'\'' | b'`', ..] => 1,
        [b'\\', b'"' | b'\'', ..] => 2,
        [b'&', b'#', b'3', b'4' | b'9', b';', ..] => 5,
        _ if text.starts_with(b"&quot;") => 6,
        _ => 0,
    }
}

/// What stands behind a name, where that names a secret.
fn behind(text: &[u8], begin: usize, end: usize, out: &mut Vec<(String, String)>) {
    let rest = &text[end..];
    let before = begin.checked_sub(1).map(|at| text[at]);
    let is_element = match before {
        Some(b'<') => matches!(rest.first(), Some(b'>' | b' ' | b'\t')),
        Some(b':') => rest.first() == Some(&b'>'),
        _ => false,
    };
    let given = set(rest).filter(|_| !is_element);
    let name = &text[begin..end];
    let is_scheme = name.eq_ignore_ascii_case(b"bearer") && rest.first() == Some(&b' ');
    // Nearly every word of a text is left here.
    if !is_element && !is_scheme && given.is_none() {
        return;
    }
    let name = String::from_utf8_lossy(name);
    let found = match given {
        _ if is_scheme => value(&rest[1..], Sure::Yes),
        Some((given, _)) if is_of_cookies(&name) => return cookies(given, out),
        _ if !is_named(&name) => None,
        None => in_element(&name, rest),
        Some((given, how)) => {
            let in_a_link = matches!(before, Some(b'?' | b'&' | b';' | b'#')) && rest[0] == b'=';
            value(given, if in_a_link { Sure::Yes } else { how })
        }
    };
    out.extend(found.map(|value| (name.into_owned(), value)));
}

fn is_of_cookies(name: &str) -> bool {
    ["cookie", "set-cookie"]
        .iter()
        .any(|one| name.eq_ignore_ascii_case(one))
}

/// Whether a name is one of a secret in a text that has other words, too.
fn is_named(name: &str) -> bool {
    if !names_a_secret(name) {
        return false;
    }
    let name = letters(name);
    let is_key = !name.ends_with("key") || KEYS.iter().any(|word| name.contains(word));
    is_key && name != "code" && !ABOUT.iter().any(|word| name.ends_with(word))
}

/// What a name is set to: behind `=` or `:`, and behind a quotation mark if there is one.
fn set(rest: &[u8]) -> Option<(&[u8], Sure)> {
    let rest = &rest[quote(rest)..];
    let rest = &rest[blanks(rest)..];
    let (b'=' | b':', rest) = rest.split_first()? else {
        return None;
    };
    let rest = &rest[blanks(rest)..];
    let mark = quote(rest);
    let how = if mark > 0 { Sure::Yes } else { Sure::No };
    Some((&rest[mark..], how))
}

/// What an element has in it, and the id of an element that is a session by its name.
fn in_element(name: &str, rest: &[u8]) -> Option<String> {
    let within = &rest[..rest.len().min(LONGEST_TAG)];
    let end = within.iter().position(|b| matches!(b, b'<' | b'>'))?;
    if within[end] == b'<' {
        return None;
    }
    let inner = &rest[end + 1..];
    let inner = &inner[run(inner, |b| b.is_ascii_whitespace())..];
    let called = letters(name);
    let is_one = called.ends_with("session") || called.ends_with("token");
    value(inner, Sure::Yes).or_else(|| {
        let attributes = within[..end].split(u8::is_ascii_whitespace);
        let mut given = attributes.filter_map(|one| {
            let (name, given) = (one.get(..3)?, one.get(3..)?);
            (is_one && name.eq_ignore_ascii_case(b"id=")).then_some(given)
        });
        given.find_map(|given| value(&given[quote(given)..], Sure::Yes))
    })
}

/// `sid=...; Path=/` of a script, or of a header in a text.
fn cookies(given: &[u8], out: &mut Vec<(String, String)>) {
    let given = &given[..given.len().min(LONGEST_COOKIES)];
    let line = &given[..run(given, |b| !matches!(b, b'\r' | b'\n' | b'"' | b'\''))];
    for pair in line.split(|b| *b == b';') {
        let pair = pair.trim_ascii();
        let name = run(pair, |b| is_of_a_name(b) || b == b'.');
        if name > 0 && pair.get(name) == Some(&b'=') {
            let called = String::from_utf8_lossy(&pair[..name]);
            let found = value(&pair[name + 1..], Sure::Yes);
            out.extend(found.map(|value| (format!("cookie.{called}"), value)));
        }
    }
}

/// The value that a text begins with. It ends where a word of any language does: what calls or adds up is none.
fn value(text: &[u8], sure: Sure) -> Option<String> {
    let within = &text[..text.len().min(LONGEST + 1)];
    let own = run(within, is_of_a_value);
    let end = own + run(&within[own..], |b| b == b'=');
    let closed = match within.get(end) {
        None => true,
        Some(byte) => byte.is_ascii_whitespace() || b"\"'`<>&,;)]}#?|\\".contains(byte),
    };
    let value = std::str::from_utf8(&within[..end]).ok()?;
    let value = value.trim_end_matches('.');
    let fits = closed && end <= LONGEST && is_random(value, sure);
    fits.then(|| value.to_owned())
}

/// Whether a part between slashes is made up, has a digit, and is no word with a number behind it.
fn is_random(value: &str, sure: Sure) -> bool {
    let has = |is: fn(&u8) -> bool| value.bytes().any(|b| is(&b));
    if !has(u8::is_ascii_digit) || !value.split('/').any(is_made_up) {
        return false;
    }
    let signs: Vec<u8> = value.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let turns = signs
        .windows(2)
        .filter(|two| two[0].is_ascii_digit() != two[1].is_ascii_digit());
    let is_mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    let is_long = sure == Sure::Yes || value.len() >= 16;
    turns.count() >= 3 || is_mixed && is_long
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn found(text: &str) -> Vec<String> {
        let all = fields(text.as_bytes()).into_iter();
        all.map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn secrets_of_links_scripts_elements_and_lines_are_found() {
        for (text, wanted) in [
            ("/cgi-bin/luci/;stok=9f8e7d6c5b4a", "stok=9f8e7d6c5b4a"),
            ("<a href='/a;jsessionid=AbCdEfGh1'>", "jsessionid=AbCdEfGh1"),
            (
                "go to /x?lang=en&amp;session=k7Qm2xTz9",
                "session=k7Qm2xTz9",
            ),
            ("<SessionID>k7Qm2xTz9</SessionID>", "SessionID=k7Qm2xTz9"),
            (
                "<a:SessionID>\n k7Qm2xTz9\n</a:SessionID>",
                "SessionID=k7Qm2xTz9",
            ),
            (
                "<SesInfo>SessionID=k7Qm2xTz9B</SesInfo>",
                "SessionID=k7Qm2xTz9B",
            ),
            ("<TokInfo>AbCdEfGh1</TokInfo>", "TokInfo=AbCdEfGh1"),
            ("<session user='a' id=\"k7Qm2xTz9\"/>", "session=k7Qm2xTz9"),
            ("var session = \"AbCdEfGh1\";", "session=AbCdEfGh1"),
            ("window.csrfToken='9f8e7d6c5b'", "csrfToken=9f8e7d6c5b"),
            ("{csrf_token: '9f8e7d6c5b', n: 1}", "csrf_token=9f8e7d6c5b"),
            (
                "document.cookie=\"id=9f8e7d6c5b; path=/\"",
                "cookie.id=9f8e7d6c5b",
            ),
            (
                "Set-Cookie: id=9f8e7d6c5b; Path=/\r\n",
                "cookie.id=9f8e7d6c5b",
            ),
            ("token: 9f8e7d6c5b\r\nready", "token=9f8e7d6c5b"),
            (
                "data-state='{&quot;token&quot;:&quot;9f8e7d6c5b&quot;}'",
                "token=9f8e7d6c5b",
            ),
            (r#"say("{\"ticket\":\"9f8e7d6c5b\"}")"#, "ticket=9f8e7d6c5b"),
            (
                "curl -H 'Authorization: Bearer 9f8e7d6c5b'",
                "Bearer=9f8e7d6c5b",
            ),
            (
                "the token is here: access_key = x3Kd/92ff+Yz8Q==",
                "access_key=x3Kd/92ff+Yz8Q==",
            ),
        ] {
            assert_eq!(found(text), [wanted], "{text}");
        }
    }

    /// Words of a script, versions, addresses, fingerprints and states.
    #[test]
    fn what_a_device_says_of_itself_is_no_secret() {
        for text in [
            "session = sessionStorage.getItem('state')",
            "var token=readToken2(); csrf_token: window.csrfToken,",
            "token: responseV2, session: active, auth: WPA2-PSK",
            "if (token == 'a1b2c3d4e5') session = null;",
            "session: 5.10.0-8-amd64 token_version: 1.2.3-4a5b6c7d",
            "mac=9c:1f:00:00:00:99 serial=A17-0042-7f3a9c fw=1.4.2-7f3a9c1e",
            "key: 3f2a9c1e7b4d host_key=3f2a9c1e7b4d public_token=3f2a9c1e7b4d",
            "<code>3f2a9c1e7b4d</code> etag: 3f2a9c1e7b4d",
            "sessionCookieName: 'JSESSIONID_8080a1', token_url='/oauth2/v1/a2b3c4d5'",
            "tokenEndpoint: \"/oauth2/token/v1\" session_created=20240501T101500Z",
            "Session: 2024-05-01T10:15:00Z, token 9f8e7d6c5b, Bearer token",
            "<session-panel id='panel12ab3c'>\n</session>9f8e7d6c5b",
            "Cookie: lang=en; theme=dark2",
            "token=",
            "token",
            "<token",
            "",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    /// Whatever a device says, a text is gone through about once.
    #[test]
    fn a_text_of_names_alone_takes_no_longer_than_another() {
        for piece in [
            "token=",
            "token='token=\"",
            "<session ",
            "cookie=",
            "token: a1",
            "a1b2c3d4e5",
        ] {
            let start = Instant::now();
            assert_eq!(found(&piece.repeat(64 << 10)), [""; 0], "{piece}");
            assert!(start.elapsed().as_secs() < 5, "{piece}");
        }
    }
}
