//! One thing done to the bench, as data. Scripts make ops, the bench carries them out, the journal keeps them.

mod dhcp;
mod dns;

pub use dhcp::DhcpOp;
pub use dns::{DnsBehaviour, DnsOp};

use crate::{Bytes, Channel, CutKind, Dur};
use serde::{Deserialize, Serialize};

/// An op on one unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "on", content = "op", rename_all = "kebab-case")]
pub enum Op {
    /// Supply.
    Power(PowerOp),
    /// Serial console.
    Console(ConsoleOp),
    /// One HTTP exchange.
    Http(HttpOp),
    /// One CoAP exchange over UDP.
    Coap(CoapOp),
    /// A resource that is observed over CoAP.
    Observe(ObserveOp),
    /// A raw TCP (or TLS) connection.
    Stream(StreamOp),
    /// A raw UDP exchange.
    Datagram(DatagramOp),
    /// The unit's way to the network.
    Uplink(UplinkOp),
    /// The bench's MQTT broker.
    Mqtt(MqttOp),
    /// The bench's DNS server.
    Dns(DnsOp),
    /// The bench's DHCP server.
    Dhcp(DhcpOp),
    /// The tap.
    Tap(TapOp),
    /// The debug port.
    Debug(DebugOp),
    /// Something heavy done natively.
    Instrument(InstrumentOp),
    /// Reads a field of this unit's label.
    Label {
        /// Field, such as `password`.
        field: String,
    },
    /// Tells when the unit answered over its network since the last `Answers`, and counts anew from here.
    Answers,
    /// Brings the unit to its factory state by the lab's own means.
    Reset,
    /// Tells the unit's network address as the bench knows it; a name is looked up.
    Address,
    /// Looks at the clock of the bench PC.
    HostClock,
    /// Lets time pass while the device runs.
    Idle {
        /// How long.
        length: Dur,
    },
}

impl PowerOp {
    /// Whether it arms a cut that comes later, by itself.
    #[must_use]
    pub const fn arms(&self) -> bool {
        matches!(
            self,
            Self::CutIn { .. } | Self::CutAtLine { .. } | Self::CutAtAnswer { .. }
        )
    }
}

impl Op {
    /// Whether the bench answers it out of what it knows: nothing of it was heard of the unit.
    #[must_use]
    pub const fn is_of_the_bench(&self) -> bool {
        matches!(self, Self::Address | Self::Answers | Self::HostClock)
    }

    /// The channel the op needs; `None` when it needs no wire.
    #[must_use]
    pub fn channel(&self) -> Option<Channel> {
        Some(match self {
            Self::Power(_) => Channel::Power,
            Self::Console(_) => Channel::Console,
            Self::Http(_)
            | Self::Coap(_)
            | Self::Observe(_)
            | Self::Stream(_)
            | Self::Datagram(_)
            | Self::Answers
            | Self::Address => Channel::Lan,
            Self::Uplink(_) => Channel::Uplink,
            Self::Mqtt(_) => Channel::MQTT,
            Self::Dns(_) => Channel::DNS,
            Self::Dhcp(_) => Channel::DHCP,
            Self::Tap(_) => Channel::Tap,
            Self::Debug(_) => Channel::Debug,
            Self::Reset => Channel::Reset,
            Self::Label { .. } => Channel::Label,
            Self::Instrument(i) => return i.channel(),
            Self::HostClock | Self::Idle { .. } => return None,
        })
    }

