//! Requests that stand in the bench file in place of the file of a model.

use serde::{Deserialize, Serialize};

/// What the bench file tells of a switch that has no file of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What switches on.
    pub on: String,
    /// What switches off.
    pub off: String,
    /// What asks for the state.
    pub read: String,
    /// What stands in the answer when it is on, and not when it is off.
    pub is_on: String,
    /// What stands in the answer when it is off, and not when it is on.
    pub is_off: String,
}

/// A request as the bench file writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spoken<'a> {
    /// `GET` where none is written.
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// What is sent with it.
    pub body: Option<&'a str>,
}

impl<'a> Spoken<'a> {
    /// Reads `/path`, `GET /path`, `POST /path body` or `PUT /path body`; nothing where it is none of them.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (method, rest) = match text.split_once(' ') {
            Some((method @ ("GET" | "POST" | "PUT"), rest)) => (method, rest.trim_start()),
            _ => ("GET", text),
        };
        let (path, body) = match rest.split_once(' ') {
            Some((path, body)) => (path, Some(body.trim_start())),
            None => (rest, None),
        };
        let is_path = path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic());
        (is_path && (body.is_none() || method != "GET")).then_some(Self { method, path, body })
    }

    /// What the body is.
    #[must_use]
    pub fn content_type(&self) -> Option<&'static str> {
        let body = self.body?;
        Some(match body.starts_with(['{', '[']) {
            true => "application/json",
            false => "application/x-www-form-urlencoded",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_method_path_and_body() {
        let parse = |text| Spoken::parse(text).map(|s| (s.method, s.path, s.body));
        assert_eq!(parse("/relay?on=1"), Some(("GET", "/relay?on=1", None)));
        assert_eq!(parse(" GET  /r "), Some(("GET", "/r", None)));
        assert_eq!(
            parse("POST /r {\"on\": true}"),
            Some(("POST", "/r", Some("{\"on\": true}")))
        );
        assert_eq!(parse("PUT /r 1"), Some(("PUT", "/r", Some("1"))));
        for bad in [
            "relay",
            "/r 1",
            "GET /r 1",
            "DELETE /r",
            "POST r",
            "/\u{e9}",
            "",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_body_is_json_or_a_form() {
        let kind = |text| Spoken::parse(text).unwrap().content_type();
        assert_eq!(kind("POST /r {}"), Some("application/json"));
        assert_eq!(
            kind("POST /r a=1"),
            Some("application/x-www-form-urlencoded")
        );
        assert_eq!(kind("/r"), None);
    }
}
