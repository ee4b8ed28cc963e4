//! Fuzzing a UDP service. Each input is followed by a ping at once, so nothing waits for answers that never come, and
//! a device that stopped is noticed with the very input that stopped it.

use super::batch::{Alive, Ended, Talk};
use crate::net;
use proofhouse_model::{Channel, SocketKind, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::net::Way;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

/// Most datagrams read while waiting for one ping: a device that floods must not hold the bench.
const FLOOD: u32 = 1000;

/// How often a wait looks whether it was called off.
const LOOK: Duration = Duration::from_millis(100);

/// A campaign's end of a UDP service.
pub(super) struct Link {
    addr: SocketAddr,
    socket: UdpSocket,
    ping: Vec<u8>,
    patience: Duration,
    budget: Budget,
    pong: Pong,
    pings: u16,
    /// The service itself answered a ping.
    own: bool,
}

/// How the answer to a ping is known when it is not CoAP.
enum Pong {
    /// Not met yet.
    Unknown,
    /// It is always the same.
    Same(Vec<u8>),
    /// It changes: any datagram will do, so an answer to the input may be taken for it and go uncounted.
    Any,
}

/// What came after a ping.
struct Echo {
    ponged: bool,
    answered: bool,
    refused: bool,
    /// It was the answer of what stands before the service, which answered by itself before.
    in_place: bool,
}

impl Link {
    pub(super) fn new(
        addr: SocketAddr,
        ping: Vec<u8>,
        patience: Duration,
        route: &Way,
        budget: &Budget,
    ) -> Result<Self, Trouble> {
        if ping.is_empty() {
            return Err(Trouble::case(
                "fuzzing UDP needs a ping that the device answers",
            ));
        }
        let any: IpAddr = match addr {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let open = || {
            let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
            socket.connect(route.of(SocketKind::Udp, addr))?;
            io::Result::Ok(socket)
        };
        Ok(Self {
            addr,
            socket: open().map_err(|e| net::trouble(addr, &e))?,
            ping,
            patience,
            budget: budget.clone(),
            pong: Pong::Unknown,
            pings: 0,
            own: false,
        })
    }

    /// Whether the ping is an empty confirmable CoAP message, or at least a CoAP request.
    pub(super) fn is_coap(&self) -> bool {
        matches!(self.ping[..], [0x40..=0x48, 0..=7, _, _, ..])
    }

    /// Sends; a refusal of an earlier datagram is reported by the system at the next send, which is then repeated.
    fn put(&self, bytes: &[u8]) -> Result<bool, Trouble> {
        for _ in 0..2 {
            match self.socket.send(bytes) {
                Ok(_) => return Ok(true),
                Err(e) if e.kind() == ErrorKind::ConnectionRefused => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if net::is_silence(&e) => return Ok(false),
                // Longer than the network takes: no fault of anybody, but not sent.
                Err(e) if e.raw_os_error() == Some(nix::libc::EMSGSIZE) => return Ok(false),
                Err(e) => return Err(net::trouble(self.addr, &e)),
            }
        }
        Ok(true)
    }

    /// Sends a ping and reads until its answer, at most so many datagrams; everything else that fits the input is the
    /// input's answer.
    fn ping(&mut self, input: &[u8], most: u32) -> Result<Echo, Trouble> {
        self.pings = self.pings.wrapping_add(1);
        let mut ping = self.ping.clone();
        if self.is_coap() {
            // Ids of pings lie in the upper half, those of inputs in the lower one.
            ping[2..4].copy_from_slice(&(self.pings | 0x8000).to_be_bytes());
        }
        let mut echo = Echo {
            ponged: false,
            answered: false,
            refused: false,
            in_place: false,
        };
        self.put(&ping)?;
        let budget = self.budget.at_most(self.patience);
        let mut buf = [0; 65_536];
        let mut seen = 0;
        while seen < most && !budget.is_over() {
            let step = budget.left().clamp(Duration::from_millis(1), LOOK);
            let timeout = self.socket.set_read_timeout(Some(step));
            timeout.map_err(|e| net::trouble(self.addr, &e))?;
            match self.socket.recv(&mut buf) {
                Ok(n) if self.is_pong(&ping, &buf[..n]) => {
                    echo.ponged = true;
                    let of_a_front = self.is_coap() && is_of_a_front(&buf[..n]);
                    echo.in_place = self.own && of_a_front;
                    self.own |= !of_a_front;
                    break;
                }
                Ok(n) => {
                    seen += 1;
                    echo.answered |= self.is_coap_answer(input, &buf[..n]);
                }
                Err(e) if e.kind() == ErrorKind::ConnectionRefused => {
                    echo.refused = true;
                    break;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted || net::is_silence(&e) => {}
                Err(e) => return Err(net::trouble(self.addr, &e)),
            }
        }
        Ok(echo)
    }

    /// CoAP answers carry the id of the ping. Others are compared with the first one.
    fn is_pong(&mut self, ping: &[u8], got: &[u8]) -> bool {
        if self.is_coap() {
            return got.get(2..4) == ping.get(2..4);
        }
        match &self.pong {
            Pong::Same(first) => *first == got,
            Pong::Any => true,
            Pong::Unknown => {
                self.pong = Pong::Same(got.to_vec());
                true
            }
        }
    }

    /// Takes what is left of earlier exchanges out of the way, where it could be mistaken for what comes next.
    fn drain(&self) -> Result<(), Trouble> {
        let mut buf = [0; 2048];
        let set = |on| {
            self.socket
                .set_nonblocking(on)
                .map_err(|e| net::trouble(self.addr, &e))
        };
        set(true)?;
        for _ in 0..FLOOD {
            if self.socket.recv(&mut buf).is_err() {
                break;
            }
        }
        set(false)
    }

    /// Late answers to earlier CoAP inputs do not count for this one.
    fn is_coap_answer(&self, input: &[u8], got: &[u8]) -> bool {
        let token = |m: &[u8]| {
            m.get(4..4 + usize::from(m.first()? & 15))
                .map(<[u8]>::to_vec)
        };
        !self.is_coap()
            || input.len() < 4
            || got.get(2..4) == input.get(2..4)
            || token(got).is_some_and(|t| !t.is_empty() && Some(t) == token(input))
    }
}

/// Whether a CoAP answer is one that a proxy gives for a server that is not there: 5.02 to 5.04 (RFC 7252 section
/// 5.9.3).
fn is_of_a_front(answer: &[u8]) -> bool {
    matches!(answer, [_, 0xa2..=0xa4, ..])
}

impl Talk for Link {
    fn send(&mut self, input: &[u8], _: u32) -> Result<Ended, Trouble> {
        if !self.is_coap() {
            self.drain()?;
        }
        if !self.put(input)? {
            return Ok(Ended::NotSent);
        }
        let echo = self.ping(input, FLOOD)?;
        Ok(match echo {
            // Alive, and silent to this one: that is how rubbish is to be treated. No further question is needed.
            Echo { refused: true, .. } => Ended::Refused,
            Echo { in_place: true, .. } => Ended::InPlace,
            Echo {
                answered: true,
                ponged: true,
                ..
            } => Ended::Answered,
            Echo { ponged: true, .. } => Ended::Dropped,
            _ => Ended::Silent,
        })
    }

    fn ask(&mut self) -> Result<Alive, Trouble> {
        let fresh = matches!(self.pong, Pong::Unknown) && !self.is_coap();
        self.drain()?;
        let mut echo = self.ping(b"", FLOOD)?;
        if fresh && echo.ponged {
            echo = self.ping(b"", 1)?;
            if echo.answered && !echo.ponged {
                self.pong = Pong::Any;
                echo.ponged = true;
            }
        }
        Ok(match echo {
            Echo { in_place: true, .. } => {
                Alive::InPlace("a valid request is answered with 5.02 to 5.04".to_owned())
            }
            Echo { ponged: true, .. } => Alive::Yes,
            Echo { refused: true, .. } => Alive::Refuses("the port is closed".to_owned()),
            _ => Alive::Silent("no answer to the ping".to_owned()),
        })
    }

    fn channel(&self) -> Channel {
        Channel::Lan
    }
}
