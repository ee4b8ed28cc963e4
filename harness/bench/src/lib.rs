//! Opens what a bench file wires, routes each op to its channel, and keeps the bench safe.
//!
//! Floor 3. Knows drivers and instruments; knows nothing of cases, provisions or products.

mod console;
mod credentials;
mod debug;
mod dns;
pub mod faulty;
mod fuzz;
mod guard;
mod host_clock;
mod lan;
mod listener;
mod locks;
mod mqtt;
mod off;
mod open;
mod patterns;
mod side_by_side;
#[cfg(test)]
#[path = "../../model/src/smallest.rs"]
#[allow(dead_code)] // Each test takes its part.
mod smallest;
mod tap;
mod unit;
mod virtual_unit;
mod wired;

pub use guard::{GUARD_WORD, Guard, guard_main};
pub use host_clock::{Dated, Past};
pub use listener::Listener;
pub use locks::{Holder, on_one_port};
pub use off::MayBeOn;
pub use open::{Bench, Surroundings, UnitHandle};
pub use proofhouse_transport::{Budget, Cancel, OwnCancel};
pub use unit::Unit;
pub use wired::Keep;
