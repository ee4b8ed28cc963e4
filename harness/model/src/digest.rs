//! HTTP Digest (RFC 7616, RFC 2069): what a client says to a challenge.

use crate::bytes::to_hex;
use md5::Md5;
use sha2::{Digest as _, Sha256};

/// Longest challenge read, bytes.
const LONGEST: usize = 8 << 10;

/// Who logs in.
pub struct Login {
    /// Name.
    pub user: String,
    /// Password; not shown.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({})", self.user)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hash {
    Md5,
    Sha256,
}

impl Hash {
    fn of(self, text: &str) -> String {
        match self {
            Self::Md5 => to_hex(&Md5::digest(text)),
            Self::Sha256 => to_hex(&Sha256::digest(text)),
        }
    }
}

/// A challenge that can be answered.
pub struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    /// As it was written; absent means MD5.
    algorithm: Option<String>,
    hash: Hash,
    /// `-sess`: the key is mixed with both nonces.
    session: bool,
    /// Whether `qop=auth` is offered; without it the answer is that of RFC 2069.
    qop: bool,
    /// The last answer was right, but its nonce is too old.
    pub stale: bool,
}

impl Challenge {
    /// The best challenge of an answer's `WWW-Authenticate` headers.
    ///
    /// # Errors
    /// Digest is asked for in ways that are not known here: what they are.
    pub fn best<'a>(headers: impl Iterator<Item = &'a str>) -> Result<Option<Self>, String> {
        let all: Vec<_> = headers.flat_map(challenges).collect();
        let mut read: Vec<_> = all.iter().map(|fields| Self::read(fields)).collect();
        read.sort_by_key(|challenge| challenge.as_ref().ok().map(|c| c.hash));
        read.pop().transpose()
    }

    fn read(fields: &[(String, String)]) -> Result<Self, String> {
        let field = |name: &str| {
            let found = fields.iter().find(|(own, _)| own == name);
            found.map(|(_, value)| value.clone())
        };
        let algorithm = field("algorithm");
        let upper = algorithm.as_deref().unwrap_or("MD5").to_ascii_uppercase();
        let (name, session) = match upper.strip_suffix("-SESS") {
            Some(name) => (name, true),
            None => (upper.as_str(), false),
        };
        let hash = match name {
            "MD5" => Hash::Md5,
            "SHA-256" => Hash::Sha256,
            _ => return Err(format!("with the algorithm {upper:?}")),
        };
        let offered = field("qop");
        let has_auth = |qop: &str| {
            qop.split(',')
                .any(|q| q.trim().eq_ignore_ascii_case("auth"))
        };
        if let Some(qop) = offered.as_deref().filter(|qop| !has_auth(qop)) {
            return Err(format!("with the protection {qop:?} only"));
        }
        Ok(Self {
            realm: field("realm").unwrap_or_default(),
            nonce: field("nonce").ok_or("without a nonce")?,
            opaque: field("opaque"),
            algorithm,
            hash,
            session,
            qop: offered.is_some(),
            stale: field("stale").is_some_and(|s| s.eq_ignore_ascii_case("true")),
        })
    }

    /// The `Authorization` header for one request.
    #[must_use]
    pub fn answer(&self, login: &Login, method: &str, uri: &str, cnonce: &str) -> String {
        const COUNT: &str = "00000001";
        let hash = |text: &str| self.hash.of(text);
        let (nonce, user) = (&self.nonce, &login.user);
        let mut key = hash(&format!("{user}:{}:{}", self.realm, login.password));
        if self.session {
            key = hash(&format!("{key}:{nonce}:{cnonce}"));
        }
        let request = hash(&format!("{method}:{uri}"));
        let response = match self.qop {
            true => hash(&format!("{key}:{nonce}:{COUNT}:{cnonce}:auth:{request}")),
            false => hash(&format!("{key}:{nonce}:{request}")),
        };
        let mut header = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\"",
            quoted(user),
            quoted(&self.realm),
            quoted(nonce),
            quoted(uri),
        );
        if let Some(algorithm) = &self.algorithm {
            header.push_str(&format!(", algorithm={algorithm}"));
        }
        if self.qop {
            header.push_str(&format!(", qop=auth, nc={COUNT}"));
        }
        if self.qop || self.session {
            header.push_str(&format!(", cnonce=\"{cnonce}\""));
        }
        if let Some(opaque) = &self.opaque {
            header.push_str(&format!(", opaque={}", quoted(opaque)));
        }
        header
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The fields of each Digest challenge of one header; there may be several of several schemes in it.
fn challenges(header: &str) -> Vec<Vec<(String, String)>> {
    let mut found: Vec<(bool, Vec<(String, String)>)> = Vec::new();
    for part in parts(&header[..header.floor_char_boundary(LONGEST)]) {
        let (before, value) = part.split_once('=').unwrap_or((&part, ""));
        let mut words = before.split_whitespace();
        let (first, second) = (words.next().unwrap_or_default(), words.next());
        // `Digest realm="x"`: a scheme before the name begins another challenge, and so does a scheme alone.
        let name = match second {
            Some(name) => {
                found.push((first.eq_ignore_ascii_case("digest"), Vec::new()));
                name
            }
            None if !part.contains('=') => {
                found.push((false, Vec::new()));
                continue;
            }
            None => first,
        };
        if let Some((_, fields)) = found.last_mut() {
            fields.push((name.to_ascii_lowercase(), unquoted(value.trim())));
        }
    }
    let digests = found.into_iter().filter(|(digest, _)| *digest);
    digests.map(|(_, fields)| fields).collect()
}

