//! Devices that answer to a question to all: services by multicast DNS (RFC 6763 section 9), and SSDP.
//!
//! Answers are anybody's word: bounded, and shown as what was said, never taken for an identity.

use crate::net::mdns::socket;
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, QCLASS, QTYPE, Question, TYPE};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

const MDNS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(224, 0, 0, 251)), 5353);
const SSDP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(239, 255, 255, 250)), 1900);
const SERVICES: &str = "_services._dns-sd._udp.local";
const SEARCH: &[u8] =
    b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n\
    MX: 1\r\nST: ssdp:all\r\n\r\n";
/// Most devices, and most words of each.
const MOST: usize = 256;
/// Most kinds of service that are asked for.
const KINDS: usize = 64;
/// Longest word kept, in bytes.
const LONGEST: usize = 200;

/// A device that answered, and what it said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Where the answer came from.
    pub address: IpAddr,
    /// Names, services, and what SSDP calls SERVER and LOCATION, in order.
    pub said: Vec<String>,
}

/// What was heard so far.
type Heard = BTreeMap<IpAddr, BTreeSet<String>>;

/// Asks on one link, by its own address, for so long.
///
/// # Errors
/// The address is none of this host's, or the link takes no multicast.
pub fn ask(link: Ipv4Addr, within: Duration) -> io::Result<Vec<Answered>> {
    let runtime = crate::net::runtime().map_err(|why| io::Error::other(why.to_string()))?;
    runtime.block_on(ask_at(link, within, MDNS, SSDP))
}

pub(super) async fn ask_at(
    link: Ipv4Addr,
    within: Duration,
    mdns: SocketAddr,
    ssdp: SocketAddr,
) -> io::Result<Vec<Answered>> {
    let mut heard = Heard::new();
    let until = Instant::now() + within;
    let names = socket(link)?;
    let search = socket(link)?;
    names.send_to(&query(SERVICES)?, mdns).await?;
    search.send_to(SEARCH, ssdp).await?;
    let (by_name, by_search) =
        tokio::join!(services(&names, mdns, until), searched(&search, until));
    for (address, said) in by_name?.into_iter().chain(by_search) {
        heard.entry(address).or_default().extend(said);
    }
    let devices = heard.into_iter().map(|(address, said)| Answered {
        address,
        said: said.into_iter().collect(),
    });
    Ok(devices.collect())
}

/// Kinds of service, then who offers each.
async fn services(socket: &UdpSocket, mdns: SocketAddr, until: Instant) -> io::Result<Heard> {
    let mut heard = Heard::new();
    let mut kinds = BTreeSet::new();
    while let Some((bytes, from)) = next(socket, until).await {
        let Ok(packet) = Packet::parse(&bytes) else {
            continue;
        };
        for record in packet.answers.iter().chain(&packet.additional_records) {
            let name = record.name.to_string();
            match &record.rdata {
                RData::PTR(kind) if name.eq_ignore_ascii_case(SERVICES) => {
                    let kind = kind.0.to_string();
                    if kinds.len() < KINDS && kinds.insert(kind.clone()) {
                        socket.send_to(&query(&kind)?, mdns).await?;
                    }
                }
                RData::PTR(instance) => add(&mut heard, from, &instance.0.to_string()),
                RData::A(_) | RData::AAAA(_) => add(&mut heard, from, &name),
                _ => (),
            }
        }
    }
    Ok(heard)
}

async fn searched(socket: &UdpSocket, until: Instant) -> Heard {
    let mut heard = Heard::new();
    while let Some((bytes, from)) = next(socket, until).await {
        let text = String::from_utf8_lossy(&bytes);
        for line in text.lines() {
            if let Some((name, value)) = line.split_once(':')
                && ["server", "location"].contains(&name.trim().to_lowercase().as_str())
            {
                add(&mut heard, from, value.trim());
            }
        }
    }
    heard
}

fn add(heard: &mut Heard, from: IpAddr, word: &str) {
    if heard.len() >= MOST && !heard.contains_key(&from) {
        return;
    }
    let said = heard.entry(from).or_default();
    if said.len() < MOST {
        said.insert(word.chars().take(LONGEST).collect());
    }
}

/// The next answer, and from whom.
async fn next(socket: &UdpSocket, until: Instant) -> Option<(Vec<u8>, IpAddr)> {
    let mut buffer = vec![0; 9000];
    let came = timeout_at(until, socket.recv_from(&mut buffer))
        .await
        .ok()?;
    let (size, from) = came.ok()?;
    buffer.truncate(size);
    Some((buffer, from.ip()))
}

fn query(name: &str) -> io::Result<Vec<u8>> {
    let mut packet = Packet::new_query(0);
    let (kind, class) = (QTYPE::TYPE(TYPE::PTR), QCLASS::CLASS(CLASS::IN));
    let name = Name::new(name).map_err(io::Error::other)?;
    packet
        .questions
        .push(Question::new(name, kind, class, false));
    packet.build_bytes_vec().map_err(io::Error::other)
}
