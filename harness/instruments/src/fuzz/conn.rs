//! A TCP connection, with or without TLS, whose waits have deadlines.

use crate::socket::Socket;
use proofhouse_transport::Budget;
use proofhouse_transport::net::Turn;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Reads at once.
const CHUNK: usize = 16 * 1024;

/// An open connection.
pub(super) enum Conn {
    /// As it is.
    Plain(Socket),
    /// Under TLS.
    Tls(Box<StreamOwned<ClientConnection, Socket>>),
}

impl Conn {
    /// Connects to `addr` by its way, and completes the handshake when there is a TLS configuration.
    pub(super) fn open(
        addr: SocketAddr,
        way: SocketAddr,
        turn: Turn,
        tls: Option<&Arc<ClientConfig>>,
        budget: Budget,
    ) -> io::Result<Self> {
        let mut tcp = Socket::connect(way, turn, budget)?;
        let Some(config) = tls else {
            return Ok(Self::Plain(tcp));
        };
        let name = ServerName::from(addr.ip());
        let mut session =
            ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut tcp).map_err(as_refusal)?;
        }
        Ok(Self::Tls(Box::new(StreamOwned::new(session, tcp))))
    }

    fn tcp(&mut self) -> &mut Socket {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => &mut tls.sock,
        }
    }

    /// Sends everything.
    pub(super) fn send(&mut self, bytes: &[u8], budget: Budget) -> io::Result<()> {
        self.tcp().hold_to(budget);
        match self {
            Self::Plain(tcp) => tcp.write_all(bytes),
            Self::Tls(tls) => tls
                .write_all(bytes)
                .and_then(|()| tls.flush())
                .map_err(as_refusal),
        }
    }

    /// Adds what comes to `into`; 0 at the end of the stream.
    pub(super) fn read(&mut self, into: &mut Vec<u8>, budget: Budget) -> io::Result<usize> {
        self.tcp().hold_to(budget);
        let mut buf = [0; CHUNK];
        let n = match self {
            Self::Plain(tcp) => tcp.read(&mut buf),
            Self::Tls(tls) => tls.read(&mut buf).map_err(as_refusal),
        }?;
        into.extend_from_slice(&buf[..n]);
        Ok(n)
    }

    /// Says that nothing more will be sent, so that a server waiting for the rest gives up at once.
    pub(super) fn finish(&mut self) {
        if let Self::Tls(tls) = self {
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
        self.tcp().finish();
    }

    /// Closes without waiting: thousands of connections a second would use up all ports in their closing time.
    pub(super) fn drop_now(self) {
        match self {
            Self::Plain(tcp) => tcp.drop_now(),
            Self::Tls(tls) => tls.sock.drop_now(),
        }
    }
}

/// How long answers take, smoothed: one slow answer must not slow down the whole campaign.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace(Duration);

impl Pace {
    /// Takes one answer into account.
    pub(super) fn answered(&mut self, after: Duration) {
        self.0 = if self.0.is_zero() {
            after
        } else {
            (self.0 * 7 + after) / 8
        };
    }

    /// How long to wait for an answer that may never come before the service is told that the input is over.
    pub(super) fn grace(self) -> Duration {
        (self.0 * 4).clamp(Duration::from_millis(5), Duration::from_millis(250))
    }
}

/// TLS alerts and protocol errors of the device are refusals; the rest stays what it is.
fn as_refusal(e: io::Error) -> io::Error {
    match e.kind() {
        ErrorKind::InvalidData | ErrorKind::Other => io::Error::new(ErrorKind::ConnectionReset, e),
        _ => e,
    }
}
