//! A connection that was begun: whether it stands, with whom, and what is said there.

use crate::net;
use mio::net::TcpStream;
use std::io::{self, ErrorKind, Read};

/// How much of what a service says by itself is kept.
const BANNER_BYTES: usize = 256;

/// Who is at the other end.
pub(super) enum Link {
    /// Somebody else.
    Peer,
    /// This very socket.
    Itself,
}

/// Whether a connection stands; `None` while it does not yet.
pub(super) fn settled(stream: &TcpStream) -> io::Result<Option<Link>> {
    if let Some(e) = stream.take_error()? {
        return Err(e);
    }
    match stream.peer_addr() {
        Ok(peer) if stream.local_addr().is_ok_and(|own| own == peer) => Ok(Some(Link::Itself)),
        Ok(_) => Ok(Some(Link::Peer)),
        Err(e) if e.kind() == ErrorKind::NotConnected => Ok(None),
        Err(e) => Err(e),
    }
}

/// Reads what is there; true when nothing more will be kept.
pub(super) fn read_banner(stream: &mut TcpStream, banner_bytes: &mut Vec<u8>) -> bool {
    let mut buf = [0; BANNER_BYTES];
    loop {
        let room = BANNER_BYTES - banner_bytes.len();
        if room == 0 {
            return true;
        }
        match stream.read(&mut buf[..room]) {
            Ok(0) => return true,
            Ok(n) => banner_bytes.extend_from_slice(&buf[..n]),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return !net::is_silence(&e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::{Domain, Socket, Type};
    use std::net::SocketAddr;

    /// The trap of scans on loopback: a socket bound to a port and connected to it talks to itself.
    #[test]
    fn a_self_connect_is_no_open_port() {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket
            .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
            .unwrap();
        let own = socket.local_addr().unwrap();
        socket.connect(&own).unwrap();
        socket.set_nonblocking(true).unwrap();
        let stream = TcpStream::from_std(socket.into());
        assert!(matches!(settled(&stream), Ok(Some(Link::Itself))));
    }
}
