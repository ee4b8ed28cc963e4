//! What came back from an op. Bounded: large content is a blob by hash.

mod capture;
mod dhcp;
mod dns;
mod wire;

pub use capture::{Capture, Flow, FlowFind, FlowProtocol, HeardTls, Side, Sought};
pub use dhcp::{DhcpFacts, DhcpLease};
pub use dns::{DnsFacts, DnsQuestion, DnsTold};
pub use wire::{DebugProtocol, DebugTap};

use crate::{BlobId, Bytes, Dur};
use serde::{Deserialize, Serialize};

/// Answer to an op that went through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "kebab-case")]
pub enum Observation {
    /// Done; nothing to report.
    Done,
    /// A pattern was seen.
    Matched(Matched),
    /// A pattern was watched for and not seen.
    Unseen {
        /// End of what was heard meanwhile, at most 2 KiB.
        heard: Bytes,
    },
    /// An HTTP answer.
    Http(HttpAnswer),
    /// A CoAP answer.
    Coap(CoapAnswer),
    /// A CoAP resource is observed, or was only read.
    Observing {
        /// Its number.
        observation: u32,
        /// Whether the device said that it will tell of changes.
        registered: bool,
        /// What it is now.
        answer: CoapAnswer,
    },
    /// A connection was opened.
    Opened {
        /// Its number.
        stream: u32,
        /// Certificate shown, SHA-256 of its DER, for TLS.
        certificate: Option<String>,
    },
    /// A datagram came back.
    Datagram {
        /// Its bytes, at most 64 KiB.
        bytes: Bytes,
    },
    /// Facts of the bench's broker.
    Mqtt(BrokerFacts),
    /// Facts of the bench's DNS server.
    Dns(DnsFacts),
    /// The unit asked the bench's DNS server.
    Question(DnsQuestion),
    /// Facts of the bench's DHCP server.
    Dhcp(DhcpFacts),
    /// The unit asked the bench's DHCP server for an address.
    Lease(DhcpLease),
    /// A device dialled in.
    Dial(Dial),
    /// A message was published by the device.
    Message {
        /// Topic.
        topic: String,
        /// Payload, at most 64 KiB.
        payload: Bytes,
    },
    /// How far the debug port lets one in.
    Grade(DebugGrade),
    /// Memory was read.
    Memory {
        /// First address.
        at: u64,
        /// Bytes read.
        len: u64,
        /// The content.
        blob: BlobId,
    },
    /// A label field, a chip id, or the unit's network address.
    Text {
        /// Its value.
        text: String,
    },
    /// The chip was not asked who it is: nobody knows where it keeps a unique id.
    NoIdentity,
    /// Result of a port scan.
    Ports(PortScan),
    /// Result of a TLS assessment.
    Tls(TlsFacts),
    /// Result of a fuzz batch.
    Fuzz(FuzzBatch),
    /// Needles found in flash.
    Found {
        /// Each find.
        finds: Vec<Find>,
        /// Bytes searched; 0 means nothing was searched.
        searched: u64,
        /// Share of searched bytes that are neither 0x00 nor 0xff, in parts per thousand: a blank or unreadable
        /// flash must not look clean.
        filled_permille: u32,
    },
    /// Judgement on passwords.
    Passwords {
        /// Weaknesses found; empty when none.
        weaknesses: Vec<PasswordWeakness>,
        /// Specimens compared.
        compared: usize,
        /// Least entropy estimate over all, in bits.
        #[serde(with = "crate::number")]
        least_bits: f64,
        /// Derivations from public facts that each password was held against.
        #[serde(default)]
        derivations: u64,
        /// Of when the list of derivations is.
        #[serde(default)]
        listed: String,
    },
    /// What a tap heard.
    Captured(Capture),
    /// What was found in it.
    Sought(Sought),
    /// A cut happened.
    Cut {
        /// How late the supply really went off.
        late: Dur,
    },
    /// The line that was to set off a cut did not come: the supply stayed on.
    NotCut,
    /// The clock of the bench PC.
    HostClock(HostClock),
    /// When lines of a console, or answers over the network, came.
    Lines {
        /// From the last look to the end of each; the first 4,096.
        at: Vec<Dur>,
    },
}

