//! One connection that speaks HTTP/1.1, plain or over TLS.

use super::LARGEST_BODY;
use crate::net::{self, tls};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use proofhouse_model::observation::HttpAnswer;
use proofhouse_model::{Bytes, Channel, Route, Trouble, TroubleKind};
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::AbortHandle;

/// Largest head of an answer, bytes.
const LARGEST_HEAD: usize = 64 << 10;
/// Most headers in an answer.
const MOST_HEADERS: usize = 200;

/// An open connection. Dropped, it is closed.
pub(super) struct Wire {
    send: SendRequest<Full<bytes::Bytes>>,
    certificate: Option<String>,
    received: Arc<AtomicU64>,
    /// Bytes received up to the end of the last answer.
    read: u64,
    driver: AbortHandle,
    spent: bool,
}

/// Why an exchange failed.
pub(super) struct Failure {
    error: hyper::Error,
    /// No byte of the request left.
    pub(super) unsent: bool,
    /// No byte of an answer came.
    pub(super) unanswered: bool,
}

impl Wire {
    pub(super) async fn open(to: SocketAddr, tls: bool, route: &Route) -> Result<Self, Trouble> {
        let stream = net::connect(to, route).await?;
        if tls {
            let (stream, certificate) = tls::shake(stream, to).await?;
            Self::over(stream, certificate, to).await
        } else {
            Self::over(stream, None, to).await
        }
    }

    async fn over<S>(
        stream: S,
        certificate: Option<String>,
        to: SocketAddr,
    ) -> Result<Self, Trouble>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let received = Arc::new(AtomicU64::new(0));
        let counted = Counted {
            inner: stream,
            received: received.clone(),
        };
        let shake = Builder::new()
            .max_headers(MOST_HEADERS)
            .max_buf_size(LARGEST_HEAD)
            .allow_obsolete_multiline_headers_in_responses(true)
            .handshake(TokioIo::new(counted));
        let (send, connection) = shake.await.map_err(|error| {
            Failure {
                error,
                unsent: true,
                unanswered: true,
            }
            .trouble(to)
        })?;
        // Its error comes back through the exchange as well.
        let driver = tokio::spawn(async move { drop(connection.await) }).abort_handle();
        Ok(Self {
            send,
            certificate,
            received,
            read: 0,
            driver,
            spent: false,
        })
    }

    /// Whether another request can be sent on it.
    pub(super) fn usable(&self) -> bool {
        !self.spent && !self.send.is_closed()
    }

    pub(super) async fn exchange(
        &mut self,
        request: Request<Full<bytes::Bytes>>,
    ) -> Result<HttpAnswer, Failure> {
        if let Err(error) = self.send.ready().await {
            return Err(Failure {
                error,
                unsent: true,
                unanswered: self.unanswered(),
            });
        }
        let response = match self.send.try_send_request(request).await {
            Ok(response) => response,
            Err(mut e) => {
                let unsent = e.take_message().is_some();
                let unanswered = self.unanswered();
                return Err(Failure {
                    error: e.into_error(),
                    unsent,
                    unanswered,
                });
            }
        };
        let answer = self.answer(response).await;
        self.read = self.received.load(Ordering::Relaxed);
        answer.map_err(|error| Failure {
            error,
            unsent: false,
            unanswered: false,
        })
    }

    fn unanswered(&self) -> bool {
        self.received.load(Ordering::Relaxed) == self.read
    }

    async fn answer(&mut self, response: Response<Incoming>) -> Result<HttpAnswer, hyper::Error> {
        let (head, mut incoming) = response.into_parts();
        let mut body = Vec::new();
        let mut cut = false;
        while let Some(frame) = incoming.frame().await {
            let Ok(data) = frame?.into_data() else {
                continue;
            };
            let room = LARGEST_BODY - body.len();
            body.extend_from_slice(&data[..data.len().min(room)]);
            if data.len() > room {
                (cut, self.spent) = (true, true);
                break;
            }
        }
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        Ok(HttpAnswer {
            status: head.status.as_u16(),
            headers: (head.headers.iter())
                .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
                .collect(),
            body: Bytes::from(body),
            cut,
            certificate: self.certificate.clone(),
        })
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Failure {
    /// Whose trouble it is.
    pub(super) fn trouble(self, to: SocketAddr) -> Trouble {
        let device = |kind, what: String| Trouble::new(kind, Channel::Lan, what);
        let e = &self.error;
        if e.is_user() {
            return Trouble::case(format!("this request cannot be sent: {e}"));
        }
        let why = e
            .source()
            .map_or_else(|| e.to_string(), |why| format!("{e}: {why}"));
        let io = e.source().and_then(|s| s.downcast_ref::<io::Error>());
        match io {
            Some(io) if self.unanswered || !is_end(io) => tls::blame(io, to),
            None if self.unanswered && !e.is_parse() => device(
                TroubleKind::DeviceRefused,
                format!("{to} closed the connection without an answer"),
            ),
            None if e.is_parse() || self.unsent => device(
                TroubleKind::DeviceGarbled,
                format!("{to} answered with no proper HTTP: {why}"),
            ),
            _ => device(
                TroubleKind::DeviceGarbled,
                format!("the answer of {to} ends in the middle: {why}"),
            ),
        }
    }
}

/// Whether an error only says that the connection ended.
fn is_end(e: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(
        e.kind(),
        K::UnexpectedEof | K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe
    )
}

/// A stream that counts what it receives.
struct Counted<S> {
    inner: S,
    received: Arc<AtomicU64>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        let new = (buf.filled().len() - before) as u64;
        self.received.fetch_add(new, Ordering::Relaxed);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
