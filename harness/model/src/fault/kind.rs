//! The kinds of faults, their names, and the wires they need.

use crate::Channel;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What breaks. Each is one thing that happens on real benches. There is none for name resolution: no case about a
/// device uses the bench's DNS server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Bytes of the console go missing: from the device, to it, or both, by seed.
    ConsoleDrops,
    /// Bytes of the console arrive twice, in the same directions.
    ConsoleDoubles,
    /// Bytes of the console arrive changed, in the same directions.
    ConsoleCorrupts,
    /// Pieces of two console lines arrive mixed.
    ConsoleInterleaves,
    /// The tty vanishes with the power and comes back with it.
    TtyGoesWithPower,
    /// The relay switches late: it says so at once, or when it did, by seed.
    RelayLate,
    /// The relay no longer switches, and does not say so.
    RelayStuck,
    /// The probe takes commands and does not answer any more.
    ProbeHangs,
    /// The probe is unplugged.
    ProbeGone,
    /// The probe is another unit's.
    ProbeWrong,
    /// All wires of two units are exchanged; the labels are not.
    UnitsSwapped,
    /// The consoles of two units are exchanged.
    ConsolesSwapped,
    /// The network cables of two units are exchanged.
    LansSwapped,
    /// The probes of two units are exchanged.
    ProbesSwapped,
    /// The supplies of two units are exchanged.
    SuppliesSwapped,
    /// Packets to and from the unit are lost.
    PacketsLost,
    /// Packets arrive late.
    PacketsDelayed,
    /// Connections are reset in the middle, or at their beginning.
    ConnectionReset,
    /// A peer the bench offers (the MQTT broker) takes connections and says nothing.
    PeerSilent,
    /// The disk of the bench PC takes long for every write and sync of the journal.
    DiskSlow,
    /// The clock of the bench PC is set, forwards or back by seed.
    ClockJumps,
}

impl FaultKind {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::ConsoleDrops,
        Self::ConsoleDoubles,
        Self::ConsoleCorrupts,
        Self::ConsoleInterleaves,
        Self::TtyGoesWithPower,
        Self::RelayLate,
        Self::RelayStuck,
        Self::ProbeHangs,
        Self::ProbeGone,
        Self::ProbeWrong,
        Self::UnitsSwapped,
        Self::ConsolesSwapped,
        Self::LansSwapped,
        Self::ProbesSwapped,
        Self::SuppliesSwapped,
        Self::PacketsLost,
        Self::PacketsDelayed,
        Self::ConnectionReset,
        Self::PeerSilent,
        Self::DiskSlow,
        Self::ClockJumps,
    ];

    /// The name used on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConsoleDrops => "console-drops",
            Self::ConsoleDoubles => "console-doubles",
            Self::ConsoleCorrupts => "console-corrupts",
            Self::ConsoleInterleaves => "console-interleaves",
            Self::TtyGoesWithPower => "tty-goes-with-power",
            Self::RelayLate => "relay-late",
            Self::RelayStuck => "relay-stuck",
            Self::ProbeHangs => "probe-hangs",
            Self::ProbeGone => "probe-gone",
            Self::ProbeWrong => "probe-wrong",
            Self::UnitsSwapped => "units-swapped",
            Self::ConsolesSwapped => "consoles-swapped",
            Self::LansSwapped => "lans-swapped",
            Self::ProbesSwapped => "probes-swapped",
            Self::SuppliesSwapped => "supplies-swapped",
            Self::PacketsLost => "packets-lost",
            Self::PacketsDelayed => "packets-delayed",
            Self::ConnectionReset => "connection-reset",
            Self::PeerSilent => "peer-silent",
            Self::DiskSlow => "disk-slow",
            Self::ClockJumps => "clock-jumps",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }

    /// The channel whose ops are counted until it sets in; `None` when every op of the unit counts.
    #[must_use]
    pub const fn channel(self) -> Option<Channel> {
        Some(match self {
            Self::ConsoleDrops
            | Self::ConsoleDoubles
            | Self::ConsoleCorrupts
            | Self::ConsoleInterleaves
            | Self::ConsolesSwapped => Channel::Console,
            Self::TtyGoesWithPower | Self::RelayLate | Self::RelayStuck | Self::SuppliesSwapped => {
                Channel::Power
            }
            Self::ProbeHangs | Self::ProbeGone | Self::ProbeWrong | Self::ProbesSwapped => {
                Channel::Debug
            }
            Self::LansSwapped
            | Self::PacketsLost
            | Self::PacketsDelayed
            | Self::ConnectionReset => Channel::Lan,
            Self::PeerSilent => Channel::MQTT,
            Self::UnitsSwapped | Self::DiskSlow | Self::ClockJumps => return None,
        })
    }

    /// Wires without which it cannot happen to a unit.
    #[must_use]
    pub const fn needs(self) -> &'static [Channel] {
        match self {
            Self::TtyGoesWithPower => &[Channel::Power, Channel::Console],
            _ => match self.channel() {
                Some(Channel::Console) => &[Channel::Console],
                Some(Channel::Power) => &[Channel::Power],
                Some(Channel::Debug) => &[Channel::Debug],
                Some(Channel::Lan) => &[Channel::Lan],
                Some(Channel::MQTT) => &[Channel::MQTT],
                Some(
                    Channel::Uplink
                    | Channel::Peers(_)
                    | Channel::Tap
                    | Channel::Reset
                    | Channel::Label,
                )
                | None => &[],
            },
        }
    }

    /// Whether `chaos` draws it unasked. The clock of the bench PC is looked at by `doctor` alone: no case about a
    /// device could come out otherwise.
    #[must_use]
    pub const fn is_drawn(self) -> bool {
        !matches!(self, Self::ClockJumps)
    }

    /// Whether it is about two units of the bench.
    #[must_use]
    pub const fn takes_two(self) -> bool {
        matches!(
            self,
            Self::ProbeWrong
                | Self::UnitsSwapped
                | Self::ConsolesSwapped
                | Self::LansSwapped
                | Self::ProbesSwapped
                | Self::SuppliesSwapped
        )
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
