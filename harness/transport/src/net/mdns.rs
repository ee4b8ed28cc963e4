//! Names that hosts on the same link answer for: one-shot queries of multicast DNS (RFC 6762 section 5.1).
//!
//! Asked from a port of our own, so responders answer straight to it, and whatever else speaks multicast DNS on this
//! host is left alone.

use super::explain;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use proofhouse_model::Trouble;
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, QCLASS, QTYPE, Question, TYPE};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

const GROUP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(224, 0, 0, 251)), 5353);
/// Most interfaces asked on.
const MOST: usize = 16;
/// Waits for answers; each is followed by another query (section 5.2), and the last by giving up.
const WAITS: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_millis(1000),
    Duration::from_millis(2000),
];

/// The address that somebody on one of this host's links has under this name.
pub(super) async fn ask(name: &str) -> Result<Option<IpAddr>, Trouble> {
    let here = links().map_err(|e| explain(&e, name, "look up"))?;
    ask_at(name, &here, GROUP).await
}

async fn ask_at(
    name: &str,
    here: &[Ipv4Addr],
    group: SocketAddr,
) -> Result<Option<IpAddr>, Trouble> {
    let broken = |e: &io::Error| explain(e, name, "look up");
    let query = query(name).map_err(|e| broken(&io::Error::other(e)))?;
    let sockets: io::Result<Vec<_>> = here.iter().map(|link| socket(*link)).collect();
    let sockets = sockets.map_err(|e| broken(&e))?;
    for wait in WAITS {
        let mut sent = Err(io::ErrorKind::NetworkUnreachable.into());
        for socket in &sockets {
            sent = socket.send_to(&query, group).await.or(sent);
        }
        // One link that is down leaves the others.
        sent.map_err(|e| broken(&e))?;
        let until = Instant::now() + wait;
        if let Some(address) = heard(&sockets, name, until).await {
            return Ok(Some(address));
        }
    }
    Ok(None)
}

/// The first answer on any socket.
async fn heard(sockets: &[UdpSocket], name: &str, until: Instant) -> Option<IpAddr> {
    loop {
        let readable = std::future::poll_fn(|cx| {
            let ready = sockets
                .iter()
                .position(|s| s.poll_recv_ready(cx).is_ready());
            ready.map_or(std::task::Poll::Pending, std::task::Poll::Ready)
        });
        let ready = timeout_at(until, readable).await.ok()?;
        let mut buffer = vec![0; 9000];
        if let Some(socket) = sockets.get(ready)
            && let Ok(n) = socket.try_recv(&mut buffer)
            && let Some(address) = answer(&buffer[..n], name)
        {
            return Some(address);
        }
    }
}

fn query(name: &str) -> Result<Vec<u8>, simple_dns::SimpleDnsError> {
    let mut packet = Packet::new_query(0);
    for kind in [TYPE::A, TYPE::AAAA] {
        let (kind, class) = (QTYPE::TYPE(kind), QCLASS::CLASS(CLASS::IN));
        packet
            .questions
            .push(Question::new(Name::new(name)?, kind, class, false));
    }
    packet.build_bytes_vec()
}

/// An address of that name; of IPv6 only such as need no interface beside them.
fn answer(bytes: &[u8], name: &str) -> Option<IpAddr> {
    let packet = Packet::parse(bytes).ok()?;
    let records = packet.answers.iter().chain(&packet.additional_records);
    let of_name = records.filter(|r| r.name.to_string().eq_ignore_ascii_case(name));
    let mut found: Vec<IpAddr> = of_name
        .filter_map(|record| match &record.rdata {
            RData::A(a) => Some(Ipv4Addr::from(a.address).into()),
            RData::AAAA(a) => Some(std::net::Ipv6Addr::from(a.address))
                .filter(|a| !a.is_unicast_link_local())
                .map(IpAddr::from),
            _ => None,
        })
        .collect();
    found.sort_by_key(IpAddr::is_ipv6);
    found.first().copied()
}

/// Own addresses of the links that take multicast.
fn links() -> io::Result<Vec<Ipv4Addr>> {
    let wanted = InterfaceFlags::IFF_UP | InterfaceFlags::IFF_MULTICAST;
    let all = getifaddrs()?.filter(|link| link.flags.contains(wanted));
    let addresses = all.filter_map(|link| Some(link.address?.as_sockaddr_in()?.ip()));
    Ok(addresses.take(MOST).collect())
}

pub(crate) fn socket(link: Ipv4Addr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.set_multicast_if_v4(&link)?;
    socket.set_multicast_ttl_v4(255)?;
    socket.bind(&SocketAddr::from((link, 0)).into())?;
    UdpSocket::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::runtime;
    use simple_dns::ResourceRecord;
    use simple_dns::rdata::{A, AAAA};

    const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;

    fn told(name: &str) -> Vec<u8> {
        let mut packet = Packet::new_reply(0);
        for data in [
            RData::AAAA(AAAA {
                address: 0xfe80 << 112 | 1,
            }),
            RData::A(A {
                address: u32::from(Ipv4Addr::new(192, 0, 2, 9)),
            }),
        ] {
            let name = Name::new(name).unwrap();
            packet
                .answers
                .push(ResourceRecord::new(name, CLASS::IN, 10, data));
        }
        packet.build_bytes_vec().unwrap()
    }

    /// A responder that says something else first, and speaks up at the second query only.
    #[test]
    fn the_host_of_that_name_is_found_among_others() {
        let responder = std::net::UdpSocket::bind((HERE, 0)).unwrap();
        let at = responder.local_addr().unwrap();
        let device = std::thread::spawn(move || {
            let mut buffer = [0; 1500];
            let (first, _) = responder.recv_from(&mut buffer).unwrap();
            let query = Packet::parse(&buffer[..first]).unwrap();
            assert_eq!(query.questions[0].qname.to_string(), "plug.local");
            let (_, from) = responder.recv_from(&mut buffer).unwrap();
            for answer in [b"rubbish".to_vec(), told("other.local"), told("PLUG.local")] {
                responder.send_to(&answer, from).unwrap();
            }
        });
        let found = runtime()
            .unwrap()
            .block_on(ask_at("plug.local", &[HERE], at));
        assert_eq!(found.unwrap(), Some([192, 0, 2, 9].into()));
        device.join().unwrap();
    }

    #[test]
    fn an_address_that_says_nothing_without_its_interface_is_none() {
        assert_eq!(
            answer(&told("plug.local"), "plug.local"),
            Some([192, 0, 2, 9].into())
        );
        assert_eq!(answer(&told("plug.local"), "plug"), None);
        assert_eq!(answer(b"", "plug.local"), None);
    }

    #[test]
    fn this_host_s_links_are_known() {
        assert!(links().unwrap().iter().all(|link| !link.is_unspecified()));
    }
}
