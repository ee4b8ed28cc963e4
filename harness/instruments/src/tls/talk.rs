//! One hello on one fresh connection.

use super::group;
use super::hello::{self, Narrow, Version};
use super::reply::{Chosen, Reply, Step};
use crate::net;
use crate::socket::Socket;
use proofhouse_model::observation::TlsGroup;
use proofhouse_model::seeded::Seeded;
use proofhouse_model::{Channel, SocketKind, Trouble, TroubleKind};
use proofhouse_transport::Budget;
use proofhouse_transport::net::Way;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

/// Tries to connect before the service is called gone: small devices take one connection at a time.
const CONNECT_TRIES: u32 = 3;
/// Certificates and groups that are kept, at most; a server that makes new ones for each offer is cut off there.
const KEPT: usize = 32;
/// Pause between them.
const CONNECT_PAUSE: Duration = Duration::from_millis(100);

/// What may be behind a service that refuses, though it listened before.
const ONE_AT_A_TIME: &str = "see that the service runs; where the device takes one connection at a time, or needs a \
                             pause after each, say so under [pace] in its profile";

/// What came back for a hello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The server chose the version that was offered.
    Accepted(Chosen),
    /// It did not go on.
    Refused(Refusal),
    /// Nothing in time.
    Silent,
    /// Not TLS.
    Garbled(String),
}

/// How a hello was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// By an alert of this number.
    Alert(u8),
    /// By choosing another version.
    Chose(u16),
    /// By closing.
    Closed,
}

impl Refusal {
    /// Whether it was the version and not the suites: `protocol_version` is alert 70.
    pub(super) fn is_of_version(self) -> bool {
        matches!(self, Self::Alert(70) | Self::Chose(_))
    }
}

/// Sends hellos to one service and remembers the certificates and groups it sees.
pub(super) struct Talker<'a> {
    addr: SocketAddr,
    name: Option<&'a str>,
    route: &'a Way,
    budget: &'a Budget,
    patience: Duration,
    /// What hellos vary by.
    numbers: Seeded,
    /// DER of each leaf certificate, and the first offer to which it was shown.
    pub(super) leaves: Vec<(Vec<u8>, String)>,
    /// Groups that keys were agreed in.
    pub(super) groups: Vec<TlsGroup>,
}

