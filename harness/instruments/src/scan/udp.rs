//! UDP probes: an answer is open, an ICMP refusal is closed, the rest is silent.

use super::probes;
use crate::net;
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};
use proofhouse_model::seeded::Seeded;
use proofhouse_model::{Channel, Route, SocketKind, Trouble};
use proofhouse_transport::Budget;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

/// Ports at once. Hosts limit their ICMP refusals, so a flood would only make closed ports look silent.
const AT_ONCE: usize = 256;
/// Tries for a port.
const TRIES: u8 = 2;
/// Wait for an answer to one try.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often the wait looks whether it was called off.
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
    socket: UdpSocket,
    state: State,
}

/// Asks every port, silent ones twice.
pub(super) fn scan(
    host: IpAddr,
    ports: &[u16],
    numbers: &mut Seeded,
    route: &Route,
    budget: &Budget,
) -> Result<UdpSeen, Trouble> {
    let mut seen = UdpSeen::default();
    let mut order = ports.to_vec();
    numbers.shuffle(&mut order);
    for batch in order.chunks(AT_ONCE) {
        for probe in ask(host, batch, numbers, route, budget)? {
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

/// One batch, all tries.
fn ask(
    host: IpAddr,
    ports: &[u16],
    numbers: &mut Seeded,
    route: &Route,
    budget: &Budget,
) -> Result<Vec<Probe>, Trouble> {
    let mut poll = Poll::new().map_err(|e| net::trouble(host, &e))?;
    let mut probes = Vec::with_capacity(ports.len());
    for (index, &port) in ports.iter().enumerate() {
        let mut socket = open(host, port, route).map_err(|e| net::trouble(host, &e))?;
        poll.registry()
            .register(&mut socket, Token(index), Interest::READABLE)
            .map_err(|e| net::trouble(host, &e))?;
        probes.push(Probe {
            port,
            socket,
            state: State::Waiting,
        });
    }
    let mut events = Events::with_capacity(AT_ONCE);
    for _ in 0..TRIES {
        for probe in &mut probes {
            send(host, probe, numbers)?;
        }
        let until = Instant::now() + PATIENCE;
        while probes.iter().any(|p| p.state == State::Waiting) {
            budget.check(Channel::Lan, || format!("the UDP scan of {host}"))?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            match poll.poll(&mut events, Some(left.min(budget.left()).min(LOOK))) {
                Err(e) if e.kind() != ErrorKind::Interrupted => {
                    return Err(net::trouble(host, &e));
                }
                _ => {}
            }
            for event in &events {
                if let Some(probe) = probes.get_mut(event.token().0) {
                    listen(probe);
                }
            }
        }
    }
    Ok(probes)
}

/// A socket connected to the port, so that only its answers and refusals reach it.
fn open(host: IpAddr, port: u16, route: &Route) -> std::io::Result<UdpSocket> {
    let any: IpAddr = match host {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
    socket.connect(route.of(SocketKind::Udp, SocketAddr::new(host, port)))?;
    Ok(socket)
}

/// Sends what fits the port. A refusal of the first datagram may show up when the second is sent.
fn send(host: IpAddr, probe: &mut Probe, numbers: &mut Seeded) -> Result<(), Trouble> {
    if probe.socket.local_addr().ok() == probe.socket.peer_addr().ok() {
        // The kernel lent us the very port we ask: nothing else listens there.
        probe.state = State::Closed;
    }
    for payload in probes::payloads(probe.port, numbers) {
        if probe.state != State::Waiting {
            return Ok(());
        }
        match probe.socket.send(&payload) {
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::ConnectionRefused => probe.state = State::Closed,
            Err(e) if net::is_silence(&e) => {}
            Err(e) => return Err(net::trouble(SocketAddr::new(host, probe.port), &e)),
        }
    }
    Ok(())
}

/// Reads what came for a port.
fn listen(probe: &mut Probe) {
    let mut buf = [0; 2048];
    if probe.state != State::Waiting {
        return;
    }
    match probe.socket.recv(&mut buf) {
        Ok(_) => probe.state = State::Open,
        Err(e) if e.kind() == ErrorKind::ConnectionRefused => probe.state = State::Closed,
        Err(_) => {}
    }
}
