//! Where HTTP/1.1 messages end (RFC 9112 section 6).

/// What is known of the end of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswerEnd {
    /// More of it is to come.
    More,
    /// It is all here, nothing follows, and the connection may carry another request.
    Whole,
    /// It is an answer, but the connection is of no further use.
    LastOne,
}

/// Most bytes of an answer that are read; after that the connection is given up.
const MOST: usize = 1 << 20;

fn split_head(message: &[u8]) -> Option<(&str, &[u8])> {
    let end = message.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&message[..end]).ok()?;
    Some((head, &message[end + 4..]))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.split("\r\n").skip(1).filter_map(|l| l.split_once(':'));
    let found = lines.find(|(n, _)| n.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim())
}

/// Whether bytes are exactly one request after which any server waits for the next, so that
/// answers cannot be mixed up. The
/// value tells whether the answer has a body.
pub(super) fn one_request(input: &[u8]) -> Option<bool> {
    let (head, body) = split_head(input)?;
    let plain = |c: u8| (0x20..0x7f).contains(&c);
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"].contains(&method);
    let fits = known && target.starts_with('/') && version == "HTTP/1.1" && words.next().is_none();
    let sound = |line: &str| {
        let named =
            |n: &str| !n.is_empty() && n.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
        line.bytes().all(plain) && line.split_once(':').is_some_and(|(n, _)| named(n))
    };
    if !fits || !target.bytes().all(plain) || !lines.all(sound) {
        return None;
    }
    let named = |n: &str| head.split("\r\n").skip(1).filter(|l| starts(l, n)).count();
    if ["transfer-encoding", "upgrade", "expect", "connection"]
        .iter()
        .any(|n| named(n) > 0)
    {
        return None;
    }
    let length = match (named("content-length"), header(head, "content-length")) {
        (0, _) => 0,
        (1, Some(digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok()?,
        _ => return None,
    };
    (length == body.len() && named("host") == 1).then_some(method != "HEAD")
}

/// Whether a server that follows the rules must wait for more: no end of the head, or a body shorter than announced.
pub(super) fn incomplete(input: &[u8]) -> bool {
    let Some((head, body)) = split_head(input) else {
        return !input.windows(4).any(|w| w == b"\r\n\r\n");
    };
    let length = header(head, "content-length").and_then(|v| v.parse::<usize>().ok());
    length.is_some_and(|n| body.len() < n)
}

/// Whether an answer is one of those that a server gives for another behind it, which is not there (RFC 9110 sections
/// 15.6.3 to 15.6.5).
pub(super) fn is_of_a_front(answer: &[u8]) -> bool {
    let status = answer.strip_prefix(b"HTTP/1.").and_then(|a| a.get(1..5));
    [&b" 502"[..], b" 503", b" 504"]
        .iter()
        .any(|s| status == Some(*s))
}

fn starts(line: &str, name: &str) -> bool {
    line.split_once(':')
        .is_some_and(|(n, _)| n.eq_ignore_ascii_case(name))
}

/// How far an answer has come.
pub(super) fn answer_end(answer: &[u8], has_body: bool) -> AnswerEnd {
    if answer.len() > MOST || !b"HTTP/1.".starts_with(&answer[..answer.len().min(7)]) {
        return AnswerEnd::LastOne;
    }
    let Some((head, body)) = split_head(answer) else {
        return AnswerEnd::More;
    };
    let status: u16 = head.get(9..12).and_then(|s| s.parse().ok()).unwrap_or(0);
    let closes = header(head, "connection").is_some_and(|v| v.eq_ignore_ascii_case("close"));
    let old = head.starts_with("HTTP/1.0") && header(head, "connection").is_none();
    if closes || old || !(200..600).contains(&status) {
        return AnswerEnd::LastOne;
    }
    if !has_body || status == 204 || status == 304 {
        return if body.is_empty() {
            AnswerEnd::Whole
        } else {
            AnswerEnd::LastOne
        };
    }
    if header(head, "transfer-encoding").is_some() {
        let ends = body == b"0\r\n\r\n" || body.ends_with(b"\r\n0\r\n\r\n");
        return if ends {
            AnswerEnd::Whole
        } else {
            AnswerEnd::More
        };
    }
    let length = header(head, "content-length").and_then(|v| v.parse::<usize>().ok());
    match length {
        Some(n) if body.len() < n => AnswerEnd::More,
        Some(n) if body.len() == n => AnswerEnd::Whole,
        _ => AnswerEnd::LastOne,
    }
}

/// Makes the length of a request true again, when it has a head and one length.
pub(super) fn repair(request: &mut Vec<u8>) {
    let Some(end) = request.windows(4).position(|w| w == b"\r\n\r\n") else {
        return;
    };
    let body = request.len() - end - 4;
    let name = b"content-length:";
    let at = request[..end]
        .windows(name.len())
        .position(|w| w.eq_ignore_ascii_case(name));
    match at {
        Some(at) => {
            let value = at + name.len();
            let rest = request[value..]
                .iter()
                .position(|b| *b == b'\r')
                .unwrap_or(0);
            request.splice(value..value + rest, format!(" {body}").into_bytes());
        }
        None if body > 0 => {
            let line = format!("\r\nContent-Length: {body}");
            request.splice(end..end, line.into_bytes());
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_whole_requests_share_a_connection() {
        let one = |t: &str| one_request(t.as_bytes());
        assert_eq!(one("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), Some(true));
        assert_eq!(one("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"), Some(false));
        assert_eq!(
            one("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"),
            Some(true)
        );
        for other in [
            "GET / HTTP/1.1\r\nHost: x\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: x\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n{}",
            "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
            "BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
        ] {
            assert_eq!(one(other), None, "{other:?}");
        }
        assert!(incomplete(b"GET / HTTP/1.1\r\nHost: x\r\n"));
        assert!(incomplete(
            b"GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n1234"
        ));
        assert!(!incomplete(
            b"GET / HTTP/1.1\r\nContent-Length: 4\r\n\r\n1234"
        ));
        assert!(!incomplete(b"\xff\r\n\r\n"));
    }

    #[test]
    fn answers_end_where_they_say() {
        use AnswerEnd::{LastOne, More, Whole};
        for (text, want) in [
            ("", More),
            ("HTT", More),
            ("SSH-2.0", LastOne),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", More),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", Whole),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}x", LastOne),
            (
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
                LastOne,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
                More,
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
                Whole,
            ),
            ("HTTP/1.1 204 No\r\n\r\n", Whole),
            ("HTTP/1.1 200 OK\r\n\r\nuntil the end", LastOne),
        ] {
            assert_eq!(answer_end(text.as_bytes(), true), want, "{text:?}");
        }
    }

    #[test]
    fn a_repaired_request_is_one() {
        for text in [
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{}",
            "POST / HTTP/1.1\r\nHost: x\r\n\r\n{}",
        ] {
            let mut request = text.as_bytes().to_vec();
            repair(&mut request);
            assert_eq!(
                one_request(&request),
                Some(true),
                "{}",
                request.escape_ascii()
            );
        }
    }
}
