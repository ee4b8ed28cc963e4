//! Names of cipher suites and what current advice says of them.

use super::hello::Version;
use super::table::SUITES;

/// What is to be said of a suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// Broken or without protection; the text says why and names the source.
    Weak(&'static str),
    /// Encrypts soundly, but who gets the key later reads what was recorded (RFC 9325 section 4.1: should not be used).
    NoForwardSecrecy,
    /// CBC with SHA-1 (RFC 9325 section 4.2 recommends AEAD): old, not weak by itself.
    Old,
    /// Nothing to say against it.
    Fine,
    /// Not in the table: look it up.
    Unknown,
}

/// Marks in names of weak suites, the reason and its source.
const MARKS: [(&str, &str); 9] = [
    ("_anon_", "nobody is authenticated (RFC 5246 A.5)"),
    ("EXPORT", "40 to 56 bit keys (RFC 9325 section 4.1)"),
    ("_WITH_NULL_", "no encryption (RFC 9325 section 4.1)"),
    ("RC4", "RC4 (RFC 7465)"),
    ("RC2", "RC2 with 40 bits (RFC 9325 section 4.1)"),
    ("3DES", "64-bit blocks and 112 bits (RFC 9325 section 4.1)"),
    ("DES", "56 bits (RFC 5469)"),
    ("IDEA", "64-bit blocks (RFC 5469)"),
    ("MD5", "MD5 (RFC 6151)"),
];

/// Judges a suite by its IANA name.
#[must_use]
pub fn grade(name: &str) -> Grade {
    if let Some((_, why)) = MARKS.iter().find(|(mark, _)| name.contains(mark)) {
        return Grade::Weak(why);
    }
    if !SUITES.iter().any(|(_, known)| *known == name) {
        return Grade::Unknown;
    }
    let Some((exchange, _)) = name.split_once("_WITH_") else {
        return Grade::Fine;
    };
    if !exchange.contains("DHE") {
        Grade::NoForwardSecrecy
    } else if name.ends_with("CBC_SHA") {
        Grade::Old
    } else {
        Grade::Fine
    }
}

/// The name of a suite, or its number.
pub(super) fn name(suite: u16) -> String {
    let known = SUITES.iter().find(|(number, _)| *number == suite);
    known.map_or_else(|| format!("0x{suite:04x}"), |(_, name)| (*name).to_owned())
}

/// Suites that exist in a version, likely ones first. AEAD and SHA-2 came with TLS 1.2.
pub(super) fn of(version: Version) -> Vec<u16> {
    let fits = |number: u16, name: &str| match version {
        Version::Tls13 => number >> 8 == 0x13,
        Version::Tls12 => number >> 8 != 0x13,
        _ => name.ends_with("_SHA") || name.ends_with("_MD5"),
    };
    let fitting = SUITES.iter().filter(|(number, name)| fits(*number, name));
    fitting.map(|(number, _)| *number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn grades() {
        let weak = |n: &str| matches!(grade(n), Grade::Weak(_));
        assert!(weak("TLS_RSA_EXPORT_WITH_RC4_40_MD5"));
        assert!(weak("TLS_ECDHE_RSA_WITH_NULL_SHA"));
        assert!(weak("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"));
        assert!(weak("TLS_DH_anon_WITH_AES_128_GCM_SHA256"));
        assert_eq!(
            grade("TLS_RSA_WITH_AES_128_GCM_SHA256"),
            Grade::NoForwardSecrecy
        );
        assert_eq!(grade("TLS_PSK_WITH_AES_128_CCM_8"), Grade::NoForwardSecrecy);
        assert_eq!(grade("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"), Grade::Old);
        assert_eq!(grade("TLS_PSK_DHE_WITH_AES_128_CCM_8"), Grade::Fine);
        assert_eq!(grade("TLS_AES_128_GCM_SHA256"), Grade::Fine);
        assert_eq!(grade("0x9999"), Grade::Unknown);
    }

    #[test]
    fn the_table_has_no_number_or_name_twice() {
        let numbers: BTreeSet<u16> = SUITES.iter().map(|s| s.0).collect();
        let names: BTreeSet<&str> = SUITES.iter().map(|s| s.1).collect();
        assert_eq!((numbers.len(), names.len()), (SUITES.len(), SUITES.len()));
        assert_eq!(name(0xc02b), "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
        assert_eq!(name(0xfafa), "0xfafa");
        assert_eq!(of(Version::Tls13).len(), 5);
        assert!(of(Version::Tls10).contains(&0x000a) && !of(Version::Tls10).contains(&0xc02b));
    }
}