    /// Longest that the op may take as its case wrote it; `None` for one that is bounded by its case and its driver
    /// alone. A datagram that waits for no answer has none.
    #[must_use]
    pub fn within(&self) -> Option<Dur> {
        match self {
            Self::Console(
                ConsoleOp::Expect { within, .. }
                | ConsoleOp::Ask { within, .. }
                | ConsoleOp::Watch { length: within, .. },
            )
            | Self::Observe(ObserveOp::Start { within, .. } | ObserveOp::Next { within, .. })
            | Self::Stream(StreamOp::Open { within, .. } | StreamOp::Expect { within, .. })
            | Self::Mqtt(MqttOp::AwaitDial { within } | MqttOp::AwaitMessage { within, .. })
            | Self::Dns(DnsOp::AwaitQuestion { within })
            | Self::Dhcp(DhcpOp::AwaitLease { within })
            | Self::Instrument(
                InstrumentOp::ScanPorts { within, .. }
                | InstrumentOp::AssessTls { within, .. }
                | InstrumentOp::Fuzz { within, .. },
            ) => Some(*within),
            Self::Http(op) => Some(op.within),
            Self::Coap(op) => Some(op.within),
            Self::Datagram(op) => Some(op.within).filter(|within| !within.std().is_zero()),
            _ => None,
        }
    }
}

/// Supply ops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum PowerOp {
    /// Switch on (no effect when on).
    On,
    /// Switch off (no effect when off).
    Off,
    /// Off, wait, on.
    Cycle {
        /// How long it stays off.
        off: Dur,
    },
    /// Arms a cut and returns at once: the supply goes off `after` from now whatever else is going on, stays
    /// off for `off`, and comes back.
    CutIn {
        /// From now to the cut.
        after: Dur,
        /// How long it stays off.
        off: Dur,
    },
    /// Arms a cut that the device itself sets off: the supply goes off `after` past the arrival of the `line`-th
    /// line of its console from now. A line that does not come `within` calls the cut off.
    CutAtLine {
        /// Which line from now, counted from 1.
        line: u32,
        /// From the line's end to the cut.
        after: Dur,
        /// How long it stays off.
        off: Dur,
        /// How long the line is waited for.
        within: Dur,
    },
    /// The same, set off by the `answer`-th answer of the unit over its network from now.
    CutAtAnswer {
        /// Which answer from now, counted from 1.
        answer: u32,
        /// From the answer to the cut.
        after: Dur,
        /// How long it stays off.
        off: Dur,
        /// How long the answer is waited for.
        within: Dur,
    },
    /// Waits until an armed cut is over and the supply is back, or what was to set it off did not come.
    AwaitCut,
}

/// Ops of the unit's way to the network. A cut is undone on every way out of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum UplinkOp {
    /// Cuts it, and keeps it cut until `Restore`.
    Cut {
        /// What of it.
        what: CutKind,
    },
    /// Restores it (no effect when it is whole).
    Restore,
}

/// Console ops. The console keeps its place: each `Expect` consumes up to the end of its match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum ConsoleOp {
    /// Sends bytes as they are.
    Send {
        /// The bytes.
        bytes: Bytes,
    },
    /// Waits for a regular expression.
    Expect {
        /// The pattern, over bytes.
        pattern: String,
        /// How long.
        within: Dur,
    },
    /// Forgets what came so far, sends a line, waits for a pattern.
    Ask {
        /// The line without its end.
        line: Bytes,
        /// The pattern.
        pattern: String,
        /// How long.
        within: Dur,
    },
    /// Listens, and reports whether a pattern was seen.
    Watch {
        /// The pattern.
        pattern: String,
        /// How long.
        length: Dur,
    },
    /// Forgets what came so far.
    Skip,
    /// Tells when each line came since the last `Lines`, and counts anew from here.
    Lines,
}

/// One HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpOp {
    /// Such as `GET`.
    pub method: String,
    /// TCP port.
    pub port: u16,
    /// HTTPS when true. Certificates are recorded, not judged: that is a case's business.
    pub tls: bool,
    /// Path and query.
    pub path: String,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
    /// Cookie jar and kept connection to use; 0 for none.
    pub session: u32,
    /// How long the whole exchange may take.
    pub within: Dur,
    /// The body is less than was announced, and that is meant: once it is sent, the answer is waited for so long, and
    /// the connection is closed. What is seen then says that all of it was sent, even where nothing came.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub leaves: Option<Dur>,
}

