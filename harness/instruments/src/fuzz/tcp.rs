//! Fuzzing a TCP service of an unknown protocol.

use super::batch::{Alive, Ended, Talk};
use super::conn::{Conn, Pace};
use crate::net;
use proofhouse_model::{Channel, SocketKind, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::net::Way;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long a service may take to greet, when it is first met.
const GREETING: Duration = Duration::from_millis(100);

/// A campaign's end of a TCP service.
pub(super) struct Link {
    addr: SocketAddr,
    patience: Duration,
    budget: Budget,
    question: Option<Vec<u8>>,
    /// Whether it greets by itself, and whether it answered the question; learnt at the first question.
    known: Option<Known>,
    /// Time an answer takes.
    pace: Cell<Pace>,
    route: Way,
}

/// How TCP services behaved when they were met first. A campaign of many batches needs to find that out once, and a
/// service that behaves otherwise in a later batch is seen.
#[derive(Debug, Default)]
pub struct Met(BTreeMap<SocketAddr, Learnt>);

#[derive(Debug, Clone)]
struct Learnt {
    known: Known,
    question: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    greets: bool,
    answers: bool,
}

impl Link {
    pub(super) fn new(
        addr: SocketAddr,
        patience: Duration,
        seed: Option<&[u8]>,
        budget: &Budget,
    ) -> Self {
        Self {
            addr,
            patience,
            budget: budget.clone(),
            question: seed.map(<[u8]>::to_vec),
            known: None,
            pace: Cell::default(),
            route: Way::default(),
        }
    }

    /// The same over another route.
    pub(super) fn over(mut self, route: &Way) -> Self {
        self.route = route.clone();
        self
    }

    /// The same, with what an earlier batch with the same question learnt.
    pub(super) fn knowing(mut self, met: &Met) -> Self {
        let learnt = met.0.get(&self.addr);
        self.known = learnt
            .filter(|learnt| learnt.question == self.question)
            .map(|learnt| learnt.known);
        self
    }

    /// Keeps what was learnt for later batches.
    pub(super) fn teach(self, met: &mut Met) {
        if let Some(known) = self.known {
            let question = self.question;
            met.0.insert(self.addr, Learnt { known, question });
        }
    }

    fn open(&self) -> Result<io::Result<Conn>, Trouble> {
        let turn = self.route.turns.take(&self.budget)?;
        match Conn::open(
            self.addr,
            self.route.of(SocketKind::Tcp, self.addr),
            turn,
            None,
            self.budget
                .at_most(self.patience.max(Duration::from_millis(500))),
        ) {
            Err(e) if !net::is_refusal(&e) && !net::is_silence(&e) => {
                Err(net::trouble(self.addr, &e))
            }
            opened => Ok(opened),
        }
    }

    /// Sends on a fresh connection and waits for any bytes that are no greeting.
    fn exchange(&self, mut conn: Conn, input: &[u8], greets: bool) -> Ended {
        let mut received = Vec::new();
        let patience = || self.budget.at_most(self.patience);
        if greets && conn.read(&mut received, patience()).is_err() {
            return Ended::NotSent;
        }
        received.clear();
        let start = Instant::now();
        if conn
            .send(input, patience())
            .is_err_and(|e| net::is_silence(&e))
        {
            conn.drop_now();
            return Ended::Silent;
        }
        let grace = self.pace.get().grace();
        let mut read = conn.read(&mut received, self.budget.at_most(grace.min(self.patience)));
        if matches!(read, Ok(1..)) {
            let mut pace = self.pace.get();
            pace.answered(start.elapsed());
            self.pace.set(pace);
        }
        if read.as_ref().is_err_and(net::is_silence) {
            conn.finish();
            let left = self.patience.saturating_sub(start.elapsed());
            read = conn.read(&mut received, self.budget.at_most(left));
        }
        let ended = match read {
            Ok(0) => Ended::Refused,
            Ok(_) => Ended::Answered,
            Err(e) if net::is_silence(&e) => Ended::Silent,
            Err(_) => Ended::Refused,
        };
        conn.drop_now();
        ended
    }

    /// Meets the service: does it greet, does it answer the first seed?
    fn learn(&self, mut conn: Conn) -> Result<Known, Trouble> {
        let mut received = Vec::new();
        let greets =
            matches!(conn.read(&mut received, self.budget.at_most(GREETING)), Ok(n) if n > 0);
        conn.drop_now();
        let answers = match (&self.question, self.open()?) {
            (Some(q), Ok(conn)) => self.exchange(conn, q, greets) == Ended::Answered,
            _ => false,
        };
        Ok(Known { greets, answers })
    }
}

impl Talk for Link {
    fn send(&mut self, input: &[u8], _: u32) -> Result<Ended, Trouble> {
        let greets = self.known.is_some_and(|k| k.greets);
        Ok(match self.open()? {
            Ok(conn) => self.exchange(conn, input, greets),
            Err(_) => Ended::NotSent,
        })
    }

    /// What it did at the start: answer the first seed, else greet, else take a connection. The last is weak, since a
    /// kernel takes connections for a program that hangs.
    fn ask(&mut self) -> Result<Alive, Trouble> {
        let conn = match self.open()? {
            Ok(conn) => conn,
            Err(e) if net::is_refusal(&e) => return Ok(Alive::Refuses(e.to_string())),
            Err(e) => return Ok(Alive::Silent(format!("no connection: {e}"))),
        };
        let Some(known) = self.known else {
            self.known = Some(self.learn(conn)?);
            return Ok(Alive::Yes);
        };
        let question = self.question.clone().unwrap_or_default();
        let ended = match known {
            Known { answers: true, .. } => self.exchange(conn, &question, known.greets),
            Known { greets: true, .. } => self.exchange(conn, b"", true),
            _ => Ended::Answered,
        };
        Ok(match ended {
            Ended::Answered | Ended::Dropped | Ended::InPlace => Alive::Yes,
            Ended::Refused if !known.answers => Alive::Yes,
            Ended::Silent if !known.answers => Alive::Yes,
            Ended::NotSent => Alive::Silent("it no longer greets".to_owned()),
            Ended::Refused => Alive::Refuses("it closes where it answered before".to_owned()),
            Ended::Silent => Alive::Silent("it no longer answers what it answered".to_owned()),
        })
    }

    fn channel(&self) -> Channel {
        Channel::Lan
    }
}
