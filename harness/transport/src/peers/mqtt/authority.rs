//! The bench's own certificate authority, and the broker's good and bad certificates.

use super::listen::{KeyType, Listen, Own};
use crate::net::tls::provider;
use proofhouse_model::bytes::to_hex;
use proofhouse_model::op::Credential;
use proofhouse_model::seeded::{Seeded, fnv1a};
use proofhouse_model::{Channel, Trouble};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType,
};
use rsa::pkcs8::EncodePrivateKey;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::NoServerSessionStorage;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// What names in certificates are made of: such as makers and their networks have, and another choice for each seed, so
/// that a device cannot know the bench by them.
const WORDS: [&str; 12] = [
    "Northgate",
    "Lakeside",
    "Bluefield",
    "Kestrel",
    "Harbour",
    "Meridian",
    "Oakridge",
    "Silverline",
    "Juniper",
    "Westbrook",
    "Arden",
    "Calder",
];
const AUTHORITIES: [&str; 8] = [
    "Root CA",
    "Device CA",
    "IoT Root CA",
    "Root R1",
    "Internal CA",
    "Issuing CA G2",
    "Products CA",
    "Cloud Root",
];
const HOSTS: [&str; 6] = ["mqtt", "broker", "iot", "gw", "hub", "edge"];
const NETWORKS: [&str; 4] = ["internal", "lan", "home.arpa", "intra"];

/// Names of one bench.
struct Names {
    /// Of the authority; the wrong one has it too.
    authority: String,
    /// Of another host, and its address.
    others: [String; 2],
}

impl Names {
    /// Drawn so that none is the broker's own.
    fn draw(seed: u64, right: &[String]) -> Self {
        let numbers = &mut Seeded::new(seed ^ fnv1a(*b"broker"));
        let authority = format!(
            "{} {}",
            one_of(&WORDS, numbers),
            one_of(&AUTHORITIES, numbers)
        );
        loop {
            let (host, net) = (one_of(&HOSTS, numbers), one_of(&NETWORKS, numbers));
            let name = format!(
                "{host}.{}.{net}",
                one_of(&WORDS, numbers).to_ascii_lowercase()
            );
            let [a, b, c] = [(); 3].map(|()| 1 + numbers.below(253));
            let others = [name, format!("10.{a}.{b}.{c}")];
            if !others.iter().any(|other| right.contains(other)) {
                return Self { authority, others };
            }
        }
    }
}

