//! What harness and guard say to each other, a JSON line each.

use crate::locks::{Holder, Taken, WireName};
use proofhouse_model::event::GuardActed;
use proofhouse_model::{UnitName, Wire};
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

/// A unit's supply.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Supply {
    pub unit: UnitName,
    pub wire: Wire,
}

/// From the harness.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ask {
    Begin(Box<Begin>),
    /// With its number.
    Beat(u64),
    SwitchOff(Vec<UnitName>),
    End,
}

/// From the guard.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Say {
    Ready,
    Taken(Box<Taken>),
    Unusable(String),
    /// The answer to the beat of that number.
    Beat(u64),
    /// Units that are off now.
    Off(Vec<UnitName>),
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
