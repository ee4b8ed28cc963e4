//! Edges of HTTP/1.1 requests (RFC 9112), applied to the first line and headers of each seed.

use super::{NASTY, content};

/// The simplest request.
pub(super) const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: device\r\n\r\n";

/// All.
pub(super) fn all(seeds: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = lines();
    let fallback = vec![GET.to_vec()];
    for seed in if seeds.is_empty() { &fallback } else { seeds } {
        let (line, headers) = split(seed);
        for path in paths() {
            out.push(request(
                &[&method(&line)[..], b" ", &path, b" HTTP/1.1"].concat(),
                &headers,
                b"",
            ));
        }
        for extra in extra_headers() {
            out.push(request(
                &line,
                &[headers.as_slice(), &extra].concat(),
                b"{}",
            ));
        }
        for (framing, body) in bodies() {
            out.push(request(
                &line,
                &[headers.as_slice(), framing.as_bytes()].concat(),
                &body,
            ));
        }
        for json in documents() {
            let framing = format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                json.len()
            );
            out.push(request(
                &line,
                &[headers.as_slice(), framing.as_bytes()].concat(),
                &json,
            ));
        }
        if content::has_body(&method(&line)) {
            out.extend(odd_content(&line, &headers));
        }
    }
    out
}

/// Bodies that are not what the head says, each as long as it says.
fn odd_content(line: &[u8], headers: &[u8]) -> Vec<Vec<u8>> {
    let one = |(_, head, body): (&str, String, Vec<u8>)| {
        let framing = format!("{head}Content-Length: {}\r\n", body.len());
        request(line, &[headers, framing.as_bytes()].concat(), &body)
    };
    content::all().into_iter().map(one).collect()
}

/// Requests that are wrong in their first line.
fn lines() -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = [
        &b""[..],
        b"\r\n\r\n",
        b"GET",
        b"GET /\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\nHost: x\n\n",
        b" / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET  /  HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
        b"GET / HTTP/1.1\r\n: x\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    .iter()
    .map(|l| l.to_vec())
    .collect();
    out.push([&vec![b'G'; 5000], &b" / HTTP/1.1\r\nHost: x\r\n\r\n"[..]].concat());
    out
}

fn paths() -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = vec![
        [b"/", &vec![b'a'; 300][..]].concat(),
        [b"/", &vec![b'a'; 9000][..]].concat(),
        b"/%".to_vec(),
        b"/%00%0d%0aX:1".to_vec(),
        b"/%zz?%zz=%".to_vec(),
        [b"/?", &b"a=1&".repeat(700)[..]].concat(),
        b"/a/".repeat(500),
        b"http://other/".to_vec(),
    ];
    out.extend(NASTY.iter().map(|n| [b"/", *n].concat()));
    out
}

fn extra_headers() -> Vec<Vec<u8>> {
    let long = |n| [b"X-Long: ", &vec![b'h'; n][..], b"\r\n"].concat();
    let mut out = vec![
        long(255),
        long(1024),
        long(20_000),
        b"X-Many: 1\r\n".repeat(500),
    ];
    out.push([&vec![b'N'; 5000][..], b": 1\r\n"].concat());
    for value in NASTY {
        out.push([b"Cookie: session=", value, b"\r\n"].concat());
        out.push([b"Authorization: Bearer ", value, b"\r\n"].concat());
    }
    out
}

