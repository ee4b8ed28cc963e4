//! What all network instruments share: opening a TCP connection and naming what went wrong.

use proofhouse_model::{Channel, Trouble, TroubleKind};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use std::io::{self, ErrorKind};

/// Whether a read or write ended because its time was over.
pub(crate) fn is_timeout(e: &io::Error) -> bool {
    matches!(e.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock)
}

/// Whether the other end refused or broke the connection.
pub(crate) fn is_refusal(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof
            | ErrorKind::NotConnected
    )
}

/// Whether routers or the own kernel say that there is nobody: as good as silence of the device.
pub(crate) fn is_unreachable(e: &io::Error) -> bool {
    matches!(
        e.kind(),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable
    )
}

/// Whether this process or machine ran out of sockets or ports.
pub(crate) fn is_exhausted(e: &io::Error) -> bool {
    const EMFILE: i32 = 24;
    const ENFILE: i32 = 23;
    const ENOBUFS: i32 = 105;
    matches!(e.kind(), ErrorKind::AddrNotAvailable)
        || matches!(e.raw_os_error(), Some(EMFILE | ENFILE | ENOBUFS))
}

/// The trouble behind a failed connection to `place`.
pub(crate) fn trouble(place: impl std::fmt::Display, e: &io::Error) -> Trouble {
    if is_timeout(e) || is_unreachable(e) {
        let mut silent = Trouble::silent(Channel::Lan, format!("{place} does not answer ({e})"));
        silent.try_next = Some("see that the device is on and has this address".to_owned());
        return silent;
    }
    if is_refusal(e) {
        let what = format!("{place} refused or broke the connection ({e})");
        return Trouble::new(TroubleKind::DeviceRefused, Channel::Lan, what);
    }
    let what = format!("no socket to {place}: {e}");
    let next = "check the bench PC's network, routes and open-file limit (ulimit -n)";
    Trouble::bench(Channel::Lan, what, next)
}

/// TLS that takes any certificate: what is shown is recorded or does not matter, trust is a case's business.
pub(crate) fn any_certificate() -> rustls::ClientConfig {
    rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .map(|builder| {
        builder
            .dangerous()
            .with_custom_certificate_verifier(std::sync::Arc::new(AnyCertificate))
            .with_no_client_auth()
    })
    .unwrap_or_else(|e| unreachable!("ring speaks the default versions: {e}"))
}

/// Accepts everything, signatures included.
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
