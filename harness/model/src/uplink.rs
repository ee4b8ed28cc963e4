//! Ways to cut a unit off the network.

use crate::settings::Setting;
use crate::{Channel, Driver, Wire};
use serde::{Deserialize, Serialize};

/// What of the network is taken from a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CutKind {
    /// The link itself: the cable is out, or looks so.
    Link,
    /// What lies behind the lab's own network: the local network goes on.
    Internet,
    /// The name service alone.
    Dns,
    /// Packets vanish, and the link stays up.
    Silence,
}

impl CutKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Link, Self::Internet, Self::Dns, Self::Silence];

    /// The name used in cases and bench files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Internet => "internet",
            Self::Dns => "dns",
            Self::Silence => "silence",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl std::fmt::Display for CutKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The setting that says what the programs of a wire cut.
pub const WHAT: &str = "what";

impl Wire {
    /// What an uplink by this wire can cut: as its programs are said to do, or as its driver can.
    #[must_use]
    pub fn cuts(&self) -> Vec<CutKind> {
        if let Some(Setting::Text(what)) = self.settings.get(WHAT) {
            return CutKind::from_name(what).into_iter().collect();
        }
        match Driver::find(Channel::Uplink, &self.driver) {
            Some(driver) if driver.is_virtual => vec![CutKind::Link, CutKind::Silence],
            Some(_) => vec![CutKind::Link],
            None => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn wire(driver: &str, what: Option<&str>) -> Wire {
        let what = what.map(|what| (WHAT.to_owned(), Setting::Text(what.to_owned())));
        Wire {
            driver: driver.to_owned(),
            settings: Settings(what.into_iter().collect()),
            switch: None,
        }
    }

    #[test]
    fn a_wire_cuts_what_its_driver_can_or_its_programs_are_said_to() {
        use CutKind as K;
        assert_eq!(wire("virtual", None).cuts(), [K::Link, K::Silence]);
        assert_eq!(wire("interface", None).cuts(), [K::Link]);
        assert_eq!(wire("command", Some("dns")).cuts(), [K::Dns]);
        assert_eq!(wire("nonesuch", None).cuts(), []);
    }

    #[test]
    fn kinds_are_written_by_name_and_read_back() {
        for kind in CutKind::ALL {
            let text = serde_json::to_string(&kind).unwrap();
            assert_eq!(text, format!("\"{kind}\""));
            assert_eq!(CutKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(CutKind::from_name("cable"), None);
    }
}
