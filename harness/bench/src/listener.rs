//! The receiver of console output and of injected faults.

use proofhouse_model::{FaultKind, UnitName};
use proofhouse_transport::console::PortChange;

/// Receives everything a console outputs, and the first effect of an injected fault.
pub trait Listener: Send + Sync {
    /// Output of a unit's console, and how many bytes before it were dropped in a flood.
    fn console_output(&self, unit: &UnitName, bytes: &[u8], lost: u64);

    /// What became of the port of a unit's console.
    fn port_changed(&self, unit: &UnitName, change: PortChange);

    /// A value that no record may show, such as the label field that `name` is. Called before the first wire of the
    /// bench is opened.
    fn secret(&self, unit: &UnitName, name: &str, value: &str);

    /// Bytes that are to be written beside the journal, secrets masked.
    fn masked(&self, bytes: &[u8]) -> Vec<u8>;

    /// The injected fault had an effect for the first time.
    fn fault_set_in(&self, unit: &UnitName, kind: FaultKind, what: &str);
}
