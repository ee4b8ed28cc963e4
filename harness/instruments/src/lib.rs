//! Heavy looks at a unit, each one native call: port scan, TLS assessment, fuzzing, flash search, passwords, and what a
//! tap heard.
//!
//! Every instrument is a plain blocking function. It takes addresses, bytes or small traits (never a driver) and a
//! [`Budget`](proofhouse_transport::Budget), and brings an observation of the model or a
//! [`Trouble`](proofhouse_model::Trouble).
//! An empty result is never what is left of a failure: a scan that reached nobody, a TLS service that accepted
//! nothing and a campaign against a device that did not answer at the start are troubles.

pub mod capture;
pub mod flash_search;
pub mod fuzz;
pub mod passwords;
pub mod scan;
pub mod tls;

mod needles;
mod net;
mod socket;

pub use flash_search::{FlashFinds, search_flash};
pub use fuzz::{Campaign, ConsoleTarget, CrashWitness, NoWitness, Wire, fuzz};
pub use passwords::{Assessed, assess_passwords};
pub use scan::{Survey, scan_ports, survey};
pub use tls::assess_tls;
