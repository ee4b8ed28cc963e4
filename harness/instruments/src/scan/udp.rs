//! UDP probes: an answer is open, an ICMP refusal is closed, the rest is silent.
//!
//! Hosts limit their ICMP refusals (Linux: one a second after the first six), so questions are spread over time, a port
//! that refused is not asked again, and ports that are silent among refusing ones are asked once more, alone. Some
//! services answer from a fresh port (TFTP, RFC 1350; some of UPnP): silent ports are asked from a socket that takes
//! those too.

use super::probes;
use crate::net;
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};
use proofhouse_model::seeded::Seeded;
use proofhouse_model::{Channel, SocketKind, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::net::Way;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

/// Ports at once.
const AT_ONCE: usize = 256;
/// Least rounds of questions; as many as a port has questions otherwise.
const ROUNDS: usize = 2;
/// Wait for answers to one round.
const PATIENCE: Duration = Duration::from_millis(400);
/// Between two ports of a round.
const GAP: Duration = Duration::from_millis(4);
/// Between two ports that are asked alone: longer than the second in which a limited host refuses once.
const ALONE: Duration = Duration::from_millis(1050);
/// Ports asked alone, at most.
const MOST_ALONE: usize = 24;
/// How often a wait looks whether it was called off.
const LOOK: Duration = Duration::from_millis(100);

/// What the scan saw.
#[derive(Debug, Default)]
pub(super) struct UdpSeen {
    /// Ports that answered.
    pub(super) open: Vec<u16>,
    /// Ports the host said are closed.
    pub(super) closed: u32,
    /// Ports that said nothing.
    pub(super) silent: Vec<u16>,
}

/// What a port has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Open,
    Closed,
}

struct Probe {
    port: u16,
    /// Where it really goes.
    to: SocketAddr,
    questions: Vec<Vec<u8>>,
    /// Connected: hears refusals, and answers of that very port.
    socket: UdpSocket,
    /// Not connected: hears answers from any port of the host.
    loose: UdpSocket,
    state: State,
}

/// One batch of ports.
struct Batch<'a> {
    host: IpAddr,
    budget: &'a Budget,
    poll: Poll,
    events: Events,
    probes: Vec<Probe>,
}

/// Asks every port, silent ones more often.
pub(super) fn scan(
    host: IpAddr,
    ports: &[u16],
    numbers: &mut Seeded,
    route: &Way,
    budget: &Budget,
) -> Result<UdpSeen, Trouble> {
    let mut seen = UdpSeen::default();
    let mut order = ports.to_vec();
    numbers.shuffle(&mut order);
    for some in order.chunks(AT_ONCE) {
        let mut batch = Batch::new(host, some, numbers, route, budget)?;
        batch.run()?;
        for probe in &batch.probes {
            match probe.state {
                State::Open => seen.open.push(probe.port),
                State::Closed => seen.closed += 1,
                State::Waiting => seen.silent.push(probe.port),
            }
        }
    }
    seen.open.sort_unstable();
    seen.silent.sort_unstable();
    Ok(seen)
}

impl<'a> Batch<'a> {
    fn new(
        host: IpAddr,
        ports: &[u16],
        numbers: &mut Seeded,
        route: &Way,
        budget: &'a Budget,
    ) -> Result<Self, Trouble> {
        let trouble = |e| net::trouble(host, &e);
        let poll = Poll::new().map_err(trouble)?;
        let mut probes = Vec::with_capacity(ports.len());
        for (index, &port) in ports.iter().enumerate() {
            let to = route.of(SocketKind::Udp, SocketAddr::new(host, port));
            let mut socket = open(to).map_err(trouble)?;
            let mut loose = open(to).map_err(trouble)?;
            socket.connect(to).map_err(trouble)?;
            for (socket, token) in [(&mut socket, 2 * index), (&mut loose, 2 * index + 1)] {
                let registered = poll
                    .registry()
                    .register(socket, Token(token), Interest::READABLE);
                registered.map_err(trouble)?;
            }
            // The kernel may have lent us the very port we ask: nothing else listens there.
            let itself = socket.local_addr().ok() == socket.peer_addr().ok();
            probes.push(Probe {
                port,
                to,
                questions: probes::payloads(port, host, numbers),
                socket,
                loose,
                state: if itself {
                    State::Closed
                } else {
                    State::Waiting
                },
            });
        }
        Ok(Self {
            host,
            budget,
            poll,
            events: Events::with_capacity(2 * AT_ONCE),
            probes,
        })
    }

