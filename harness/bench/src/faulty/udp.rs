//! Datagrams through bad weather.

use super::net::{Fate, Weather};
use proofhouse_model::SocketKind;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// A relay on which nothing moved for so long is given up.
const IDLE: Duration = Duration::from_secs(30);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(500);

/// An address that leads to `to` through the weather; `None` when nothing listens there, or the weather is fine: a
/// socket of the harness lives no longer than its op.
pub(super) fn relay(weather: &Arc<Weather>, to: SocketAddr) -> io::Result<Option<SocketAddr>> {
    if !weather.faulty.active() || !listens(to) {
        return Ok(None);
    }
    let mut dice = weather.dice();
    let near = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let at = near.local_addr()?;
    if weather.of_opening(SocketKind::Udp, &mut dice) == Fate::Reset {
        // Closed again: the system refuses what is sent there.
        return Ok(Some(at));
    }
    let far = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    far.connect(to)?;
    for socket in [&near, &far] {
        socket.set_read_timeout(Some(LOOK))?;
    }
    let relay = Arc::new(Relay {
        near,
        far,
        client: OnceLock::new(),
        weather: Arc::clone(weather),
    });
    let (back, seed) = (Arc::clone(&relay), dice.next());
    let forth = move || relay.pass(seed, true);
    std::thread::Builder::new()
        .name("bad network".into())
        .spawn(forth)?;
    let back = move || back.pass(seed ^ 1, false);
    std::thread::Builder::new()
        .name("bad network".into())
        .spawn(back)?;
    Ok(Some(at))
}

struct Relay {
    near: UdpSocket,
    far: UdpSocket,
    client: OnceLock<SocketAddr>,
    weather: Arc<Weather>,
}

impl Relay {
    /// One direction, until nothing moves any more or the unit's port closes.
    fn pass(&self, seed: u64, forth: bool) {
        let mut dice = super::Dice::new(seed, 2);
        let mut buffer = vec![0; 65_536];
        let mut moved = Instant::now();
        while moved.elapsed() < IDLE {
            let came = match forth {
                true => self.near.recv_from(&mut buffer).map(|(n, from)| {
                    let _ = self.client.set(from);
                    n
                }),
                false => self.far.recv(&mut buffer),
            };
            let n = match came {
                Ok(n) => n,
                Err(e) if is_wait(&e) => continue,
                Err(_) => return,
            };
            moved = Instant::now();
            match self.weather.of_datagram(&mut dice) {
                Fate::Lost | Fate::Reset => continue,
                Fate::Late(by) => std::thread::sleep(by),
                Fate::Arrives => {}
            }
            // What cannot be sent is lost, as datagrams are.
            let _ = match (forth, self.client.get()) {
                (true, _) => self.far.send(&buffer[..n]),
                (false, Some(client)) => self.near.send_to(&buffer[..n], client),
                (false, None) => Ok(0),
            };
        }
    }
}

fn is_wait(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

/// Whether a socket of this host is bound to that very address and port: a refusal cannot be passed on, so a closed
/// port must not be relayed. Linux alone says so; elsewhere nothing is relayed.
fn listens(to: SocketAddr) -> bool {
    let IpAddr::V4(ip) = to.ip() else {
        return false;
    };
    let wanted = format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), to.port());
    let bound = std::fs::read_to_string("/proc/net/udp").unwrap_or_default();
    bound
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .any(|local| local == wanted)
}
