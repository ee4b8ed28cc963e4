//! The DHCP server of a unit, for IPv4.
//!
//! It stands on one interface and answers one MAC: whoever else is on that network is not touched. It gives one
//! address, and tells network, router and DNS server with it.
//!
//! | driver | is |
//! |---|---|
//! | [`DhcpServer`] | in this process, on an interface of this host |

mod lease;
#[cfg(test)]
mod tests;

pub use lease::Lease;

use crate::budget::Budget;
use crate::caps::NET_BIND_SERVICE;
use crate::net;
use crate::open::Context;
use crate::sync::hold;
use lease::Heard;
use proofhouse_model::drivers::LEASE;
use proofhouse_model::observation::{DhcpFacts, DhcpLease};
use proofhouse_model::{Channel, Trouble, Wire};
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

const SERVER_PORT: u16 = 67;
const CLIENT_PORT: u16 = 68;
/// Leases kept for whoever waits for them.
const LEASES: usize = 256;
/// Longest message that is read, bytes.
const LONGEST: usize = 4096;

/// A server that listens until dropped.
pub struct DhcpServer {
    shared: Arc<Shared>,
    serving: AbortHandle,
}

struct Shared {
    lease: Lease,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    leases: VecDeque<DhcpLease>,
    malformed: u64,
    strangers: u64,
}

/// What the server of a wire leases: one line per driver of the channel. Nothing listens yet.
///
/// # Errors
/// Bench trouble: settings of another driver.
pub fn place(wire: &Wire, context: &Context<'_>) -> Result<Lease, Trouble> {
    match wire.driver.as_str() {
        LEASE => Lease::of(&wire.settings, context),
        _ => Err(context.unknown(Channel::DHCP, wire)),
    }
}

impl DhcpServer {
    /// Listens on the interface.
    ///
    /// # Errors
    /// Trouble of the bench: another server is there, there is no such interface, the port may not be taken.
    pub fn open(lease: Lease) -> Result<Self, Trouble> {
        let runtime = net::runtime()?;
        let socket = {
            let _inside = runtime.enter();
            on_interface(&lease.interface, SERVER_PORT).and_then(UdpSocket::from_std)
        };
        let socket = socket.map_err(|e| no_server(&lease.interface, &e))?;
        let shared = Arc::new(Shared {
            lease,
            state: Mutex::default(),
            changed: Notify::new(),
        });
        let serving = serve(socket, shared.clone());
        Ok(Self {
            shared,
            serving: runtime.spawn(serving).abort_handle(),
        })
    }

    /// What it leases to whom, and what it left aside.
    #[must_use]
    pub fn facts(&self) -> DhcpFacts {
        let lease = &self.shared.lease;
        let mac: Vec<_> = lease.mac.iter().map(|byte| format!("{byte:02x}")).collect();
        let state = hold(&self.shared.state);
        DhcpFacts {
            server: lease.server,
            lease: lease.address,
            mac: mac.join(":"),
            malformed: state.malformed,
            strangers: state.strangers,
        }
    }

    /// The next lease since the start of the case; `None` when there was none in time.
    ///
    /// # Errors
    /// The run is being ended.
    pub fn await_lease(&self, budget: &Budget) -> Result<Option<DhcpLease>, Trouble> {
        net::look_until(budget, &self.shared.changed, || {
            hold(&self.shared.state).leases.pop_front()
        })
    }

    /// As at the start of a case: nothing heard.
    pub fn reset(&self) {
        *hold(&self.shared.state) = State::default();
    }
}

impl Drop for DhcpServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl std::fmt::Debug for DhcpServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DhcpServer({:?})", self.shared.lease)
    }
}

/// A socket that hears one interface alone, broadcasts too.
fn on_interface(interface: &str, port: u16) -> io::Result<std::net::UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.set_broadcast(true)?;
    bind_device(&socket, interface)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)).into())?;
    Ok(socket.into())
}

#[cfg(target_os = "linux")]
fn bind_device(socket: &Socket, interface: &str) -> io::Result<()> {
    socket.bind_device(Some(interface.as_bytes()))
}

#[cfg(not(target_os = "linux"))]
fn bind_device(_: &Socket, _: &str) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

async fn serve(socket: UdpSocket, shared: Arc<Shared>) {
    let mut buffer = vec![0; LONGEST];
    loop {
        let Ok((n, _)) = socket.recv_from(&mut buffer).await else {
            // The interface is down, or somebody who was answered is gone.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        if let Some((answer, to)) = shared.take(&buffer[..n]) {
            let to = to.unwrap_or(Ipv4Addr::BROADCAST);
            // Whoever does not hear it asks again.
            let _ = socket.send_to(&answer, (to, CLIENT_PORT)).await;
        }
    }
}

impl Shared {
    /// Keeps what came of a message, and gives the answer to it.
    fn take(&self, bytes: &[u8]) -> Option<(Vec<u8>, Option<Ipv4Addr>)> {
        let heard = self.lease.hear(bytes);
        let mut state = hold(&self.state);
        match heard {
            Heard::Malformed => state.malformed += 1,
            Heard::Stranger => state.strangers += 1,
            Heard::Noted => {}
            Heard::Asked { answer, to, lease } => {
                let room = LEASES.saturating_sub(state.leases.len());
                state.leases.extend(lease.into_iter().take(room));
                drop(state);
                self.changed.notify_waiters();
                return Some((answer, to));
            }
        }
        None
    }
}

fn no_server(interface: &str, e: &io::Error) -> Trouble {
    let what = format!("the DHCP server cannot listen on {interface}: {e}");
    let next = match e.kind() {
        io::ErrorKind::PermissionDenied => format!(
            "its port takes {NET_BIND_SERVICE}: {}",
            NET_BIND_SERVICE.how_to_get()
        ),
        io::ErrorKind::AddrInUse => {
            "end the other DHCP server of this computer: `ss -lunp` names it".to_owned()
        }
        _ => "`ip link` lists the interfaces of this computer".to_owned(),
    };
    Trouble::bench(Channel::DHCP, what, next)
}
