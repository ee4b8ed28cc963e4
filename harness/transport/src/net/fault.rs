//! Whose trouble an error of a socket is: said here, for drivers and instruments alike.

use proofhouse_model::{Channel, Trouble, TroubleKind};
use std::fmt::Display;
use std::io;

/// What an error of a socket to a device means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketFault {
    /// Nothing came in time, or nobody on the way to the device knows it: a device without power looks so.
    Silent,
    /// The device, or the host it should be on, refused or broke the connection.
    Refused,
    /// This process or machine ran out of sockets, ports or buffers.
    Exhausted,
    /// This host has no way to the device: no route, no cable, no permission.
    Bench,
}

impl SocketFault {
    /// The meaning of an error.
    #[must_use]
    pub fn of(e: &io::Error) -> Self {
        use io::ErrorKind as K;
        use nix::libc::{EMFILE, ENFILE, ENOBUFS};
        match e.kind() {
            K::TimedOut | K::WouldBlock | K::HostUnreachable => Self::Silent,
            K::ConnectionRefused
            | K::ConnectionReset
            | K::ConnectionAborted
            | K::BrokenPipe
            | K::UnexpectedEof
            | K::NotConnected => Self::Refused,
            K::AddrNotAvailable => Self::Exhausted,
            _ if matches!(e.raw_os_error(), Some(EMFILE | ENFILE | ENOBUFS)) => Self::Exhausted,
            _ => Self::Bench,
        }
    }
}

/// The trouble behind an error of a socket. `doing` is such as `connect to`, `place` an address.
#[must_use]
pub fn explain(e: &io::Error, place: impl Display, doing: &str) -> Trouble {
    let bench = |next: &str| {
        let what = format!("cannot {doing} {place}: {e}");
        Trouble::bench(Channel::Lan, what, next)
    };
    match SocketFault::of(e) {
        SocketFault::Silent => {
            let mut silent =
                Trouble::silent(Channel::Lan, format!("{place} does not answer ({e})"));
            silent.try_next = Some("see that the device is on and has this address".to_owned());
            silent
        }
        SocketFault::Refused => {
            let what = match e.kind() {
                io::ErrorKind::ConnectionRefused => {
                    format!("nothing listens at {place}: the connection was refused")
                }
                _ => format!("{place} closed the connection ({e})"),
            };
            let mut refused = Trouble::new(TroubleKind::DeviceRefused, Channel::Lan, what);
            if e.kind() == io::ErrorKind::ConnectionRefused {
                let next = "see that the port that device.star names is the unit's, and that its service is up by then";
                refused.try_next = Some(next.to_owned());
            }
            refused
        }
        SocketFault::Exhausted => bench("end other programs; see `ulimit -n` for open files"),
        SocketFault::Bench => {
            bench("check this host's cable, address and route to the unit's network")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::libc;

    #[test]
    fn an_error_is_of_the_same_family_whoever_meets_it() {
        let kind = |errno| explain(&io::Error::from_raw_os_error(errno), "x", "reach").kind;
        for errno in [libc::ETIMEDOUT, libc::EHOSTUNREACH, libc::EAGAIN] {
            assert_eq!(kind(errno), TroubleKind::DeviceSilent, "{errno}");
        }
        for errno in [libc::ECONNREFUSED, libc::ECONNRESET, libc::EPIPE] {
            assert_eq!(kind(errno), TroubleKind::DeviceRefused, "{errno}");
        }
        for errno in [
            libc::ENETUNREACH,
            libc::ENETDOWN,
            libc::EACCES,
            libc::EMFILE,
            libc::ENOBUFS,
            libc::EADDRNOTAVAIL,
        ] {
            assert_eq!(kind(errno), TroubleKind::Bench, "{errno}");
        }
        let full = io::Error::from_raw_os_error(libc::EMFILE);
        assert_eq!(SocketFault::of(&full), SocketFault::Exhausted);
    }
}