/// Pieces between commas that are in no quotes.
fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut inside, mut escaped) = (Vec::new(), String::new(), false, false);
    for c in text.chars() {
        if c == ',' && !inside {
            parts.push(std::mem::take(&mut part));
            continue;
        }
        inside ^= c == '"' && !escaped;
        escaped = inside && c == '\\' && !escaped;
        part.push(c);
    }
    parts.push(part);
    parts
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        return value.to_owned();
    };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let (mut text, mut escaped) = (String::new(), false);
    for c in inner.chars() {
        escaped = c == '\\' && !escaped;
        if !escaped {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of RFC 7616 section 3.9.1.
    const REALM: &str = "realm=\"http-auth@example.org\", qop=\"auth, auth-int\"";
    const NONCE: &str = "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\"";
    const CNONCE: &str = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

    fn best(headers: &[&str]) -> Result<Option<Challenge>, String> {
        Challenge::best(headers.iter().copied())
    }

    fn answered(header: &str) -> String {
        let login = Login {
            user: "Mufasa".into(),
            password: "Circle of Life".into(),
        };
        let challenge = best(&[header]).unwrap().unwrap();
        challenge.answer(&login, "GET", "/dir/index.html", CNONCE)
    }

    #[test]
    fn the_answers_of_the_standard_come_out() {
        let md5 = answered(&format!("Digest {REALM}, algorithm=MD5, {NONCE}"));
        assert!(
            md5.contains("response=\"8ca523f5e9506fed4657c9700eebdbec\""),
            "{md5}"
        );
        let sha = answered(&format!("Digest {REALM}, algorithm=SHA-256, {NONCE}"));
        let wanted = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
        assert!(sha.contains(&format!("response=\"{wanted}\"")), "{sha}");
        assert!(
            sha.contains("algorithm=SHA-256, qop=auth, nc=00000001, cnonce="),
            "{sha}"
        );
    }

    #[test]
    fn the_answer_to_an_older_challenge_comes_out() {
        // Of RFC 2617, without a protection, as in RFC 2069.
        let login = Login {
            user: "Mufasa".into(),
            password: "CircleOfLife".into(),
        };
        let header =
            "digest realm=\"testrealm@host.com\",nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
        let challenge = best(&[header]).unwrap().unwrap();
        let answer = challenge.answer(&login, "GET", "/dir/index.html", "unused");
        let wanted = "1949323746fe6a43ef61f9606e7febea";
        assert!(
            answer.contains(wanted) && !answer.contains("qop"),
            "{answer}"
        );
    }

    #[test]
    fn the_best_of_several_challenges_is_taken() {
        let both = format!("Basic realm=\"a, b\", Digest {REALM}, {NONCE}");
        let sha =
            format!("Digest {REALM}, algorithm=SHA-256, {NONCE}, stale=TRUE, opaque=\"x\\\"y\"");
        let challenge = best(&[&both, &sha, "Negotiate"]).unwrap().unwrap();
        assert!(challenge.hash == Hash::Sha256 && challenge.stale && challenge.qop);
        assert_eq!(challenge.opaque.as_deref(), Some("x\"y"));
        assert_eq!(
            best(&[&both]).unwrap().unwrap().realm,
            "http-auth@example.org"
        );
    }

    #[test]
    fn what_is_no_digest_or_another_one_is_told_apart() {
        assert!(
            best(&["Basic realm=\"x\"", "Bearer", "", ",,=,"])
                .unwrap()
                .is_none()
        );
        let unknown = best(&["Digest realm=\"x\", nonce=\"y\", algorithm=SHA-512-256"]);
        assert_eq!(unknown.err().unwrap(), "with the algorithm \"SHA-512-256\"");
        let integrity = best(&["Digest realm=\"x\", nonce=\"y\", qop=\"auth-int\""]);
        assert!(integrity.err().unwrap().contains("auth-int"));
        assert!(
            best(&["Digest realm=\"x\""])
                .err()
                .unwrap()
                .contains("nonce")
        );
    }
}
