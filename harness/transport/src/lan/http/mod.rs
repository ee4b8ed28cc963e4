//! HTTP/1.1 exchanges with a device.
//!
//! Certificates are recorded, not judged, and redirects are not followed. What came is handed out however odd it is: an
//! answer that breaks off, one that no strict reader takes, a body in a usual compression as its text.

mod answer;
mod coding;
mod jar;
mod request;
#[cfg(test)]
mod tests;
mod wire;

use crate::budget::Budget;
use crate::net::{self, Host};
use crate::sync::hold;
use jar::Jar;
use proofhouse_model::observation::HttpAnswer;
use proofhouse_model::op::HttpOp;
use proofhouse_model::{Channel, Trouble, TroubleKind};
use std::collections::BTreeMap;
use std::sync::Mutex;
use wire::Wire;

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
    /// A kept connection that the device closed meanwhile is replaced, when that shows before the request is sent;
    /// or once, when no byte was answered and the request may be sent twice (GET, HEAD, OPTIONS, TRACE, PUT, DELETE).
    ///
    /// An answer that had begun when the time was over is handed out as far as it came.
    ///
    /// # Errors
    /// Nothing came in time (silent), refused or closed without an answer (refused), no proper TLS (garbled), this
    /// host's network (bench), a request that cannot be written (case).
    pub fn exchange(&self, op: &HttpOp, budget: &Budget) -> Result<HttpAnswer, Trouble> {
        let to = self.unit.at(op.port, budget)?;
        let request = request::write(op, to, self.cookies(op))?;
        let mut wire = self.take_kept(op)?;
        // Kept until the end, with the connection: where there are turns none is kept for later.
        let _turn = self.unit.way.turns.take(budget)?;
        let late = || {
            let (line, given) = (request_line(op), budget.given());
            let what = format!("no answer from {to} to {line} within {given}");
            Trouble::silent(Channel::Lan, what)
        };
        let leaves = op.leaves.map(|leaves| leaves.std());
        let done = net::run(budget, late, async {
            if let Some(kept) = &mut wire
                && kept.is_open().await
            {
                match kept.exchange(&op.method, &request, leaves).await {
                    Ok(answer) => return Ok(answer),
                    Err(_) if may_repeat(&op.method) => {}
                    Err(nothing) => return Err(nothing.trouble(to)),
                }
            }
            let fresh = wire.insert(Wire::open(to, op.tls, &self.unit).await?);
            let answered = fresh.exchange(&op.method, &request, leaves).await;
            answered.map_err(|nothing| nothing.trouble(to))
        });
        let answer = done.or_else(|trouble| match (trouble.kind, &mut wire) {
            (TroubleKind::DeviceSilent, Some(wire)) => wire.so_far().ok_or(trouble),
            _ => Err(trouble),
        })?;
        self.keep(op, &answer, wire);
        Ok(answer)
    }

    /// Closes the connections that sessions keep for later; their cookies stay.
    pub fn let_go(&self) {
        hold(&self.sessions)
            .values_mut()
            .for_each(|session| session.kept.clear());
    }

    /// Forgets all sessions and closes their connections, as at the end of a case.
    pub fn forget(&self) {
        hold(&self.sessions).clear();
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
        let keeps = |wire: &Wire| wire.usable() && !self.unit.way.turns.one_at_a_time();
        let Some(wire) = wire.filter(keeps) else {
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
            self.unit.spec(),
            hold(&self.sessions).len()
        )
    }
}

/// Whether sending a request twice does what sending it once does (RFC 9110 section 9.2.2).
fn may_repeat(method: &str) -> bool {
    ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"].contains(&method)
}

fn path_of(op: &HttpOp) -> &str {
    op.path.split(['?', '#']).next().unwrap_or("/")
}

/// For messages; the query may hold secrets.
fn request_line(op: &HttpOp) -> String {
    format!("{} {}", op.method, path_of(op))
}
