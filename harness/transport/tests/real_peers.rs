//! The broker against other people's programs: OpenSSL and mosquitto.
//!
//! Not part of `cargo test`, since a fresh machine may lack them (`test = false`). `cargo xtask ci` runs this target by
//! name, and there a missing program is a failure.

use proofhouse_model::Bytes;
use proofhouse_model::op::Credential;
use proofhouse_transport::Budget;
use proofhouse_transport::peers::mqtt::Broker;
use std::net::{IpAddr, Ipv4Addr};
use std::process::{Command, Stdio};
use std::time::Duration;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const LONG: Duration = Duration::from_secs(60);

fn broker() -> Broker {
    Broker::start(HERE, 0).unwrap()
}

const OPENSSL: &str = "needs the program `openssl`: apt-get install openssl";
const MOSQUITTO: &str =
    "needs `mosquitto_pub` and `mosquitto_sub`: apt-get install mosquitto-clients";

fn authority_file(broker: &Broker, name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("proofhouse-{}-{name}.pem", std::process::id()));
    std::fs::write(&path, broker.facts().authority_pem).unwrap();
    path
}

#[test]
fn openssl_refuses_every_bad_certificate_in_both_versions() {
    let broker = broker();
    let pem = authority_file(&broker, "openssl");
    for version in ["-tls1_2", "-tls1_3"] {
        for credential in Credential::ALL {
            broker.r#become(credential).unwrap();
            let out = Command::new("openssl")
                .args([
                    "s_client",
                    "-connect",
                    &format!("{HERE}:{}", broker.facts().port),
                    version,
                    "-CAfile",
                ])
                .arg(&pem)
                .args(["-verify_return_error", "-verify_ip", &HERE.to_string()])
                .stdin(Stdio::null())
                .output()
                .expect(OPENSSL);
            let dial = broker.await_dial(&Budget::of(LONG)).unwrap().unwrap();
            let good = credential == Credential::Good;
            assert_eq!(out.status.success(), good, "{credential:?} {version}");
            assert_eq!(dial.handshake, good, "{version} {dial:?}");
            assert_eq!(dial.alert.is_some(), !good, "{version} {dial:?}");
            assert!(!dial.connect);
            if credential == Credential::Expired {
                assert_eq!(dial.alert.as_deref(), Some("certificate_expired"));
            }
        }
    }
    std::fs::remove_file(pem).unwrap();
}

#[test]
fn mosquitto_s_clients_talk_to_it_and_refuse_bad_certificates() {
    let broker = broker();
    let pem = authority_file(&broker, "mosquitto");
    let program = |name: &str| {
        let mut command = Command::new(name);
        let port = broker.facts().port.to_string();
        command
            .args([
                "-h",
                &HERE.to_string(),
                "-p",
                &port,
                "-V",
                "mqttv311",
                "--cafile",
            ])
            .arg(&pem);
        command.args([
            "-t",
            "plug/a/state",
            "-q",
            "1",
            "-u",
            "me",
            "-P",
            "pass word",
        ]);
        command
    };
    let sent = program("mosquitto_pub")
        .args(["-m", "on"])
        .status()
        .expect(MOSQUITTO);
    assert!(sent.success());
    let (topic, payload) = broker
        .await_message("plug/#", &Budget::of(LONG))
        .unwrap()
        .unwrap();
    assert_eq!(
        (topic.as_str(), payload),
        ("plug/a/state", Bytes::from("on"))
    );
    broker.drop_all();
    let mut subscriber = program("mosquitto_sub");
    let subscriber = subscriber
        .args(["-C", "1"])
        .stdout(Stdio::piped())
        .spawn()
        .expect(MOSQUITTO);
    assert_eq!(
        broker
            .publish("plug/a/state", b"from the bench", &Budget::of(LONG))
            .unwrap(),
        1
    );
    let heard = subscriber.wait_with_output().unwrap();
    assert_eq!(heard.stdout, b"from the bench\n");
    for credential in &Credential::ALL[1..] {
        broker.r#become(*credential).unwrap();
        let sent = program("mosquitto_pub")
            .args(["-m", "on"])
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(!sent.success(), "{credential:?}");
        let dial = broker.await_dial(&Budget::of(LONG)).unwrap().unwrap();
        assert!(!dial.connect, "{dial:?}");
    }
    std::fs::remove_file(pem).unwrap();
}
