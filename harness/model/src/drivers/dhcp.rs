//! Drivers of the DHCP server that the bench offers.

use super::{Driver, Own};
use crate::Channel;
use crate::settings::{Key, Kind, Need};

/// The driver of a DHCP server on an interface of this computer.
pub const LEASE: &str = "lease";

/// Inside Proofhouse, on an interface of this computer.
pub(super) const ON_INTERFACE: Driver = Driver {
    channel: Channel::DHCP,
    name: LEASE,
    doc: "the DHCP server inside Proofhouse, for IPv4, on an interface of this computer; it answers one MAC alone, and \
          takes CAP_NET_BIND_SERVICE",
    keys: &[
        Key::required(
            "interface",
            Kind::Text,
            "the one that leads to the unit, such as eth1",
        ),
        Key::required("address", Kind::Address, "this host's on it, IPv4"),
        Key::required("mac", Kind::Mac, "the unit's, such as 9c:9c:1f:00:00:17"),
        Key::required(
            "lease",
            Kind::Address,
            "what the unit is given, of the same network",
        ),
        Key::optional(
            "prefix",
            Kind::Whole(8, 30),
            Need::Number(24),
            "bits of the network's address",
        ),
        Key::optional(
            "router",
            Kind::Address,
            Need::Else("none"),
            "the way to other networks that it is told",
        ),
        Key::optional(
            "dns",
            Kind::Address,
            Need::Else("none"),
            "the DNS server that it is told, such as the `address` of `peers.dns`",
        ),
        Key::optional(
            "time",
            Kind::Duration,
            Need::Word("1h"),
            "how long the lease lasts",
        ),
    ],
    own: &[Own {
        what: "interface of a DHCP server",
        keys: &["interface"],
    }],
    is_virtual: false,
    example: concat!(
        r#"interface = "eth1", address = "192.168.7.1", mac = "9c:9c:1f:00:00:17", lease = "192.168.7.20", "#,
        r#"prefix = 24, router = "192.168.7.1", dns = "192.168.7.1", time = "1h""#
    ),
};
