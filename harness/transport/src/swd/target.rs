//! What the bench file and the profile say about a debug port.

use super::uid;
use std::fmt;

use probe_rs::probe::DebugProbeSelector;
use proofhouse_model::Dur;
use proofhouse_model::observation::DebugProtocol;
use proofhouse_model::profile::DebugFacts;
use serde::{Deserialize, Serialize};

/// Most bytes one read may bring: 4 MiB.
pub const MAX_READ: u64 = 4 * 1024 * 1024;

/// A debug port as the bench file and the profile describe it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebugTarget {
    /// Probe selector of probe-rs: `VID:PID`, `VID:PID:SERIAL`, or for a network probe
    /// `20b7:9db1:unix:/path` or `20b7:9db1:tcp:host:port`.
    pub probe: String,
    /// Chip name of probe-rs, such as `nRF52840_xxAA`; without it a grade tries no attach.
    pub chip: Option<String>,
    /// Flash regions, address and bytes; their first words prove that memory can be read.
    pub flash: Vec<(u64, u64)>,
    /// Where the profile says that the chip's unique id lies, and its bytes (4 to 16).
    pub uid: Option<(u64, u64)>,
    /// How long a probe that another program holds is waited for.
    #[serde(default)]
    pub wait: Dur,
    /// What the probe speaks to it.
    #[serde(default)]
    pub protocol: DebugProtocol,
}

impl DebugTarget {
    /// A port behind a probe, of which nothing else is known.
    #[must_use]
    pub fn new(probe: impl Into<String>) -> Self {
        Self {
            probe: probe.into(),
            chip: None,
            flash: Vec::new(),
            uid: None,
            wait: Dur::default(),
            protocol: DebugProtocol::default(),
        }
    }

    /// A port behind a probe, with what the profile says of it.
    #[must_use]
    pub fn with_facts(probe: impl Into<String>, facts: &DebugFacts) -> Self {
        let mut target = Self::new(probe);
        target.chip.clone_from(&facts.chip);
        target.flash.clone_from(&facts.flash);
        target.uid = facts.uid;
        target
    }

    /// Says whether the selector can be read, without touching any probe: for `check`.
    ///
    /// # Errors
    /// What a selector looks like.
    pub fn check_probe(selector: &str) -> Result<(), ProbeSyntax> {
        selector
            .parse::<DebugProbeSelector>()
            .map(drop)
            .map_err(|_| ProbeSyntax(selector.to_owned()))
    }

    /// Where the pieces of the unique id lie, the last printed first, each address and bytes; empty where nobody knows.
    pub(super) fn uid_places(&self) -> Vec<(u64, u64)> {
        match (self.uid, &self.chip) {
            (Some(said), _) => vec![said],
            (None, Some(chip)) => uid::places_of(chip),
            (None, None) => Vec::new(),
        }
    }
}

/// The text is no probe selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ProbeSyntax(String);

impl fmt::Display for ProbeSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no probe selector: write VID:PID or VID:PID:SERIAL in hexadecimal, such as \
             1366:1015:000683456789, or 20b7:9db1:tcp:HOST:PORT for a network probe",
            self.0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_told_from_rubbish() {
        for good in [
            "1366:1015",
            "1366:1015:000683456789",
            "20b7:9db1:unix:/run/u1.swd",
        ] {
            assert_eq!(DebugTarget::check_probe(good), Ok(()), "{good}");
        }
        for bad in ["", "jlink", "1366", "xyz:1015", "13661:1015"] {
            assert!(DebugTarget::check_probe(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_unique_id_is_where_the_profile_says_else_where_its_family_has_it() {
        let mut facts = DebugFacts::default();
        let places = |facts: &DebugFacts| DebugTarget::with_facts("1366:1015", facts).uid_places();
        assert_eq!(places(&facts), []);
        facts.chip = Some("STM32MP157CAC".into());
        assert_eq!(places(&facts), [], "of no family in the table");
        facts.chip = Some("nRF52840_xxAA".into());
        assert_eq!(places(&facts), [(0x1000_0060, 8)]);
        facts.uid = Some((0x2000_0000, 6));
        assert_eq!(places(&facts), [(0x2000_0000, 6)]);
    }
}
