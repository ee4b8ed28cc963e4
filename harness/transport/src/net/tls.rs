//! TLS towards devices: any certificate is accepted, and recorded.

use super::explain;
use proofhouse_model::bytes::to_hex;
use proofhouse_model::{Channel, Trouble, TroubleKind};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use sha2::{Digest, Sha256};
use std::io;
use std::net::SocketAddr;
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

/// Shakes hands, TLS 1.2 or 1.3, and tells the SHA-256 of the certificate shown.
pub(crate) async fn shake(
    stream: TcpStream,
    to: SocketAddr,
) -> Result<(TlsStream<TcpStream>, Option<String>), Trouble> {
    let connector = TlsConnector::from(config()?);
    // By address, so no name is sent: devices are dialled by address.
    let name = ServerName::IpAddress(to.ip().into());
    let tls = connector
        .connect(name, stream)
        .await
        .map_err(|e| blame(&e, to))?;
    let leaf = tls.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let certificate = leaf.map(|der| to_hex(&Sha256::digest(der)));
    Ok((tls, certificate))
}

/// Whose trouble a failed handshake or TLS record is.
pub(crate) fn blame(e: &io::Error, to: SocketAddr) -> Trouble {
    let Some(tls) = e
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    else {
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
            Trouble::new(TroubleKind::DeviceGarbled, Channel::Lan, what)
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
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|e| Trouble::bench(Channel::Lan, format!("no TLS: {e}"), "report this"))?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate))
        .with_no_client_auth())
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

/// Accepts whatever a device shows: what it shows is an observation, judged by a case. Signatures
/// are not checked either, because devices show certificates that no strict reader takes (version
/// 1, short keys).
#[derive(Debug)]
struct AnyCertificate;

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
        use SignatureScheme as S;
        vec![
            S::ECDSA_NISTP256_SHA256,
            S::ECDSA_NISTP384_SHA384,
            S::ECDSA_NISTP521_SHA512,
            S::ED25519,
            S::ED448,
            S::RSA_PSS_SHA256,
            S::RSA_PSS_SHA384,
            S::RSA_PSS_SHA512,
            S::RSA_PKCS1_SHA256,
            S::RSA_PKCS1_SHA384,
            S::RSA_PKCS1_SHA512,
            S::ECDSA_SHA1_Legacy,
            S::RSA_PKCS1_SHA1,
        ]
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
