//! What the broker shows: names, the maker's own certificate, or no TLS at all.

use super::*;
use proofhouse_model::bytes::to_hex;
use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// Alternative names of the certificate that a careless client is shown, and its issuer.
fn shown(broker: &Broker) -> (Vec<String>, String) {
    let config = Arc::new(net::tls::any_certificate().unwrap());
    let mut device = dials(broker, &config);
    while device.conn.is_handshaking() {
        device.conn.complete_io(&mut device.sock).unwrap();
    }
    let leaf = device.conn.peer_certificates().unwrap()[0].to_vec();
    let (_, leaf) = X509Certificate::from_der(&leaf).unwrap();
    let names = leaf.subject_alternative_name().unwrap().unwrap();
    let names = names.value.general_names.iter().map(|name| match name {
        GeneralName::DNSName(name) => format!("dns {name}"),
        GeneralName::IPAddress(bytes) => format!("ip {bytes:?}"),
        other => format!("{other:?}"),
    });
    (names.collect(), leaf.issuer().to_string())
}

#[test]
fn the_address_is_there_as_address_and_as_name_beside_the_name_it_is_dialled_by() {
    let mut listen = Listen::at(HERE, 0);
    listen.name = Some("mqtt.acme.example".into());
    let broker = Broker::open(&listen).unwrap();
    assert_eq!(broker.facts().host, "mqtt.acme.example");
    let (names, issuer) = shown(&broker);
    for wanted in [
        "dns mqtt.acme.example",
        "ip [127, 77, 0, 1]",
        "dns 127.77.0.1",
    ] {
        assert!(
            names.iter().any(|name| name == wanted),
            "{wanted}: {names:?}"
        );
    }
    broker.r#become(Credential::WrongName).unwrap();
    let (others, same) = shown(&broker);
    assert!(
        others.iter().all(|other| !names.contains(other)),
        "{others:?}"
    );
    assert_eq!(issuer, same);
    listen.seed = 1;
    assert_ne!(shown(&Broker::open(&listen).unwrap()).1, issuer);
}

/// What a dial-in says it was shown is what the client got, byte for byte.
#[test]
fn a_dial_in_names_the_certificate_that_went_over_the_wire() {
    let broker = broker();
    let config = Arc::new(net::tls::any_certificate().unwrap());
    let mut seen = std::collections::BTreeSet::new();
    for credential in Credential::ALL {
        broker.r#become(credential).unwrap();
        let mut device = dials(&broker, &config);
        while device.conn.is_handshaking() {
            device.conn.complete_io(&mut device.sock).unwrap();
        }
        let leaf = &device.conn.peer_certificates().unwrap()[0];
        let own = to_hex(&Sha256::digest(leaf));
        drop(device);
        let dial = broker.await_dial(&Budget::of(LONG)).unwrap().unwrap();
        assert_eq!(
            (dial.credential, dial.certificate.as_ref()),
            (credential, Some(&own))
        );
        assert!(seen.insert(own), "{credential:?} is another one's");
    }
    drop(tcp(&broker));
    let dial = broker.await_dial(&Budget::of(LONG)).unwrap().unwrap();
    assert_eq!(dial.certificate, None, "nothing was shown to it");
}

#[test]
fn without_tls_every_client_is_served_as_it_comes() {
    let mut listen = Listen::at(HERE, 0);
    listen.tls = false;
    let broker = Broker::open(&listen).unwrap();
    let mut device = tcp(&broker);
    device.write_all(&connect("naked", 0)).unwrap();
    assert_eq!(read(&mut device, 4), [0x20, 2, 0, 0]);
    let dial = broker.await_dial(&Budget::of(LONG)).unwrap().unwrap();
    assert!(
        dial.connect && !dial.handshake && dial.why.is_none(),
        "{dial:?}"
    );
    let trouble = broker.r#become(Credential::Expired).unwrap_err();
    assert!(trouble.what.contains("no TLS"), "{trouble}");
    broker.r#become(Credential::Good).unwrap_err();
}

#[test]
fn the_maker_s_own_certificate_is_shown_and_what_cannot_be_shown_beside_it_is_said() {
    let made = rcgen::generate_simple_self_signed(vec!["cloud.acme.example".into()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let mut listen = Listen::at(HERE, 0);
    let own = Own {
        certificate: file("c", made.cert.pem()),
        key: file("k", made.signing_key.serialize_pem()),
        authority: Some(file("a", made.cert.pem())),
    };
    listen.own = Some(own.clone());
    let broker = Broker::open(&listen).unwrap();
    assert_eq!(broker.facts().authority_pem, made.cert.pem());
    assert_eq!(shown(&broker).0, ["dns cloud.acme.example"]);
    for possible in [Credential::SelfSigned, Credential::WrongAuthority] {
        broker.r#become(possible).unwrap();
        assert_ne!(shown(&broker).0, ["dns cloud.acme.example"]);
    }
    let trouble = broker.r#become(Credential::Expired).unwrap_err();
    assert!(
        trouble.what.contains("expired") && trouble.what.contains("maker"),
        "{trouble}"
    );
    listen.own = Some(Own {
        key: file("x", "no key".into()),
        ..own
    });
    let trouble = Broker::open(&listen).unwrap_err();
    assert!(
        trouble.kind == TroubleKind::Bench && trouble.what.contains("/x"),
        "{trouble}"
    );
}

/// A device that verifies RSA signatures alone, as small TLS libraries are often built.
fn knows_rsa_alone(broker: &Broker) -> Arc<ClientConfig> {
    let mut provider = (*net::tls::provider()).clone();
    let known = provider.signature_verification_algorithms;
    let rsa = |scheme: &&(SignatureScheme, _)| format!("{:?}", scheme.0).starts_with("RSA");
    let mapping: Vec<_> = known.mapping.iter().filter(rsa).copied().collect();
    let all: Vec<_> = mapping.iter().flat_map(|one| one.1).copied().collect();
    provider.signature_verification_algorithms = WebPkiSupportedAlgorithms {
        all: all.leak(),
        mapping: mapping.leak(),
    };
    let mut roots = RootCertStore::empty();
    let pem = broker.facts().authority_pem;
    roots
        .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap();
    Arc::new(config.with_root_certificates(roots).with_no_client_auth())
}

#[test]
fn a_device_that_knows_rsa_alone_judges_certificates_with_rsa_keys_and_is_told_of_otherwise() {
    let mut listen = Listen::at(HERE, 0);
    let broker = Broker::open(&listen).unwrap();
    let mut device = dials(&broker, &knows_rsa_alone(&broker));
    assert!(device.conn.complete_io(&mut device.sock).is_err());
    let dial = broker.await_dial(&Budget::of(LONG)).unwrap().unwrap();
    let why = dial.why.unwrap();
    assert!(why.contains(r#"signatures = "rsa""#), "{why}");
    listen.keys = KeyType::Rsa;
    let broker = Broker::open(&listen).unwrap();
    let config = knows_rsa_alone(&broker);
    for credential in Credential::ALL {
        broker.r#become(credential).unwrap();
        let mut device = dials(&broker, &config);
        while device.conn.is_handshaking() && device.conn.complete_io(&mut device.sock).is_ok() {}
        drop(device);
        let dial = broker.await_dial(&Budget::of(LONG)).unwrap().unwrap();
        let good = credential == Credential::Good;
        assert_eq!(dial.handshake, good, "{dial:?}");
        assert_eq!(dial.alert.is_some(), !good, "{dial:?}");
    }
}
