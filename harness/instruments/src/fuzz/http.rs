//! Fuzzing an HTTP service.

use super::batch::{Alive, Ended, Talk};
use super::boundary;
use super::conn::{Conn, Pace};
use super::framing::{self, AnswerEnd};
use super::input::Kind;
use crate::net;
use proofhouse_model::{Channel, SocketKind, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::net::Way;
use proofhouse_transport::net::tls::any_certificate;
use rustls::ClientConfig;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the connection beside is listened to: what ended it came before.
const GLANCE: Duration = Duration::from_millis(5);

/// A campaign's end of an HTTP service. One connection at a time.
pub(super) struct Link {
    addr: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
    patience: Duration,
    budget: Budget,
    /// What a living service answers.
    question: Vec<u8>,
    conn: Option<Conn>,
    /// Kept open and never used: it ends with the service.
    beside: Option<Conn>,
    /// It serves one connection at a time, so that none can be kept open.
    alone: bool,
    received: Vec<u8>,
    /// The question was answered by the service itself.
    own: bool,
    /// Time an answer to a whole request takes.
    pace: Pace,
    route: Way,
}

/// What became of one try on one connection.
enum Try {
    Ended(Ended),
    /// The service had closed the kept connection before it could see the input.
    Stale,
}

impl Link {
    pub(super) fn new(
        addr: SocketAddr,
        tls: bool,
        patience: Duration,
        seed: Option<&[u8]>,
        budget: &Budget,
    ) -> Result<Self, Trouble> {
        let whole = |s: &&[u8]| framing::one_request(s).is_some();
        let question = seed.filter(whole).map(<[u8]>::to_vec);
        Ok(Self {
            addr,
            tls: tls.then(any_certificate).transpose()?.map(Arc::new),
            patience,
            budget: budget.clone(),
            question: question.unwrap_or_else(|| boundary::plain_seed(Kind::Http)),
            conn: None,
            beside: None,
            alone: false,
            received: Vec::new(),
            own: false,
            pace: Pace::default(),
            route: Way::default(),
        })
    }

    /// The same over another route.
    pub(super) fn over(mut self, route: &Way) -> Self {
        self.route = route.clone();
        self
    }

    /// Opens a connection; how it failed, unless the bench is to blame.
    fn open(&self) -> Result<Result<Conn, std::io::Error>, Trouble> {
        let within = self.patience.max(Duration::from_millis(500));
        let way = self.route.of(SocketKind::Tcp, self.addr);
        let turn = self.route.turns.take(&self.budget)?;
        let budget = self.budget.at_most(within);
        match Conn::open(self.addr, way, turn, self.tls.as_ref(), budget) {
            Err(e) if !net::is_refusal(&e) && !net::is_silence(&e) => {
                Err(net::trouble(self.addr, &e))
            }
            opened => Ok(opened),
        }
    }

    fn attempt(&mut self, mut conn: Conn, reused: bool, input: &[u8]) -> Try {
        let shape = framing::one_request(input);
        let start = Instant::now();
        let sent = conn.send(input, self.budget.at_most(self.patience));
        self.received.clear();
        // A service may refuse a long request before all of it is sent: what it says still counts.
        if sent.is_err_and(|e| net::is_silence(&e)) {
            conn.drop_now();
            return Try::Ended(Ended::Silent);
        }
        // Where the service may wait for more it is told soon that nothing will come: at once when something is surely
        // missing, else after the time that answers have taken so far.
        let mut half_open = shape.is_none();
        if framing::incomplete(input) {
            conn.finish();
            half_open = false;
        }
        let grace = self.pace.grace();
        loop {
            let wait = if half_open {
                grace.min(self.patience)
            } else {
                self.patience
            };
            let left = self.budget.at_most(wait.saturating_sub(start.elapsed()));
            match conn.read(&mut self.received, left) {
                Ok(0) if self.received.is_empty() && reused => return Try::Stale,
                Ok(0) => return self.closed(),
                Ok(_) => match framing::answer_end(&self.received, shape.unwrap_or(true)) {
                    AnswerEnd::Whole if shape.is_some() => {
                        self.pace.answered(start.elapsed());
                        self.conn = Some(conn);
                        return Try::Ended(self.answered());
                    }
                    AnswerEnd::More if shape.is_some() => {}
                    _ => {
                        conn.drop_now();
                        return Try::Ended(self.answered());
                    }
                },
                Err(e) if net::is_silence(&e) && half_open => {
                    conn.finish();
                    half_open = false;
                }
                Err(e) if net::is_silence(&e) => {
                    conn.drop_now();
                    return Try::Ended(Ended::Silent);
                }
                Err(_) if self.received.is_empty() && reused => return Try::Stale,
                Err(_) => return self.closed(),
            }
        }
    }

    fn closed(&self) -> Try {
        Try::Ended(if self.received.is_empty() {
            Ended::Refused
        } else {
            self.answered()
        })
    }

    /// Whose answer it is that came.
    fn answered(&self) -> Ended {
        if self.own && framing::is_of_a_front(&self.received) {
            Ended::InPlace
        } else {
            Ended::Answered
        }
    }
}

impl Talk for Link {
    fn send(&mut self, input: &[u8], _: u32) -> Result<Ended, Trouble> {
        let mut went_out = false;
        if let Some(conn) = self.conn.take() {
            if let Try::Ended(ended) = self.attempt(conn, true, input) {
                return Ok(ended);
            }
            went_out = true;
        }
        let Ok(conn) = self.open()? else {
            // The kept connection took the input and closed, and now nobody listens: it was not merely stale.
            return Ok(if went_out {
                Ended::Refused
            } else {
                Ended::NotSent
            });
        };
        match self.attempt(conn, false, input) {
            Try::Ended(ended) => Ok(ended),
            Try::Stale => Ok(Ended::Refused),
        }
    }

    /// The question on a fresh connection; only bytes of an answer will do, and of a service that answered by itself
    /// before, only its own.
    fn ask(&mut self) -> Result<Alive, Trouble> {
        self.conn = None;
        let opened = match self.open()? {
            Ok(conn) => conn,
            Err(e) if net::is_refusal(&e) => return Ok(Alive::Refuses(e.to_string())),
            Err(e) => return Ok(Alive::Silent(format!("no connection: {e}"))),
        };
        let question = self.question.clone();
        Ok(match self.attempt(opened, false, &question) {
            Try::Ended(Ended::Answered) => {
                self.own |= !framing::is_of_a_front(&self.received);
                Alive::Yes
            }
            Try::Ended(Ended::InPlace) => {
                let line = self.received.split(|b| matches!(b, b'\r' | b'\n')).next();
                let line = String::from_utf8_lossy(line.unwrap_or_default());
                Alive::InPlace(format!("a valid request is answered: {line}"))
            }
            Try::Ended(Ended::Silent) => {
                Alive::Silent("it takes connections but does not answer a valid request".to_owned())
            }
            _ => Alive::Refuses("it closes the connection on a valid request".to_owned()),
        })
    }

    fn lost(&mut self) -> Result<Option<bool>, Trouble> {
        if self.route.turns.one_at_a_time() {
            return Ok(None);
        }
        if let Some(conn) = &mut self.beside {
            match conn.read(&mut Vec::new(), self.budget.at_most(GLANCE)) {
                Ok(0) => {}
                Ok(_) => return Ok(Some(false)),
                Err(e) if net::is_silence(&e) => return Ok(Some(false)),
                Err(_) => {}
            }
            self.beside = None;
            return Ok(Some(true));
        }
        if self.alone {
            return Ok(None);
        }
        self.beside = self.open()?.ok();
        // A service that takes one connection at a time answers nobody as long as this one is open.
        if self.beside.is_some() && self.ask()? != Alive::Yes {
            self.alone = true;
            if let Some(conn) = self.beside.take() {
                conn.drop_now();
            }
        }
        Ok(self.beside.as_ref().map(|_| false))
    }

    fn channel(&self) -> Channel {
        Channel::Lan
    }
}
