//! One connection that speaks HTTP/1.1, plain or over TLS.

use super::answer::{Head, Incoming, Progress};
use super::coding::decode;
use crate::net::{self, Host, tls};
use proofhouse_model::observation::HttpAnswer;
use proofhouse_model::{Bytes, Channel, Trouble, TroubleKind};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;

/// What is no HTTP has no end that anybody could tell: it is over when nothing came for so long.
const QUIET: Duration = Duration::from_millis(300);

/// An open connection. Dropped, it is closed.
pub(super) struct Wire {
    stream: net::BoxWire,
    certificate: Option<String>,
    /// The answer that is coming in.
    incoming: Option<Incoming>,
    spent: bool,
}

/// Why no byte of an answer came: an error, or the end of the connection.
pub(super) struct Unanswered(Option<io::Error>);

impl Wire {
    pub(super) async fn open(to: SocketAddr, tls: bool, unit: &Host) -> Result<Self, Trouble> {
        let (stream, certificate) = net::open_by(to, tls, unit).await?;
        Ok(Self {
            stream,
            certificate,
            incoming: None,
            spent: false,
        })
    }

    /// Whether another request can be sent on it.
    pub(super) fn usable(&self) -> bool {
        !self.spent
    }

    /// Whether the device left it open since the last answer, and said nothing more.
    pub(super) async fn is_open(&mut self) -> bool {
        let mut room = [0; 1];
        let mut buffer = ReadBuf::new(&mut room);
        std::future::poll_fn(|cx| {
            let polled = Pin::new(&mut self.stream).poll_read(cx, &mut buffer);
            Poll::Ready(polled.is_pending())
        })
        .await
    }

    /// Sends a request and reads its answer. An answer that breaks off is one, and tells so. `leaves`: all of it is
    /// sent, whatever comes meanwhile; then the answer is waited for so long, and nothing is an answer, too.
    pub(super) async fn exchange(
        &mut self,
        method: &str,
        request: &[u8],
        leaves: Option<Duration>,
    ) -> Result<HttpAnswer, Unanswered> {
        let incoming = self.incoming.insert(Incoming::new(method));
        self.spent = true;
        let (mut read, mut write) = tokio::io::split(&mut self.stream);
        let send = async {
            write.write_all(request).await?;
            write.flush().await
        };
        let receive = receive(&mut read, incoming);
        if let Some(leaves) = leaves {
            send.await.map_err(|error| Unanswered(Some(error)))?;
            // What comes of it is no matter: the request was broken off.
            let whole = timeout(leaves, receive)
                .await
                .is_ok_and(|all| all.unwrap_or(false));
            return Ok(self.answer(whole));
        }
        // A device may answer, and close, before it has read all of an image.
        let (sent, received) = {
            let (mut send, mut receive) = (std::pin::pin!(send), std::pin::pin!(receive));
            tokio::select! {
                biased;
                received = &mut receive => (Ok(()), received),
                sent = &mut send => (sent, receive.await),
            }
        };
        let answered = self.incoming.as_ref().is_some_and(|i| i.came);
        match (answered, sent, received) {
            (true, sent, received) => {
                let whole = received.as_ref().is_ok_and(|whole| *whole);
                let may_go_on = self.incoming.as_ref().is_some_and(Incoming::may_go_on);
                self.spent = !(whole && may_go_on && sent.is_ok());
                Ok(self.answer(whole))
            }
            (false, Err(error), _) => Err(Unanswered(Some(error))),
            (false, Ok(()), received) => Err(Unanswered(received.err())),
        }
    }

    /// What came before the time was over; `None` when nothing did.
    pub(super) fn so_far(&mut self) -> Option<HttpAnswer> {
        let came = self.incoming.as_ref().is_some_and(|i| i.came);
        came.then(|| self.answer(false))
    }

    fn answer(&mut self, whole: bool) -> HttpAnswer {
        let incoming = self.incoming.take().unwrap_or_else(|| Incoming::new(""));
        let certificate = self.certificate.clone();
        match incoming.into_parts() {
            Ok((head, body)) => with_head(head, body, whole, certificate),
            Err(raw) => HttpAnswer {
                status: None,
                headers: Vec::new(),
                body: Bytes::default(),
                cut: !whole,
                certificate,
                decoded: None,
                unparsed: Some(raw.into()),
            },
        }
    }
}

fn with_head(head: Head, body: Vec<u8>, whole: bool, certificate: Option<String>) -> HttpAnswer {
    let coding = head
        .headers
        .iter()
        .find(|(name, _)| name == "content-encoding");
    let coding = coding.map(|(_, value)| value.trim().to_owned());
    let decoded = coding.as_ref().and_then(|coding| decode(coding, &body));
    HttpAnswer {
        status: Some(head.status),
        cut: !whole || decoded.as_ref().is_some_and(|d| d.cut),
        decoded: coding.filter(|_| decoded.is_some()),
        body: decoded.map_or(body, |d| d.body).into(),
        headers: head.headers,
        certificate,
        unparsed: head.raw.map(Bytes::from),
    }
}

/// Reads up to the end of the answer; whether it is whole.
async fn receive(read: &mut (impl AsyncRead + Unpin), answer: &mut Incoming) -> io::Result<bool> {
    let mut buffer = vec![0; 16 << 10];
    let mut unreadable = false;
    loop {
        let more = read.read(&mut buffer);
        let got = match unreadable {
            false => more.await,
            true => match timeout(QUIET, more).await {
                Ok(got) => got,
                Err(_) => return Ok(true),
            },
        };
        match got {
            Ok(0) if answer.came => return Ok(answer.ends_with(true)),
            Ok(0) => return Ok(false),
            Ok(n) => match answer.feed(&buffer[..n]) {
                Progress::More => {}
                Progress::Unreadable => unreadable = true,
                Progress::Whole => return Ok(true),
                Progress::Full => return Ok(false),
            },
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            // A close without TLS's own goodbye, or a reset.
            Err(_) if answer.came => return Ok(answer.ends_with(false)),
            Err(e) => return Err(e),
        }
    }
}

impl Unanswered {
    /// Whose trouble it is.
    pub(super) fn trouble(self, to: SocketAddr) -> Trouble {
        match self.0 {
            Some(e) => tls::blame(&e, to),
            None => {
                let what = format!("{to} closed the connection without an answer");
                Trouble::new(TroubleKind::DeviceRefused, Channel::Lan, what)
            }
        }
    }
}