fn one_of(words: &[&'static str], numbers: &mut Seeded) -> &'static str {
    words[numbers.below(words.len())]
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// What the broker can show, ready for use.
pub(super) struct Credentials {
    /// PEM of the authority a device has to trust; empty where nobody can be told.
    pub(super) authority_pem: String,
    pub(super) tls: bool,
    shown: BTreeMap<&'static str, Shown>,
}

/// One of its certificates.
struct Shown {
    config: Arc<ServerConfig>,
    /// SHA-256 of the leaf, hex.
    sha256: String,
}

impl Shown {
    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, rustls::Error> {
        let leaf = chain.first().map(|leaf| to_hex(&Sha256::digest(leaf)));
        Ok(Self {
            config: Arc::new(config(chain, key)?),
            sha256: leaf.unwrap_or_default(),
        })
    }
}

impl Credentials {
    /// Makes an authority and all certificates: fresh keys of the type that was asked for, valid from yesterday on. Of
    /// the maker's own, what can be shown beside it without its authority's key.
    pub(super) fn make(listen: &Listen) -> Result<Self, Trouble> {
        let broken = |e: Box<dyn std::error::Error>| {
            let what = format!("the broker's certificates cannot be made: {e}");
            Trouble::bench(
                Channel::MQTT,
                what,
                "check this host's clock and random source",
            )
        };
        let mut made = Self::try_make(listen).map_err(broken)?;
        if let Some(own) = &listen.own {
            made.take_own(own)?;
        }
        Ok(made)
    }

    pub(super) fn config(&self, credential: Credential) -> Option<Arc<ServerConfig>> {
        let shown = self.shown.get(credential.name());
        shown.map(|shown| Arc::clone(&shown.config))
    }

    /// SHA-256 of such a certificate, hex.
    pub(super) fn sha256(&self, credential: Credential) -> Option<String> {
        let shown = self.shown.get(credential.name());
        shown.map(|shown| shown.sha256.clone())
    }

    /// Whether there is such a certificate.
    pub(super) fn can_show(&self, credential: Credential) -> Result<(), Trouble> {
        if self.shown.contains_key(credential.name()) {
            return Ok(());
        }
        let why = match self.tls {
            false => "it speaks no TLS",
            true => {
                "that takes the authority's key, and the broker shows the maker's own certificate"
            }
        };
        Err(Trouble::bench(
            Channel::MQTT,
            format!(
                "the broker cannot show the certificate `{}`: {why}",
                credential.name()
            ),
            "leave `certificate`, `key` and `tls` out of `peers.mqtt` in the bench file where the device can be told \
             whom to trust",
        ))
    }

    fn try_make(listen: &Listen) -> Result<Self, Box<dyn std::error::Error>> {
        let names = names(listen);
        let drawn = Names::draw(listen.seed, &names);
        let keys = Keys::new(listen.keys)?;
        let own = authority(&drawn, keys.another()?)?;
        let mut shown = BTreeMap::new();
        for credential in Credential::ALL.into_iter().filter(|_| listen.tls) {
            let key = keys.leaf()?;
            let params = match credential {
                Credential::WrongName => leaf(credential, &drawn.others)?,
                _ => leaf(credential, &names)?,
            };
            let chain = match credential {
                Credential::SelfSigned => vec![params.self_signed(&key)?.der().clone()],
                Credential::WrongAuthority => {
                    signed(&params, &key, &authority(&drawn, keys.another()?)?)?
                }
                _ => signed(&params, &key, &own)?,
            };
            let key = PrivatePkcs8KeyDer::from(key.serialize_der());
            shown.insert(credential.name(), Shown::new(chain, key.into())?);
        }
        Ok(Self {
            authority_pem: if listen.tls { own.pem() } else { String::new() },
            tls: listen.tls,
            shown,
        })
    }

    /// The maker's own takes the place of the good one. Right authority with another name or date cannot be had.
    fn take_own(&mut self, own: &Own) -> Result<(), Trouble> {
        let unfit = |path: &Path, e: String| {
            let what = format!("the broker cannot show {}: {e}", path.display());
            let next = "`certificate`, `key` and `authority` of `peers.mqtt` are PEM files, the key with no passphrase";
            Trouble::bench(Channel::MQTT, what, next)
        };
        let (certificate, key) = (&own.certificate, &own.key);
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
        let chain = chain.map_err(|e| unfit(certificate, e.to_string()))?;
        let secret = PrivateKeyDer::from_pem_file(key).map_err(|e| unfit(key, e.to_string()))?;
        let good = Shown::new(chain, secret).map_err(|e| unfit(certificate, e.to_string()))?;
        self.shown.insert(Credential::Good.name(), good);
        for lost in [Credential::WrongName, Credential::Expired] {
            self.shown.remove(lost.name());
        }
        self.authority_pem = match &own.authority {
            None => String::new(),
            Some(path) => {
                CertificateDer::from_pem_file(path).map_err(|e| unfit(path, e.to_string()))?;
                std::fs::read_to_string(path).map_err(|e| unfit(path, e.to_string()))?
            }
        };
        Ok(())
    }
}

/// The broker's own names, the one that devices dial first. The address is there as a name as well: Mbed TLS before 3.5
/// looks for it among the names alone.
fn names(listen: &Listen) -> Vec<String> {
    let address = listen.at.ip();
    let mut names: Vec<String> = listen.name.clone().into_iter().collect();
    names.push(address.to_string());
    if address.is_loopback() {
        names.push("localhost".to_owned());
    }
    names
}

/// Where keys come from.
struct Keys {
    /// One for all leaves: a key of RSA takes long to find.
    rsa: Option<Vec<u8>>,
}

impl Keys {
    fn new(kind: KeyType) -> Result<Self, rsa::Error> {
        let rsa = (kind == KeyType::Rsa).then(rsa_key).transpose()?;
        Ok(Self { rsa })
    }

    /// The key of a leaf.
    fn leaf(&self) -> Result<KeyPair, Box<dyn std::error::Error>> {
        match &self.rsa {
            None => Ok(KeyPair::generate()?),
            Some(der) => Ok(KeyPair::try_from(der.as_slice())?),
        }
    }

    /// A key that nothing else has.
    fn another(&self) -> Result<KeyPair, Box<dyn std::error::Error>> {
        match &self.rsa {
            None => Ok(KeyPair::generate()?),
            Some(_) => Ok(KeyPair::try_from(rsa_key()?.as_slice())?),
        }
    }
}

/// A new key of 2048 bits, PKCS #8.
fn rsa_key() -> Result<Vec<u8>, rsa::Error> {
    let key = rsa::PrivateKey::new(&mut getrandom::SysRng, 2048)?;
    Ok(key.to_pkcs8_der()?.as_bytes().to_vec())
}

fn authority(names: &Names, key: KeyPair) -> Result<Issuer, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, names.authority.clone());
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Older than the expired certificate, so that only its own date is wrong.
    (params.not_before, params.not_after) = days(-90, 365);
    CertifiedIssuer::self_signed(params, key)
}

fn leaf(credential: Credential, names: &[String]) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    for address in names.iter().filter(|name| name.parse::<IpAddr>().is_ok()) {
        let as_name = SanType::DnsName(address.as_str().try_into()?);
        params.subject_alt_names.push(as_name);
    }
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, names[0].clone());
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = match credential {
        Credential::Expired => days(-60, -1),
        _ => days(-1, 60),
    };
    Ok(params)
}

fn days(from: i64, to: i64) -> (OffsetDateTime, OffsetDateTime) {
    let now = OffsetDateTime::now_utc();
    (now + Duration::days(from), now + Duration::days(to))
}

/// The leaf with its authority behind it: a device must not trust what came with the chain.
fn signed(
    params: &CertificateParams,
    key: &KeyPair,
    by: &Issuer,
) -> Result<Vec<CertificateDer<'static>>, rcgen::Error> {
    let leaf = params.signed_by(key, by)?;
    Ok(vec![leaf.der().clone(), by.der().clone()])
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // Every dial-in has to judge the certificate anew: nothing may be resumed.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_seeds_show_the_same_names_and_one_seed_always_does() {
        let drawn = |seed| Names::draw(seed, &[]);
        let authorities: BTreeSet<_> = (0..200).map(|seed| drawn(seed).authority).collect();
        let others: BTreeSet<_> = (0..200).map(|seed| drawn(seed).others).collect();
        assert!(authorities.len() > 50 && others.len() > 190);
        assert_eq!(drawn(7).others, drawn(7).others);
        let right = drawn(7).others;
        assert!(
            !Names::draw(7, &right)
                .others
                .iter()
                .any(|other| right.contains(other))
        );
        let all = format!("{authorities:?} {others:?}").to_lowercase();
        assert!(!all.contains("proofhouse") && !all.contains("bench"));
    }
}
