//! How a script stops early, carried inside Starlark's own error so that nothing is told by text.

use proofhouse_model::{Channel, Observation, Trouble, TroubleKind};
use starlark::ErrorKind;
use std::fmt;

/// Why a native ended the script.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Trouble of any family. `attempt` and `until` catch the device's.
    Trouble(Trouble),
    /// There is nothing to test here.
    Skip(String),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trouble(trouble) => write!(f, "{trouble}"),
            Self::Skip(why) => write!(f, "skipped: {why}"),
        }
    }
}

impl std::error::Error for Stop {}

impl Stop {
    /// The stop inside an error, when a native put one there.
    pub(crate) fn inside(error: &starlark::Error) -> Option<&Self> {
        match error.kind() {
            ErrorKind::Native(e) | ErrorKind::Other(e) => e.downcast_ref(),
            _ => None,
        }
    }
}

/// Trouble as an error of a native.
pub(crate) fn trouble(trouble: Trouble) -> starlark::Error {
    starlark::Error::new_native(Stop::Trouble(trouble))
}

/// A mistake of the case as an error of a native.
pub(crate) fn mistake(what: impl Into<String>) -> starlark::Error {
    trouble(Trouble::case(what))
}

/// The case ends as skipped.
pub(crate) fn skip(why: impl Into<String>) -> starlark::Error {
    starlark::Error::new_native(Stop::Skip(why.into()))
}

/// The device's trouble inside an error; `None` for every other error, which must go on up.
pub(crate) fn device_trouble(error: &starlark::Error) -> Option<&Trouble> {
    match Stop::inside(error)? {
        Stop::Trouble(trouble) if trouble.kind.is_device() => Some(trouble),
        _ => None,
    }
}

/// An observation of another kind than the op can bring: a fault of the harness, never of the
/// device.
pub(crate) fn unexpected(asked: &str, saw: &Observation) -> starlark::Error {
    let saw = format!("{saw:?}");
    let kind: String = saw.chars().take_while(|c| c.is_alphanumeric()).collect();
    trouble(Trouble {
        kind: TroubleKind::Bench,
        channel: None::<Channel>,
        what: format!("the bench answered {asked} with `{kind}`"),
        try_next: Some("report this as a fault of the harness".to_owned()),
    })
}
