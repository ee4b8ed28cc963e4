//! Who refuses whom: certificates, alerts and how a dial-in is settled.

use super::*;
use crate::Cancel;

fn dial(broker: &Broker) -> Dial {
    broker.await_dial(&Budget::of(LONG)).unwrap().unwrap()
}

#[test]
fn a_careful_device_refuses_every_bad_certificate_in_both_versions() {
    let broker = broker();
    for version in VERSIONS {
        for credential in Credential::ALL {
            broker.r#become(credential).unwrap();
            let mut device = careful(&broker, version);
            let sent = device
                .write_all(&connect("careful", 30))
                .and_then(|()| device.flush());
            let good = credential == Credential::Good;
            assert_eq!(sent.is_ok(), good, "{credential:?} {version:?}");
            let dial = dial(&broker);
            assert_eq!(dial.credential, credential);
            assert_eq!((dial.handshake, dial.connect), (good, good), "{dial:?}");
            assert_eq!(dial.client_id.as_deref(), good.then_some("careful"));
            assert_eq!(
                dial.version.unwrap().contains("1.3"),
                version.version == rustls::ProtocolVersion::TLSv1_3
            );
            let alerts: &[&str] = match credential {
                Credential::Good => &[],
                Credential::Expired => &["certificate_expired"],
                Credential::WrongName => &["bad_certificate"],
                Credential::SelfSigned => &["unknown_ca"],
                // The name of the issuer is right, the signature is not.
                Credential::WrongAuthority => &["unknown_ca", "decrypt_error", "bad_certificate"],
            };
            let alert = dial.alert.as_deref();
            assert!(
                alert.is_none_or(|a| alerts.contains(&a)),
                "{credential:?} {alert:?}"
            );
            assert_eq!(alert.is_some(), !good);
            assert_eq!(dial.why.is_some(), !good, "{:?}", dial.why);
        }
    }
}

#[test]
fn a_careless_device_connects_to_every_one() {
    let broker = broker();
    for credential in Credential::ALL {
        broker.r#become(credential).unwrap();
        let at = broker.at;
        let stream = net::run(&Budget::of(LONG), || unreachable!(), async {
            let tcp = net::connect(at, &proofhouse_model::Route::default()).await?;
            let (mut tls, certificate) = net::tls::shake(tcp, at, None)
                .await
                .map_err(|refused| refused.trouble)?;
            assert!(certificate.is_some());
            use tokio::io::AsyncWriteExt;
            tls.write_all(&connect("careless", 0)).await.unwrap();
            tls.flush().await.unwrap();
            Ok(tls)
        });
        let dial = dial(&broker);
        assert!(
            dial.handshake && dial.connect && dial.alert.is_none(),
            "{dial:?}"
        );
        drop(stream);
    }
}

#[test]
fn a_late_alert_undoes_the_handshake() {
    for version in VERSIONS {
        let broker = broker();
        let mut device = careful(&broker, version);
        while device.conn.is_handshaking() || device.conn.wants_write() {
            device.conn.complete_io(&mut device.sock).unwrap();
        }
        // What a library does whose owner judges the certificate after the handshake: here rustls
        // is made to send a fatal alert by a record that nobody signed.
        let rubbish = [&[0x17, 3, 3, 0, 32], &[0u8; 32][..]].concat();
        device.conn.read_tls(&mut &rubbish[..]).unwrap();
        device.conn.process_new_packets().unwrap_err();
        device.conn.write_tls(&mut device.sock).unwrap();
        let dial = dial(&broker);
        assert!(!dial.handshake && !dial.connect, "{dial:?}");
        assert_eq!(dial.alert.as_deref(), Some("bad_record_mac"));
    }
}

#[test]
fn a_close_after_the_handshake_is_a_handshake_without_connect() {
    for version in VERSIONS {
        let broker = broker();
        let mut device = careful(&broker, version);
        while device.conn.is_handshaking() || device.conn.wants_write() {
            device.conn.complete_io(&mut device.sock).unwrap();
        }
        drop(device);
        let dial = dial(&broker);
        assert!(
            dial.handshake && !dial.connect && dial.alert.is_none(),
            "{dial:?}"
        );
        assert!(dial.why.unwrap().contains("after the handshake"));
    }
}

