//! TLS towards devices: any certificate is accepted, and recorded.

use super::explain;
use super::openssl::Failed;
use proofhouse_model::bytes::to_hex;
use proofhouse_model::{Channel, Trouble, TroubleKind};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use sha2::{Digest, Sha256};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The cryptography both sides of the harness use.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    PROVIDER
        .get_or_init(|| Arc::new(ring::default_provider()))
        .clone()
}

/// Files by which the bench shows who it is, where a device asks for a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// PEM, the leaf first.
    pub certificate: PathBuf,
    /// PEM, without a passphrase.
    pub key: PathBuf,
}

impl Identity {
    /// Looks at both files.
    ///
    /// # Errors
    /// Bench trouble: what is wrong with which.
    pub fn read(certificate: PathBuf, key: PathBuf) -> Result<Self, Trouble> {
        let identity = Self { certificate, key };
        with_identity(&identity)?;
        Ok(identity)
    }
}

/// Why a handshake failed.
pub(crate) struct Refused {
    pub(crate) trouble: Trouble,
    /// It was TLS that did not agree, and not the network.
    pub(crate) by_tls: bool,
}

/// Shakes hands, TLS 1.2 or 1.3, and tells the SHA-256 of the certificate shown.
pub(crate) async fn shake(
    stream: TcpStream,
    to: SocketAddr,
    identity: Option<&Identity>,
) -> Result<(TlsStream<TcpStream>, Option<String>), Refused> {
    let config = match identity {
        None => config(),
        Some(identity) => with_identity(identity).map(Arc::new),
    };
    let config = config.map_err(|trouble| Refused {
        trouble,
        by_tls: false,
    })?;
    // By address, so no name is sent: devices are dialled by address.
    let name = ServerName::IpAddress(to.ip().into());
    let shaken = TlsConnector::from(config).connect(name, stream).await;
    let tls = shaken.map_err(|e| Refused {
        trouble: blame(&e, to),
        by_tls: tls_error(&e).is_some(),
    })?;
    let leaf = tls.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let certificate = leaf.map(|der| to_hex(&Sha256::digest(der)));
    Ok((tls, certificate))
}

/// The trouble of a device that our own library does not get on with, when `openssl` was of no help.
pub(crate) fn needs(mut refused: Trouble, failed: Failed) -> Trouble {
    match failed {
        Failed::Missing => {
            let next = "devices that speak old or rare TLS only are worked through `openssl s_client`: install openssl";
            refused.try_next = Some(next.to_owned());
        }
        Failed::Said(why) => {
            let both = format!("; openssl s_client did not get further: {why}");
            refused.what.push_str(&both);
        }
    }
    refused
}

fn tls_error(e: &io::Error) -> Option<&rustls::Error> {
    e.get_ref()?.downcast_ref::<rustls::Error>()
}

/// Whose trouble a failed handshake or TLS record is.
pub(crate) fn blame(e: &io::Error, to: SocketAddr) -> Trouble {
    let Some(tls) = tls_error(e) else {
        return explain(e, to, "talk TLS to");
    };
    match tls {
        rustls::Error::AlertReceived(alert) => {
            let what = format!(
                "{to} refused the TLS handshake with alert {}",
                alert_name(*alert)
            );
            Trouble::new(TroubleKind::DeviceRefused, Channel::Lan, what)
        }
        other => {
            let what = format!("{to} does not speak proper TLS 1.2 or 1.3: {other}");
            let mut garbled = Trouble::new(TroubleKind::DeviceGarbled, Channel::Lan, what);
            if matches!(other, rustls::Error::InvalidMessage(_)) {
                let next = "if the unit speaks no TLS at that port, write `tls = False` in the call of device.star";
                garbled.try_next = Some(next.to_owned());
            }
            garbled
        }
    }
}

/// Name of an alert as in the TLS standards, such as `bad_certificate`.
pub(crate) fn alert_name(alert: rustls::AlertDescription) -> String {
    let camel = match alert.as_str() {
        Some(name) => name,
        None => return format!("alert {}", u8::from(alert)),
    };
    let camel = camel.replace("CA", "Ca").replace("PSK", "Psk");
    let mut name = String::with_capacity(camel.len() + 4);
    for c in camel.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// TLS 1.2 and 1.3 that take any certificate: what is shown is recorded or does not matter, trust is a case's business.
///
/// # Errors
/// Trouble of the bench: the cryptography speaks no version.
pub fn any_certificate() -> Result<ClientConfig, Trouble> {
    any_certificate_signed(&ALL_SIGNATURES)
}

/// The same, offering these signatures only.
///
/// # Errors
/// As there.
pub fn any_certificate_signed(by: &[SignatureScheme]) -> Result<ClientConfig, Trouble> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|e| Trouble::bench(Channel::Lan, format!("no TLS: {e}"), "report this"))?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(by.to_vec())))
        .with_no_client_auth())
}

/// Such a client that shows a certificate when it is asked for one.
fn with_identity(identity: &Identity) -> Result<ClientConfig, Trouble> {
    let unreadable = |path: &Path, e: String| {
        let what = format!("cannot use {}: {e}", path.display());
        let next = "`certificate` and `key` of `lan` in the bench file name PEM files, the key without a passphrase";
        Trouble::bench(Channel::Lan, what, next)
    };
    let (certificate, key) = (&identity.certificate, &identity.key);
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.map_err(|e| unreadable(certificate, e.to_string()))?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|e| unreadable(key, e.to_string()))?;
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|e| Trouble::bench(Channel::Lan, format!("no TLS: {e}"), "report this"))?;
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(ALL_SIGNATURES.to_vec())))
        .with_client_auth_cert(chain, secret)
        .map_err(|e| unreadable(certificate, e.to_string()))?;
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn config() -> Result<Arc<ClientConfig>, Trouble> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(config.clone());
    }
    let mut config = any_certificate()?;
    // A resumed session shows no certificate.
    config.resumption = Resumption::disabled();
    Ok(CONFIG.get_or_init(|| Arc::new(config)).clone())
}

/// All that a client may offer.
const ALL_SIGNATURES: [SignatureScheme; 13] = [
    SignatureScheme::ECDSA_NISTP256_SHA256,
    SignatureScheme::ECDSA_NISTP384_SHA384,
    SignatureScheme::ECDSA_NISTP521_SHA512,
    SignatureScheme::ED25519,
    SignatureScheme::ED448,
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::ECDSA_SHA1_Legacy,
    SignatureScheme::RSA_PKCS1_SHA1,
];

/// Accepts whatever a device shows: what it shows is an observation, judged by a case. Signatures
/// are not checked either, because devices show certificates that no strict reader takes (version
/// 1, short keys).
#[derive(Debug)]
struct AnyCertificate(Vec<SignatureScheme>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::AlertDescription as A;

    #[test]
    fn alerts_are_named_as_in_the_standards() {
        assert_eq!(alert_name(A::BadCertificate), "bad_certificate");
        assert_eq!(alert_name(A::UnknownCA), "unknown_ca");
        assert_eq!(alert_name(A::CertificateExpired), "certificate_expired");
        assert_eq!(alert_name(A::Unknown(200)), "alert 200");
    }
}
