//! Faults of the bench, injected on purpose at the driver boundary: under none of them may a verdict be wrong.

use crate::UnitName;
use serde::{Deserialize, Serialize};

/// What breaks. Each is one thing that happens on real benches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Bytes from the console go missing.
    ConsoleDrops,
    /// Bytes from the console arrive twice.
    ConsoleDoubles,
    /// Bytes from the console arrive changed.
    ConsoleCorrupts,
    /// Pieces of two console lines arrive mixed.
    ConsoleInterleaves,
    /// The tty vanishes with the power and comes back with it.
    TtyGoesWithPower,
    /// The relay switches late.
    RelayLate,
    /// The relay no longer switches, and does not say so.
    RelayStuck,
    /// The probe takes commands and never answers.
    ProbeHangs,
    /// The probe is unplugged.
    ProbeGone,
    /// The probe is another unit's.
    ProbeWrong,
    /// All wires of two units are exchanged.
    UnitsSwapped,
    /// Packets to and from the unit are lost.
    PacketsLost,
    /// Packets arrive late.
    PacketsDelayed,
    /// Connections are reset in the middle.
    ConnectionReset,
    /// A peer the bench offers (the broker) takes connections and says nothing.
    PeerSilent,
    /// The disk of the bench PC takes long for every write.
    DiskSlow,
}

/// One fault of one run. Never in a file: drawn from a seed by `chaos`, or given with `--fault`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What breaks.
    pub kind: FaultKind,
    /// Whose wire.
    pub unit: UnitName,
    /// The other unit, where two are mixed up.
    pub with: Option<UnitName>,
    /// Ops on the fault's channel of that unit before it sets in.
    pub from: u32,
    /// Ops it lasts; to the end of the run when absent.
    pub lasts: Option<u32>,
    /// Seed of its details: which bytes, how late.
    pub seed: u64,
}
