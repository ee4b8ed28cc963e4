//! The receiver of console output and of injected faults.

use proofhouse_model::event::SupplyMeasured;
use proofhouse_model::{Dur, FaultKind, UnitName};
use proofhouse_transport::console::PortChange;
use proofhouse_transport::reset::Touch;
use proofhouse_transport::uplink::Change;
use std::ops::Range;

/// Receives everything a console outputs, and the first effect of an injected fault.
pub trait Listener: Send + Sync {
    /// Output of a unit's console, and how many bytes before it were dropped in a flood.
    fn console_output(&self, unit: &UnitName, bytes: &[u8], lost: u64);

    /// What became of the port of a unit's console.
    fn port_changed(&self, unit: &UnitName, change: PortChange);

    /// An op waited so long for the debug probe, and who held it.
    fn probe_awaited(&self, unit: &UnitName, waited: Dur, by: &str);

    /// A unit's reset button was pressed or released, just now.
    fn button_touched(&self, unit: &UnitName, touch: Touch);

    /// A unit's supply was switched, just now, and this is what it measured.
    fn supply_measured(&self, unit: &UnitName, measured: SupplyMeasured);

    /// A unit was cut off the network or connected again, just now.
    fn uplink_changed(&self, unit: &UnitName, change: Change);

    /// A value that no record may show, such as the label field that `name` is. Called before the first wire of the
    /// bench is opened.
    fn secret(&self, unit: &UnitName, name: &str, value: &str);

    /// Where in bytes secrets stand, or pieces of them, for whoever has to keep the bytes' places.
    fn secrets_in(&self, bytes: &[u8]) -> Vec<Range<usize>>;

    /// Bytes that are to be written beside the journal, secrets masked.
    fn masked(&self, bytes: &[u8]) -> Vec<u8>;

    /// The injected fault had an effect for the first time.
    fn fault_set_in(&self, unit: &UnitName, kind: FaultKind, what: &str);
}
