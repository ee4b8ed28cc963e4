//! The raw socket below a half-open scan. Only a process with `CAP_NET_RAW` gets one.

use super::packet::{self, Ends};
use super::{Answer, Wire};
use crate::net;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use proofhouse_model::seeded::{Seeded, mix};
use proofhouse_model::{SocketKind, Trouble};
use proofhouse_transport::net::Way;
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, ErrorKind, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// What the kernel is asked to keep of answers that were not read yet; it may give less.
const KEPT: usize = 8 << 20;
/// How often a segment is offered again that the kernel has no room for.
const ROOM: u32 = 1000;

/// A raw socket that hears one device.
pub(in crate::scan) struct Raw {
    socket: Socket,
    ends: Ends,
    /// Keeps the port for us: nobody connects from it meanwhile. It does not listen, so the kernel resets what a port
    /// that is open sends.
    _port: Socket,
    key: u64,
    began: Instant,
}

impl Raw {
    /// For a device at an IPv4 address that is reached straight; `None` where it is not, or the process may not.
    pub(in crate::scan) fn open(host: IpAddr, route: &Way, numbers: &mut Seeded) -> Option<Self> {
        let IpAddr::V4(device) = host else {
            return None;
        };
        let probe = SocketAddr::new(host, 9);
        let straight = route.of(SocketKind::Tcp, probe) == probe;
        if host.is_loopback() || !straight || route.turns.one_at_a_time() {
            return None;
        }
        Self::between(device, numbers.next()).ok()
    }

    fn between(device: Ipv4Addr, key: u64) -> io::Result<Self> {
        let at = SocketAddr::from((device, 9));
        let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::TCP))?;
        socket.connect(&at.into())?;
        socket.set_nonblocking(true)?;
        // Less of it costs answers of one round, which is asked again.
        let _ = socket.set_recv_buffer_size(KEPT);
        let own = own_address(at)?;
        let port = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        port.bind(&SocketAddr::from((own, 0)).into())?;
        let own_port = port.local_addr()?.as_socket().map_or(0, |it| it.port());
        Ok(Self {
            socket,
            ends: Ends {
                own,
                own_port,
                device,
            },
            _port: port,
            key,
            began: Instant::now(),
        })
    }

    /// The number of a port's SYN: who acknowledges another one did not hear ours.
    fn number(&self, port: u16) -> u32 {
        mix(self.key ^ u64::from(port)) as u32
    }

    /// What came, without waiting.
    fn read(&mut self) -> io::Result<Option<Answer>> {
        let mut packet = [0; 128];
        loop {
            match (&self.socket).read(&mut packet) {
                Ok(n) => {
                    let heard = packet.get(..n).and_then(|it| packet::reply(&self.ends, it));
                    let ours =
                        heard.filter(|it| it.acknowledged == self.number(it.port).wrapping_add(1));
                    if let Some(reply) = ours {
                        return Ok(Some(Answer {
                            port: reply.port,
                            open: reply.open,
                        }));
                    }
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(e) if e.kind() == ErrorKind::Interrupted || is_icmp(&e) => {}
                Err(e) => return Err(e),
            }
        }
    }

    fn wait(&self, events: PollFlags, time: Duration) -> io::Result<()> {
        let ms = time.as_micros().div_ceil(1000);
        let timeout = PollTimeout::try_from(ms).unwrap_or(PollTimeout::MAX);
        let mut fds = [PollFd::new(self.socket.as_fd(), events)];
        match poll(&mut fds, timeout) {
            Ok(_) | Err(nix::Error::EINTR) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }

    fn trouble(&self, e: &io::Error) -> Trouble {
        net::trouble(self.ends.device, e)
    }
}

/// The address that this computer speaks from to that one.
fn own_address(at: SocketAddr) -> io::Result<Ipv4Addr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect(at)?;
    match socket.local_addr()?.ip() {
        IpAddr::V4(own) => Ok(own),
        IpAddr::V6(_) => Err(ErrorKind::AddrNotAvailable.into()),
    }
}

/// A refusal or a dead end that ICMP told of an earlier segment: no answer of that port.
fn is_icmp(e: &io::Error) -> bool {
    net::is_refusal(e) || net::is_silence(e)
}

impl Wire for Raw {
    fn ask(&mut self, port: u16) -> Result<(), Trouble> {
        let segment = packet::syn(&self.ends, port, self.number(port));
        for _ in 0..ROOM {
            match self.socket.send(&segment) {
                Ok(_) => return Ok(()),
                Err(e) if e.kind() == ErrorKind::WouldBlock || net::is_exhausted(&e) => {
                    let waited = self.wait(PollFlags::POLLOUT, Duration::from_millis(1));
                    waited.map_err(|e| self.trouble(&e))?;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted || is_icmp(&e) => {}
                Err(e) => return Err(self.trouble(&e)),
            }
        }
        Err(self.trouble(&io::Error::from_raw_os_error(nix::libc::ENOBUFS)))
    }

    fn hear(&mut self, wait: Duration) -> Result<Option<Answer>, Trouble> {
        let heard = self.read().map_err(|e| self.trouble(&e))?;
        if heard.is_some() || wait.is_zero() {
            return Ok(heard);
        }
        let waited = self.wait(PollFlags::POLLIN, wait);
        waited.map_err(|e| self.trouble(&e))?;
        self.read().map_err(|e| self.trouble(&e))
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}