/// One CoAP request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoapOp {
    /// GET, POST, PUT or DELETE.
    pub method: String,
    /// UDP port.
    pub port: u16,
    /// Path and query, such as `/relay?x=1`.
    pub path: String,
    /// Payload.
    pub payload: Bytes,
    /// Further options: number and value.
    pub options: Vec<(u16, Bytes)>,
    /// Confirmable (retransmitted) or not.
    pub confirmable: bool,
    /// How long, retransmissions included.
    pub within: Dur,
}

/// Resources that a device tells of whenever they change (RFC 7641), kept by number until stopped or the case ends (at
/// most 16 a unit).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum ObserveOp {
    /// Registers; the observation brings the number.
    Start {
        /// UDP port.
        port: u16,
        /// Path and query.
        path: String,
        /// How long.
        within: Dur,
    },
    /// Waits for the next notification.
    Next {
        /// Which.
        observation: u32,
        /// How long.
        within: Dur,
    },
    /// Forgets it: its port is closed, by which the device learns that nobody observes any more.
    Stop {
        /// Which.
        observation: u32,
    },
}

/// Raw connections, kept by number until closed or the case ends (at most 16 a unit).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum StreamOp {
    /// Connects; the observation brings the number.
    Open {
        /// TCP port.
        port: u16,
        /// TLS on top.
        tls: bool,
        /// How long.
        within: Dur,
    },
    /// Sends bytes.
    Send {
        /// Which connection.
        stream: u32,
        /// The bytes.
        bytes: Bytes,
    },
    /// Waits for a pattern, or with an empty pattern for any bytes.
    Expect {
        /// Which connection.
        stream: u32,
        /// Regular expression over bytes.
        pattern: String,
        /// How long.
        within: Dur,
    },
    /// Closes it.
    Close {
        /// Which connection.
        stream: u32,
    },
}

/// Sends one datagram and waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatagramOp {
    /// UDP port.
    pub port: u16,
    /// The bytes.
    pub bytes: Bytes,
    /// How long to wait for an answer; zero to send only.
    pub within: Dur,
}

/// How the bench's broker identifies itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credential {
    /// Signed by the bench's authority, right name, in date.
    Good,
    /// Signed by itself.
    SelfSigned,
    /// Signed by another authority of the same name.
    WrongAuthority,
    /// Right authority, wrong name.
    WrongName,
    /// Right authority and name, out of date.
    Expired,
}

impl Credential {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Good,
        Self::SelfSigned,
        Self::WrongAuthority,
        Self::WrongName,
        Self::Expired,
    ];

    /// The name used in cases.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::SelfSigned => "self-signed",
            Self::WrongAuthority => "wrong-authority",
            Self::WrongName => "wrong-name",
            Self::Expired => "expired",
        }
    }
}

/// Ops of the MQTT broker. The broker listens from the start of a case with good credentials; its address, port and
/// authority are facts of the bench (`Observation::Mqtt`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum MqttOp {
    /// Tells host, port and authority.
    Facts,
    /// Drops every connection and shows another certificate from now on.
    Become {
        /// Which.
        credential: Credential,
    },
    /// Drops every connection.
    Drop,
    /// Waits for the next dial-in since the last `Become`, `Drop` or `AwaitDial`, until it is settled
    /// (TLS refused by the device, MQTT CONNECT seen, or closed).
    AwaitDial {
        /// How long.
        within: Dur,
    },
    /// Waits for a message published by the device on a topic filter.
    AwaitMessage {
        /// MQTT topic filter, such as `plug/+/state`.
        filter: String,
        /// How long.
        within: Dur,
    },
    /// Publishes to the device.
    Publish {
        /// Topic.
        topic: String,
        /// Payload.
        payload: Bytes,
    },
}

/// Ops of the tap, which hears what goes between the unit and the world. One capture is kept, the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum TapOp {
    /// Listens from now on, and forgets what it heard before.
    Start,
    /// Listens no more.
    Stop,
    /// Tells what was heard between the two; the packets become a blob.
    Read,
    /// Looks for needles in what was heard: in plain, hex, base64, URL, UTF-16, and in what is compressed.
    Search {
        /// Number of the capture.
        capture: u32,
        /// Name and value of each needle; values may be secrets.
        needles: Vec<(String, Bytes)>,
    },
}

