//! An address that never answers a connection.

use socket2::{Domain, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long its own connection may take; on loopback it is there at once or never.
const CONNECT: Duration = Duration::from_secs(1);

/// An address whose connections are never answered: its queue is full, so the system drops what comes.
pub struct Hole {
    /// Where.
    pub at: SocketAddr,
    _listener: Socket,
    _filler: TcpStream,
}

impl Hole {
    /// On the loopback address.
    ///
    /// # Errors
    /// The system gives no socket.
    pub fn dig() -> io::Result<Self> {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        listener.listen(0)?;
        let at = listener.local_addr()?.as_socket();
        let at = at.ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
        let filler = TcpStream::connect_timeout(&at, CONNECT)?;
        Ok(Self {
            at,
            _listener: listener,
            _filler: filler,
        })
    }
}
