//! A tap: what goes between a unit and the world, heard by a third.

use super::{Driver, INTERFACE, Own};
use crate::Channel;
use crate::settings::{Key, Kind};

/// An interface of this computer that the unit's packets pass.
pub(super) const ON_INTERFACE: Driver = Driver {
    channel: Channel::Tap,
    name: INTERFACE,
    doc: "every packet from or to the unit's MAC on a network interface of this computer, such as a bridge that the \
          unit's network goes through, or the port that a switch mirrors it to; Linux alone, and it takes CAP_NET_RAW",
    keys: &[
        Key::required(
            "interface",
            Kind::Text,
            "its name, such as eth1, as `ip link` lists it",
        ),
        Key::required("mac", Kind::Mac, "the unit's, such as 02:00:00:00:00:17"),
    ],
    own: &[Own {
        what: "tap",
        keys: &["interface", "mac"],
    }],
    is_virtual: false,
    example: r#"interface = "eth1", mac = "02:00:00:00:00:17""#,
};
