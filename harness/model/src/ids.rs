//! Identifiers. Each is checked when made, so a wrong one cannot travel.

mod edition;

pub use edition::Edition;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Position of an event in its journal, from 0.
pub type Seq = u64;

/// Why a text is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadId {
    /// The text given.
    pub given: String,
    /// What was expected, in words for a reader.
    pub expected: &'static str,
}

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not {}", self.given, self.expected)
    }
}

impl std::error::Error for BadId {}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $check:path, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the text and makes the identifier.
            ///
            /// # Errors
            /// The text and what was expected instead.
            pub fn new(text: impl Into<String>) -> Result<Self, BadId> {
                let text = text.into();
                if $check(&text) { Ok(Self(text)) } else {
                    Err(BadId { given: text, expected: $expected })
                }
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A provision of EN 303 645, such as `5.1-1`, `5.1-2A` (V3.1.3) or `6-3`; of another standard, such as `ACM-1`.
    ProvisionId, is_provision, "a provision such as 5.3-2"
);
text_id!(
    /// One unit of a test case of TS 103 701, such as `5.11-1-2.a`.
    UnitRef, is_unit_ref, "a TS 103 701 unit such as 5.11-1-2.a"
);
text_id!(
    /// A row of another guide that cites provisions, such as `acsc-6-g4` or `psti-pw-form`.
    GuideId, is_name, "a guide row such as acsc-6-g4 (lower case, digits, hyphens)"
);
text_id!(
    /// A case: the name of its file without `.star`.
    CaseId, is_name, "a case name (lower case, digits, hyphens or underscores)"
);
text_id!(
    /// One specimen on the bench, such as `plug-a`.
    UnitName, is_name, "a unit name (lower case, digits, hyphens or underscores)"
);
text_id!(
    /// A product under test, such as `plug`: `id` of its profile, else the name of the profile's folder.
    ProductId, is_name, "a product name (lower case, digits, hyphens or underscores)"
);
text_id!(
    /// SHA-256 of a blob in lower-case hex.
    BlobId, is_sha256, "64 lower-case hex digits"
);

fn is_name(text: &str) -> bool {
    let mut chars = text.bytes();
    chars
        .next()
        .is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && text.len() <= 64
        && chars.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// `clause "-" number [letter]`, where clause is `4`, `5`, `6` or `5.n`; of other standards capitals and up to three
/// numbers.
fn is_provision(text: &str) -> bool {
    let Some((clause, rest)) = text.split_once('-') else {
        return false;
    };
    if (2..=8).contains(&clause.len()) && clause.bytes().all(|b| b.is_ascii_uppercase()) {
        let mut numbers = rest.split('-');
        return numbers.clone().count() <= 3 && numbers.all(is_number);
    }
    let clause_ok = match clause.split_once('.') {
        None => matches!(clause, "4" | "5" | "6"),
        Some((major, minor)) => major == "5" && is_number(minor),
    };
    let number = rest
        .strip_suffix(|c: char| c.is_ascii_uppercase())
        .unwrap_or(rest);
    clause_ok && is_number(number)
}

/// A test case id (`provision "-" number [letters]`) followed by `.letter`.
fn is_unit_ref(text: &str) -> bool {
    let Some((case, letter)) = text.rsplit_once('.') else {
        return false;
    };
    let Some((provision, number)) = case.rsplit_once('-') else {
        return false;
    };
    let number = number.trim_end_matches(|c: char| c.is_ascii_lowercase());
    is_provision(provision)
        && is_number(number)
        && letter.len() == 1
        && letter.bytes().all(|b| b.is_ascii_lowercase())
}

fn is_number(text: &str) -> bool {
    (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

impl UnitRef {
    /// The test case the unit belongs to, such as `5.11-1-2`.
    #[must_use]
    pub fn test_case(&self) -> &str {
        self.0.rsplit_once('.').map_or("", |(case, _)| case)
    }

    /// The provision of that test case.
    #[must_use]
    pub fn provision(&self) -> ProvisionId {
        let provision = self.test_case().rsplit_once('-').map_or("", |(p, _)| p);
        ProvisionId(provision.to_owned())
    }
}

impl ProvisionId {
    /// Key that sorts provisions as the standard prints them: 4-1, 5.1-1 … 5.13-1, 6-5.
    #[must_use]
    pub fn order(&self) -> (u32, u32, u32, String) {
        let (clause, rest) = self.0.split_once('-').unwrap_or((&self.0, ""));
        let (major, minor) = clause.split_once('.').unwrap_or((clause, "0"));
        let digits = rest.trim_end_matches(|c: char| c.is_ascii_uppercase());
        let n = |t: &str| t.parse().unwrap_or(0);
        (
            n(major),
            n(minor),
            n(digits),
            rest[digits.len()..].to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provisions_of_every_edition_are_read() {
        for good in [
            "4-1", "5.1-1", "5.3-16", "5.1-2A", "6-5", "5-1", "ACM-1", "AUM-5-2",
        ] {
            assert!(ProvisionId::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "5.1",
            "7-1",
            "5.x-1",
            "5.1-",
            "5.1-123",
            "5.1-1 ",
            "5.1-1.a",
            "4.1-1",
            "ACM",
            "A-1",
            "acm-1",
            "ACM-1-2-3-4",
        ] {
            assert!(ProvisionId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn provisions_sort_as_printed() {
        let mut ids = ["6-1", "5.13-1", "5.3-10", "5.3-2", "4-1", "5.1-2A", "5.1-2"]
            .map(|t| ProvisionId::new(t).unwrap());
        ids.sort_by_key(ProvisionId::order);
        let got: Vec<_> = ids.iter().map(ProvisionId::as_str).collect();
        assert_eq!(
            got,
            ["4-1", "5.1-2", "5.1-2A", "5.3-2", "5.3-10", "5.13-1", "6-1"]
        );
    }

    #[test]
    fn a_unit_knows_its_case_and_provision() {
        let unit = UnitRef::new("5.11-1-2.a").unwrap();
        assert_eq!(unit.test_case(), "5.11-1-2");
        assert_eq!(unit.provision().as_str(), "5.11-1");
        assert!(UnitRef::new("5.11-1.a").is_err());
        assert!(UnitRef::new("5.11-1-2").is_err());
    }
}
