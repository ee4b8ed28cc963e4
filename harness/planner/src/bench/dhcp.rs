//! What a DHCP server leases: addresses of one network, to one MAC.

use crate::read::Table;
use proofhouse_model::settings::Settings;
use std::net::{IpAddr, Ipv4Addr};

/// Holds the settings of a wire against each other.
pub fn complete(table: &Table<'_>, own: Settings) -> Option<Settings> {
    let address = |key: &str| own.optional(key, Settings::address).ok().flatten();
    for key in ["address", "lease", "router", "dns"] {
        if address(key).is_some_and(|address| address.is_ipv6()) {
            let message = format!("`{key}` is an address of IPv6, and this server is for IPv4");
            return table
                .get(key)?
                .bad(message, "an address such as 192.168.7.20");
        }
    }
    let four = |key: &str| match address(key) {
        Some(IpAddr::V4(address)) => Some(address),
        _ => None,
    };
    let (server, prefix) = (four("address")?, own.whole::<u32>("prefix").ok()?);
    let network = |address: Ipv4Addr| u32::from(address) >> 32_u32.saturating_sub(prefix).min(31);
    for key in ["lease", "router"] {
        if four(key).is_some_and(|other| network(other) != network(server)) {
            let message = format!("`{key}` is in another network than `address`");
            let expected =
                format!("an address that begins with the same {prefix} bits as {server}");
            return table.get(key)?.bad(message, &expected);
        }
    }
    let hosts = u32::MAX.checked_shr(prefix).unwrap_or(0);
    for key in ["lease", "router"] {
        let host = four(key).map(|other| u32::from(other) & hosts);
        if host.is_some_and(|host| host == 0 || host == hosts) {
            let expected = "one between the first and the last address of that network";
            return table
                .get(key)?
                .bad(format!("`{key}` is no host's address"), expected);
        }
    }
    if four("lease").is_some() && four("lease") == four("router") {
        let expected = "another address of that network";
        return table
            .get("lease")?
            .bad("this is the router's own address", expected);
    }
    if four("lease") == Some(server) {
        let expected = "another address of that network";
        return table
            .get("lease")?
            .bad("this is the server's own address", expected);
    }
    Some(own)
}