impl Observation {
    /// Whether nothing of the unit was heard for it, whatever was asked: a tap on which the unit said nothing.
    #[must_use]
    pub fn is_of_nobody(&self) -> bool {
        match self {
            Self::Captured(capture) => capture.is_silent(),
            Self::Sought(sought) => sought.by_unit == 0,
            _ => false,
        }
    }
}

/// What is known of the clock of the bench PC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostClock {
    /// Milliseconds by which it moved against a clock that nobody sets, since the bench was opened: the furthest that
    /// any op found it, less than nothing where it was set back.
    pub moved_ms: i64,
    /// What is over and yet dated later than this clock has it now, for a reader.
    pub later: Vec<String>,
    /// Whether it is kept in step with another clock; `None` where the system does not tell.
    pub in_step: Option<bool>,
    /// Microseconds by which it may be wrong, as the system estimates it; `None` where it does not.
    pub error_us: Option<u64>,
}

/// A pattern seen in a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    /// The match.
    pub text: Bytes,
    /// Its groups, from 1 on; absent groups are empty.
    pub groups: Vec<Bytes>,
    /// What came before it since the last place, its last 4 KiB.
    pub before: Bytes,
    /// From op start to match.
    pub after: Dur,
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// Status code; `None` where what came has no head of HTTP.
    pub status: Option<u16>,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body, at most 1 MiB.
    pub body: Bytes,
    /// Whether there was, or was to be, more of it: too long, broken off, shorter than announced, or ended by TLS
    /// without its closing alert where nothing else tells the end.
    pub cut: bool,
    /// Certificate shown, SHA-256 of its DER, for HTTPS.
    pub certificate: Option<String>,
    /// The compression that was taken off the body, such as `gzip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decoded: Option<String>,
    /// The head as it came where a strict reader refuses it; all that came, at most 1 MiB, where there is no head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unparsed: Option<Bytes>,
}

/// A CoAP answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoapAnswer {
    /// Code as written, such as `2.05`; `0.00` for an empty acknowledgement or a reset.
    pub code: String,
    /// Payload, at most 1 MiB; of one that came in blocks, all of them.
    pub payload: Bytes,
    /// Whether there is more of it that did not come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// Where the bench's broker listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerFacts {
    /// Address or name the device dials.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// PEM of the authority to trust.
    pub authority_pem: String,
}

/// One dial-in at the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dial {
    /// Certificate that was meant for it.
    pub credential: crate::op::Credential,
    /// SHA-256 of the one that went over the wire to it, hex; none where it heard no answer to a hello.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// The TLS handshake was completed by the device.
    pub handshake: bool,
    /// Alert by which the device refused, such as `bad_certificate`.
    pub alert: Option<String>,
    /// TLS version agreed, such as `TLSv1.3`.
    pub version: Option<String>,
    /// An MQTT CONNECT came (secrets may have been sent).
    pub connect: bool,
    /// Client id of it.
    pub client_id: Option<String>,
    /// Why it came to no session, as far as the broker can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// How far a debug port lets one in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DebugLevel {
    /// No debug port answers; a cut wire looks the same.
    NoDp,
    /// The debug port answers, no access port.
    DpOnly,
    /// Access ports answer, memory access is switched off.
    ApRefused,
    /// Memory access faults or brings nothing.
    MemoryRefused,
    /// Memory was read.
    Open,
}

/// Grade with its facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebugGrade {
    /// How far.
    pub level: DebugLevel,
    /// What was spoken; nothing is said of another.
    #[serde(default, skip_serializing_if = "DebugProtocol::is_swd")]
    pub protocol: DebugProtocol,
    /// What answered on the chain, over JTAG.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taps: Vec<DebugTap>,
    /// DPIDR, when one answered.
    pub dpidr: Option<u32>,
    /// Each access port that answered: index and IDR.
    pub aps: Vec<(u8, u32)>,
    /// Words really read: address and value.
    pub read: Vec<(u64, u32)>,
    /// Tries made.
    pub tries: u32,
    /// When the best was reached after power-up, for a race.
    pub after: Option<Dur>,
    /// When a port first answered after power-up, for a race; 0 when one answered before the supply was on.
    #[serde(default)]
    pub port_after: Option<Dur>,
    /// What the debugger's own attach said.
    pub attach: Option<String>,
    /// Why a level below open may be no proof, such as a wire that may be cut. Empty when it is one.
    #[serde(default)]
    pub doubts: Vec<String>,
}

