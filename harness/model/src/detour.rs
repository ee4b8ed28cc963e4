//! Another way to a unit's socket, for a bench whose network is faulty on purpose.

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

/// Where a socket meant for a unit's address is to be connected in fact. Straight by default, which costs nothing.
///
/// Every driver and instrument that opens a socket to a unit asks it, so that a fault of the network can be put on the
/// wire below them. What they say of the place stays the unit's own address.
#[derive(Clone, Default)]
pub struct Detour(Option<Arc<Way>>);

impl Detour {
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

impl fmt::Debug for Detour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Detour(around)"
        } else {
            "Detour(straight)"
        })
    }
}
