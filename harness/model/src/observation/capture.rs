//! What a tap heard, and what was found in it.

use crate::{BlobId, Dur};
use serde::{Deserialize, Serialize};

/// What went between a unit and the world from the tap's start to its stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// Its number, by which it is searched.
    pub number: u32,
    /// What of the unit's network the tap hears, a clause.
    pub hears: String,
    /// From start to stop.
    pub lasted: Dur,
    /// Connections and exchanges of datagrams, in the order in which they were first heard; at most 4,096.
    pub flows: Vec<Flow>,
    /// Names that the unit asked name servers for, each once; at most 1,024.
    pub names: Vec<String>,
    /// Packets kept.
    pub packets: u64,
    /// Bytes of them, headers included.
    pub bytes: u64,
    /// Why it is not all that went by, a sentence each; empty when nothing is known to be missing.
    pub lost: Vec<String>,
    /// The packets as a pcapng file, with every secret in them blanked.
    pub blob: BlobId,
    /// Bytes of the file.
    pub size: u64,
}

/// A protocol that carries a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowProtocol {
    /// A connection.
    Tcp,
    /// Datagrams between the same two ports.
    Udp,
}

impl FlowProtocol {
    /// The name used in cases.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// Who said something: the unit, or its peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The unit.
    Unit,
    /// Whoever it talks with.
    Peer,
}

impl Side {
    /// The name used in cases.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Peer => "peer",
        }
    }
}

/// One connection, or datagrams between the same two ports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Address of whoever the unit talks with.
    pub peer: String,
    /// Port of the peer.
    pub port: u16,
    /// Port of the unit.
    pub own_port: u16,
    /// What carries it.
    pub protocol: FlowProtocol,
    /// Who began it; nothing where its beginning was not heard.
    pub begun_by: Option<Side>,
    /// From the tap's start to its first packet.
    pub first: Dur,
    /// From the tap's start to its last packet.
    pub last: Dur,
    /// Bytes that the unit said, headers and repetitions left out.
    pub sent: u64,
    /// Bytes that the peer said, likewise.
    pub received: u64,
    /// What its hello tells, where it speaks TLS from its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<HeardTls>,
}

/// What a TLS handshake tells whoever listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeardTls {
    /// Name that the client asks for.
    pub sni: Option<String>,
    /// Versions that it offers, such as `TLSv1.2`; numbers that nobody knows are left out.
    pub offered: Vec<String>,
    /// The version that the server chose; nothing where it chose none.
    pub chosen: Option<String>,
    /// The cipher suite that it chose.
    pub suite: Option<String>,
    /// SHA-256 of the certificate that it showed; nothing where none was seen. From TLS 1.3 on it is encrypted.
    pub certificate: Option<String>,
}

/// What was found in a capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sought {
    /// Each find.
    pub finds: Vec<FlowFind>,
    /// Bytes searched, repetitions left out; 0 means nothing was searched.
    pub searched: u64,
    /// Bytes of them that the unit said: where it said nothing, not finding a value says nothing of it.
    pub by_unit: u64,
    /// Why a needle that was not found may have gone by all the same, a sentence each.
    pub unread: Vec<String>,
}

/// A needle found in a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowFind {
    /// Name of the needle.
    pub needle: String,
    /// Encoding it was found in, such as `plain`, or `gzip plain` in what was compressed.
    pub encoding: String,
    /// The flow, by its place in the capture, from 0; nothing for a packet that is of none.
    pub flow: Option<u32>,
    /// Who said it.
    pub by: Side,
    /// Offset in what that side said on this flow; of what was compressed or sent in chunks, where that begins.
    /// Offset in its packet, where it is of no flow.
    pub at: u64,
}

impl Capture {
    /// Whether the unit said nothing in it.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.flows.iter().all(|flow| flow.sent == 0)
    }
}
