//! What it takes to open a wire beside its settings.
//!
//! Each capability has one `open` with one line per driver of its rows in `model::drivers`.

use crate::console::Pty;
use crate::power::Strips;
use proofhouse_model::profile::{ConsoleFacts, DebugFacts};
use proofhouse_model::{Channel, Trouble, UnitName, Wire};
use std::ffi::OsString;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The unit whose wire is opened, and what is around it.
pub struct Context<'a> {
    /// Its name on the bench.
    pub unit: &'a UnitName,
    /// The bench file's folder, from which paths are seen. Never empty, which is no folder to a program.
    pub folder: &'a Path,
    /// What the maker says of the console.
    pub console: ConsoleFacts,
    /// What the maker says of the debug port.
    pub debug: DebugFacts,
    /// Strips that several units of the bench are on.
    pub strips: &'a Strips,
    /// What the factory made, when the unit is a virtual one.
    pub made: Option<Made<'a>>,
}

/// Masks secrets in bytes.
pub type Mask = Arc<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// A virtual unit, ready to be powered and dialled.
pub struct Made<'a> {
    /// The program that it is.
    pub program: &'a Path,
    /// Arguments that run it.
    pub args: &'a [OsString],
    /// Its console.
    pub pty: &'a Pty,
    /// What it says on standard error goes there; the folder is made when it is missing.
    pub log: PathBuf,
    /// What that passes on its way there.
    pub mask: Mask,
    /// Its own loopback address.
    pub address: IpAddr,
    /// The bench's own loopback address beside it.
    pub peer: IpAddr,
    /// Selector of its debug probe.
    pub probe: String,
}

impl Context<'_> {
    /// The virtual unit.
    ///
    /// # Errors
    /// Bench trouble: it is none.
    pub fn made(&self, channel: Channel) -> Result<&Made<'_>, Trouble> {
        self.made.as_ref().ok_or_else(|| {
            Trouble::bench(
                channel,
                format!(
                    "{} is no virtual unit, so its {channel} cannot be virtual",
                    self.unit
                ),
                "name a driver for it in the bench file",
            )
        })
    }

    /// A path seen from the bench file's folder; a bare name such as `COM3` is no path.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        match path.contains('/') {
            true => self.folder.join(path).display().to_string(),
            false => path.to_owned(),
        }
    }

    /// Trouble with a plan that names a driver which is not there.
    #[must_use]
    pub fn unknown(&self, channel: Channel, wire: &Wire) -> Trouble {
        Trouble::bench(
            channel,
            format!(
                "this Proofhouse has no driver `{}` for the {channel} of {}",
                wire.driver, self.unit
            ),
            "run it with the Proofhouse that made the plan",
        )
    }
}

#[cfg(test)]
impl<'a> Context<'a> {
    /// Of a unit that is no virtual one, with nothing around it.
    pub(crate) fn bare(unit: &'a UnitName) -> Self {
        static NONE: std::sync::LazyLock<Strips> = std::sync::LazyLock::new(Strips::default);
        Self {
            unit,
            folder: Path::new("."),
            console: ConsoleFacts::default(),
            debug: DebugFacts::default(),
            strips: &NONE,
            made: None,
        }
    }
}

#[cfg(test)]
mod tests;
