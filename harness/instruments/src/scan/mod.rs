//! Which TCP and UDP ports of a unit are open.
//!
//! TCP: a connect scan, up to 2,000 at once, that tells *refused* (proof that the address was reached) from
//! *silent*. What was silent is tried a second time, and up to four times where most ports refuse, because lost packets
//! must not hide an open port. While ports are silent one that answered is asked again: when that one is silent too the
//! scan slows down, and what it has no time left for counts as silent. UDP: fitting questions per well-known port, and
//! an ICMP answer means closed. An address that neither answered nor refused anything is reported as silent, never as
//! clean.

mod inflight;
mod machine;
mod ports;
mod probes;
mod tcp;
mod udp;
mod witness;

use proofhouse_model::observation::PortScan;
use proofhouse_model::seeded::Seeded;
use proofhouse_model::{Channel, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::net::Way;
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
    let tcp_ports = ports::list(tcp)?;
    let udp_ports = ports::singles(udp);
    if tcp_ports.is_empty() && udp_ports.is_empty() {
        return Err(Trouble::case("the scan names no port"));
    }
    let numbers = &mut Seeded::new(seed);
    let mut t = tcp::scan(host, &tcp_ports, numbers, route, budget)?;
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
    Ok(PortScan {
        tcp_open: t.open,
        tcp_refused: t.refused,
        tcp_silent: t.silent,
        witness: t.witness,
        udp_open: u.open,
        udp_closed: u.closed,
        udp_silent: u.silent,
    })
}

#[cfg(test)]
mod tests;
