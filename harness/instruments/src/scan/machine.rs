//! What this machine itself serves on every address: on a loopback address, which virtual units have, it looks like the
//! unit's.

use proofhouse_model::seeded::Seeded;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

/// Loopback refuses at once.
const PATIENCE: Duration = Duration::from_millis(200);

/// Another address of the same machine, that no unit has; only for a loopback one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Neighbour(IpAddr);

impl Neighbour {
    /// The neighbour of a unit; `None` where it is a machine of its own.
    pub(super) fn of(host: IpAddr, numbers: &mut Seeded) -> Option<Self> {
        let IpAddr::V4(own) = host else { return None };
        // Units of benches are below 127.250.
        let [a, b] = [numbers.byte(), numbers.byte()];
        own.is_loopback()
            .then(|| Self(IpAddr::from([127, 253, a, b.clamp(1, 254)])))
    }

    /// Whether the port takes connections there too.
    pub(super) fn has_tcp(self, port: u16) -> bool {
        let connected = TcpStream::connect_timeout(&SocketAddr::new(self.0, port), PATIENCE);
        // What is taken and broken off at once was taken.
        connected.map_or_else(|e| e.kind() == ErrorKind::ConnectionReset, |_| true)
    }

    /// Whether the port takes datagrams there too.
    pub(super) fn has_udp(self, port: u16) -> bool {
        let asked = UdpSocket::bind((IpAddr::from([127, 0, 0, 1]), 0)).and_then(|socket| {
            socket.connect((self.0, port))?;
            socket.send(b"\r\n")?;
            // Where nobody listens the refusal is there before this call.
            Ok(socket.take_error()?.is_none())
        });
        asked.unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpListener};

    #[test]
    fn a_service_on_every_address_is_the_machines_and_one_on_its_own_address_is_not() {
        let unit = IpAddr::from([127, 77, 1, 9]);
        let neighbour = Neighbour::of(unit, &mut Seeded::new(1)).unwrap();
        let tcp = |at: IpAddr| TcpListener::bind((at, 0)).unwrap();
        let udp = |at: IpAddr| UdpSocket::bind((at, 0)).unwrap();
        let all = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        for (at, is_shared) in [(unit, false), (all, true)] {
            let (tcp, udp) = (tcp(at), udp(at));
            assert_eq!(
                neighbour.has_tcp(tcp.local_addr().unwrap().port()),
                is_shared
            );
            assert_eq!(
                neighbour.has_udp(udp.local_addr().unwrap().port()),
                is_shared
            );
        }
        assert!(Neighbour::of(IpAddr::from([192, 0, 2, 1]), &mut Seeded::new(1)).is_none());
    }
}
