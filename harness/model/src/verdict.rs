//! Verdicts and how they combine.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Verdict of a case, or of a provision. Ordered by how much it weighs: a fold takes the gravest.
///
/// TS 103 701 knows PASS, FAIL and INCONCLUSIVE; `Error` keeps trouble of the bench apart, so that it can be
/// neither the device's fault nor its merit. A refuted criterion weighs most: it stays true whatever
/// broke afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything needed was there and every criterion was shown to hold.
    Pass,
    /// Information or means were missing.
    Inconclusive,
    /// The bench or the harness broke.
    Error,
    /// A criterion was refuted.
    Fail,
}

impl Verdict {
    /// The graver of two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Error => "error",
            Self::Fail => "fail",
        })
    }
}
