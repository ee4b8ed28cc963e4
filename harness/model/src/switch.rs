//! A model of a power switch, as its file describes it: how it is reached, what switches an outlet, how that is read
//! back. Whoever switches needs nothing else of the file.

mod mqtt;
mod take;
mod template;
mod told;

pub use mqtt::{Message, Mqtt, is_topic};
pub use take::{Bits, Seen, State, Take};
pub use template::{BadTemplate, Field, Form, Template, Values};
pub use told::{Spoken, Told};

use crate::Dur;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What the model of a switch is called that is made of the URL of a farm's power port.
pub const BY_URL: &str = "by the URL of its place";

/// Most outlets of one switch.
pub const MOST_OUTLETS: u64 = 255;

/// One model of switches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    /// As the bench file names it: a built-in one by its name, a lab's own by its path.
    pub name: String,
    /// Who makes it.
    pub maker: String,
    /// Which devices these are.
    pub model: String,
    /// How many outlets it may have at most; they are counted from 1.
    pub outlets: u64,
    /// How it is reached.
    pub way: Way,
    /// What switches an outlet.
    pub how: How,
    /// How an outlet is read back; nothing where the switch cannot be asked.
    pub state: Option<State>,
}

/// How a switch is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// HTTP requests.
    Http(Http),
    /// Lines of text over TCP, such as SCPI.
    Tcp(Tcp),
    /// Lines or bytes over a serial port.
    Serial(Serial),
    /// SNMP with a community.
    Snmp(Snmp),
    /// Messages by way of a broker.
    Mqtt(Mqtt),
}

/// What is common to all requests of a switch over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Http {
    /// TCP port, where the bench file says no other.
    pub port: u16,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// How a password is shown.
    pub auth: Auth,
    /// Whose password it is, where the bench file says no other.
    pub user: String,
    /// What an answer says in place of status 401 when the password is wrong.
    pub refused: Vec<String>,
}

/// How a password is shown over HTTP, where the bench file has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Auth {
    /// Not at all, or by `{password}` in a request.
    None,
    /// Basic authentication.
    Basic,
    /// Digest authentication, by MD5 or SHA-256 as the switch asks.
    Digest,
}

/// What is common to all lines of a switch over TCP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tcp {
    /// TCP port, where the bench file says no other.
    pub port: u16,
    /// What ends a line that is sent.
    pub terminator: String,
    /// How long it is left alone after each line.
    pub pause: Option<Dur>,
}

/// What is common to all lines or frames of a switch on a serial port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Serial {
    /// Line rate in bits per second.
    pub baud: u32,
    /// What ends a line that is sent; nothing for some.
    pub terminator: String,
    /// How long it is left alone after each line or frame.
    pub pause: Option<Dur>,
}

/// What is common to all requests of a switch over SNMP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snmp {
    /// UDP port, where the bench file says no other.
    pub port: u16,
    /// Which version it speaks.
    pub version: SnmpVersion,
    /// The community, where the bench file has no `password`.
    pub community: String,
}

/// Versions of SNMP that know a community.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SnmpVersion {
    /// Version 1.
    V1,
    /// Version 2c.
    V2c,
}

/// What switches an outlet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    /// A request for each.
    Each {
        /// Switches on.
        on: Request,
        /// Switches off.
        off: Request,
    },
    /// One that changes over: the outlet is read first.
    Toggle(Request),
}

/// What is sent to a switch; which of these goes with its [`Way`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Over HTTP.
    Http {
        /// Such as `GET`.
        method: String,
        /// Path and query.
        path: Template,
        /// What is sent with it.
        body: Option<Template>,
        /// What that is, such as `application/json`.
        content_type: Option<String>,
    },
    /// Lines, one after the other.
    Lines {
        /// Without what ends them.
        lines: Vec<Template>,
        /// What the answer to the last one says; nothing where none comes.
        answer: Option<String>,
    },
    /// Bytes.
    Frame {
        /// In hex, with spaces between.
        bytes: Template,
        /// What is added behind them.
        checksum: Option<Checksum>,
    },
    /// Over SNMP.
    Snmp {
        /// Which object.
        oid: Template,
        /// What it is set to; nothing where it is read.
        value: Option<i32>,
    },
    /// A message to a broker.
    Publish(Message),
    /// What a broker passes on is heard.
    Hear {
        /// On each of these topics.
        topics: Vec<Template>,
        /// What makes the switch say it; nothing where it does so by itself.
        ask: Option<Message>,
    },
}

