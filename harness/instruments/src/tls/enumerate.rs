//! What else a service has beside what it shows to most: certificates by kind of key and by name, small curves.

use super::hello::{Narrow, Version};
use super::offer::AT_ONCE;
use super::talk::{Outcome, Talker};
use super::{cert, group, modern, suites};
use proofhouse_model::Trouble;
use proofhouse_transport::Budget;
use proofhouse_transport::net::Way;
use rustls::SignatureScheme;

/// Signature schemes of one kind of certificate each: the last is for clients that know SHA-1 only.
const KINDS: [(&str, &[u16]); 4] = [
    ("ECDSA alone", &[0x0403, 0x0503, 0x0603]),
    (
        "RSA alone",
        &[0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601],
    ),
    ("EdDSA alone", &[0x0807, 0x0808]),
    ("SHA-1 alone", &[0x0201, 0x0203]),
];

/// The same for TLS 1.3, where certificates are seen through a handshake only.
const MODERN_KINDS: [(&str, &[SignatureScheme]); 3] = [
    (
        "ECDSA alone",
        &[
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::ECDSA_NISTP521_SHA512,
        ],
    ),
    (
        "RSA alone",
        &[
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::RSA_PSS_SHA384,
            SignatureScheme::RSA_PSS_SHA512,
        ],
    ),
    ("EdDSA alone", &[SignatureScheme::ED25519]),
];

/// Names asked for, at most.
const NAMES: usize = 4;

/// Asks for certificates by kind of key and by name, and for small curves. Returns the names. Refusals are no news
/// here: what was accepted before stays accepted, and is looked at again afterwards.
pub(super) fn all(
    talker: &mut Talker,
    accepted: &[Version],
    seen: &[u16],
    route: &Way,
    budget: &Budget,
) -> Result<Vec<String>, Trouble> {
    let older = accepted.iter().rfind(|it| **it != Version::Tls13).copied();
    let agreed = |version: Version| -> Vec<u16> {
        let of = suites::of(version);
        seen.iter().copied().filter(|it| of.contains(it)).collect()
    };
    if let Some(version) = older {
        let offered = agreed(version);
        for (kind, schemes) in KINDS {
            let narrow = Narrow {
                schemes,
                ..Narrow::wide(None)
            };
            talker.offer_narrow(version, &offered, narrow, &format!(", {kind}"))?;
        }
        small_curves(talker, version, &offered)?;
    }
    let modern = accepted.contains(&Version::Tls13);
    if modern {
        for (kind, schemes) in MODERN_KINDS {
            let leaf = modern::leaf(talker.addr(), None, Some(schemes), route, budget)?;
            if let Some(der) = leaf {
                talker.saw_leaf(der, || format!("TLSv1.3, {kind}"));
            }
        }
    }
    let names = names(talker);
    for name in &names {
        if let Some(version) = older {
            by_name(talker, version, name)?;
        }
        if modern && let Some(der) = modern::leaf(talker.addr(), Some(name), None, route, budget)? {
            talker.saw_leaf(der, || format!("TLSv1.3, as {name}"));
        }
    }
    Ok(names)
}

/// A certificate of each kind for a name. Another server may stand behind it: what it takes is not known yet.
fn by_name(talker: &mut Talker, version: Version, name: &str) -> Result<(), Trouble> {
    for kind in ["_ECDSA_", "RSA_"] {
        let suites = suites::of(version).into_iter();
        let suites: Vec<u16> = suites
            .filter(|suite| suites::name(*suite).contains(kind))
            .collect();
        for some in suites.chunks(AT_ONCE) {
            let what = format!(", as {name}");
            talker.offer_narrow(version, some, Narrow::wide(Some(name)), &what)?;
        }
    }
    Ok(())
}

/// Small curves that are taken show up among the groups.
fn small_curves(talker: &mut Talker, version: Version, offered: &[u16]) -> Result<(), Trouble> {
    let curves: Vec<u16> = offered
        .iter()
        .copied()
        .filter(|suite| suites::name(*suite).starts_with("TLS_ECDHE"))
        .collect();
    let mut groups = group::SMALL.to_vec();
    // Ends: every round takes one out or is the last.
    while !curves.is_empty() && !groups.is_empty() {
        let before = talker.groups.len();
        let narrow = Narrow {
            groups: &groups,
            ..Narrow::wide(None)
        };
        let answer = talker.offer_narrow(version, &curves, narrow, ", small curves alone")?;
        let Some(taken) = talker
            .groups
            .get(before)
            .filter(|_| matches!(answer, Outcome::Accepted(_)))
        else {
            break;
        };
        let Some(number) = group::number(&taken.name) else {
            break;
        };
        groups.retain(|it| *it != number);
    }
    Ok(())
}

/// Names in the certificates so far, the one that machines give themselves, and one that nobody knows.
fn names(talker: &mut Talker) -> Vec<String> {
    let leaves = talker.leaves.iter();
    let mut names: Vec<String> = leaves.flat_map(|(der, _)| cert::names(der)).collect();
    names.sort();
    names.dedup();
    names.truncate(NAMES - 2);
    names.push("localhost".to_owned());
    names.push(talker.any_name());
    names
}