impl<'a> Talker<'a> {
    /// Waits for each answer an eighth of the whole time, from 0.5 to 5 s: slow devices need a second to sign.
    pub(super) fn new(
        addr: SocketAddr,
        name: Option<&'a str>,
        seed: u64,
        route: &'a Way,
        budget: &'a Budget,
    ) -> Self {
        let patience = budget.given().std() / 8;
        Self {
            addr,
            name: name.filter(|n| n.len() < 256),
            route,
            budget,
            patience: patience.clamp(Duration::from_millis(500), Duration::from_secs(5)),
            numbers: Seeded::new(seed),
            leaves: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// The address asked.
    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Offers exactly these suites in this version; silence gets a second try, and so does a closed connection: one
    /// that was lost on the way must not look like a refusal.
    pub(super) fn offer(&mut self, version: Version, suites: &[u16]) -> Result<Outcome, Trouble> {
        let wide = Narrow::wide(self.name);
        self.offer_narrow(version, suites, wide, "")
    }

    /// The same with less in the hello; `what` tells a reader how.
    pub(super) fn offer_narrow(
        &mut self,
        version: Version,
        suites: &[u16],
        narrow: Narrow<'_>,
        what: &str,
    ) -> Result<Outcome, Trouble> {
        match self.once(version, suites, narrow, what)? {
            Outcome::Silent | Outcome::Refused(Refusal::Closed) => {
                self.once(version, suites, narrow, what)
            }
            other => Ok(other),
        }
    }

    /// Remembers a certificate.
    pub(super) fn saw_leaf(&mut self, der: Vec<u8>, shown_to: impl FnOnce() -> String) {
        if self.leaves.len() < KEPT && self.leaves.iter().all(|(known, _)| *known != der) {
            self.leaves.push((der, shown_to()));
        }
    }

    /// A name that nobody knows, as small letters.
    pub(super) fn any_name(&mut self) -> String {
        let letter = |_| char::from(b'a' + self.numbers.byte() % 26);
        let name: String = (0..8).map(letter).collect();
        format!("{name}.local")
    }

    fn saw(&mut self, version: Version, reply: &mut Reply, what: &str) {
        let Some(suite) = reply.chosen.as_ref().map(|chosen| chosen.suite) else {
            return;
        };
        let suite = super::suites::name(suite);
        if let Some(der) = reply.leaf.take() {
            let shown_to = || format!("{}, {suite}{what}", version.name());
            self.saw_leaf(der, shown_to);
        }
        let group = reply.exchange.as_ref();
        let group = group.and_then(|exchange| group::of(&suite, exchange));
        if let Some(group) = group
            && self.groups.len() < KEPT
            && !self.groups.contains(&group)
        {
            self.groups.push(group);
        }
    }

    fn once(
        &mut self,
        version: Version,
        suites: &[u16],
        narrow: Narrow<'_>,
        what: &str,
    ) -> Result<Outcome, Trouble> {
        let mut stream = self.connect()?;
        let mut reply = Reply::default();
        let message = hello::client_hello(version, suites, narrow, &mut self.numbers);
        stream.hold_to(self.budget.at_most(self.patience));
        let ended = stream
            .write_all(&message)
            .and_then(|()| listen(&mut stream, &mut reply));
        self.budget.check(Channel::Lan, || self.doing())?;
        self.saw(version, &mut reply, what);
        Ok(match ended {
            Ok(Step::Garbled(what)) => Outcome::Garbled(what),
            Ok(Step::Alert(what)) if reply.chosen.is_none() => {
                Outcome::Refused(Refusal::Alert(what))
            }
            Err(e) if !net::is_silence(&e) && !net::is_refusal(&e) => {
                return Err(net::trouble(self.addr, &e));
            }
            // The choice counts, whatever became of the rest of the flight.
            other => match (reply.chosen, other) {
                (Some(chosen), _) if chosen.version == version.code() => Outcome::Accepted(chosen),
                (Some(chosen), _) => Outcome::Refused(Refusal::Chose(chosen.version)),
                (None, Err(e)) if net::is_silence(&e) => Outcome::Silent,
                (None, _) => Outcome::Refused(Refusal::Closed),
            },
        })
    }

    fn doing(&self) -> String {
        format!("the TLS assessment of {}", self.addr)
    }

    /// Connects. A refused or unanswered connection in the middle is no answer to a hello, so it
    /// is tried again and then
    /// ends the assessment.
    fn connect(&self) -> Result<Socket, Trouble> {
        let mut tries = 0;
        loop {
            self.budget.check(Channel::Lan, || self.doing())?;
            let way = self.route.of(SocketKind::Tcp, self.addr);
            let turn = self.route.turns.take(self.budget)?;
            match Socket::connect(way, turn, self.budget.at_most(self.patience)) {
                Ok(stream) => return Ok(stream),
                Err(e) => {
                    tries += 1;
                    self.budget.check(Channel::Lan, || self.doing())?;
                    if tries == CONNECT_TRIES {
                        let mut trouble = net::trouble(self.addr, &e);
                        if trouble.kind == TroubleKind::DeviceRefused {
                            trouble.try_next = Some(ONE_AT_A_TIME.to_owned());
                        }
                        return Err(trouble);
                    }
                    // Over or called off, the look above says so.
                    let _ = self.budget.pause(CONNECT_PAUSE);
                }
            }
        }
    }
}

/// Reads until the reply is settled, the server closes, or time is over.
fn listen(stream: &mut Socket, reply: &mut Reply) -> io::Result<Step> {
    let mut buf = [0; 4096];
    loop {
        match stream.read(&mut buf)? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            n => match reply.feed(&buf[..n]) {
                Step::More => {}
                step => return Ok(step),
            },
        }
    }
}
