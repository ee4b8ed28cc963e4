//! Are factory passwords of several specimens hard to guess? (EN 303 645 provisions 5.1-1 and 5.1-2.)
//!
//! Looked for: lists of defaults, the same or counted values over specimens, values made from public facts of the
//! specimen (pieces, reversals, small arithmetic, digests), keyboard walks and other patterns, too little variety. A
//! sound password of twelve random characters is never meant to be flagged. What cannot be found:
//! a value made from public
//! facts with a secret salt, or by an algorithm that is not tried here; a clean result is no proof of randomness.
//!
//! Details name facts by number and never repeat a value, since a value that is known to equal the password is one.

mod common;
mod compare;
mod derive;
mod digest;
mod shape;

use proofhouse_model::observation::PasswordWeakness;
use proofhouse_model::{Observation, Trouble};

/// Shortest length that is not `short`.
pub const LEAST_LENGTH: usize = 8;
/// Estimates below are `low-entropy`: eight random hex digits just pass.
pub const LEAST_BITS: f64 = 32.0;

/// When the list of derivations was last added to.
pub const LISTED: &str = "November 2026";

/// How many default and popular values are tried, each with its variants.
#[must_use]
pub fn common_values() -> usize {
    common::size()
}

/// What is to be said of a set of passwords.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessed {
    /// By specimen, each kind at most once a specimen.
    pub weaknesses: Vec<PasswordWeakness>,
    /// Specimens compared.
    pub compared: usize,
    /// Least estimate over all specimens, in bits: letters, digits and symbols used, times length, less for runs, walks
    /// and repetition; at most 9 for a value from the list of defaults, 12 for one made from
    /// public facts, what differs for
    /// counted ones, and 0 for one that several specimens share.
    pub least_bits: f64,
    /// Derivations from public facts that each password was held against, at least.
    pub derivations: usize,
}

impl From<Assessed> for Observation {
    fn from(a: Assessed) -> Self {
        Self::Passwords {
            weaknesses: a.weaknesses,
            compared: a.compared,
            least_bits: a.least_bits,
            derivations: a.derivations as u64,
            listed: LISTED.to_owned(),
        }
    }
}

/// One weakness before it is tied to a specimen: kind, words for a reader, and how many bits are left with it.
struct Weakness {
    kind: &'static str,
    detail: String,
    bits: f64,
}

impl Weakness {
    fn new(kind: &'static str, bits: f64, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            bits,
        }
    }
}

/// Judges one password per specimen against the others and against the specimen's own public facts, such as MAC,
/// serial number, model and network name.
///
/// # Errors
/// `Case` when there is no password, or a specimen has no public fact: then nothing could show that its password is
/// not made from one.
pub fn assess_passwords(passwords: &[String], public: &[Vec<String>]) -> Result<Assessed, Trouble> {
    if passwords.is_empty() {
        return Err(Trouble::case("no password to assess"));
    }
    if public.len() != passwords.len() || public.iter().any(Vec::is_empty) {
        let what = format!(
            "{} passwords need as many lists of public facts, none empty; {} were given",
            passwords.len(),
            public.len()
        );
        return Err(Trouble::case(what));
    }
    let mut weaknesses = Vec::new();
    let mut least_bits = f64::INFINITY;
    for specimen in 0..passwords.len() {
        let password = &passwords[specimen];
        let mut bits = shape::bits(password);
        let mut found = alone(password, bits, &public[specimen]);
        found.extend(compare::shared(passwords, specimen));
        let varying = compare::varying(passwords, specimen);
        found.extend(derive::from_public(
            password,
            varying.as_deref(),
            &public[specimen],
        ));
        found.extend(compare::counter(passwords, public, specimen));
        for weakness in found {
            bits = bits.min(weakness.bits);
            weaknesses.push(PasswordWeakness {
                specimen,
                kind: weakness.kind.to_owned(),
                detail: weakness.detail,
            });
        }
        least_bits = least_bits.min(bits);
    }
    Ok(Assessed {
        weaknesses,
        compared: passwords.len(),
        least_bits,
        derivations: public
            .iter()
            .map(|facts| derive::count(facts))
            .min()
            .unwrap_or(0),
    })
}

/// What can be said of a password by itself.
fn alone(password: &str, bits: f64, facts: &[String]) -> Vec<Weakness> {
    let mut found = Vec::new();
    let length = password.chars().count();
    if let Some(how) = common::how(password) {
        found.push(Weakness::new("common", common::BITS, how));
    }
    if length < LEAST_LENGTH {
        let detail = format!("{length} characters, fewer than {LEAST_LENGTH}");
        found.push(Weakness::new("short", bits, detail));
    }
    if bits < LEAST_BITS {
        let detail = format!("about {bits:.0} bits of variety, fewer than {LEAST_BITS:.0}");
        found.push(Weakness::new("low-entropy", bits, detail));
    }
    if let Some(what) = shape::pattern(password, facts) {
        found.push(Weakness::new("pattern", bits.min(20.0), what));
    }
    found
}

#[cfg(test)]
mod tests;
