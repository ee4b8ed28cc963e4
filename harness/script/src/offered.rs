//! A password that an operation is to offer its unit, and whether it went by on a wire: as it is, in one of its forms,
//! as an answer to HTTP Digest, or as a hash that the script made of it.

use md5::Md5;
use memchr::memmem;
use proofhouse_model::bytes::{from_hex, to_hex};
use proofhouse_model::forms::{self, Form};
use proofhouse_model::op::{ConsoleOp, HttpOp, Op, StreamOp};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Most kept of what is typed piece by piece.
const MOST_TYPED: usize = 64 << 10;
/// Most hashes followed: a script that hashes for ever is no log-in.
const MOST_DERIVED: usize = 4096;

/// A password on its way.
#[derive(Debug)]
pub(crate) struct Word {
    password: String,
    needles: Vec<Vec<u8>>,
    /// What consoles and connections were sent so far, for one that is sent in pieces.
    typed: Vec<u8>,
    derived: usize,
    seen: bool,
}

impl Word {
    pub(crate) fn new(password: &str) -> Self {
        Self {
            needles: needles(password.as_bytes()),
            password: password.to_owned(),
            typed: Vec::new(),
            derived: 0,
            // Nothing of an empty one can be seen.
            seen: password.is_empty(),
        }
    }

    pub(crate) fn was_seen(&self) -> bool {
        self.seen
    }

    /// An op is about to be carried out.
    pub(crate) fn sends(&mut self, op: &Op) {
        if self.seen {
            return;
        }
        let typed = match op {
            Op::Console(ConsoleOp::Send { bytes } | ConsoleOp::Ask { line: bytes, .. })
            | Op::Stream(StreamOp::Send { bytes, .. }) => Some(bytes),
            _ => None,
        };
        if let Some(bytes) = typed {
            self.typed.extend_from_slice(bytes);
            let over = self.typed.len().saturating_sub(MOST_TYPED);
            self.typed.drain(..over);
            self.seen = self.stands_in(&self.typed);
            return;
        }
        let in_bytes = op.bytes().into_iter().any(|bytes| self.stands_in(bytes));
        let in_texts = || serde_json::to_value(op).is_ok_and(|op| self.stands_in_texts(&op));
        let digest = || matches!(op, Op::Http(op) if self.answers_digest(op));
        self.seen = in_bytes || in_texts() || digest();
    }

    /// A script made a hash of something: where that holds the password, the hash stands for it.
    pub(crate) fn derived(&mut self, from: &[u8], hash: &str) {
        if self.seen || self.derived >= MOST_DERIVED || !self.stands_in(from) {
            return;
        }
        self.derived += 1;
        self.needles.extend(needles(hash.as_bytes()));
        self.needles.extend(needles(&from_hex(hash.as_bytes())));
    }

    fn stands_in(&self, text: &[u8]) -> bool {
        let holds = |text: &[u8]| {
            let mut needles = self.needles.iter();
            needles.any(|needle| memmem::find(text, needle).is_some())
        };
        holds(text) || text.contains(&b'%') && holds(&without_percent(text))
    }

    fn stands_in_texts(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.stands_in(text.as_bytes()),
            Value::Array(items) => items.iter().any(|v| self.stands_in_texts(v)),
            Value::Object(map) => map.values().any(|v| self.stands_in_texts(v)),
            _ => false,
        }
    }

    /// Whether the request answers a Digest challenge with this password (RFC 7616).
    fn answers_digest(&self, op: &HttpOp) -> bool {
        let headers = op.headers.iter();
        let mut answers = headers.filter_map(|(_, value)| value.trim().strip_prefix("Digest "));
        answers.any(|answer| self.is_digest(&op.method, answer).unwrap_or(false))
    }

    fn is_digest(&self, method: &str, answer: &str) -> Option<bool> {
        let field = |name: &str| {
            let at = answer.match_indices(name).find_map(|(at, _)| {
                let before = answer[..at].chars().next_back();
                let whole = before.is_none_or(|c| !c.is_ascii_alphanumeric());
                let rest = answer[at + name.len()..].trim_start().strip_prefix('=')?;
                whole.then(|| rest.trim_start())
            })?;
            match at.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next(),
                None => at.split([',', ' ']).next(),
            }
        };
        let algorithm = field("algorithm").unwrap_or("MD5").to_ascii_uppercase();
        let hash: fn(&str) -> String = match algorithm.starts_with("SHA-256") {
            true => |text| to_hex(&Sha256::digest(text)),
            false => |text| to_hex(&Md5::digest(text)),
        };
        let (nonce, uri) = (field("nonce")?, field("uri")?);
        let who = format!(
            "{}:{}:{}",
            field("username")?,
            field("realm")?,
            self.password
        );
        let mut key = hash(&who);
        if algorithm.ends_with("-SESS") {
            key = hash(&format!("{key}:{nonce}:{}", field("cnonce")?));
        }
        let what = hash(&format!("{method}:{uri}"));
        let wanted = match field("qop") {
            Some(qop) => {
                let (count, own) = (field("nc")?, field("cnonce")?);
                hash(&format!("{key}:{nonce}:{count}:{own}:{qop}:{what}"))
            }
            None => hash(&format!("{key}:{nonce}:{what}")),
        };
        Some(field("response")?.eq_ignore_ascii_case(&wanted))
    }
}