#[test]
fn a_connect_without_tls_is_noted_and_rubbish_is_counted() {
    let broker = broker();
    let mut plain = tcp(&broker);
    plain.write_all(&connect("naked", 0)).unwrap();
    closed(&mut plain);
    let seen = dial(&broker);
    assert!(
        seen.connect && !seen.handshake && seen.version.is_none(),
        "{seen:?}"
    );
    assert_eq!(seen.client_id.as_deref(), Some("naked"));
    let mut rubbish = tcp(&broker);
    rubbish.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    closed(&mut rubbish);
    let seen = dial(&broker);
    assert!(!seen.connect && !seen.handshake, "{seen:?}");
    assert_eq!(broker.counts().malformed, 1);
    drop(tcp(&broker));
    assert!(!dial(&broker).handshake);
}

#[test]
fn dial_ins_from_before_a_change_are_forgotten_and_their_connections_dropped() {
    let broker = broker();
    let mut device = entered(&broker, "a", 0);
    // Settled and not awaited.
    broker.r#become(Credential::Expired).unwrap();
    closed(&mut device);
    assert_eq!(broker.await_dial(&Budget::of(SHORT)).unwrap(), None);
    let mut again = careful(&broker, &rustls::version::TLS13);
    again
        .write_all(&connect("a", 0))
        .and_then(|()| again.flush())
        .unwrap_err();
    assert_eq!(dial(&broker).credential, Credential::Expired);
    broker.reset();
    let mut device = entered(&broker, "b", 0);
    assert_eq!(dial(&broker).client_id.as_deref(), Some("b"));
    broker.drop_all();
    closed(&mut device);
    assert_eq!(broker.await_dial(&Budget::of(SHORT)).unwrap(), None);
}

#[test]
fn a_device_that_comes_back_judges_the_certificate_again() {
    let broker = broker();
    for version in VERSIONS {
        let config = trusting(&broker, version);
        for _ in 0..2 {
            // The same memory of sessions both times.
            let mut device = dials(&broker, &config);
            device.write_all(&connect("again", 0)).unwrap();
            read(&mut device, 4);
            let kind = device.conn.handshake_kind();
            assert_eq!(kind, Some(rustls::HandshakeKind::Full), "{version:?}");
            assert!(dial(&broker).connect);
        }
    }
}

#[test]
fn a_taken_port_and_a_foreign_address_are_bench_trouble() {
    let broker = broker();
    let taken = Broker::start(HERE, broker.facts().port).unwrap_err();
    assert_eq!(taken.kind, TroubleKind::Bench);
    assert!(taken.try_next.unwrap().contains("other broker"));
    let foreign = Broker::start("192.0.2.7".parse().unwrap(), 0).unwrap_err();
    assert!(foreign.try_next.unwrap().contains("address of this host"));
}

#[test]
fn a_cancel_ends_a_wait() {
    let broker = broker();
    let cancel = Cancel::new();
    let budget = Budget::new(LONG, &cancel);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| broker.await_dial(&budget));
        cancel.cancel("called off");
        assert_eq!(
            waiting.join().unwrap().unwrap_err().kind,
            TroubleKind::Cancelled
        );
    });
}

/// A certificate that was never shown is refused by nobody.
#[test]
fn an_alert_before_any_hello_is_no_refusal() {
    let broker = broker();
    let mut device = tcp(&broker);
    // A fatal alert, bad_certificate.
    device.write_all(&[21, 3, 3, 0, 2, 2, 42]).unwrap();
    let dial = broker.await_dial(&Budget::of(LONG)).unwrap().unwrap();
    assert!(!dial.handshake, "{dial:?}");
    assert_eq!((dial.alert, dial.version), (None, None));
}
