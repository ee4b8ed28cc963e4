//! Which ports of this host are taken, and an address that refuses.

use crate::sync::hold;
use socket2::{Domain, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Mutex;

/// Nobody has a datagram socket there: the port of a service that is gone (TCPMUX), at an address of this host that
/// nobody uses.
const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 255, 255, 253)), 1);

/// An address whose connections are refused: a socket has it, so nobody else can, and does not listen.
pub(super) fn refuses_tcp() -> io::Result<SocketAddr> {
    static HELD: Mutex<Option<(Socket, SocketAddr)>> = Mutex::new(None);
    let mut held = hold(&HELD);
    if let Some((_, at)) = held.as_ref() {
        return Ok(*at);
    }
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    let at = socket.local_addr()?.as_socket();
    let at = at.ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
    *held = Some((socket, at));
    Ok(at)
}

/// An address whose datagrams are refused.
pub(super) fn refuses_udp() -> SocketAddr {
    NOBODY
}

/// Whether a socket of this host takes datagrams at that address.
///
/// # Errors
/// The system does not say, or this is no IPv4 address.
pub(super) fn takes_udp(at: SocketAddr) -> io::Result<bool> {
    let IpAddr::V4(ip) = at.ip() else {
        return Err(io::ErrorKind::Unsupported.into());
    };
    let four = std::fs::read_to_string("/proc/net/udp")?;
    // Absent where IPv6 is switched off.
    let six = std::fs::read_to_string("/proc/net/udp6").unwrap_or_default();
    let own = format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), at.port());
    let any = format!("00000000:{:04X}", at.port());
    let any6 = format!("{:032X}:{:04X}", 0, at.port());
    Ok(is_there(&four, &[&own, &any]) || is_there(&six, &[&any6]))
}

/// Whether a line of such a table has one of these local addresses.
fn is_there(table: &str, wanted: &[&str]) -> bool {
    let mut locals = table
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1));
    locals.any(|local| wanted.contains(&local))
}
