//! How the network instruments take errors of sockets; the mapping itself is transport's.

use proofhouse_model::Trouble;
use proofhouse_transport::net::{SocketFault, explain};
use std::fmt::Display;
use std::io;

/// Whether nothing came in time, or nobody knows the device: as good as silence of the device.
pub(crate) fn is_silence(e: &io::Error) -> bool {
    SocketFault::of(e) == SocketFault::Silent
}

/// Whether the other end refused or broke the connection.
pub(crate) fn is_refusal(e: &io::Error) -> bool {
    SocketFault::of(e) == SocketFault::Refused
}

/// Whether this process or machine ran out of sockets or ports.
pub(crate) fn is_exhausted(e: &io::Error) -> bool {
    SocketFault::of(e) == SocketFault::Exhausted
}

/// The trouble behind a failed connection to `place`.
pub(crate) fn trouble(place: impl Display, e: &io::Error) -> Trouble {
    explain(e, place, "reach")
}