/// What is added to bytes so that a broken frame shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Checksum {
    /// Their sum, modulo 256.
    Sum8,
    /// All of them by exclusive or.
    Xor8,
}

impl Switch {
    /// The same without what may hold a credential: the queries of a URL that a farm told. Those of a file are the
    /// maker's, and what is secret in them is a place of its own.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        if self.name == BY_URL {
            let of_state = self.state.iter_mut().map(|state| &mut state.ask);
            for request in self.how.requests_mut().into_iter().chain(of_state) {
                if let Request::Http { path, .. } = request {
                    *path = path.without_query();
                }
            }
        }
        self
    }

    /// Values of these queries that are long enough to be masked.
    #[must_use]
    pub fn secrets(&self) -> BTreeSet<String> {
        if self.name != BY_URL {
            return BTreeSet::new();
        }
        let of_state = self.state.iter().map(|state| &state.ask);
        let requests = self.how.requests().into_iter().chain(of_state);
        requests.flat_map(Request::query_values).collect()
    }

    /// What is sent, and what is looked for in an answer.
    fn templates(&self) -> impl Iterator<Item = &Template> {
        let of_state = self.state.iter().flat_map(State::templates);
        let requests = self.how.requests().into_iter();
        requests.flat_map(Request::templates).chain(of_state)
    }

    /// Whether a request, or what is looked for in an answer, has a place for the device's name at a broker.
    #[must_use]
    pub fn names_device(&self) -> bool {
        self.templates().any(Template::has_device)
    }

    /// Whether the bench file tells what is sent and what the answer says.
    #[must_use]
    pub fn is_told(&self) -> bool {
        let state = self.state.as_ref();
        let read = state.is_some_and(|s| s.take == Take::Told && s.ask.is_told(Field::Read));
        match &self.how {
            How::Each { on, off } => read && on.is_told(Field::On) && off.is_told(Field::Off),
            How::Toggle(_) => false,
        }
    }

    /// Whether something of it would be told by the bench file.
    #[must_use]
    pub fn has_told(&self) -> bool {
        let takes = self.state.as_ref().is_some_and(|s| s.take == Take::Told);
        takes || self.templates().any(Template::has_told)
    }
}

impl How {
    fn requests(&self) -> Vec<&Request> {
        match self {
            Self::Each { on, off } => vec![on, off],
            Self::Toggle(request) => vec![request],
        }
    }

    fn requests_mut(&mut self) -> Vec<&mut Request> {
        match self {
            Self::Each { on, off } => vec![on, off],
            Self::Toggle(request) => vec![request],
        }
    }
}

impl Request {
    /// Every text with places that it has.
    #[must_use]
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Http { path, body, .. } => [path].into_iter().chain(body).collect(),
            Self::Lines { lines, .. } => lines.iter().collect(),
            Self::Frame { bytes, .. } => vec![bytes],
            Self::Snmp { oid, .. } => vec![oid],
            Self::Publish(message) => vec![&message.topic, &message.payload],
            Self::Hear { topics, ask } => {
                let ask = ask.iter().flat_map(|ask| [&ask.topic, &ask.payload]);
                topics.iter().chain(ask).collect()
            }
        }
    }

    /// Whether it is what the bench file tells under that name, and nothing else.
    #[must_use]
    pub fn is_told(&self, field: Field) -> bool {
        matches!(self, Self::Http { path, body: None, .. } if path.is_alone(field))
    }

    fn query_values(&self) -> Vec<String> {
        let Self::Http { path, .. } = self else {
            return Vec::new();
        };
        let path = path.fill(&Values::default(), Form::Url);
        let Some((_, query)) = path.split_once('?') else {
            return Vec::new();
        };
        let values = query
            .split('&')
            .map(|part| part.split_once('=').map_or(part, |(_, value)| value));
        values
            .filter(|value| value.len() >= LEAST_SECRET)
            .map(str::to_owned)
            .collect()
    }
}

