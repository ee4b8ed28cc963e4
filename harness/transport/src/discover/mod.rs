//! What a lab has plugged in and what is on its network, for a first bench file. Nothing is opened; the network is
//! asked on the links alone that are named.

mod network;
#[cfg(test)]
mod tests;

pub use crate::console::usb::{Places, Plugged};
pub use network::{Answered, ask};

use probe_rs::probe::list::Lister;
use std::net::IpAddr;
use std::time::Duration;

/// Longest that the search for probes may take: it goes through drivers of USB, which may hang.
const PROBES: Duration = Duration::from_secs(5);
/// Most lines of a table of the system that are read.
const MOST: usize = 4096;

/// A debug probe that is plugged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundProbe {
    /// What it calls itself.
    pub name: String,
    /// As `probe` of a bench file names it: VID:PID or VID:PID:SERIAL.
    pub selector: String,
}

/// Every debug probe that probe-rs knows and that is plugged in; `None` where the search did not end in time.
#[must_use]
pub fn probes() -> Option<Vec<FoundProbe>> {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let all = Lister::new().list_all().into_iter();
        let found = all.map(|probe| {
            let kind = format!("{:04x}:{:04x}", probe.vendor_id, probe.product_id);
            let serial = probe.serial_number.filter(|serial| !serial.is_empty());
            FoundProbe {
                name: probe.identifier,
                selector: serial.map_or(kind.clone(), |serial| format!("{kind}:{serial}")),
            }
        });
        let _ = tell.send(found.collect());
    });
    told.recv_timeout(PROBES).ok()
}

/// A host that this one has spoken with lately, on a link of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its address.
    pub address: IpAddr,
    /// Its hardware address, as it answered.
    pub mac: String,
    /// The interface that it is behind.
    pub interface: String,
}

/// The neighbours that the system remembers (`/proc/net/arp`).
#[must_use]
pub fn neighbours() -> Vec<Neighbour> {
    let table = std::fs::read_to_string("/proc/net/arp").unwrap_or_default();
    in_table(&table)
}

/// Entries that are complete: one without a hardware address did not answer.
fn in_table(table: &str) -> Vec<Neighbour> {
    let lines = table.lines().skip(1).take(MOST);
    let entries = lines.filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [address, _, flags, mac, _, interface] = words[..] else {
            return None;
        };
        let flags = u32::from_str_radix(flags.trim_start_matches("0x"), 16).ok()?;
        let is_complete = flags & 2 != 0 && mac != "00:00:00:00:00:00";
        is_complete.then_some(Neighbour {
            address: address.parse().ok()?,
            mac: mac.to_owned(),
            interface: interface.to_owned(),
        })
    });
    entries.collect()
}
