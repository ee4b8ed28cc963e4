//! Why an op brought no observation.

use crate::Channel;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whose trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TroubleKind {
    /// The device did not answer in time. Never a pass, and not by itself a fail.
    DeviceSilent,
    /// The device refused or closed a connection.
    DeviceRefused,
    /// The device answered with something that is no valid answer.
    DeviceGarbled,
    /// A cable, probe, socket or relay of the bench. Ends the case as error.
    Bench,
    /// The case asked for something impossible (bad pattern, unknown file). Ends the case as error.
    Case,
    /// The case's deadline passed.
    Deadline,
    /// The run is being ended.
    Cancelled,
}

impl TroubleKind {
    /// Whether a script may catch it with `attempt`: only what the device did.
    #[must_use]
    pub fn is_device(self) -> bool {
        matches!(
            self,
            Self::DeviceSilent | Self::DeviceRefused | Self::DeviceGarbled
        )
    }
}

/// Trouble on a channel: what, and what to try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Whose it is.
    pub kind: TroubleKind,
    /// Where.
    pub channel: Option<Channel>,
    /// What happened, a lower-case clause.
    pub what: String,
    /// What a technician can try, for bench trouble.
    pub try_next: Option<String>,
}

impl Trouble {
    /// Trouble of a kind on a channel.
    #[must_use]
    pub fn new(kind: TroubleKind, channel: Channel, what: impl Into<String>) -> Self {
        Self {
            kind,
            channel: Some(channel),
            what: what.into(),
            try_next: None,
        }
    }

    /// Trouble of the bench, with what to try.
    #[must_use]
    pub fn bench(channel: Channel, what: impl Into<String>, try_next: impl Into<String>) -> Self {
        let try_next = Some(try_next.into());
        Self {
            kind: TroubleKind::Bench,
            channel: Some(channel),
            what: what.into(),
            try_next,
        }
    }

    /// A mistake of the case.
    #[must_use]
    pub fn case(what: impl Into<String>) -> Self {
        Self {
            kind: TroubleKind::Case,
            channel: None,
            what: what.into(),
            try_next: None,
        }
    }

    /// Nothing came from the device in time.
    #[must_use]
    pub fn silent(channel: Channel, what: impl Into<String>) -> Self {
        Self::new(TroubleKind::DeviceSilent, channel, what)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(channel) = self.channel {
            write!(f, "{channel}: ")?;
        }
        f.write_str(&self.what)?;
        if let Some(next) = &self.try_next {
            write!(f, " (try: {next})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Trouble {}
