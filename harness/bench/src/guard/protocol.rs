//! What harness and guard say to each other, a JSON line each.

use crate::locks::{Holder, Taken, WireName};
use crate::off::RelayName;
use proofhouse_model::event::GuardActed;
use proofhouse_model::{Channel, UnitName, Wire};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// How often the harness says that it is there.
pub(super) const BEAT: Duration = Duration::from_millis(200);

/// The first line: what is to be guarded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Begin {
    /// Who asks; its process, run folder and user.
    pub holder: Holder,
    /// Folder of the run.
    pub run: PathBuf,
    /// Folder of the bench file, from which paths are seen.
    pub folder: PathBuf,
    /// To be taken.
    pub wires: Vec<WireName>,
    /// To be off in the end.
    pub supplies: Vec<Supply>,
    /// Notes of places of a farm, which are given back when the harness is gone and everything off.
    #[serde(default)]
    pub leases: Vec<PathBuf>,
}

/// A unit's supply, or the button that resets it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Supply {
    pub unit: UnitName,
    /// Power or reset.
    pub channel: Channel,
    pub wire: Wire,
}

impl Supply {
    pub fn name(&self) -> RelayName {
        (self.unit.clone(), self.channel)
    }
}

/// From the harness.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    Begin(Box<Begin>),
    /// With its number.
    Beat(u64),
    SwitchOff(Vec<RelayName>),
    /// A supply is being switched on from here on.
    GoesOn,
    /// It is on, or is not, and nothing of that goes on any more.
    WentOn,
    End,
    /// The same where the harness ends at once behind it: its record does not show that all is off.
    AllOff,
}

/// From the guard.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Say {
    Ready,
    Taken(Box<Taken>),
    Unusable(String),
    /// The answer to the beat of that number.
    Beat(u64),
    /// Relays that are off now.
    Off(Vec<RelayName>),
    /// The harness was silent and stopped: it no longer has its bench.
    TookOver(GuardActed),
}

/// A line of it.
pub(super) fn line(what: &impl Serialize) -> Vec<u8> {
    // These types have no maps with odd keys: they can always be written.
    let mut line = serde_json::to_vec(what).unwrap_or_default();
    line.push(b'\n');
    line
}
