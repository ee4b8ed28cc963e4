//! Which TCP and UDP ports of a unit are open.
//!
//! TCP: a connect scan, up to 16,000 at once, that tells *refused* (proof that the address was reached) from
//! *silent*. What was silent is asked three times, and four times where most ports refuse, because lost packets
//! must not hide an open port. While ports are silent one that answered is asked again: when that one is silent too,
//! twice, the scan slows down and asks once more what was silent meanwhile. What it has no time left for counts as
//! silent and as given up, and so does what no port that answered was heard beside at the end. A port that refused is
//! asked again as well: silent then, the device limits its refusals, and closed ports look like filtered ones. UDP:
//! fitting questions per well-known port, and an ICMP answer means closed. An address that neither answered nor
//! refused anything is reported as silent, never as clean.

mod half_open;
mod inflight;
mod machine;
mod ports;
mod probes;
mod tcp;
mod top;
mod udp;
mod witness;

pub use top::{UDP_LISTED, UDP_TOP};

use proofhouse_model::observation::{PortScan, PortWitness};
use proofhouse_model::seeded::Seeded;
use proofhouse_model::{Bytes, Channel, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::net::Way;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Scans TCP port ranges (inclusive, port 0 left out) and UDP ports of `host`, in an order and with identifiers drawn
/// from `seed`.
///
/// Refused ports are counted, silent ones too; open TCP ports come with at most 256 bytes they sent by themselves
/// within 300 ms. Lists are sorted and without repeats. On a loopback address, which virtual units have, ports that
/// this machine itself serves on every address are left out.
///
/// # Errors
/// `Case` for an empty or reversed range; `DeviceSilent` when nothing answered or refused; `Deadline` when not every
/// port could be visited in time (a partial list would look like a clean one); `Bench` when there is no route or no
/// socket left.
pub fn scan_ports(
    host: IpAddr,
    tcp: &[(u16, u16)],
    udp: &[u16],
    seed: u64,
    route: &Way,
    budget: &Budget,
) -> Result<PortScan, Trouble> {
    survey(host, tcp, udp, seed, false, route, budget).map(|seen| seen.ports)
}

/// A port scan, and what has to be known to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// What was found.
    pub ports: PortScan,
    /// How many TCP and UDP ports were asked for.
    pub asked: (usize, usize),
    /// Whether SYNs alone were sent, and connections made to open ports only.
    pub half_open: bool,
    /// TCP ports that neither answered nor refused, in order.
    pub tcp_silent: Vec<u16>,
    /// How often each of them was asked at least, but for `given_up`.
    pub tries: u8,
    /// So many of them could not be settled in the time: they were asked less often, or while the device did not keep
    /// up.
    pub given_up: u32,
    /// A port that refused and was asked again while others were silent.
    pub refusing: Option<PortWitness>,
}

impl Survey {
    /// Whether the silence may be the device's limit, of connections or of refusals: a port that had answered or
    /// refused was mostly silent, too. Ports that are silent then may be closed, or open.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        let witnesses = [self.ports.witness, self.refusing];
        let silent = |it: &PortWitness| it.silent * 2 > it.asked;
        self.given_up > 0 || witnesses.iter().flatten().any(silent)
    }
}

/// The same as [`scan_ports`], with what has to be known to read it.
///
/// With `half`, SYNs alone are sent where this process may have a raw socket and the device is at an IPv4 address that
/// is reached straight; then connections are made to what answered them.
///
/// # Errors
/// As [`scan_ports`].
pub fn survey(
    host: IpAddr,
    tcp: &[(u16, u16)],
    udp: &[u16],
    seed: u64,
    half: bool,
    route: &Way,
    budget: &Budget,
) -> Result<Survey, Trouble> {
    let tcp_ports = ports::list(tcp)?;
    let udp_ports = ports::singles(udp);
    if tcp_ports.is_empty() && udp_ports.is_empty() {
        return Err(Trouble::case("the scan names no port"));
    }
    let numbers = &mut Seeded::new(seed);
    let raw = half.then(|| half_open::Raw::open(host, route, numbers));
    let mut raw = raw.flatten();
    let mut t = match &mut raw {
        Some(raw) => by_halves(host, &tcp_ports, raw, numbers, route, budget)?,
        None => tcp::scan(host, &tcp_ports, numbers, route, budget)?,
    };
    let mut u = udp::scan(host, &udp_ports, numbers, route, budget)?;
    if let Some(neighbour) = machine::Neighbour::of(host, numbers) {
        t.open.retain(|(port, _)| !neighbour.has_tcp(*port));
        for ports in [&mut u.open, &mut u.silent] {
            ports.retain(|port| !neighbour.has_udp(*port));
        }
    }
    let reached = !t.open.is_empty() || t.refused > 0 || !u.open.is_empty() || u.closed > 0;
    if !reached {
        let what = format!(
            "{host} neither answered nor refused any of {} TCP and {} UDP ports: no route, or the device is off",
            tcp_ports.len(),
            udp_ports.len()
        );
        let mut trouble = Trouble::silent(Channel::Lan, what);
        trouble.try_next = Some("see that the device is on and has this address".to_owned());
        return Err(trouble);
    }
    let ports = PortScan {
        tcp_open: t.open,
        tcp_refused: t.refused,
        tcp_silent: u32::try_from(t.silent.len()).unwrap_or(u32::MAX),
        witness: t.witness,
        udp_open: u.open,
        udp_closed: u.closed,
        udp_silent: u.silent,
    };
    Ok(Survey {
        ports,
        asked: (tcp_ports.len(), udp_ports.len()),
        half_open: raw.is_some(),
        tcp_silent: t.silent,
        tries: tcp::TRIES,
        given_up: t.given_up,
        refusing: t.refusing,
    })
}

/// What a scan of TCP ports saw, each list in order.
#[derive(Debug, Default)]
struct Seen<P> {
    open: Vec<P>,
    refused: u32,
    /// Ports that did not answer.
    silent: Vec<u16>,
    /// Of these, how many there was no time for: they were asked less often than others, or while the device did not
    /// keep up.
    given_up: u32,
    /// The port that was asked again meanwhile: an open one, else one that refused.
    witness: Option<PortWitness>,
    /// The same of a port that had refused, where the one above is open.
    refusing: Option<PortWitness>,
}

/// SYNs first, then connections to what answered them.
fn by_halves(
    host: IpAddr,
    ports: &[u16],
    raw: &mut half_open::Raw,
    numbers: &mut Seeded,
    route: &Way,
    budget: &Budget,
) -> Result<Seen<(u16, Bytes)>, Trouble> {
    let mut order = ports.to_vec();
    numbers.shuffle(&mut order);
    let half = half_open::sweep(raw, &order, budget)?;
    let seen = tcp::scan(host, &half.open, numbers, route, budget)?;
    let mut said: BTreeMap<u16, Bytes> = seen.open.into_iter().collect();
    // What answered a SYN takes connections, whatever became of ours.
    let open = half.open.iter();
    let open = open.map(|port| (*port, said.remove(port).unwrap_or_default()));
    Ok(Seen {
        open: open.collect(),
        refused: half.refused,
        silent: half.silent,
        given_up: half.given_up,
        witness: half.witness,
        refusing: half.refusing,
    })
}

#[cfg(test)]
mod tests;
