//! Drivers of the DNS server that the bench offers.

use super::{Driver, Own};
use crate::Channel;
use crate::settings::{Key, Kind, Need};

/// Inside Proofhouse, on an address of this computer.
pub(super) const LISTEN: Driver = Driver {
    channel: Channel::DNS,
    name: "listen",
    doc: "the DNS server inside Proofhouse, over UDP, on an address of this computer that the unit is told to ask; a \
          port below 1024 takes CAP_NET_BIND_SERVICE",
    keys: &[
        Key::required("address", Kind::Address, "this host's, as the unit sees it"),
        Key::optional("port", Kind::Whole(1, 65_535), Need::Number(53), "UDP port"),
    ],
    own: &[Own {
        what: "address of a DNS server",
        keys: &["address", "port"],
    }],
    is_virtual: false,
    example: r#"address = "192.168.1.2", port = 53"#,
};
