//! TLS that our own library refuses to speak: TLS 1.0 and 1.1, RSA key exchange, CBC, finite-field Diffie-Hellman, rare
//! curves. A device that speaks nothing else must be worked before anybody can judge it, so `openssl s_client`, where
//! this computer has it, stands in as a stream.

mod log;

use super::tls::Identity;
use log::{Log, Seen};
use proofhouse_model::{Route, SocketKind};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A session of its; the program ends with it.
pub(crate) struct Session {
    stdin: ChildStdin,
    stdout: ChildStdout,
    seen: watch::Receiver<Seen>,
    log: JoinHandle<()>,
    _child: Child,
}

/// Why there is none.
pub(crate) enum Failed {
    /// No such program here.
    Missing,
    /// What it said.
    Said(String),
}

/// Shakes hands with whatever the device speaks, and tells the SHA-256 of the certificate shown.
pub(crate) async fn shake(
    to: SocketAddr,
    route: &Route,
    identity: Option<&Identity>,
) -> Result<(Session, Option<String>), Failed> {
    shake_by("openssl", to, route, identity).await
}

async fn shake_by(
    program: &str,
    to: SocketAddr,
    route: &Route,
    identity: Option<&Identity>,
) -> Result<(Session, Option<String>), Failed> {
    let mut command = Command::new(program);
    command
        .args(["s_client", "-brief", "-ign_eof", "-noservername"])
        .args(["-legacy_server_connect", "-min_protocol", "TLSv1"])
        .args(["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"])
        .args(["-msg", "-msgfile", "/dev/stderr"])
        .arg("-connect")
        .arg(route.of(SocketKind::Tcp, to).to_string())
        // What a distribution forbids its own programs would keep it from speaking to the device.
        .env("OPENSSL_CONF", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if let Some(identity) = identity {
        command.arg("-cert").arg(&identity.certificate);
        command.arg("-key").arg(&identity.key);
    }
    let mut child = command.spawn().map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => Failed::Missing,
        _ => Failed::Said(format!("it does not start: {e}")),
    })?;
    let (Some(stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(Failed::Said("it has no pipes".to_owned()));
    };
    let (tell, mut seen) = watch::channel(Seen::default());
    let log = tokio::spawn(Log::new(tell).follow(stderr));
    if seen.wait_for(|seen| seen.established).await.is_err() {
        let why = seen.borrow().why.clone();
        return Err(Failed::Said(
            why.unwrap_or_else(|| "no reason given".to_owned()),
        ));
    }
    let certificate = seen.borrow().certificate.clone();
    let session = Session {
        stdin,
        stdout,
        seen,
        log,
        _child: child,
    };
    Ok((session, certificate))
}

impl AsyncRead for Session {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        match Pin::new(&mut self.stdout).poll_read(cx, buf) {
            Poll::Ready(Ok(())) if buf.filled().len() == before && buf.remaining() > 0 => {}
            polled => return polled,
        }
        // The end: whether the device said goodbye stands in the rest of the log.
        if !self.log.is_finished() && Pin::new(&mut self.log).poll(cx).is_pending() {
            return Poll::Pending;
        }
        Poll::Ready(match self.seen.borrow().goodbye {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        })
    }
}

impl AsyncWrite for Session {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stdin).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdin).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdin).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
