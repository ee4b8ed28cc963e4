//! A request as bytes: spelt as the case wrote it, and with what every client adds.

use proofhouse_model::Trouble;
use proofhouse_model::op::HttpOp;
use std::fmt::Write as _;
use std::net::SocketAddr;

/// Methods whose requests have a body: without a length a device waits for it, or answers 411.
const WITH_BODY: [&str; 3] = ["POST", "PUT", "PATCH"];

/// Writes a request. Names of headers that the case wrote keep their spelling; the others are written `Like-This`, as
/// every client does and small servers compare.
pub(super) fn write(
    op: &HttpOp,
    to: SocketAddr,
    cookies: Option<String>,
) -> Result<Vec<u8>, Trouble> {
    let bad = |what: String| Trouble::case(format!("this request cannot be written: {what}"));
    if op.method.is_empty() || !op.method.bytes().all(is_token) {
        return Err(bad(format!("`{}` is no method", op.method)));
    }
    let rooted = op.path.starts_with('/') || op.path == "*";
    if !rooted || !op.path.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(bad(format!("`{}` is no path and query", op.path)));
    }
    for (name, value) in &op.headers {
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(bad(format!("`{name}` is no name of a header")));
        }
        if value.bytes().any(|b| (b < 0x20 && b != b'\t') || b == 0x7f) {
            return Err(bad(format!("the value of `{name}` has control characters")));
        }
    }
    let wrote = |name: &str| {
        op.headers
            .iter()
            .any(|(own, _)| own.eq_ignore_ascii_case(name))
    };
    let mut head = format!("{} {} HTTP/1.1\r\n", op.method, op.path);
    let mut add = |name: &str, value: &str| {
        // Writing to a string does not fail.
        let _ = write!(head, "{name}: {value}\r\n");
    };
    if !wrote("host") {
        add("Host", &to.to_string());
    }
    op.headers.iter().for_each(|(name, value)| add(name, value));
    if op.session == 0 && !wrote("connection") {
        add("Connection", "close");
    }
    let has_length = wrote("content-length") || wrote("transfer-encoding");
    if !has_length && (!op.body.is_empty() || WITH_BODY.contains(&op.method.as_str())) {
        add("Content-Length", &op.body.len().to_string());
    }
    if let Some(cookies) = cookies.filter(|_| !wrote("cookie")) {
        add("Cookie", &cookies);
    }
    let mut request = head.into_bytes();
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(&op.body);
    Ok(request)
}

/// Characters of methods and names (RFC 9110 section 5.6.2).
fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)
}
