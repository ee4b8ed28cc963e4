//! What the bench's DNS server knows and heard.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Where the bench's DNS server listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsFacts {
    /// Address that the unit asks.
    pub host: String,
    /// UDP port.
    pub port: u16,
    /// Datagrams since the start of the case that were no question of one name.
    pub malformed: u64,
    /// Questions that nobody waited for in time, and that were not kept.
    pub forgotten: u64,
}

/// A question of a unit, and what it was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsQuestion {
    /// The name, as it was written, without the last dot.
    pub name: String,
    /// What of it was asked for, such as `A` or `AAAA`.
    pub kind: String,
    /// Who asked.
    pub from: IpAddr,
    /// What it was told.
    pub told: DnsTold,
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnsTold {
    /// Addresses that the name has.
    Addresses,
    /// That the name is there, and has nothing of that kind.
    NoneOfKind,
    /// That there is no such name.
    NoSuchName,
    /// An address at which nobody is.
    WrongAddress,
    /// Nothing.
    Nothing,
}

impl DnsTold {
    /// The name used in cases.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Addresses => "addresses",
            Self::NoneOfKind => "none-of-kind",
            Self::NoSuchName => "no-such-name",
            Self::WrongAddress => "wrong-address",
            Self::Nothing => "nothing",
        }
    }
}
