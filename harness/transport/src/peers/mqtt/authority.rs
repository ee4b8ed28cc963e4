//! The bench's own certificate authority, and the broker's good and bad certificates.

use crate::net::tls::provider;
use proofhouse_model::op::Credential;
use proofhouse_model::{Channel, Trouble};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::NoServerSessionStorage;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// Name of the authority; the wrong one has it too.
const AUTHORITY: &str = "Proofhouse bench authority";
/// A name and address no bench has (RFC 2606, RFC 5737).
const WRONG_NAMES: [&str; 2] = ["broker.invalid", "192.0.2.1"];

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// What the broker can show, ready for use.
pub(super) struct Credentials {
    /// PEM of the authority a device has to trust.
    pub(super) authority_pem: String,
    configs: BTreeMap<&'static str, Arc<ServerConfig>>,
}

impl Credentials {
    /// Makes an authority and all certificates for a broker at `address`: P-256, fresh keys, valid
    /// from yesterday on.
    pub(super) fn make(address: IpAddr) -> Result<Self, Trouble> {
        let broken = |e: Box<dyn std::error::Error>| {
            let what = format!("the broker's certificates cannot be made: {e}");
            Trouble::bench(
                Channel::MQTT,
                what,
                "check this host's clock and random source",
            )
        };
        Self::try_make(address).map_err(broken)
    }

    pub(super) fn config(&self, credential: Credential) -> Option<Arc<ServerConfig>> {
        self.configs.get(credential.name()).cloned()
    }

    fn try_make(address: IpAddr) -> Result<Self, Box<dyn std::error::Error>> {
        let own = authority()?;
        let mut configs = BTreeMap::new();
        for credential in Credential::ALL {
            let key = KeyPair::generate()?;
            let params = leaf(credential, address)?;
            let chain = match credential {
                Credential::SelfSigned => vec![params.self_signed(&key)?.der().clone()],
                Credential::WrongAuthority => signed(&params, &key, &authority()?)?,
                _ => signed(&params, &key, &own)?,
            };
            configs.insert(credential.name(), Arc::new(config(chain, &key)?));
        }
        Ok(Self {
            authority_pem: own.pem(),
            configs,
        })
    }
}

fn authority() -> Result<Issuer, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, AUTHORITY);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Older than the expired certificate, so that only its own date is wrong.
    (params.not_before, params.not_after) = days(-90, 365);
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn leaf(credential: Credential, address: IpAddr) -> Result<CertificateParams, rcgen::Error> {
    let right = address.to_string();
    let names = match credential {
        Credential::WrongName => WRONG_NAMES.map(String::from).to_vec(),
        _ if address.is_loopback() => vec![right, "localhost".into()],
        _ => vec![right],
    };
    let mut params = CertificateParams::new(names.clone())?;
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
    key: &KeyPair,
) -> Result<ServerConfig, rustls::Error> {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key.into())?;
    // Every dial-in has to judge the certificate anew: nothing may be resumed.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}