/// Forms in which a value may travel and be the same value still: another case or order is another password.
fn needles(value: &[u8]) -> Vec<Vec<u8>> {
    let other = [
        Form::Upper,
        Form::Lower,
        Form::Reversed,
        Form::ReversedText,
        Form::Regex,
    ];
    // A single base64 character stands in everything.
    let least = value.len().min(2);
    let all = forms::all(value, least).into_iter();
    all.filter(|(form, _)| !other.contains(form))
        .map(|(_, bytes)| bytes)
        .collect()
}

/// What percent signs stand for; the rest as it is.
pub(crate) fn without_percent(text: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    while let Some(byte) = text.get(at) {
        let coded = text.get(at + 1..at + 3).filter(|_| *byte == b'%');
        match coded.filter(|two| two.iter().all(u8::is_ascii_hexdigit)) {
            Some(two) => {
                out.extend(from_hex(two));
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofhouse_model::Dur;

    fn http(path: &str, headers: &[(&str, &str)], body: &str) -> Op {
        let headers = headers.iter();
        let headers = headers.map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Op::Http(HttpOp {
            method: "GET".into(),
            port: 80,
            tls: false,
            path: path.into(),
            headers: headers.collect(),
            body: body.into(),
            session: 0,
            within: Dur::secs(1),
            leaves: None,
        })
    }

    fn seen(password: &str, ops: &[Op]) -> bool {
        let mut word = Word::new(password);
        ops.iter().for_each(|op| word.sends(op));
        word.was_seen()
    }

    #[test]
    fn a_password_is_seen_in_the_usual_places() {
        let password = "k&R 7/\"q";
        let typed = |bytes: &str| {
            let bytes = bytes.into();
            Op::Console(ConsoleOp::Send { bytes })
        };
        let basic = ("authorization", "Basic cm9vdDprJlIgNy8icQ==");
        assert!(seen(password, &[http("/", &[basic], "")]));
        assert!(seen(
            password,
            &[http("/", &[], "{\"pw\":\"k&R 7/\\\"q\"}")]
        ));
        assert!(seen(password, &[http("/", &[], "pw=k%26R+7%2F%22q&u=1")]));
        assert!(seen(password, &[http("/?pw=k%26R%207%2f%22q", &[], "")]));
        assert!(seen(password, &[typed("k&R"), typed(" 7/\"q")]));
        assert!(!seen(password, &[http("/", &[], "pw=k%26R+7%2F%22")]));
        assert!(!seen("Abc1", &[http("/", &[], "abc1 ABC1 1cbA")]));
        assert!(seen("", &[]));
    }

    /// The example of RFC 7616 3.9.1.
    #[test]
    fn an_answer_to_a_digest_challenge_is_seen_where_it_is_right() {
        let header = |algorithm: &str, response: &str| {
            let text = format!(
                "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", \
                 algorithm={algorithm}, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
                 cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"{response}\""
            );
            http("/dir/index.html", &[("Authorization", &text)], "")
        };
        let md5 = header("MD5", "8ca523f5e9506fed4657c9700eebdbec");
        let sha = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
        assert!(seen("Circle of Life", std::slice::from_ref(&md5)));
        assert!(seen("Circle of Life", &[header("SHA-256", sha)]));
        assert!(!seen("Circle of Lies", &[md5]));
    }

    #[test]
    fn a_hash_that_was_made_of_it_stands_for_it() {
        let mut word = Word::new("hunter2");
        let hash = |text: &str| to_hex(&Sha256::digest(text));
        let other = hash("nonce:hunter3");
        word.derived(b"nonce:hunter3", &other);
        word.sends(&http("/", &[], &other));
        assert!(!word.was_seen());
        let first = hash("nonce:hunter2");
        let second = hash(&first);
        word.derived(b"nonce:hunter2", &first);
        word.derived(first.as_bytes(), &second);
        word.sends(&http("/", &[], &second));
        assert!(word.was_seen());
    }
}
