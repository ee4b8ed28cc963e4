//! HTTP/1.1 exchanges with a device.
//!
//! Certificates are recorded, not judged. Redirects are not followed, nothing is decoded or
//! guessed: a case sees what the device sent.

mod jar;
#[cfg(test)]
mod tests;
mod wire;

use crate::budget::Budget;
use crate::net::{self, Host};
use crate::sync::hold;
use http_body_util::Full;
use hyper::header::{CONNECTION, CONTENT_LENGTH, COOKIE, HOST, TRANSFER_ENCODING};
use hyper::{HeaderMap, Method, Request, Uri};
use jar::Jar;
use proofhouse_model::observation::HttpAnswer;
use proofhouse_model::op::HttpOp;
use proofhouse_model::{Channel, Trouble};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use wire::{Failure, Wire};

/// Largest body handed out; the rest is cut.
pub const LARGEST_BODY: usize = 1 << 20;
/// Most sessions of one unit in one case.
const SESSIONS: usize = 4096;
/// Sessions that keep connections at once: the one begun first lets go of its own. A form with a token takes a session
/// for each guess at a password, of which there are hundreds.
const CONNECTED: usize = 64;

/// HTTP towards one unit: cookie jars and kept connections by session number.
pub struct Client {
    unit: Host,
    sessions: Mutex<BTreeMap<u32, Session>>,
}

#[derive(Default)]
struct Session {
    jar: Jar,
    kept: BTreeMap<(u16, bool), Wire>,
}

impl Client {
    /// No sessions yet.
    #[must_use]
    pub fn new(unit: impl Into<Host>) -> Self {
        Self {
            unit: unit.into(),
            sessions: Mutex::default(),
        }
    }

    /// One exchange; the budget covers all of it: connect, handshake, request, answer, body.
    ///
    /// With a session other than 0 its cookies are sent and kept, and its connection is used again.
    /// A kept connection that the device closed meanwhile is replaced once, when no byte was
    /// answered and the request was not sent or may be sent twice (GET, HEAD, OPTIONS, PUT,
    /// DELETE).
    ///
    /// # Errors
    /// Nothing or not all came in time (silent), refused or closed without an answer (refused), no
    /// proper TLS or HTTP or an answer that ends in the middle (garbled), this host's network
    /// (bench), a request that cannot be written (case).
    pub fn exchange(&self, op: &HttpOp, budget: &Budget) -> Result<HttpAnswer, Trouble> {
        let to = SocketAddr::new(self.unit.address, op.port);
        let request = self.request(op, to)?;
        let kept = self.take_kept(op)?;
        let late = || {
            let what = format!(
                "no whole answer from {to} to {} within {}",
                request_line(op),
                budget.given()
            );
            Trouble::silent(Channel::Lan, what)
        };
        let (answer, wire) = net::run(budget, late, async {
            if let Some(mut wire) = kept {
                match wire.exchange(request.clone()).await {
                    Ok(answer) => return Ok((answer, Some(wire))),
                    Err(failure) if may_repeat(&failure, request.method()) => {}
                    Err(failure) => return Err(failure.trouble(to)),
                }
            }
            let mut wire = Wire::open(to, op.tls, &self.unit.route).await?;
            match wire.exchange(request.clone()).await {
                Ok(answer) => Ok((answer, Some(wire))),
                Err(failure) => Err(failure.trouble(to)),
            }
        })?;
        self.keep(op, &answer, wire);
        Ok(answer)
    }

    /// Forgets all sessions and closes their connections, as at the end of a case.
    pub fn forget(&self) {
        hold(&self.sessions).clear();
    }

    fn request(&self, op: &HttpOp, to: SocketAddr) -> Result<Request<Full<bytes::Bytes>>, Trouble> {
        let bad = |what: String| Trouble::case(format!("this request cannot be written: {what}"));
        let method = Method::from_bytes(op.method.as_bytes())
            .map_err(|_| bad(format!("`{}` is no method", op.method)))?;
        let uri = Some(&op.path).filter(|path| path.starts_with('/') || *path == "*");
        let uri: Uri = uri
            .and_then(|path| path.parse().ok())
            .ok_or_else(|| bad(format!("`{}` is no path and query", op.path)))?;
        let mut builder = Request::builder().method(method).uri(uri);
        for (name, value) in &op.headers {
            builder = builder.header(name, value.as_bytes());
        }
        let body = Full::new(bytes::Bytes::from_owner(op.body.clone()));
        let mut request = builder.body(body).map_err(|e| bad(e.to_string()))?;
        let headers = request.headers_mut();
        let mut set = |name, value: String| fill_in(headers, name, &value).map_err(bad);
        set(HOST, to.to_string())?;
        if op.session == 0 {
            set(CONNECTION, "close".into())?;
        }
        if !op.body.is_empty()
            && !op
                .headers
                .iter()
                .any(|(n, _)| TRANSFER_ENCODING == n.as_str())
        {
            set(CONTENT_LENGTH, op.body.len().to_string())?;
        }
        if let Some(cookies) = self.cookies(op) {
            set(COOKIE, cookies)?;
        }
        Ok(request)
    }

    fn cookies(&self, op: &HttpOp) -> Option<String> {
        let sessions = hold(&self.sessions);
        sessions.get(&op.session)?.jar.header(path_of(op), op.tls)
    }

    fn take_kept(&self, op: &HttpOp) -> Result<Option<Wire>, Trouble> {
        if op.session == 0 {
            return Ok(None);
        }
        let mut sessions = hold(&self.sessions);
        if !sessions.contains_key(&op.session) && sessions.len() >= SESSIONS {
            return Err(Trouble::case(format!(
                "more than {SESSIONS} HTTP sessions in one case"
            )));
        }
        Ok(sessions
            .entry(op.session)
            .or_default()
            .kept
            .remove(&(op.port, op.tls)))
    }

    fn keep(&self, op: &HttpOp, answer: &HttpAnswer, wire: Option<Wire>) {
        if op.session == 0 {
            return;
        }
        let mut sessions = hold(&self.sessions);
        let session = sessions.entry(op.session).or_default();
        for (_, value) in answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
        {
            session.jar.set(value, path_of(op));
        }
        let Some(wire) = wire.filter(Wire::usable) else {
            return;
        };
        session.kept.insert((op.port, op.tls), wire);
        let connected = sessions.values_mut().filter(|s| !s.kept.is_empty());
        if connected.count() > CONNECTED {
            let mut all = sessions.iter_mut();
            if let Some((_, first)) = all.find(|(n, s)| **n != op.session && !s.kept.is_empty()) {
                first.kept.clear();
            }
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Client({}, {} sessions)",
            self.unit.address,
            hold(&self.sessions).len()
        )
    }
}

/// Sets a header unless the case wrote its own.
fn fill_in(
    headers: &mut HeaderMap,
    name: hyper::header::HeaderName,
    value: &str,
) -> Result<(), String> {
    if !headers.contains_key(&name) {
        let value = value
            .parse()
            .map_err(|_| format!("`{name}` would be `{value}`"))?;
        headers.insert(name, value);
    }
    Ok(())
}

fn may_repeat(failure: &Failure, method: &Method) -> bool {
    failure.unsent || (failure.unanswered && method.is_idempotent())
}

fn path_of(op: &HttpOp) -> &str {
    op.path.split(['?', '#']).next().unwrap_or("/")
}

/// For messages; the query may hold secrets.
fn request_line(op: &HttpOp) -> String {
    format!("{} {}", op.method, path_of(op))
}
