//! A fault as short text, for command lines and reports.

use super::{Fault, FaultKind};
use crate::UnitName;
use std::fmt;
use std::str::FromStr;

/// The keys after kind and unit.
const KEYS: [&str; 4] = ["with", "from", "lasts", "seed"];

/// What is wrong with the text of a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultSyntax {
    /// No such kind: the text given.
    Kind(String),
    /// There is no unit after the kind, or it is no name.
    Unit(String),
    /// No such key: the text given.
    Key(String),
    /// A key with a value it cannot have.
    Value {
        /// The key.
        key: String,
        /// The value given.
        value: String,
    },
    /// The kind needs two units, or takes only one.
    Units(FaultKind),
}

impl FaultSyntax {
    /// What was given wrongly, and the words that would have been right there; no words where any number or name goes.
    #[must_use]
    pub fn choices(&self) -> (&str, Vec<&'static str>) {
        match self {
            Self::Kind(given) => (given, FaultKind::ALL.map(FaultKind::name).to_vec()),
            Self::Key(given) => (given, KEYS.to_vec()),
            Self::Unit(given) | Self::Value { value: given, .. } => (given, Vec::new()),
            Self::Units(kind) => (kind.name(), Vec::new()),
        }
    }
}

impl fmt::Display for FaultSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(given) => write!(f, "there is no fault `{given}`"),
            Self::Unit(given) if given.is_empty() => {
                f.write_str("a fault names its unit after the kind")
            }
            Self::Unit(given) => write!(f, "`{given}` is no name of a unit"),
            Self::Key(given) => write!(f, "a fault has no `{given}`"),
            Self::Value { key, value } => write!(f, "`{key}` cannot be `{value}`"),
            Self::Units(kind) if kind.takes_two() => {
                write!(
                    f,
                    "{kind} mixes up two units: name the other one with `with=`"
                )
            }
            Self::Units(kind) => write!(f, "{kind} is about one unit: `with=` has no meaning"),
        }
    }
}

impl std::error::Error for FaultSyntax {}

impl FromStr for Fault {
    type Err = FaultSyntax;

    fn from_str(text: &str) -> Result<Self, FaultSyntax> {
        let mut parts = text.split(':');
        let given = parts.next().unwrap_or_default();
        let kind = FaultKind::from_name(given).ok_or_else(|| FaultSyntax::Kind(given.into()))?;
        let name = parts.next().unwrap_or_default();
        let unit = UnitName::new(name).map_err(|_| FaultSyntax::Unit(name.into()))?;
        let mut fault = Self {
            kind,
            unit,
            with: None,
            from: 0,
            lasts: None,
            seed: 0,
        };
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let wrong = || FaultSyntax::Value {
                key: key.into(),
                value: value.into(),
            };
            match key {
                "with" => fault.with = Some(UnitName::new(value).map_err(|_| wrong())?),
                "from" => fault.from = value.parse().map_err(|_| wrong())?,
                "lasts" => {
                    let lasts: u32 = value.parse().map_err(|_| wrong())?;
                    fault.lasts = Some(lasts).filter(|n| *n > 0);
                    fault.lasts.ok_or_else(wrong)?;
                }
                "seed" => fault.seed = value.parse().map_err(|_| wrong())?,
                _ => return Err(FaultSyntax::Key(key.into())),
            }
        }
        let two = fault.with.as_ref().is_some_and(|with| *with != fault.unit);
        if two != kind.takes_two() || fault.with.is_some() != two {
            return Err(FaultSyntax::Units(kind));
        }
        Ok(fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.unit)?;
        if let Some(with) = &self.with {
            write!(f, ":with={with}")?;
        }
        write!(f, ":from={}", self.from)?;
        if let Some(lasts) = self.lasts {
            write!(f, ":lasts={lasts}")?;
        }
        write!(f, ":seed={}", self.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "relay-stuck:plug-a:from=3:lasts=2:seed=9",
            "units-swapped:plug-a:with=plug-b:from=0:seed=18446744073709551615",
            "disk-slow:plug-open:from=4294967295:lasts=1:seed=0",
        ] {
            let fault: Fault = text.parse().unwrap();
            assert_eq!(fault.to_string(), text);
            let json = serde_json::to_string(&fault).unwrap();
            assert_eq!(serde_json::from_str::<Fault>(&json).unwrap(), fault);
        }
        let short: Fault = "probe-gone:plug-a".parse().unwrap();
        assert_eq!(short.to_string(), "probe-gone:plug-a:from=0:seed=0");
        for kind in FaultKind::ALL {
            assert_eq!(FaultKind::from_name(kind.name()), Some(kind));
        }
    }

    #[test]
    fn each_mistake_has_its_own_words() {
        let wrong = |text: &str| text.parse::<Fault>().unwrap_err();
        assert_eq!(
            wrong("relay-stick:plug-a"),
            FaultSyntax::Kind("relay-stick".into())
        );
        assert_eq!(wrong(""), FaultSyntax::Kind(String::new()));
        assert_eq!(wrong("relay-stuck"), FaultSyntax::Unit(String::new()));
        assert_eq!(
            wrong("relay-stuck:Plug A"),
            FaultSyntax::Unit("Plug A".into())
        );
        assert_eq!(
            wrong("relay-stuck:a:form=1"),
            FaultSyntax::Key("form".into())
        );
        for bad in ["from=x", "from=-1", "lasts=0", "seed=", "lasts"] {
            let e = wrong(&format!("relay-stuck:a:{bad}"));
            assert!(matches!(e, FaultSyntax::Value { .. }), "{bad}: {e}");
        }
        assert_eq!(
            wrong("units-swapped:a"),
            FaultSyntax::Units(FaultKind::UnitsSwapped)
        );
        assert_eq!(
            wrong("units-swapped:a:with=a"),
            FaultSyntax::Units(FaultKind::UnitsSwapped)
        );
        assert_eq!(
            wrong("relay-stuck:a:with=b"),
            FaultSyntax::Units(FaultKind::RelayStuck)
        );
        assert!(wrong("relay-stick:a").choices().1.contains(&"relay-stuck"));
    }
}
