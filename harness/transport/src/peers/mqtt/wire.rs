//! The broker's side of one TLS connection, driven by hand: so it is known who ended a handshake,
//! how, and in which version.

use crate::tap::Heard;
use bytes::BytesMut;
use rustls::{ServerConfig, ServerConnection};
use std::io::{self, Read, Write};
use std::sync::Arc;

/// What one wait for bytes brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// Bytes of the application, now in the inbox.
    Data,
    /// The handshake went through: the device has verified what it wanted to, and said so.
    Handshake,
    /// The device closed.
    End,
}

/// Why a connection failed.
#[derive(Debug)]
pub(super) enum Broke {
    /// The device sent this fatal alert.
    Alert(rustls::AlertDescription),
    /// What came is no TLS, or none that both speak: why.
    Garbled(String),
    /// The connection broke.
    Io,
}

/// A connection with TLS, or without where the bench file asks for that.
pub(super) enum Wire {
    Tls(Box<TlsWire>),
    Plain(Heard),
}

impl Wire {
    /// TLS version agreed, such as `TLSv1.3`.
    pub(super) fn version(&self) -> Option<String> {
        match self {
            Self::Tls(wire) => wire.version(),
            Self::Plain(_) => None,
        }
    }

    /// As [`TlsWire::receive`].
    pub(super) async fn receive(&mut self, inbox: &mut BytesMut) -> Result<Came, Broke> {
        match self {
            Self::Tls(wire) => wire.receive(inbox).await,
            Self::Plain(tcp) => match tcp.read_buf(inbox).await {
                Ok(0) => Ok(Came::End),
                Ok(_) => Ok(Came::Data),
                Err(_) => Err(Broke::Io),
            },
        }
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tls(wire) => wire.send(bytes).await,
            Self::Plain(tcp) => tcp.write_all(bytes).await,
        }
    }
}

pub(super) struct TlsWire {
    tcp: Heard,
    tls: ServerConnection,
    reported: bool,
    /// How it ended, to be reported last.
    end: Option<Result<Came, Broke>>,
}

impl TlsWire {
    pub(super) fn new(tcp: Heard, config: Arc<ServerConfig>) -> Result<Self, rustls::Error> {
        Ok(Self {
            tcp,
            tls: ServerConnection::new(config)?,
            reported: false,
            end: None,
        })
    }

    /// TLS version agreed, such as `TLSv1.3`.
    pub(super) fn version(&self) -> Option<String> {
        let version = self.tls.protocol_version()?.as_str()?;
        Some(version.replace('_', "."))
    }

    /// Waits for the next thing to happen, in the order in which the device did them: data and a
    /// finished handshake are reported before the close or alert that came in the same breath. Can be
    /// given up at any await without losing anything.
    pub(super) async fn receive(&mut self, inbox: &mut BytesMut) -> Result<Came, Broke> {
        loop {
            let flushed = self.flush().await;
            if self.take_plain(inbox)? {
                return Ok(Came::Data);
            }
            if !self.reported && !self.tls.is_handshaking() {
                self.reported = true;
                return Ok(Came::Handshake);
            }
            if let Some(end) = self.end.take() {
                return end;
            }
            flushed.map_err(|_| Broke::Io)?;
            self.tcp.readable().await.map_err(|_| Broke::Io)?;
            match self.tls.read_tls(&mut Raw(&self.tcp)) {
                Ok(0) => self.end = Some(Ok(Came::End)),
                Ok(_) => self.process(),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => self.end = Some(Err(Broke::Io)),
            }
        }
    }

    fn process(&mut self) {
        match self.tls.process_new_packets() {
            Ok(state) if state.peer_has_closed() => self.end = Some(Ok(Came::End)),
            Ok(_) => {}
            Err(rustls::Error::AlertReceived(alert)) => self.end = Some(Err(Broke::Alert(alert))),
            // Our own alert goes out with the next flush.
            Err(e) => self.end = Some(Err(Broke::Garbled(told(&e)))),
        }
    }

    /// Queues bytes and sends them.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.tls.writer().write_all(bytes)?;
        self.flush().await
    }

    async fn flush(&mut self) -> io::Result<()> {
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut Raw(&self.tcp)) {
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.tcp.writable().await?,
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    fn take_plain(&mut self, inbox: &mut BytesMut) -> Result<bool, Broke> {
        let mut buffer = [0; 4096];
        let mut any = false;
        loop {
            match self.tls.reader().read(&mut buffer) {
                Ok(0) => return Ok(any),
                Ok(n) => inbox.extend_from_slice(&buffer[..n]),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(any),
                // Closed without a goodbye: the end shows at the next read.
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(any),
                Err(_) => return Err(Broke::Io),
            }
            any = true;
        }
    }
}

/// Why a hello could not be answered. Nothing in common is often the certificate's doing, and then the bench file's.
fn told(error: &rustls::Error) -> String {
    use rustls::PeerIncompatible::{NoCipherSuitesInCommon, NoSignatureSchemesInCommon};
    match error {
        rustls::Error::PeerIncompatible(NoCipherSuitesInCommon | NoSignatureSchemesInCommon) => {
            format!(
                "{error}; a device that verifies RSA signatures alone needs `signatures = \"rsa\"` in `peers.mqtt`, \
                 and one that verifies ECDSA alone `signatures = \"ecdsa\"`"
            )
        }
        _ => error.to_string(),
    }
}

/// The socket as rustls wants it: whatever goes at once.
struct Raw<'a>(&'a Heard);

impl Read for Raw<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(into)
    }
}

impl Write for Raw<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
