//! What a TLS service offers: protocol versions, cipher suites, certificate.
//!
//! Versions and suites are tried with hand-made hellos, because no maintained library still speaks the old ones.
//! No handshake is completed except, for a service that speaks TLS 1.3, through rustls to see its certificates. A
//! service may have several, by kind of key and by name, and several groups: all that a client can be shown is asked
//! for. *Refused* (an alert, a close, or an older version chosen) and *silent* are never mixed up, and a
//! service that accepts no version at all is a trouble: it says nothing about what a TLS service refuses.
//!
//! Sources of the judgements: RFC 9325 (BCP 195, recommendations for TLS), RFC 8996 (no TLS 1.0 and 1.1), RFC 7568
//! (no SSLv3), RFC 7465 (no RC4), RFC 5469 (no DES and IDEA), RFC 5246 A.5 (no anonymous suites).

mod cert;
mod enumerate;
mod group;
mod heard;
mod hello;
mod modern;
mod offer;
mod reply;
mod suites;
mod table;
mod talk;

pub(crate) use heard::heard;
pub use suites::{Grade, grade};

use hello::Version;
use proofhouse_model::observation::{TlsAnswer, TlsFacts};
use proofhouse_model::{Channel, Trouble, TroubleKind};
use proofhouse_transport::Budget;
use proofhouse_transport::net::Way;
use std::net::SocketAddr;
use std::time::SystemTime;
use talk::{Outcome, Talker};

/// Of when the table of suites is.
pub const LISTED: &str = "November 2026";

/// How many versions and cipher suites are offered.
#[must_use]
pub fn offered() -> (usize, usize) {
    (Version::ALL.len(), table::SUITES.len())
}

/// Assesses the TLS service at `addr`.
///
/// `name` is sent as server name (SNI) when given; `seed` is what randoms and orders are drawn from; `now` decides the
/// days a certificate has left. Versions are named `SSLv3`, `TLSv1.0` to `TLSv1.3`; suites by their IANA names, or
/// `0x1234` when unknown. Suites are enumerated for every accepted version; those of older versions that were already
/// seen are not asked for again. Suites without forward secrecy or with CBC and SHA-1 are not `weak`; [`grade`] tells
/// them apart.
///
/// # Errors
/// `DeviceRefused`, `DeviceSilent` when nobody listens, answers, or accepts any version; `DeviceGarbled` when what
/// answers is not TLS; `DeviceSilent` too when the service fell silent in the middle of the enumeration, since its
/// list would be incomplete; `Deadline`; `Bench` for socket trouble.
pub fn assess_tls(
    addr: SocketAddr,
    name: Option<&str>,
    seed: u64,
    now: SystemTime,
    route: &Way,
    budget: &Budget,
) -> Result<TlsFacts, Trouble> {
    let mut talker = Talker::new(addr, name, seed, route, budget);
    let mut versions = Vec::new();
    let mut accepted = Vec::new();
    let mut garbled = None;
    for version in Version::ALL {
        let answer = match offer::version(&mut talker, version)? {
            Outcome::Accepted(_) => {
                accepted.push(version);
                TlsAnswer::Accepted
            }
            Outcome::Refused(_) => TlsAnswer::Refused,
            Outcome::Silent => TlsAnswer::Silent,
            // What is not TLS refuses nothing in TLS.
            Outcome::Garbled(what) => {
                garbled = Some(what);
                TlsAnswer::Silent
            }
        };
        versions.push((version.name().to_owned(), answer));
    }
    if accepted.is_empty() {
        return Err(nothing_accepted(addr, &versions, garbled));
    }
    let mut seen = Vec::new();
    for &version in accepted.iter().rev() {
        offer::enumerate(&mut talker, version, &mut seen)?;
    }
    if accepted.contains(&Version::Tls13)
        && let Some(der) = modern::leaf(addr, name, None, route, budget)?
    {
        talker.saw_leaf(der, || "TLSv1.3".to_owned());
    }
    let asked = enumerate::all(&mut talker, &accepted, &seen, route, budget)?;
    offer::still_there(&mut talker, accepted.last().copied())?;
    let names: Vec<String> = seen.iter().map(|&s| suites::name(s)).collect();
    let weak = |n: &&String| matches!(grade(n), Grade::Weak(_));
    let weak = names.iter().filter(weak).cloned().collect();
    let leaves = talker.leaves.into_iter();
    let certificates: Vec<_> = leaves
        .map(|(der, shown_to)| cert::facts(&der, now).told(shown_to))
        .collect();
    let first = certificates.first().cloned();
    Ok(TlsFacts {
        versions,
        suites: names,
        weak,
        certificate: first.as_ref().map(|it| it.sha256.clone()),
        public_key: first.as_ref().and_then(|it| it.public_key.clone()),
        key: first.as_ref().and_then(|it| it.key.clone()),
        days_left: first.as_ref().and_then(|it| it.days_left),
        signature: first.and_then(|it| it.signature),
        certificates,
        groups: talker.groups,
        names: asked,
    })
}

/// Why there is nothing to say: silence everywhere, answers that are not TLS, or refusals only.
fn nothing_accepted(
    addr: SocketAddr,
    versions: &[(String, TlsAnswer)],
    garbled: Option<String>,
) -> Trouble {
    let silent = versions.iter().any(|(_, a)| *a == TlsAnswer::Silent);
    let (kind, why) = match garbled {
        Some(what) => (TroubleKind::DeviceGarbled, what),
        None if silent => (
            TroubleKind::DeviceSilent,
            "not every hello was answered".to_owned(),
        ),
        None => (
            TroubleKind::DeviceRefused,
            "every hello was refused".to_owned(),
        ),
    };
    let what =
        format!("{addr} accepted no TLS version ({why}): nothing shows that TLS is spoken there");
    Trouble::new(kind, Channel::Lan, what)
}

#[cfg(test)]
mod tests;
