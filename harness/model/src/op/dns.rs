//! Ops of the bench's DNS server.

use crate::Dur;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// How the bench's DNS server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnsBehaviour {
    /// Names that it was told with their addresses; of others it says that there are none.
    #[default]
    Good,
    /// It hears and says nothing.
    Silent,
    /// Every name with an address at which nobody is.
    Wrong,
}

impl DnsBehaviour {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Good, Self::Silent, Self::Wrong];

    /// The name used in cases.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Silent => "silent",
            Self::Wrong => "wrong",
        }
    }
}

/// Ops of the DNS server. It listens from the start of a case, knows no name and behaves well; its address and port are
/// facts of the bench.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum DnsOp {
    /// Tells where it listens, and what it could not read.
    Facts,
    /// From now on a name has these addresses; without any it has none again.
    Answer {
        /// The name, such as `updates.acme.example`.
        name: String,
        /// Its addresses.
        addresses: Vec<IpAddr>,
    },
    /// From now on it answers so.
    Behave {
        /// How.
        how: DnsBehaviour,
    },
    /// Waits for the next question since the start of the case; each is told once, the oldest first.
    AwaitQuestion {
        /// How long.
        within: Dur,
    },
}