    fn run(&mut self) -> Result<(), Trouble> {
        let questions = self.probes.iter().map(|probe| probe.questions.len());
        let rounds = questions.max().unwrap_or(0).max(ROUNDS);
        for round in 0..2 * rounds {
            // First by the connected sockets: they hear refusals, and then no more is asked.
            let loose = round >= rounds;
            for index in 0..self.probes.len() {
                if self.ask(index, round % rounds, loose)? {
                    self.listen(Some(index), GAP)?;
                }
            }
            self.listen(None, PATIENCE)?;
        }
        let refusing = self.probes.iter().any(|it| it.state == State::Closed);
        let silent = |it: &(usize, &Probe)| it.1.state == State::Waiting;
        let silent = self.probes.iter().enumerate().filter(silent);
        let silent: Vec<usize> = silent.map(|it| it.0).take(MOST_ALONE).collect();
        for index in silent.into_iter().filter(|_| refusing) {
            self.listen(None, ALONE)?;
            self.ask(index, 0, false)?;
            self.listen(Some(index), PATIENCE)?;
        }
        Ok(())
    }

    /// Asks a silent port; says whether anything was sent. A refusal of an earlier question may show up here.
    fn ask(&mut self, index: usize, round: usize, loose: bool) -> Result<bool, Trouble> {
        let probe = &mut self.probes[index];
        let count = probe.questions.len();
        if probe.state != State::Waiting || count == 0 || round >= count.max(ROUNDS) {
            return Ok(false);
        }
        let question = &probe.questions[round % count];
        let sent = match loose {
            true => probe.loose.send_to(question, probe.to),
            false => probe.socket.send(question),
        };
        match sent {
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::ConnectionRefused => probe.state = State::Closed,
            Err(e) if net::is_silence(&e) => {}
            Err(e) => return Err(net::trouble(SocketAddr::new(self.host, probe.port), &e)),
        }
        Ok(true)
    }

    /// Hears what comes for so long, or until that port, or every port, is settled.
    fn listen(&mut self, only: Option<usize>, time: Duration) -> Result<(), Trouble> {
        let until = Instant::now() + time;
        loop {
            self.budget
                .check(Channel::Lan, || format!("the UDP scan of {}", self.host))?;
            let waiting = |it: &Probe| it.state == State::Waiting;
            let open = match only {
                Some(index) => waiting(&self.probes[index]),
                None => self.probes.iter().any(waiting),
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || !open {
                return Ok(());
            }
            let wait = left.min(self.budget.left()).min(LOOK);
            match self.poll.poll(&mut self.events, Some(wait)) {
                Err(e) if e.kind() != ErrorKind::Interrupted => {
                    return Err(net::trouble(self.host, &e));
                }
                _ => {}
            }
            for event in &self.events {
                let token = event.token().0;
                if let Some(probe) = self.probes.get_mut(token / 2) {
                    probe.hear(token % 2 == 1);
                }
            }
        }
    }
}

fn open(to: SocketAddr) -> std::io::Result<UdpSocket> {
    let any: IpAddr = match to.ip() {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    UdpSocket::bind(SocketAddr::new(any, 0))
}

impl Probe {
    /// Reads what came on one of its sockets.
    fn hear(&mut self, loose: bool) {
        let mut buf = [0; 2048];
        if self.state != State::Waiting {
            return;
        }
        if !loose {
            match self.socket.recv(&mut buf) {
                Ok(_) => self.state = State::Open,
                Err(e) if e.kind() == ErrorKind::ConnectionRefused => self.state = State::Closed,
                Err(_) => {}
            }
            return;
        }
        // Datagrams of others are passed over; the bound keeps a flood from holding the scan.
        for _ in 0..64 {
            match self.loose.recv_from(&mut buf) {
                Ok((_, from)) if from.ip() == self.to.ip() => {
                    self.state = State::Open;
                    return;
                }
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }
}
