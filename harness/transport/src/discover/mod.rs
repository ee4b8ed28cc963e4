//! What a lab has plugged in and what is on its network, for a first bench file. Nothing is switched and no port is
//! opened; GPIO chips and relay boards are asked what they are called; the network is asked on the links alone that are
//! named.

mod network;
#[cfg(test)]
mod tests;

pub use crate::console::usb::{Places, Plugged};
pub use network::{Answered, ask};

pub use crate::power::FoundBoard;
use crate::power::{gpio_chips, relay_boards};
use probe_rs::probe::list::Lister;
use std::net::IpAddr;
use std::time::Duration;

/// Longest that a search may take: it goes through drivers of USB and others, which may hang.
const SEARCH: Duration = Duration::from_secs(5);
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
    search(|| {
        let all = Lister::new().list_all().into_iter();
        let found = all.map(|probe| {
            let kind = format!("{:04x}:{:04x}", probe.vendor_id, probe.product_id);
            let serial = probe.serial_number.filter(|serial| !serial.is_empty());
            FoundProbe {
                name: probe.identifier,
                selector: serial.map_or(kind.clone(), |serial| format!("{kind}:{serial}")),
            }
        });
        found.collect()
    })
}

/// What is found, where the search ends in time.
fn search<T: Send + 'static>(find: impl FnOnce() -> Vec<T> + Send + 'static) -> Option<Vec<T>> {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // Nobody may be waiting any more.
        let _ = tell.send(find());
    });
    told.recv_timeout(SEARCH).ok()
}

/// A GPIO chip of this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundChip {
    /// Such as `gpiochip0`: whichever number was free.
    pub name: String,
    /// What it is; several may be the same.
    pub label: String,
    /// How many lines it has, or why it cannot be asked.
    pub lines: Result<usize, String>,
}

/// Every GPIO chip; `None` where the search did not end in time.
#[must_use]
pub fn chips() -> Option<Vec<FoundChip>> {
    search(|| {
        let found = gpio_chips().into_iter().map(|chip| FoundChip {
            name: chip.name,
            label: chip.label,
            lines: chip.lines.map(|lines| lines.len()),
        });
        found.collect()
    })
}

/// Every relay board; `None` where the search did not end in time.
#[must_use]
pub fn boards() -> Option<Vec<FoundBoard>> {
    search(relay_boards)
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
