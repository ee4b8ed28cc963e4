//! The wires of a unit.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A service that the bench offers to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Peer {
    /// An MQTT broker.
    Mqtt,
    /// A DNS server.
    Dns,
    /// A DHCP server.
    Dhcp,
}

/// One wire between bench and unit. What it can do is a capability in `transport`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// Supply that can be switched on and off.
    Power,
    /// Serial console: bytes both ways.
    Console,
    /// SWD or JTAG through a debug probe.
    Debug,
    /// The unit's own network address, reachable from the bench.
    Lan,
    /// The unit's way to the network, which can be cut and restored.
    Uplink,
    /// A peer the bench offers to the unit. Each is wired, needed and spoilt by itself.
    Peers(Peer),
    /// What goes between the unit and the world, heard by a third.
    Tap,
    /// The lab's own means to bring the unit to its factory state.
    Reset,
    /// What is printed on this very unit: sticker, manual, box.
    Label,
}

impl Channel {
    /// The MQTT broker of the bench.
    pub const MQTT: Self = Self::Peers(Peer::Mqtt);

    /// The DNS server of the bench.
    pub const DNS: Self = Self::Peers(Peer::Dns);

    /// The DHCP server of the bench.
    pub const DHCP: Self = Self::Peers(Peer::Dhcp);

    /// All of them, in the order shown to people.
    pub const ALL: [Self; 11] = [
        Self::Power,
        Self::Console,
        Self::Debug,
        Self::Lan,
        Self::Uplink,
        Self::MQTT,
        Self::DNS,
        Self::DHCP,
        Self::Tap,
        Self::Reset,
        Self::Label,
    ];

    /// The name used in bench files, cases and reports. A peer's has the key in `peers` after a dot.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::Console => "console",
            Self::Debug => "debug",
            Self::Lan => "lan",
            Self::Uplink => "uplink",
            Self::Peers(Peer::Mqtt) => "peers.mqtt",
            Self::Peers(Peer::Dns) => "peers.dns",
            Self::Peers(Peer::Dhcp) => "peers.dhcp",
            Self::Tap => "tap",
            Self::Reset => "reset",
            Self::Label => "label",
        }
    }

    /// What it is, a lower-case clause.
    #[must_use]
    pub const fn doc(self) -> &'static str {
        match self {
            Self::Power => "supply that can be switched on and off",
            Self::Console => "serial console: bytes both ways",
            Self::Debug => "SWD or JTAG through a debug probe",
            Self::Lan => "the unit's own network address, reachable from the bench",
            Self::Uplink => "the unit's way to the network, which can be cut and restored",
            Self::Peers(Peer::Mqtt) => "the MQTT broker that the bench offers to the unit",
            Self::Peers(Peer::Dns) => "the DNS server that the bench offers to the unit",
            Self::Peers(Peer::Dhcp) => "the DHCP server that the bench offers to the unit",
            Self::Tap => "what goes between the unit and the world, heard by a third",
            Self::Reset => "the lab's own means to bring the unit to its factory state",
            Self::Label => "what is printed on this very unit",
        }
    }

    /// Where it stands in a unit of a bench file: its key, and for a peer the key inside that table.
    #[must_use]
    pub fn keys(self) -> (&'static str, Option<&'static str>) {
        match self.name().split_once('.') {
            Some((table, key)) => (table, Some(key)),
            None => (self.name(), None),
        }
    }

    /// The channel of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }
}

impl Serialize for Channel {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Channel {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Self::from_name(&name).ok_or_else(|| de::Error::custom(format!("no channel `{name}`")))
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Channel;

    #[test]
    fn channels_are_written_by_name_and_read_back() {
        for channel in Channel::ALL {
            let text = serde_json::to_string(&channel).unwrap();
            assert_eq!(text, format!("\"{channel}\""));
            assert_eq!(serde_json::from_str::<Channel>(&text).unwrap(), channel);
        }
        assert!(serde_json::from_str::<Channel>("\"broker\"").is_err());
    }
}