/// Result of a port scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortScan {
    /// Open TCP ports with the first bytes they sent by themselves.
    pub tcp_open: Vec<(u16, Bytes)>,
    /// TCP ports that refused: proof that the address was reachable.
    pub tcp_refused: u32,
    /// TCP ports that neither answered nor refused, those that there was no time for with them.
    pub tcp_silent: u32,
    /// A port that answered and was asked again while others were silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<PortWitness>,
    /// UDP ports that answered.
    pub udp_open: Vec<u16>,
    /// UDP ports reported closed by the host.
    pub udp_closed: u32,
    /// UDP ports that said nothing.
    pub udp_silent: Vec<u16>,
}

/// A TCP port that had answered, and what it did while others were silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortWitness {
    /// The port.
    pub port: u16,
    /// How often it was asked again.
    pub asked: u32,
    /// How often it was silent then, as a device is that limits new connections.
    pub silent: u32,
}

/// What a TLS service offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsFacts {
    /// Each version tried and what came: `accepted`, `refused` or `silent`.
    pub versions: Vec<(String, TlsAnswer)>,
    /// Suites accepted, by name.
    pub suites: Vec<String>,
    /// Weak suites accepted, by name.
    pub weak: Vec<String>,
    /// SHA-256 of the leaf certificate's DER.
    pub certificate: Option<String>,
    /// SHA-256 of the leaf's public key.
    pub public_key: Option<String>,
    /// Key kind and size, such as `EC 256`.
    pub key: Option<String>,
    /// Days left, negative when expired.
    pub days_left: Option<i64>,
    /// Signature algorithm of the leaf.
    pub signature: Option<String>,
    /// Every leaf that was shown to any offer, the one above first.
    #[serde(default)]
    pub certificates: Vec<TlsCertificate>,
    /// Groups in which keys were agreed, up to TLS 1.2.
    #[serde(default)]
    pub groups: Vec<TlsGroup>,
    /// Server names asked for, beside none.
    #[serde(default)]
    pub names: Vec<String>,
}

/// A leaf certificate of a TLS service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsCertificate {
    /// SHA-256 of its DER.
    pub sha256: String,
    /// SHA-256 of its public key.
    pub public_key: Option<String>,
    /// Key kind and size, such as `EC 256`.
    pub key: Option<String>,
    /// Days left, negative when expired.
    pub days_left: Option<i64>,
    /// Signature algorithm.
    pub signature: Option<String>,
    /// The first offer to which it was shown.
    pub shown_to: String,
}

/// A group in which a TLS service agrees keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TlsGroup {
    /// Suite in which it was seen.
    pub suite: String,
    /// `DH`, or the name or number of a curve.
    pub name: String,
    /// Its size; absent for an unknown curve.
    pub bits: Option<u32>,
}

/// Answer to one TLS hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsAnswer {
    /// The server went on.
    Accepted,
    /// It sent an alert or closed.
    Refused,
    /// Nothing came.
    Silent,
}

/// Result of a fuzz batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FuzzBatch {
    /// Inputs really sent.
    pub sent: u32,
    /// Inputs that were answered.
    pub answered: u32,
    /// Inputs that were refused or whose connection was closed in an orderly way.
    pub refused: u32,
    /// Inputs without any answer in time.
    pub silent: u32,
    /// The input after which the device was down, with what was seen.
    pub down: Option<FuzzDown>,
}

/// An input that brought the device down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FuzzDown {
    /// Index in the campaign.
    pub index: u32,
    /// The input.
    pub input: Bytes,
    /// Which witness saw it: `banner`, `crash`, `no-answer`, `refused`, `connection-lost`, `front`.
    pub witness: String,
    /// What was seen.
    pub seen: String,
}

/// A needle found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Find {
    /// Name of the needle.
    pub needle: String,
    /// Encoding it was found in.
    pub encoding: String,
    /// Address.
    pub at: u64,
}

/// A weakness of a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordWeakness {
    /// Specimen from 0.
    pub specimen: usize,
    /// Kind: `common`, `shared`, `from-public`, `counter`, `short`, `low-entropy`, `pattern`.
    pub kind: String,
    /// For a reader; never the password itself.
    pub detail: String,
}
