//! Durations as people write them: `250ms`, `90s`, `5m`, `2h`.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// A duration from 0 to 30 days, written as a whole number and a unit.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Dur(Duration);

/// Longest duration accepted: 30 days. Longer ones are typing mistakes.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

impl Dur {
    /// From milliseconds.
    #[must_use]
    pub const fn ms(ms: u64) -> Self {
        Self(Duration::from_millis(ms))
    }

    /// From seconds.
    #[must_use]
    pub const fn secs(secs: u64) -> Self {
        Self(Duration::from_secs(secs))
    }

    /// The standard library's type.
    #[must_use]
    pub const fn std(self) -> Duration {
        self.0
    }

    /// Reads `250us`, `250ms`, `1.5s`, `90s`, `5m`, `2h`.
    ///
    /// # Errors
    /// A sentence saying what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || {
            format!("`{text}` is not a duration: write a number and us, ms, s, m or h, such as 90s")
        };
        let at = text
            .find(|c: char| c.is_ascii_alphabetic())
            .ok_or_else(bad)?;
        let (number, unit) = text.split_at(at);
        let seconds_each = match unit {
            "us" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(bad()),
        };
        let plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let number: f64 = number.parse().ok().filter(|_| plain).ok_or_else(bad)?;
        let whole = Duration::try_from_secs_f64(number * seconds_each).map_err(|_| bad())?;
        if whole > LONGEST {
            return Err(format!("`{text}` is longer than 30 days"));
        }
        Ok(Self(whole))
    }
}

impl From<Duration> for Dur {
    fn from(d: Duration) -> Self {
        Self(d)
    }
}

impl TryFrom<String> for Dur {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Dur> for String {
    fn from(d: Dur) -> Self {
        d.to_string()
    }
}

impl fmt::Display for Dur {
    /// The largest unit that keeps the number whole, so that reading it back is exact to the microsecond.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u128, &str); 4] = [
            (3_600_000_000, "h"),
            (60_000_000, "m"),
            (1_000_000, "s"),
            (1_000, "ms"),
        ];
        match self.0.as_micros() {
            0 => write!(f, "0s"),
            us => match UNITS.iter().find(|(each, _)| us.is_multiple_of(*each)) {
                Some((each, unit)) => write!(f, "{}{unit}", us / each),
                None => write!(f, "{us}us"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        for text in ["250ms", "90s", "5m", "2h", "7us", "0s"] {
            assert_eq!(Dur::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Dur::parse("1.5s").unwrap(), Dur::ms(1500));
        assert_eq!(Dur::parse("60s").unwrap().to_string(), "1m");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "", "5", "s", "-5s", "5 s", "5d", "1e9s", "900h", "infs", ".s",
        ] {
            assert!(Dur::parse(text).is_err(), "{text}");
        }
    }
}
