//! What the bench's DHCP server knows and did.

use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// What the bench's DHCP server leases to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpFacts {
    /// Its own address on the unit's network.
    pub server: Ipv4Addr,
    /// The address that the unit is given.
    pub lease: Ipv4Addr,
    /// The unit's MAC.
    pub mac: String,
    /// Datagrams since the start of the case that were no message of DHCP.
    pub malformed: u64,
    /// Messages of others, which it does not answer.
    pub strangers: u64,
}

/// An address that the unit was given, or that was refused to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpLease {
    /// The address that it asked for.
    pub address: Ipv4Addr,
    /// Whether it was given to it; another than its own is refused.
    pub given: bool,
    /// The name by which it calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_name: Option<String>,
}
