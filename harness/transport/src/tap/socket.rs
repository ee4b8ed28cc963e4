//! A connection to a service of the bench, which tells a tap what it carries.

use super::talk::Talk;
use bytes::BytesMut;
use proofhouse_model::observation::Side;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that a unit opened, and the tap that may hear it.
pub(crate) struct Heard {
    tcp: TcpStream,
    talk: Option<Talk>,
}

impl Heard {
    /// With no tap where there is no talk.
    pub(crate) fn new(tcp: TcpStream, talk: Option<Talk>) -> Self {
        Self { tcp, talk }
    }

    pub(crate) async fn peek(&self, into: &mut [u8]) -> io::Result<usize> {
        self.tcp.peek(into).await
    }

    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.tcp.readable().await
    }

    pub(crate) async fn writable(&self) -> io::Result<()> {
        self.tcp.writable().await
    }

    pub(crate) fn try_read(&self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.tcp.try_read(into)?;
        self.came(into.get(..n).unwrap_or_default());
        Ok(n)
    }

    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.tcp.try_write(bytes)?;
        self.went(bytes.get(..n).unwrap_or_default());
        Ok(n)
    }

    pub(crate) async fn read_buf(&mut self, into: &mut BytesMut) -> io::Result<usize> {
        let before = into.len();
        let n = self.tcp.read_buf(into).await?;
        self.came(into.get(before..).unwrap_or_default());
        Ok(n)
    }

    pub(crate) async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let n = self.tcp.write(rest).await?;
            if n == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            let (sent, left) = rest.split_at(n);
            self.went(sent);
            rest = left;
        }
        Ok(())
    }

    /// The unit said this; nothing more where it is nothing.
    fn came(&self, bytes: &[u8]) {
        if let Some(talk) = &self.talk {
            match bytes.is_empty() {
                true => talk.closed(Side::Unit),
                false => talk.said(Side::Unit, bytes),
            }
        }
    }

    fn went(&self, bytes: &[u8]) {
        if let Some(talk) = &self.talk {
            talk.said(Side::Peer, bytes);
        }
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        if let Some(talk) = &self.talk {
            talk.closed(Side::Peer);
        }
    }
}
