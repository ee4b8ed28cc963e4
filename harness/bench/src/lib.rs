//! Opens what a bench file wires, routes each op to its channel, and keeps the bench safe.
//!
//! Floor 3. Knows drivers and instruments; knows nothing of cases, provisions or products.

mod console;
mod debug;
pub mod faulty;
mod fuzz;
mod halt;
mod lan;
mod open;
mod unit;
mod virtual_unit;

pub use open::{Bench, Heard, Surroundings, UnitHandle};
pub use unit::{Keep, Unit};
