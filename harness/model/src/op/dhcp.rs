//! Ops of the bench's DHCP server.

use crate::Dur;
use serde::{Deserialize, Serialize};

/// Ops of the DHCP server. It answers one unit alone, by its MAC, from the start of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum DhcpOp {
    /// Tells what it leases to whom, and what it left aside.
    Facts,
    /// Waits for the next lease since the start of the case; each is told once, the oldest first.
    AwaitLease {
        /// How long.
        within: Dur,
    },
}
