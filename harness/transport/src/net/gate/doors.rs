//! Where sockets lead that are opened while a gate is shut: real ones of this host, so that whoever connects meets what
//! it would meet on a network.

use crate::net::Hole;
use proofhouse_model::{CutKind, SocketKind};
use socket2::{Domain, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

/// One address for each kind of socket and of cut.
pub(super) struct Doors {
    /// Bound, and nobody listens: the system refuses.
    refuses: (SocketAddr, Socket),
    /// Connected to itself: the system refuses what others send.
    refuses_datagrams: (SocketAddr, UdpSocket),
    hole: Hole,
    /// Nobody reads it.
    swallows: (SocketAddr, UdpSocket),
}

impl Doors {
    pub(super) fn make() -> io::Result<Self> {
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let refuses = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        refuses.bind(&here.into())?;
        let at = refuses.local_addr()?.as_socket();
        let at = at.ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
        let datagrams = || {
            let socket = UdpSocket::bind(here)?;
            Ok::<_, io::Error>((socket.local_addr()?, socket))
        };
        let refuses_datagrams = datagrams()?;
        refuses_datagrams.1.connect(refuses_datagrams.0)?;
        Ok(Self {
            refuses: (at, refuses),
            refuses_datagrams,
            hole: Hole::dig()?,
            swallows: datagrams()?,
        })
    }

    pub(super) fn of(&self, cut: CutKind, kind: SocketKind) -> SocketAddr {
        match (cut, kind) {
            (CutKind::Link, SocketKind::Tcp) => self.refuses.0,
            (CutKind::Link, SocketKind::Udp) => self.refuses_datagrams.0,
            (_, SocketKind::Tcp) => self.hole.at,
            (_, SocketKind::Udp) => self.swallows.0,
        }
    }
}
