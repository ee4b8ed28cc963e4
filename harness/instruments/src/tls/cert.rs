//! Facts of a leaf certificate.

use proofhouse_model::bytes::to_hex;
use proofhouse_model::observation::TlsCertificate;
use sha2::{Digest, Sha256};
use std::time::{SystemTime, UNIX_EPOCH};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// What a report needs of a leaf. Everything but the hash is absent when the DER cannot be read.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) sha256: String,
    pub(super) public_key: Option<String>,
    pub(super) key: Option<String>,
    pub(super) days_left: Option<i64>,
    pub(super) signature: Option<String>,
}

impl Leaf {
    /// For the observation.
    pub(super) fn told(self, shown_to: String) -> TlsCertificate {
        TlsCertificate {
            sha256: self.sha256,
            public_key: self.public_key,
            key: self.key,
            days_left: self.days_left,
            signature: self.signature,
            shown_to,
        }
    }
}

/// Reads a certificate. Days are whole ones, rounded down, so that -1 is an hour too late.
pub(super) fn facts(der: &[u8], now: SystemTime) -> Leaf {
    let sha256 = to_hex(&Sha256::digest(der));
    let Ok((_, cert)) = X509Certificate::from_der(der) else {
        return Leaf {
            sha256,
            ..Leaf::default()
        };
    };
    let now = match now.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    };
    let ends = cert.validity().not_after.timestamp();
    Leaf {
        sha256,
        public_key: Some(to_hex(&Sha256::digest(cert.public_key().raw))),
        key: Some(key(cert.public_key())),
        days_left: Some(ends.saturating_sub(now).div_euclid(86_400)),
        signature: Some(signature(
            &cert.signature_algorithm.algorithm.to_id_string(),
        )),
    }
}

/// DNS names that a certificate is for.
pub(super) fn names(der: &[u8]) -> Vec<String> {
    let Ok((_, cert)) = X509Certificate::from_der(der) else {
        return Vec::new();
    };
    let general = cert.subject_alternative_name().ok().flatten();
    let general = general.map(|it| it.value.general_names.as_slice());
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    };
    let common = cert.subject().iter_common_name();
    let common = common.filter_map(|it| it.as_str().ok().map(str::to_owned));
    let all = general.unwrap_or_default().iter().filter_map(text);
    // Small enough for a hello, and a name that can be asked for.
    let asked = |name: &String| {
        (1..64).contains(&name.len())
            && name.parse::<std::net::IpAddr>().is_err()
            && name
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || b"-.".contains(&it))
    };
    all.chain(common).filter(asked).collect()
}

/// Kind and size, such as `EC 256`.
fn key(spki: &SubjectPublicKeyInfo) -> String {
    let oid = spki.algorithm.algorithm.to_id_string();
    match (oid.as_str(), spki.parsed()) {
        ("1.3.101.112", _) => "Ed25519 256".to_owned(),
        ("1.3.101.113", _) => "Ed448 456".to_owned(),
        (_, Ok(PublicKey::RSA(rsa))) => {
            let zeros = rsa.modulus.iter().take_while(|b| **b == 0).count();
            let used = &rsa.modulus[zeros..];
            let top = used.first().map_or(0, |b| b.leading_zeros() as usize);
            format!("RSA {}", used.len() * 8 - top)
        }
        (_, Ok(PublicKey::EC(_))) => {
            let curve = spki
                .algorithm
                .parameters
                .as_ref()
                .and_then(|p| p.as_oid().ok());
            match curve.map(|c| c.to_id_string()).as_deref() {
                Some("1.2.840.10045.3.1.1") => "EC 192".to_owned(),
                Some("1.3.132.0.33") => "EC 224".to_owned(),
                Some("1.2.840.10045.3.1.7" | "1.3.132.0.10" | "1.3.36.3.3.2.8.1.1.7") => {
                    "EC 256".to_owned()
                }
                Some("1.3.132.0.34" | "1.3.36.3.3.2.8.1.1.11") => "EC 384".to_owned(),
                Some("1.3.132.0.35") => "EC 521".to_owned(),
                Some(other) => format!("EC curve {other}"),
                None => "EC of a curve written out".to_owned(),
            }
        }
        (_, Ok(PublicKey::DSA(y))) => format!("DSA {}", y.len() * 8),
        _ => format!("kind {oid}"),
    }
}

/// The usual name of a signature algorithm, or its number.
fn signature(oid: &str) -> String {
    let name = match oid {
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.1" => "ecdsa-with-SHA224",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        other => other,
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_leaf_is_read_and_rubbish_only_hashed() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec!["plug.local".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 1, 11);
        let cert = params.self_signed(&key).unwrap();
        let ends = UNIX_EPOCH + Duration::from_secs(1_768_089_600);
        let leaf = facts(cert.der(), ends - Duration::from_secs(86_400 * 3 + 5));
        assert_eq!(leaf.key.as_deref(), Some("EC 256"));
        assert_eq!(leaf.signature.as_deref(), Some("ecdsa-with-SHA256"));
        assert_eq!(leaf.days_left, Some(3));
        assert_eq!(
            names(cert.der()),
            ["plug.local", "rcgen self signed cert"][..1]
        );
        let late = facts(cert.der(), ends + Duration::from_secs(1));
        assert_eq!(late.days_left, Some(-1));
        assert_eq!(late.public_key, leaf.public_key);
        let rubbish = facts(b"rubbish", ends);
        assert!(!rubbish.sha256.is_empty() && rubbish.key.is_none());
    }
}