/// Fewer bytes are no secret that could be masked: `on` and `1` stand everywhere.
const LEAST_SECRET: usize = 4;

impl Checksum {
    /// Every kind by its name in a file.
    pub const ALL: [(&'static str, Self); 2] = [("sum8", Self::Sum8), ("xor8", Self::Xor8)];

    /// Of these bytes.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> u8 {
        match self {
            Self::Sum8 => bytes.iter().fold(0, |sum: u8, b| sum.wrapping_add(*b)),
            Self::Xor8 => bytes.iter().fold(0, |sum, b| sum ^ b),
        }
    }
}

impl Way {
    /// What it is called, for people.
    #[must_use]
    pub fn protocol(&self) -> &'static str {
        match self {
            Self::Http(http) if http.tls => "HTTPS",
            Self::Http(_) => "HTTP",
            Self::Tcp(_) => "text over TCP",
            Self::Serial(_) => "serial",
            Self::Snmp(snmp) => match snmp.version {
                SnmpVersion::V1 => "SNMP v1",
                SnmpVersion::V2c => "SNMP v2c",
            },
            Self::Mqtt(mqtt) if mqtt.tls => "MQTT over TLS",
            Self::Mqtt(_) => "MQTT",
        }
    }

    /// Its port on the network, where it has one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Http(http) => Some(http.port),
            Self::Tcp(tcp) => Some(tcp.port),
            Self::Snmp(snmp) => Some(snmp.port),
            Self::Mqtt(mqtt) => Some(mqtt.port),
            Self::Serial(_) => None,
        }
    }

    /// Whose password it is, where the bench file does not say.
    #[must_use]
    pub fn user(&self) -> &str {
        match self {
            Self::Http(http) => &http.user,
            Self::Mqtt(mqtt) => &mqtt.user,
            _ => "",
        }
    }

    /// The password, where the bench file has none.
    #[must_use]
    pub fn password(&self) -> &str {
        match self {
            Self::Snmp(snmp) => &snmp.community,
            _ => "",
        }
    }
}

/// Bytes of a frame from its hex; nothing where it is none.
#[must_use]
pub fn frame(hex: &str) -> Option<Vec<u8>> {
    let byte = |word: &str| match word.len() {
        2 if word.bytes().all(|b| b.is_ascii_hexdigit()) => u8::from_str_radix(word, 16).ok(),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = hex.split_ascii_whitespace().map(byte).collect();
    bytes.filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_of_a_url_is_withheld_and_its_values_are_secrets() {
        let get = |path: &str| Request::Http {
            method: "GET".to_owned(),
            path: Template::parse(path).unwrap(),
            body: None,
            content_type: None,
        };
        let mut switch = Switch {
            name: BY_URL.to_owned(),
            maker: "labgrid".to_owned(),
            model: "rest".to_owned(),
            outlets: 1,
            way: Way::Tcp(Tcp {
                port: 1,
                terminator: String::new(),
                pause: None,
            }),
            how: How::Each {
                on: get("/1?token=S3cretTOK&v=1"),
                off: get("/0?token=S3cretTOK&v=0"),
            },
            state: None,
        };
        let secrets: Vec<_> = switch.secrets().into_iter().collect();
        assert_eq!(secrets, ["S3cretTOK"]);
        let planned = serde_json::to_string(&switch.clone().without_secrets()).unwrap();
        assert!(!planned.contains("S3cretTOK"), "{planned}");
        assert!(planned.contains("/1"), "{planned}");
        // A file's own query is no secret, and the run needs it.
        switch.name = "own.toml".to_owned();
        assert_eq!(switch.clone().without_secrets(), switch);
        assert!(switch.secrets().is_empty());
    }

    #[test]
    fn a_frame_has_its_bytes_and_its_sum() {
        let bytes = frame("A0 01 01").unwrap();
        assert_eq!(bytes, [0xa0, 1, 1]);
        assert_eq!(Checksum::Sum8.of(&bytes), 0xa2);
        assert_eq!(Checksum::Xor8.of(&bytes), 0xa0);
        assert_eq!(Checksum::Sum8.of(&[0xff, 2]), 1);
        for bad in ["", "A", "A0 1", "G0", "+1", "A001"] {
            assert_eq!(frame(bad), None, "{bad}");
        }
    }
}
