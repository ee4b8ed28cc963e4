//! The broker against clients that share no code with it.

mod flood;
mod mqtt;
mod refusal;
mod shown;

use super::*;
use proofhouse_model::TroubleKind;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

pub(super) const LONG: Duration = Duration::from_secs(60);
pub(super) const SHORT: Duration = Duration::from_millis(30);
pub(super) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 77, 0, 1));
pub(super) const VERSIONS: [&rustls::SupportedProtocolVersion; 2] =
    [&rustls::version::TLS12, &rustls::version::TLS13];

pub(super) fn broker() -> Broker {
    Broker::start(HERE, 0).unwrap()
}

pub(super) fn tcp(broker: &Broker) -> TcpStream {
    let tcp = TcpStream::connect(broker.at).unwrap();
    tcp.set_read_timeout(Some(LONG)).unwrap();
    tcp.set_nodelay(true).unwrap();
    tcp
}

/// A careful device: trusts the broker's authority alone, and checks name and date.
pub(super) fn careful(
    broker: &Broker,
    version: &'static rustls::SupportedProtocolVersion,
) -> StreamOwned<ClientConnection, TcpStream> {
    dials(broker, &trusting(broker, version))
}

pub(super) fn trusting(
    broker: &Broker,
    version: &'static rustls::SupportedProtocolVersion,
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let pem = broker.facts().authority_pem;
    roots
        .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(net::tls::provider())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

pub(super) fn dials(
    broker: &Broker,
    config: &Arc<ClientConfig>,
) -> StreamOwned<ClientConnection, TcpStream> {
    let client = ClientConnection::new(config.clone(), ServerName::IpAddress(HERE.into()));
    StreamOwned::new(client.unwrap(), tcp(broker))
}

/// A CONNECT of MQTT 3.1.1 by hand, with user `u` and password `hunter2!`.
pub(super) fn connect(client: &str, keep_alive: u16) -> Vec<u8> {
    let text = |s: &str| [&(s.len() as u16).to_be_bytes()[..], s.as_bytes()].concat();
    let fixed = [&text("MQTT")[..], &[4, 0xc2], &keep_alive.to_be_bytes()].concat();
    packet(
        0x10,
        &[fixed, text(client), text("u"), text("hunter2!")].concat(),
    )
}

pub(super) fn packet(first: u8, rest: &[u8]) -> Vec<u8> {
    let len = u8::try_from(rest.len()).unwrap();
    assert!(len < 128);
    [&[first, len], rest].concat()
}

/// A device that is in: CONNECT sent, CONNACK read.
pub(super) fn entered(
    broker: &Broker,
    client: &str,
    keep_alive: u16,
) -> StreamOwned<ClientConnection, TcpStream> {
    let mut device = careful(broker, &rustls::version::TLS13);
    device.write_all(&connect(client, keep_alive)).unwrap();
    assert_eq!(read(&mut device, 4), [0x20, 2, 0, 0]);
    device
}

pub(super) fn read(from: &mut impl Read, n: usize) -> Vec<u8> {
    let mut bytes = vec![0; n];
    from.read_exact(&mut bytes).unwrap();
    bytes
}

/// Waits until the broker closes.
pub(super) fn closed(device: &mut impl Read) {
    let mut buffer = [0; 100];
    while matches!(device.read(&mut buffer), Ok(n) if n > 0) {}
}
