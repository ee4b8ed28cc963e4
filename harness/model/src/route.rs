//! Where a socket to a unit is connected; another address on a bench whose network is faulty on purpose.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// What kind of socket is about to be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SocketKind {
    /// A connection.
    Tcp,
    /// Datagrams.
    Udp,
}

type Way = dyn Fn(SocketKind, SocketAddr) -> SocketAddr + Send + Sync;

/// Maps a unit's address to the address that is really connected to. The same address by default, which costs nothing.
///
/// Every driver and instrument that opens a socket to a unit asks it, so that a network fault can be injected below
/// them. Their messages still name the unit's own address.
#[derive(Clone, Default)]
pub struct Route(Option<Arc<Way>>);

impl Route {
    /// Through `way`: from the unit's address to the address to connect to.
    #[must_use]
    pub fn new(way: impl Fn(SocketKind, SocketAddr) -> SocketAddr + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(way)))
    }

    /// The address to connect to.
    #[must_use]
    pub fn of(&self, kind: SocketKind, to: SocketAddr) -> SocketAddr {
        self.0.as_ref().map_or(to, |way| way(kind, to))
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Route(redirected)"
        } else {
            "Route(direct)"
        })
    }
}
