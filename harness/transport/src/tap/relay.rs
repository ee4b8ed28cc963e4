//! The way to a virtual unit while its tap listens: relays of real sockets, which tell what they carry.
//!
//! A connection of the harness ends at a relay that has connected to the unit before it lets itself be connected to, so
//! that a port which refuses still refuses. While nobody listens the way is straight, and costs nothing. Where the unit
//! can be cut off, its gate is nearer to it than the tap: what that holds up is not carried, and so not heard.

use super::ear::Ear;
use super::ports::{refuses_tcp, refuses_udp, takes_udp};
use super::talk::{Datagrams, Talk, other};
use crate::net::{Gate, runtime};
use proofhouse_model::observation::Side;
use proofhouse_model::{Route, SocketKind};
use socket2::SockRef;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::time::timeout;

/// How long the unit may take to accept the relay's connection; on loopback it does at once or never.
const CONNECT: Duration = Duration::from_secs(1);
/// How long a relay waits for the connection it was made for.
const AWAITED: Duration = Duration::from_secs(5);
/// How often a relay of datagrams looks whether its client's socket is there.
const LOOK: Duration = Duration::from_secs(2);

/// The way to a unit past an ear, and on by another way. New sockets come here by [`Gate::route`]; what is open is
/// carried for as long as the gate lets it go on.
#[must_use]
pub fn route(ear: &Ear, gate: Option<&Gate>, on: Route) -> Route {
    // One that nobody shuts, where there is none.
    let (ear, gate) = (ear.clone(), gate.cloned().unwrap_or_default());
    Route::new(move |kind, to| {
        let by = on.of(kind, to);
        if !ear.is_on() {
            return by;
        }
        let relayed = match kind {
            SocketKind::Tcp => tcp(&ear, &gate, to, by),
            SocketKind::Udp => udp(&ear, &gate, to, by),
        };
        relayed.unwrap_or_else(|why| {
            ear.missed(format!("a socket to {to} went past the tap: {why}"));
            by
        })
    })
}

fn tcp(ear: &Ear, gate: &Gate, to: SocketAddr, by: SocketAddr) -> io::Result<SocketAddr> {
    let unit = match TcpStream::connect_timeout(&by, CONNECT) {
        Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => return refuses_tcp(),
        unit => unit?,
    };
    let peer = unit.local_addr()?;
    // A connect within the ephemeral ports of the own host can meet itself.
    if peer == by {
        return refuses_tcp();
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let at = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    unit.set_nonblocking(true)?;
    let talk = Talk::begun(ear.clone(), to, peer, Side::Peer);
    let gate = gate.clone();
    spawn(async move {
        // What cannot be served is closed, which its client sees.
        let _ = serve(listener, unit, &talk, &gate).await;
    })?;
    Ok(at)
}

fn spawn(work: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let runtime = runtime().map_err(|trouble| io::Error::other(trouble.what))?;
    runtime.spawn(work);
    Ok(())
}

async fn serve(listener: TcpListener, unit: TcpStream, talk: &Talk, gate: &Gate) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut unit = tokio::net::TcpStream::from_std(unit)?;
    let accepted = timeout(AWAITED, listener.accept()).await;
    let (mut client, _) = accepted.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    drop(listener);
    for end in [&client, &unit] {
        // Costs latency only.
        let _ = end.set_nodelay(true);
    }
    let done = {
        let (from_client, to_client) = client.split();
        let (from_unit, to_unit) = unit.split();
        let forth = pass(from_client, to_unit, talk, Side::Peer);
        let back = pass(from_unit, to_client, talk, Side::Unit);
        gate.pass(async { tokio::try_join!(forth, back) }).await
    };
    // At one end, or at the gate.
    let broke = !matches!(done, Some(Ok(_)));
    if broke {
        for end in [SockRef::from(&client), SockRef::from(&unit)] {
            // Both ends get a reset, as they would have without a relay.
            let _ = end.set_linger(Some(Duration::ZERO));
        }
    }
    Ok(())
}

/// One way, until that side has nothing more to say.
///
/// # Errors
/// The connection was broken off.
async fn pass(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    talk: &Talk,
    by: Side,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let n = from
            .read(&mut buffer)
            .await
            .inspect_err(|_| talk.reset(by))?;
        if n == 0 {
            talk.closed(by);
            // One that is gone already needs no end.
            let _ = to.shutdown().await;
            return Ok(());
        }
        talk.said(by, &buffer[..n]);
        if to.write_all(&buffer[..n]).await.is_err() {
            // Whoever reads that socket finds what it had said before, then the break.
            talk.reset(other(by));
            return Ok(());
        }
    }
}

fn udp(ear: &Ear, gate: &Gate, to: SocketAddr, by: SocketAddr) -> io::Result<SocketAddr> {
    // A refusal cannot be passed on by a socket that takes what comes.
    if !takes_udp(by)? {
        return Ok(refuses_udp());
    }
    let near = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let far = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    far.connect(by)?;
    let (at, peer) = (near.local_addr()?, far.local_addr()?);
    for socket in [&near, &far] {
        socket.set_nonblocking(true)?;
    }
    let talk = Datagrams::new(ear.clone(), to, peer);
    let gate = gate.clone();
    spawn(async move {
        // A socket that breaks ends its relay: what is sent there is refused then.
        let _ = exchange(near, far, &talk, &gate).await;
    })?;
    Ok(at)
}

/// Datagrams both ways, for as long as the socket is there for which it was made. At a shut gate they are lost.
async fn exchange(
    near: UdpSocket,
    far: UdpSocket,
    talk: &Datagrams,
    gate: &Gate,
) -> io::Result<()> {
    let near = tokio::net::UdpSocket::from_std(near)?;
    let far = tokio::net::UdpSocket::from_std(far)?;
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut client: Option<SocketAddr> = None;
    let mut look = tokio::time::interval(LOOK);
    let mut looks = 0_u32;
    loop {
        tokio::select! {
            came = near.recv_from(&mut asked) => {
                let (n, from) = came?;
                client = Some(from);
                if gate.is_shut().is_some() {
                    continue;
                }
                talk.said(Side::Peer, &asked[..n]);
                far.send(&asked[..n]).await?;
            }
            came = far.recv(&mut answered) => {
                let n = came?;
                if gate.is_shut().is_some() {
                    continue;
                }
                talk.said(Side::Unit, &answered[..n]);
                if let Some(client) = client {
                    near.send_to(&answered[..n], client).await?;
                }
            }
            _ = look.tick() => {
                looks += 1;
                let is_there = match client {
                    Some(client) => takes_udp(client).unwrap_or(true),
                    None => LOOK * looks < AWAITED + LOOK,
                };
                if !is_there {
                    return Ok(());
                }
            }
        }
    }
}
