//! Sockets behind plain calls: one small tokio runtime, deadlines, and whose trouble an error is.

mod changes;
mod fault;
mod gate;
mod hole;
pub(crate) mod mdns;
mod openssl;
mod place;
pub mod tls;
mod turns;

use crate::budget::Budget;
pub(crate) use changes::look_until;
pub use fault::{SocketFault, explain};
pub use gate::Gate;
pub(crate) use gate::Gated;
pub use hole::Hole;
pub use place::Host;
use proofhouse_model::{Channel, Route, SocketKind, Trouble};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::task::Poll;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UdpSocket};
use tokio::runtime::{Builder, Runtime};
pub use turns::{Turn, Turns, Way};

/// The runtime that all network drivers of this process share: two threads.
///
/// # Errors
/// Trouble of the bench when the system gives no threads or files.
pub fn runtime() -> Result<&'static Runtime, Trouble> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let built = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("net")
        .enable_io()
        .enable_time()
        .build();
    match built {
        // Should two threads get here at once, the second runtime is shut down again.
        Ok(runtime) => Ok(RUNTIME.get_or_init(|| runtime)),
        Err(e) => Err(Trouble::bench(
            Channel::Lan,
            format!("the network threads do not start: {e}"),
            "end other programs; see `ulimit -u` and `ulimit -n`",
        )),
    }
}

/// Runs a future on the calling thread until it is done or the budget is over.
pub(crate) fn run<T>(
    budget: &Budget,
    late: impl FnOnce() -> Trouble,
    work: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    let mut work = std::pin::pin!(work);
    // Under a flood the work is always ready, and the runtime's timers come late: the clock is looked at each time.
    let work = std::future::poll_fn(|cx| match budget.left().is_zero() {
        true => Poll::Ready(None),
        false => work.as_mut().poll(cx).map(Some),
    });
    runtime()?.block_on(async {
        tokio::select! {
            biased;
            why = budget.cancel().cancelled() => Err(why),
            () = tokio::time::sleep_until(budget.deadline().into()) => Err(late()),
            done = work => done.unwrap_or_else(|| Err(late())),
        }
    })
}

/// Connects over TCP, without delay for small packets.
pub(crate) async fn connect(to: SocketAddr, route: &Route) -> Result<TcpStream, Trouble> {
    let stream = TcpStream::connect(route.of(SocketKind::Tcp, to))
        .await
        .map_err(|e| explain(&e, to, "connect to"))?;
    // A connect within the ephemeral ports of the own host can meet itself.
    if stream.local_addr().is_ok_and(|own| own == to) {
        return Err(explain(
            &io::ErrorKind::ConnectionRefused.into(),
            to,
            "connect to",
        ));
    }
    // Costs latency only.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// A connection, plain or with TLS on it.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}
pub(crate) type BoxWire = Box<dyn Wire>;

/// Connects, and brings the SHA-256 of the certificate shown where TLS is spoken. A device that speaks nothing that our
/// own library takes is spoken to through `openssl`, where that is there.
pub(crate) async fn open(
    to: SocketAddr,
    tls: bool,
    route: &Route,
    identity: Option<&tls::Identity>,
) -> Result<(BoxWire, Option<String>), Trouble> {
    let stream = connect(to, route).await?;
    if !tls {
        return Ok((Box::new(stream), None));
    }
    let refused = match tls::shake(stream, to, identity).await {
        Ok((stream, certificate)) => return Ok((Box::new(stream), certificate)),
        Err(refused) if !refused.by_tls => return Err(refused.trouble),
        Err(refused) => refused.trouble,
    };
    match openssl::shake(to, route, identity).await {
        Ok((session, certificate)) => Ok((Box::new(session), certificate)),
        Err(failed) => Err(tls::needs(refused, failed)),
    }
}

/// The same on the way that leads to a unit, and through the gate that stands on it.
pub(crate) async fn open_by(
    to: SocketAddr,
    tls: bool,
    unit: &Host,
) -> Result<(BoxWire, Option<String>), Trouble> {
    let (wire, certificate) = open(to, tls, &unit.way.route, unit.identity.as_ref()).await?;
    let wire: BoxWire = match &unit.way.gate {
        Some(gate) => Box::new(Gated::new(wire, gate)),
        None => wire,
    };
    Ok((wire, certificate))
}

/// A UDP socket that hears one peer alone.
pub(crate) async fn datagrams(to: SocketAddr, route: &Route) -> Result<UdpSocket, Trouble> {
    let any: SocketAddr = match to {
        SocketAddr::V4(_) => (std::net::Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any)
        .await
        .map_err(|e| explain(&e, to, "open a socket for"))?;
    socket
        .connect(route.of(SocketKind::Udp, to))
        .await
        .map_err(|e| explain(&e, to, "send to"))?;
    Ok(socket)
}