/// Lengths and chunks that do not fit their bodies.
fn bodies() -> Vec<(String, Vec<u8>)> {
    let length = |n: &str| format!("Content-Length: {n}\r\n");
    let chunked = || "Transfer-Encoding: chunked\r\n".to_owned();
    vec![
        (length("-1"), b"{}".to_vec()),
        (length("0"), b"{}".to_vec()),
        (length("5"), b"{}".to_vec()),
        (length("4294967295"), b"{}".to_vec()),
        (length("18446744073709551615"), b"{}".to_vec()),
        (length("99999999999999999999999"), b"{}".to_vec()),
        (length("2, 2"), b"{}".to_vec()),
        (length("+2"), b"{}".to_vec()),
        (length("0x2"), b"{}".to_vec()),
        (length(""), b"{}".to_vec()),
        (format!("{}{}", length("2"), length("3")), b"{}x".to_vec()),
        (
            format!("{}{}", length("2"), chunked()),
            b"2\r\n{}\r\n0\r\n\r\n".to_vec(),
        ),
        (chunked(), b"0\r\n\r\n".to_vec()),
        (chunked(), b"zz\r\n{}\r\n".to_vec()),
        (chunked(), b"-1\r\n{}\r\n0\r\n\r\n".to_vec()),
        (chunked(), b"ffffffffffffffff\r\n{}\r\n".to_vec()),
        (chunked(), b"7fffffff\r\n{}".to_vec()),
        (chunked(), b"2;x=\"\r\n{}\r\n0\r\nT: x\r\n\r\n".to_vec()),
        (
            chunked(),
            [b"1\r\n", &b"a\r\n1\r\n".repeat(2000)[..]].concat(),
        ),
        (
            "Transfer-Encoding: chunked, gzip\r\n".to_owned(),
            b"0\r\n\r\n".to_vec(),
        ),
        (
            "Expect: 100-continue\r\nContent-Length: 2\r\n".to_owned(),
            b"{}".to_vec(),
        ),
        (length("70000"), vec![b'x'; 70_000]),
    ]
}

/// JSON at its edges.
fn documents() -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> = vec![
        b"[".repeat(100),
        b"[".repeat(20_000),
        b"{\"a\":".repeat(5000),
        [b"[".repeat(3000), b"]".repeat(3000)].concat(),
        b"{".to_vec(),
        b"null".to_vec(),
        b"\"".to_vec(),
        b"{\"a\":1,\"a\":2}".to_vec(),
        b"{\"\\ud800\":\"\\u0000\"}".to_vec(),
        b"[1e999999,-0,1e-999999]".to_vec(),
        [&b"["[..], &vec![b'9'; 3000], b"]"].concat(),
        [&b"\""[..], &vec![b'x'; 30_000], b"\""].concat(),
    ];
    out.extend(NASTY.iter().map(|n| [b"{\"name\":\"", *n, b"\"}"].concat()));
    out
}

/// First line, and headers without those of framing.
fn split(seed: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let text = String::from_utf8_lossy(seed);
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap_or_default().to_owned();
    let framing = ["content-length:", "transfer-encoding:", "content-type:"];
    let is_framing = |l: &&str| framing.iter().any(|f| l.to_lowercase().starts_with(f));
    let headers = lines.filter(|l| !is_framing(l)).map(|l| format!("{l}\r\n"));
    (line.into_bytes(), headers.collect::<String>().into_bytes())
}

fn method(line: &[u8]) -> Vec<u8> {
    line.split(|b| *b == b' ').next().unwrap_or(b"GET").to_vec()
}

fn request(line: &[u8], headers: &[u8], body: &[u8]) -> Vec<u8> {
    [line, b"\r\n", headers, b"\r\n", body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `lib/strangers.star` of the suite begins in the middle of the list: tell it when these change.
    #[test]
    fn so_many_inputs_need_no_seed_and_so_many_are_made_of_one() {
        let (without, of_one) = (lines().len(), all(&[GET.to_vec()]).len());
        assert_eq!((without, of_one - without), (17, 135));
        assert_eq!(all(&[GET.to_vec(), GET.to_vec()]).len(), 17 + 2 * 135);
        let post = b"POST / HTTP/1.1\r\nHost: device\r\nContent-Length: 2\r\n\r\n{}".to_vec();
        assert_eq!(all(&[GET.to_vec(), post]).len(), 17 + 2 * 135 + 24);
    }

    #[test]
    fn what_is_odd_in_a_body_alone_comes_as_one_whole_request() {
        let odd = odd_content(b"POST /a HTTP/1.1", b"Host: x\r\n");
        assert_eq!(odd.len(), content::MANY);
        for input in odd {
            assert_eq!(
                crate::fuzz::framing::one_request(&input),
                Some(true),
                "{}",
                input.escape_ascii()
            );
        }
    }
}
