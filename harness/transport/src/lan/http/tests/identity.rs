//! Devices that ask for a certificate.

use super::*;
use crate::net::Host;
use crate::net::tls::Identity;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;

struct Made {
    certificate: rcgen::Certificate,
    key: rcgen::KeyPair,
}

fn made(name: &str) -> Made {
    let made = rcgen::generate_simple_self_signed(vec![name.into()]).unwrap();
    Made {
        certificate: made.cert,
        key: made.signing_key,
    }
}

/// A device that lets in whom it knows; how many certificates it was shown.
fn strict(known: &CertificateDer<'static>) -> (u16, JoinHandle<usize>) {
    let own = made("plug.local");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(known.clone()).unwrap();
    let provider = net::tls::provider();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let key = PrivatePkcs8KeyDer::from(own.key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(vec![own.certificate.der().clone()], key.into())
        .unwrap();
    let listener = TcpListener::bind((UNIT, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (tcp, _) = listener.accept().unwrap();
        let tls = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::StreamOwned::new(tls, tcp);
        talk(&mut stream, OK);
        stream.conn.peer_certificates().map_or(0, <[_]>::len)
    });
    (port, thread)
}

#[test]
fn the_bench_s_own_certificate_is_shown_to_whoever_asks() {
    let lab = made("lab");
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&certificate, lab.certificate.pem()).unwrap();
    std::fs::write(&key, lab.key.serialize_pem()).unwrap();
    let mut host = Host::from(UNIT);
    host.identity = Some(Identity::read(certificate.clone(), key).unwrap());
    let (port, device) = strict(lab.certificate.der());
    let op = HttpOp {
        tls: true,
        ..get(port, "/", 0)
    };
    let seen = exchange(&Client::new(host), &op).unwrap();
    assert_eq!((seen.status, device.join().unwrap()), (Some(200), 1));

    let other = folder.path().join("other.pem");
    std::fs::write(&other, made("other").key.serialize_pem()).unwrap();
    for (key, part) in [
        (other, "c.pem"),
        (folder.path().join("none.pem"), "none.pem"),
    ] {
        let trouble = Identity::read(certificate.clone(), key).unwrap_err();
        assert!(trouble.what.contains(part), "{trouble}");
    }
}
