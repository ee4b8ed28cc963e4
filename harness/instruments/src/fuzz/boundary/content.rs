//! Bodies that are not what their head says (RFC 9110 section 8, RFC 7578): forms in parts, forms, JSON, XML, character
//! sets and compression. Sent where a seed has a body, since elsewhere a server need not look at it.

/// So many are made from a seed whose method has a body, and none from another.
#[cfg(test)]
pub(super) const MANY: usize = 24;

const PARTS: &str = "Content-Type: multipart/form-data";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const JSON: &str = "Content-Type: application/json";
const XML: &str = "Content-Type: application/xml";

/// A part that a server takes, in the boundary `x`.
const PART: &str = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";

/// What is wrong, the lines of the head about it, and the body. The length of the body is told apart from these.
type Odd = (&'static str, String, Vec<u8>);

/// All, in a fixed order.
pub(super) fn all() -> Vec<Odd> {
    let mut out = parts();
    out.extend(others());
    out.extend(coded());
    out
}

/// Whether a request with this method has a body.
pub(super) fn has_body(method: &[u8]) -> bool {
    matches!(method, b"POST" | b"PUT" | b"PATCH")
}

/// Forms in parts, and what stands between them.
fn parts() -> Vec<Odd> {
    let in_x = |body: String| (format!("{PARTS}; boundary=x\r\n"), body.into_bytes());
    let named = |what, (head, body): (String, Vec<u8>)| (what, head, body);
    let whole = format!("{PART}--x--\r\n");
    let deep = format!("--x\r\n{PARTS}; boundary=x\r\n\r\n{}", PART.repeat(3));
    vec![
        ("no boundary", format!("{PARTS}\r\n"), whole.clone().into()),
        (
            "an empty boundary",
            format!("{PARTS}; boundary=\r\n"),
            whole.clone().into(),
        ),
        (
            "a quote left open",
            format!("{PARTS}; boundary=\"x\r\n"),
            whole.clone().into(),
        ),
        (
            "a boundary of 5,000 characters",
            format!("{PARTS}; boundary={}\r\n", "x".repeat(5000)),
            whole.into(),
        ),
        named("a boundary that never comes", in_x("a=1&b=2".to_owned())),
        named("parts without an end", in_x(PART.to_owned())),
        named(
            "a part cut in its head",
            in_x("--x\r\nContent-Disposition: form-".to_owned()),
        ),
        named(
            "a part without a name",
            in_x("--x\r\n\r\n1\r\n--x--\r\n".to_owned()),
        ),
        named(
            "500 parts",
            in_x(format!("{}--x--\r\n", "--x\r\n\r\n".repeat(500))),
        ),
        named(
            "a file name of 5,000 characters",
            in_x(PART.replace(
                "\"a\"",
                &format!("\"a\"; filename=\"{}\"", "f".repeat(5000)),
            )),
        ),
        named("a form in itself", in_x(deep)),
    ]
}

/// Forms, JSON, XML and kinds that are none.
fn others() -> Vec<Odd> {
    let entities = "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;&c;&d;</a>";
    vec![
        (
            "a form that is JSON",
            format!("{FORM}\r\n"),
            b"{\"a\":1}".to_vec(),
        ),
        (
            "a form cut in its signs",
            format!("{FORM}\r\n"),
            b"=&a=%&%zz=%4&&&b".to_vec(),
        ),
        (
            "a form of 2,000 fields",
            format!("{FORM}\r\n"),
            b"a=1&".repeat(2000),
        ),
        (
            "JSON that is a form",
            format!("{JSON}\r\n"),
            b"a=1&b=2".to_vec(),
        ),
        ("XML with entities", format!("{XML}\r\n"), entities.into()),
        (
            "XML without an end",
            format!("{XML}\r\n"),
            b"<a>".repeat(2000),
        ),
        ("no kind", "Content-Type:\r\n".to_owned(), b"a=1".to_vec()),
        (
            "signs alone",
            "Content-Type: ;;=/\",;=\r\n".to_owned(),
            b"a=1".to_vec(),
        ),
        (
            "two kinds",
            format!("{JSON}\r\n{PARTS}\r\n"),
            b"{}".to_vec(),
        ),
    ]
}

/// Character sets and compression.
fn coded() -> Vec<Odd> {
    let packed = |how: &str, body: &[u8]| {
        (
            format!("{FORM}\r\nContent-Encoding: {how}\r\n"),
            body.to_vec(),
        )
    };
    let named = |what, (head, body): (String, Vec<u8>)| (what, head, body);
    vec![
        (
            "a character set of 5,000 signs",
            format!("{JSON}; charset={}\r\n", "u".repeat(5000)),
            b"{}".to_vec(),
        ),
        (
            "half a sign of UTF-16",
            format!("{JSON}; charset=utf-16\r\n"),
            b"\xff\xfe{\x00}".to_vec(),
        ),
        named("gzip that is none", packed("gzip", b"a=1&b=2")),
        named(
            "gzip cut behind its head",
            packed("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03"),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_is_named_and_none_is_there_twice() {
        let all = all();
        assert_eq!(all.len(), MANY);
        let names: BTreeSet<_> = all.iter().map(|(what, _, _)| *what).collect();
        let inputs: BTreeSet<_> = all.iter().map(|(_, head, body)| (head, body)).collect();
        assert_eq!((names.len(), inputs.len()), (MANY, MANY));
    }

    /// A line too many would end the head, and what follows would be a body that no server looks at as told.
    #[test]
    fn each_head_is_made_of_whole_lines() {
        for (what, head, _) in all() {
            assert!(
                head.ends_with("\r\n") && !head.contains("\r\n\r\n"),
                "{what}"
            );
            assert!(head.starts_with("Content-Type:"), "{what}");
        }
    }

    #[test]
    fn a_boundary_that_is_missing_and_one_that_never_comes_are_among_them() {
        let head = |name: &str| {
            let all = all();
            let found = all.iter().find(|(what, _, _)| *what == name);
            found.map(|(_, head, body)| (head.clone(), body.clone()))
        };
        let (none, _) = head("no boundary").unwrap();
        assert_eq!(none, "Content-Type: multipart/form-data\r\n");
        let (never, body) = head("a boundary that never comes").unwrap();
        assert!(never.contains("boundary=x") && !body.contains(&b'x'));
    }
}