/// Debug-port ops. None of them ever erases or writes flash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum DebugOp {
    /// Tries how far the port lets one in.
    Grade,
    /// Power off, then tries without pause from before power-up on; reports the best that was reached.
    /// Needs the power channel too; the supply is on afterwards.
    Race {
        /// How long from power-up.
        length: Dur,
        /// How long the supply is off before.
        off: Dur,
    },
    /// Reads memory into a blob.
    Read {
        /// First address.
        at: u64,
        /// Bytes, at most 4 MiB.
        len: u64,
    },
    /// Reads the chip's own unique id, where it is known where that lies.
    Identify,
}

/// What a fuzz campaign talks to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "kebab-case")]
pub enum FuzzTarget {
    /// The console: each input is a line; an answer is the prompt coming back.
    Console {
        /// Regular expression of the prompt.
        prompt: String,
    },
    /// HTTP over TLS or plain: each input is a whole request.
    Http {
        /// TCP port.
        port: u16,
        /// TLS or plain.
        tls: bool,
    },
    /// UDP: each input is a datagram.
    Udp {
        /// UDP port.
        port: u16,
        /// A datagram that a living device always answers.
        ping: Bytes,
    },
    /// TCP: each input is sent on a fresh connection.
    Tcp {
        /// TCP port.
        port: u16,
    },
}

/// Heavy things done natively.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum InstrumentOp {
    /// TCP connect scan and UDP probes of the unit's address.
    ScanPorts {
        /// TCP ports, inclusive ranges.
        tcp: Vec<(u16, u16)>,
        /// UDP ports.
        udp: Vec<u16>,
        /// What order and identifiers are drawn from.
        seed: u64,
        /// How long for the whole scan.
        within: Dur,
    },
    /// What a TLS service offers: versions, suites, certificate.
    AssessTls {
        /// TCP port.
        port: u16,
        /// What randoms and the order of extensions are drawn from.
        seed: u64,
        /// How long.
        within: Dur,
    },
    /// One batch of a seeded fuzz campaign; stops at the first input that brought the device down.
    Fuzz {
        /// What to talk to.
        target: FuzzTarget,
        /// Valid inputs to start from.
        seeds: Vec<Bytes>,
        /// Seed of the campaign.
        seed: u64,
        /// Index of the first input of this batch.
        first: u32,
        /// Inputs in this batch.
        count: u32,
        /// How long one answer may take before the input counts as unanswered.
        patience: Dur,
        /// Regular expression on the console that means the device restarted or crashed.
        crash: Option<String>,
        /// How long the whole batch may take.
        within: Dur,
    },
    /// Looks for needles in the unit's flash through the debug port, in plain, hex, base64, UTF-16.
    SearchFlash {
        /// Regions: address and length.
        regions: Vec<(u64, u64)>,
        /// Name and value of each needle; values are secrets.
        needles: Vec<(String, Bytes)>,
    },
    /// Judges passwords of several specimens by themselves and against public facts of each.
    AssessPasswords {
        /// One password per specimen.
        passwords: Vec<String>,
        /// Public facts of each specimen, such as its MAC and serial number.
        public: Vec<Vec<String>>,
    },
}

impl InstrumentOp {
    /// The channel the instrument works on.
    #[must_use]
    pub fn channel(&self) -> Option<Channel> {
        Some(match self {
            Self::ScanPorts { .. } | Self::AssessTls { .. } => Channel::Lan,
            Self::Fuzz {
                target: FuzzTarget::Console { .. },
                ..
            } => Channel::Console,
            Self::Fuzz { .. } => Channel::Lan,
            Self::SearchFlash { .. } => Channel::Debug,
            Self::AssessPasswords { .. } => return None,
        })
    }
}
