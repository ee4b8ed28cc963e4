//! Drivers of the unit's way to the network.

use super::switch::SUPPLY;
use super::{COMMAND_WITHIN, Driver, INTERFACE, Own};
use crate::Channel;
use crate::settings::{Key, Kind, Need};
use crate::uplink::WHAT;

/// An interface of this computer that leads to the unit and to nothing else.
pub(super) const BY_INTERFACE: Driver = Driver {
    channel: Channel::Uplink,
    name: INTERFACE,
    doc: "a network interface of this computer that leads to the unit alone, set down and up with `ip` of iproute2, \
          and read back; it takes CAP_NET_ADMIN",
    keys: &[
        Key::required("interface", Kind::Text, "its name, such as eth1"),
        Key::optional(
            "within",
            Kind::Duration,
            Need::Word("5s"),
            "how long setting it down or up may take",
        ),
    ],
    own: &[Own {
        what: "network interface",
        keys: &["interface"],
    }],
    is_virtual: false,
    example: r#"interface = "eth1", within = "5s""#,
};

/// Programs, such as those of a managed switch or a firewall.
pub(super) const BY_COMMAND: Driver = Driver {
    channel: Channel::Uplink,
    name: "command",
    doc: "programs that cut the unit off and restore it, such as at a managed switch or a firewall, run without a \
          shell; each must end with 0",
    keys: &[
        Key::required("cut", Kind::Command, "cuts it").secret(),
        Key::required("restore", Kind::Command, "restores it").secret(),
        Key::optional(
            WHAT,
            Kind::Choice(&["link", "internet", "dns", "silence"]),
            Need::Word("link"),
            "what they cut: `link`, `internet`, `dns` or `silence`",
        ),
        COMMAND_WITHIN,
    ],
    own: &[
        Own {
            what: "relay command",
            keys: &["cut"],
        },
        Own {
            what: "relay command",
            keys: &["restore"],
        },
    ],
    is_virtual: false,
    example: r#"cut = ["port", "7", "off"], restore = ["port", "7", "on"], what = "link", within = "10s""#,
};

/// An outlet that feeds what the unit is connected by.
pub(super) const BY_SWITCH: Driver = Driver {
    channel: Channel::Uplink,
    doc: "an outlet of a power switch, as of a supply, that feeds what the unit is connected by, such as a network \
          switch or an access point of its own: without supply the link is down",
    ..SUPPLY
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CutKind;

    #[test]
    fn programs_may_cut_every_kind() {
        let kind = BY_COMMAND.key(WHAT).unwrap().kind;
        let names = CutKind::ALL.map(CutKind::name);
        assert_eq!(kind, Kind::Choice(&["link", "internet", "dns", "silence"]));
        assert_eq!(names, ["link", "internet", "dns", "silence"]);
    }
}
