//! Who is told of what the bench hears.

use proofhouse_model::{FaultKind, UnitName};

/// Told of everything a console says, and of a fault that was put in.
pub trait Heard: Send + Sync {
    /// Bytes of a unit's console, and how many were lost before them in a flood.
    fn heard(&self, unit: &UnitName, bytes: &[u8], lost: u64);

    /// The fault of a bench that is faulty on purpose was felt for the first time.
    fn set_in(&self, unit: &UnitName, kind: FaultKind, what: &str);
}
