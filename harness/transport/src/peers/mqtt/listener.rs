//! Dial-ins: from the TCP connection to a settled [`Dial`], and on to the session.

use super::authority::Credentials;
use super::hub::Hub;
use super::session::{self, End, LARGEST, Session};
use super::wire::{Broke, Came, TlsWire};
use crate::net::tls::alert_name;
use bytes::BytesMut;
use proofhouse_model::observation::Dial;
use proofhouse_model::op::Credential;
use rumqttc::mqttbytes::v4::{ConnAck, Connect, ConnectReturnCode, Packet};
use rumqttc::mqttbytes::{Error, Protocol};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

/// Connections at once.
const CONNECTIONS: usize = 64;
/// Longest from the TCP connection to a settled dial-in: handshake and CONNECT, refusal or close.
pub(super) const SETTLED_WITHIN: Duration = Duration::from_secs(10);
/// First byte of a TLS handshake record, and of an MQTT CONNECT.
const TLS_FIRST: u8 = 0x16;
const CONNECT_FIRST: u8 = 0x10;

/// Takes dial-ins for ever.
pub(super) async fn listen(listener: TcpListener, hub: Arc<Hub>, credentials: Arc<Credentials>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok((tcp, _)) = listener.accept().await else {
            // Out of files, or gone before it was taken: others end, then there is room again.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let Ok(permit) = room.clone().try_acquire_owned() else {
            hub.count(|c| c.turned_away += 1);
            continue;
        };
        // Costs latency only.
        let _ = tcp.set_nodelay(true);
        let (hub, credentials) = (hub.clone(), credentials.clone());
        tokio::spawn(async move {
            let (credential, generation) = hub.greet();
            let mut dropped = generation.clone();
            tokio::select! {
                biased;
                _ = dropped.changed() => {}
                () = serve(tcp, &hub, &credentials, credential, generation) => {}
            }
            drop(permit);
        });
    }
}

async fn serve(
    tcp: TcpStream,
    hub: &Hub,
    credentials: &Credentials,
    credential: Credential,
    generation: watch::Receiver<u64>,
) {
    let mut dial = Dial {
        credential,
        handshake: false,
        alert: None,
        version: None,
        connect: false,
        client_id: None,
    };
    let mut first = [0];
    let peeked = timeout(SETTLED_WITHIN, tcp.peek(&mut first)).await;
    if !matches!(peeked, Ok(Ok(1))) {
        return hub.settle(dial, &generation);
    }
    if first[0] == CONNECT_FIRST {
        plain(tcp, hub, &mut dial).await;
        return hub.settle(dial, &generation);
    }
    let Some(config) = credentials.config(credential) else {
        return;
    };
    let Ok(mut wire) = TlsWire::new(tcp, config) else {
        return;
    };
    let mut inbox = BytesMut::new();
    let shaken = timeout(SETTLED_WITHIN, shake(&mut wire, &mut inbox, &mut dial)).await;
    dial.version = wire.version();
    if first[0] != TLS_FIRST || matches!(shaken, Ok(Some(Err(_)))) {
        hub.count(|c| c.malformed += 1);
    }
    let Ok(Some(Ok(connect))) = shaken else {
        return hub.settle(dial, &generation);
    };
    let entered = hub.enter(&connect.client_id, connect.login, &generation);
    dial.client_id = Some(connect.client_id);
    if connect.protocol != Protocol::V4 {
        dial.client_id = None;
    }
    hub.settle(dial, &generation);
    let Some((number, out)) = entered else { return };
    let code = match connect.protocol {
        Protocol::V4 => ConnectReturnCode::Success,
        Protocol::V5 => ConnectReturnCode::RefusedProtocolVersion,
    };
    let welcome = session::send(&mut wire, &Packet::ConnAck(ConnAck::new(code, false))).await;
    if welcome.is_ok() && connect.protocol == Protocol::V4 {
        let mut session = Session {
            hub,
            wire: &mut wire,
            number,
            generation,
            patience: patience(connect.keep_alive),
            half_done: BTreeSet::new(),
            last_id: 0,
        };
        if session.serve(&mut inbox, out).await == End::Malformed {
            hub.count(|c| c.malformed += 1);
        }
    }
    hub.leave(number);
}

/// One and a half times the keep-alive (MQTT 3.1.1 section 3.1.2.10).
fn patience(keep_alive: u16) -> Option<Duration> {
    (keep_alive > 0).then(|| Duration::from_millis(u64::from(keep_alive) * 1500))
}

/// From the hello to the CONNECT. The handshake counts as completed by the device when its Finished
/// was verified and no alert came after it: some clients judge the certificate late, and a broker
/// learns that by an alert or by a close without a word. `None` when the connection ended or what
/// came first is no CONNECT.
async fn shake(
    wire: &mut TlsWire,
    inbox: &mut BytesMut,
    dial: &mut Dial,
) -> Option<Result<Connect, Error>> {
    loop {
        match wire.receive(inbox).await {
            Ok(Came::Handshake) => dial.handshake = true,
            Ok(Came::Data) => {
                dial.handshake = true;
                dial.connect |= inbox.first().is_some_and(|b| b >> 4 == CONNECT_FIRST >> 4);
                if let Some(connect) = read_connect(inbox) {
                    return Some(connect);
                }
            }
            Ok(Came::End) | Err(Broke::Io) => return None,
            Err(Broke::Alert(alert)) => {
                dial.handshake &= dial.connect;
                dial.alert = Some(alert_name(alert));
                return None;
            }
            Err(Broke::Garbled) => return Some(Err(Error::MalformedPacket)),
        }
    }
}

/// The CONNECT at the head of the inbox; `None` while it is not whole.
fn read_connect(inbox: &mut BytesMut) -> Option<Result<Connect, Error>> {
    match session::next_packet(inbox) {
        Ok(Some(Packet::Connect(connect))) => Some(Ok(connect)),
        Ok(Some(_)) => Some(Err(Error::MalformedPacket)),
        Ok(None) => None,
        Err(e) => Some(Err(e)),
    }
}

/// A device that sends its CONNECT without any TLS: noted, not served.
async fn plain(mut tcp: TcpStream, hub: &Hub, dial: &mut Dial) {
    dial.connect = true;
    let mut inbox = BytesMut::new();
    let read = async {
        loop {
            match read_connect(&mut inbox) {
                Some(connect) => return connect.ok(),
                None if inbox.len() > LARGEST => return None,
                None => {}
            }
            if tcp.read_buf(&mut inbox).await.unwrap_or(0) == 0 {
                return None;
            }
        }
    };
    if let Ok(Some(connect)) = timeout(SETTLED_WITHIN, read).await {
        hub.remember(connect.login);
        dial.client_id = (connect.protocol == Protocol::V4).then_some(connect.client_id);
    }
}
