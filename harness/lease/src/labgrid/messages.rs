//! What is said to a coordinator and what it answers, as far as it is needed here. The numbers are those of the wire,
//! which is the same in every release with gRPC so far; fields that are not read are left out, as Protocol Buffers
//! allow.

use prost::{Message, Oneof};
use std::collections::HashMap;

/// To the coordinator, on the stream.
#[derive(Clone, PartialEq, Message)]
pub struct ClientIn {
    #[prost(oneof = "Say", tags = "1, 2, 3")]
    pub say: Option<Say>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum Say {
    #[prost(message, tag = "1")]
    Sync(SyncId),
    /// Who it is; coordinators that read it from the metadata of the call do not need it any more.
    #[prost(message, tag = "2")]
    Startup(Startup),
    #[prost(message, tag = "3")]
    Subscribe(Subscribe),
}

#[derive(Clone, PartialEq, Message)]
pub struct SyncId {
    #[prost(uint64, tag = "1")]
    pub id: u64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Startup {
    #[prost(string, tag = "1")]
    pub version: String,
    #[prost(string, tag = "2")]
    pub name: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Subscribe {
    #[prost(oneof = "Topic", tags = "2, 3")]
    pub topic: Option<Topic>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum Topic {
    #[prost(bool, tag = "2")]
    AllPlaces(bool),
    #[prost(bool, tag = "3")]
    AllResources(bool),
}

/// From the coordinator, on the stream.
#[derive(Clone, PartialEq, Message)]
pub struct ClientOut {
    #[prost(message, optional, tag = "1")]
    pub sync: Option<SyncId>,
    #[prost(message, repeated, tag = "2")]
    pub updates: Vec<Update>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Update {
    #[prost(oneof = "News", tags = "1, 2, 3, 4")]
    pub news: Option<News>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum News {
    #[prost(message, tag = "1")]
    Resource(Exported),
    #[prost(message, tag = "2")]
    NoResource(ResourcePath),
    #[prost(message, tag = "3")]
    Place(Place),
    #[prost(string, tag = "4")]
    NoPlace(String),
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Message)]
pub struct ResourcePath {
    #[prost(string, optional, tag = "1")]
    pub exporter: Option<String>,
    #[prost(string, tag = "2")]
    pub group: String,
    #[prost(string, tag = "3")]
    pub name: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Exported {
    #[prost(message, optional, tag = "1")]
    pub path: Option<ResourcePath>,
    #[prost(string, tag = "2")]
    pub class: String,
    #[prost(map = "string, message", tag = "3")]
    pub params: HashMap<String, MapValue>,
    #[prost(map = "string, message", tag = "4")]
    pub extra: HashMap<String, MapValue>,
    /// The place that has it; empty where none has.
    #[prost(string, tag = "5")]
    pub acquired: String,
    #[prost(bool, tag = "6")]
    pub avail: bool,
}

#[derive(Clone, PartialEq, Message)]
pub struct MapValue {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4, 5")]
    pub kind: Option<Kind>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum Kind {
    #[prost(bool, tag = "1")]
    Bool(bool),
    #[prost(int64, tag = "2")]
    Int(i64),
    #[prost(uint64, tag = "3")]
    Uint(u64),
    #[prost(double, tag = "4")]
    Float(f64),
    #[prost(string, tag = "5")]
    Text(String),
}

#[derive(Clone, PartialEq, Message)]
pub struct Place {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, repeated, tag = "2")]
    pub aliases: Vec<String>,
    #[prost(map = "string, string", tag = "4")]
    pub tags: HashMap<String, String>,
    #[prost(message, repeated, tag = "5")]
    pub matches: Vec<Match>,
    /// Who has it; there and empty where nobody has.
    #[prost(string, optional, tag = "6")]
    pub acquired: Option<String>,
    /// `exporter/group/class/name`.
    #[prost(string, repeated, tag = "7")]
    pub acquired_resources: Vec<String>,
    #[prost(double, tag = "10")]
    pub changed: f64,
    #[prost(string, optional, tag = "11")]
    pub reservation: Option<String>,
}

/// Which resources belong to a place, each part with wildcards.
#[derive(Clone, PartialEq, Message)]
pub struct Match {
    #[prost(string, tag = "1")]
    pub exporter: String,
    #[prost(string, tag = "2")]
    pub group: String,
    #[prost(string, tag = "3")]
    pub class: String,
    #[prost(string, optional, tag = "4")]
    pub name: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub rename: Option<String>,
}

/// `AcquirePlace`, and `ReleasePlace` without its condition.
#[derive(Clone, PartialEq, Message)]
pub struct PlaceName {
    #[prost(string, tag = "1")]
    pub name: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct ReleaseFrom {
    #[prost(string, tag = "1")]
    pub name: String,
    /// Only where they have it.
    #[prost(string, optional, tag = "2")]
    pub who: Option<String>,
}

/// A message without anything that is read.
#[derive(Clone, PartialEq, Message)]
pub struct Nothing {}

#[derive(Clone, PartialEq, Message)]
pub struct Places {
    #[prost(message, repeated, tag = "1")]
    pub places: Vec<Place>,
}

/// The answer to `GetPlace`, which coordinators have got lately.
#[derive(Clone, PartialEq, Message)]
pub struct OnePlace {
    #[prost(message, optional, tag = "1")]
    pub place: Option<Place>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Reserve {
    #[prost(map = "string, message", tag = "1")]
    pub filters: HashMap<String, Filter>,
    #[prost(double, tag = "2")]
    pub priority: f64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Filter {
    #[prost(map = "string, string", tag = "1")]
    pub tags: HashMap<String, String>,
}

/// `PollReservation` and `CancelReservation`.
#[derive(Clone, PartialEq, Message)]
pub struct Token {
    #[prost(string, tag = "1")]
    pub token: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Reserved {
    #[prost(message, optional, tag = "1")]
    pub reservation: Option<Reservation>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Reservation {
    #[prost(string, tag = "1")]
    pub owner: String,
    #[prost(string, tag = "2")]
    pub token: String,
    /// See [`STATES`].
    #[prost(int32, tag = "3")]
    pub state: i32,
    /// What it was made for, by group.
    #[prost(map = "string, message", tag = "5")]
    pub filters: HashMap<String, Filter>,
    /// Group of filters to place; there is one group, [`GROUP`].
    #[prost(map = "string, string", tag = "6")]
    pub allocations: HashMap<String, String>,
}

/// The answer to `GetReservations`.
#[derive(Clone, PartialEq, Message)]
pub struct Reservations {
    #[prost(message, repeated, tag = "1")]
    pub all: Vec<Reservation>,
}

/// The one group of filters that coordinators know.
pub const GROUP: &str = "main";
/// States of a reservation, by number.
pub const STATES: [&str; 5] = ["waiting", "allocated", "acquired", "expired", "invalid"];
