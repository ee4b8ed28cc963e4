//! Places of a farm, taken for the time of a run.
//!
//! A farm is asked through one trait, [`Lease`]: acquire, renew, release, who holds it. labgrid's coordinator is the
//! one behind it. Its locks have no lease of their own: whoever dies leaves the place taken for good. What is added
//! here: a lock that is ours is noted in the state folder of the user ([`left`]) before it is asked for, whoever finds
//! such a note without its process gives the place back, and a run that no longer has its place is told ([`Keeper`]).

mod access;
mod keeper;
mod labgrid;
pub mod left;
mod trouble;

pub use access::{Access, Identity, Tls};
pub use keeper::Keeper;
pub use labgrid::{Labgrid, PlaceLease};
pub use trouble::{Holder, NotLeased};

use std::collections::BTreeMap;
use std::time::Duration;

/// Which place is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The one of that name or alias.
    Named(String),
    /// The one of the reservation whose token is in the environment.
    Reserved,
    /// The one of a reservation that whoever asks made before for these tags.
    ReservedWith(BTreeMap<String, String>),
    /// Any that has these tags.
    Tagged(BTreeMap<String, String>),
}

/// A value of a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// It is not set.
    Nothing,
    /// True or false.
    YesNo(bool),
    /// A whole number.
    Whole(i128),
    /// Another number.
    Decimal(f64),
    /// A text.
    Text(String),
}

/// What stands on a place: how something is reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// `exporter/group/class/name`, as the farm calls it.
    pub path: String,
    /// Its name on the place.
    pub name: String,
    /// What it is, such as `NetworkSerialPort`.
    pub class: String,
    /// Its parameters.
    pub params: BTreeMap<String, Value>,
    /// What else its exporter says.
    pub extra: BTreeMap<String, Value>,
    /// Whether it is there now.
    pub is_there: bool,
}

impl Resource {
    /// A parameter that is a text.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.params.get(key) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A parameter that is a whole number; some exporters write it as a text.
    #[must_use]
    pub fn whole(&self, key: &str) -> Option<u64> {
        match self.params.get(key)? {
            Value::Whole(n) => u64::try_from(*n).ok(),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

/// A place that is taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// Its name.
    pub place: String,
    /// What stands on it, in the farm's order.
    pub resources: Vec<Resource>,
}

/// How long something is waited for, and by whom it can be called off.
pub struct Patience<'a> {
    /// At most so long for a place, and for what stands on it.
    pub most: Duration,
    /// Whether the wait was called off.
    pub called_off: &'a dyn Fn() -> bool,
    /// Told once, when there is something to wait for.
    pub told: &'a dyn Fn(&str),
}

/// A place for the time of a run.
pub trait Lease: Send {
    /// Waits until it is free and takes it, with all that stands on it.
    ///
    /// # Errors
    /// It cannot be had within that time; then nothing is held.
    fn acquire(&mut self, patience: &Patience<'_>) -> Result<Taken, NotLeased>;

    /// Says that it is needed still, and sees whether it is ours still.
    ///
    /// # Errors
    /// It is not, or the farm has not been heard for too long.
    fn renew(&mut self) -> Result<(), NotLeased>;

    /// Asks now whether it is ours still, and has been since it was taken; fine where none is held.
    ///
    /// # Errors
    /// [`NotLeased::Lost`] where it is not; anything else where no answer came by that moment, and nothing is known.
    fn confirm(&mut self, until: std::time::Instant) -> Result<(), NotLeased>;

    /// Gives it back; nothing where it is not held.
    ///
    /// # Errors
    /// The farm did not take it back: it may be taken still.
    fn release(&mut self) -> Result<(), NotLeased>;

    /// Who has it now, and since when; nobody where it is free.
    ///
    /// # Errors
    /// The farm does not say.
    fn holder(&mut self) -> Result<Option<Holder>, NotLeased>;

    /// What it is called, for people.
    fn name(&self) -> String;

    /// The note that lets another process give it back, where one is held.
    fn note(&self) -> Option<std::path::PathBuf>;
}
