//! Dial-ins: from the TCP connection to a settled [`Dial`], and on to the session.

use super::authority::Credentials;
use super::connect::{self, Connect};
use super::hub::Hub;
use super::listen::Hears;
use super::session::{self, End, LARGEST, Session};
use super::wire::{Broke, Came, TlsWire, Wire};
use crate::net::Gate;
use crate::net::tls::alert_name;
use crate::tap::Heard;
use bytes::BytesMut;
use proofhouse_model::observation::Dial;
use proofhouse_model::op::Credential;
use rumqttc::mqttbytes::v4::{ConnAck, ConnectReturnCode, Packet};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

/// Connections at once.
const CONNECTIONS: usize = 64;
/// Longest from the TCP connection to a settled dial-in: handshake and CONNECT, refusal or close.
pub(super) const SETTLED_WITHIN: Duration = Duration::from_secs(10);
/// First byte of a TLS handshake record, and of an MQTT CONNECT.
const TLS_FIRST: u8 = 0x16;
const CONNECT_FIRST: u8 = 0x10;
/// Why a dial-in was given up.
const LATE: &str = "it was not done within 10 s";

/// Takes dial-ins for ever, each through the gate where there is one; a tap may hear what passes.
pub(super) async fn listen(
    listener: TcpListener,
    hub: Arc<Hub>,
    credentials: Arc<Credentials>,
    gate: Option<Gate>,
    hears: Option<Hears>,
) {
    // One that nobody shuts.
    let gate = gate.unwrap_or_default();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok((tcp, from)) = listener.accept().await else {
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
        let (hub, credentials, gate) = (hub.clone(), credentials.clone(), gate.clone());
        let hears = hears.clone();
        tokio::spawn(async move {
            let (credential, generation) = hub.greet();
            let mut dropped = generation.clone();
            let serving = async {
                // Not before it may go on: of what stands at a shut gate the tap hears nothing.
                let talk = hears.and_then(|hears| hears.talk(&tcp, from));
                let tcp = Heard::new(tcp, talk);
                serve(tcp, &hub, &credentials, credential, generation).await;
            };
            tokio::select! {
                biased;
                _ = dropped.changed() => {}
                _ = gate.pass(serving) => {}
            }
            drop(permit);
        });
    }
}

/// Nothing but a connection yet.
fn dialled(credential: Credential) -> Dial {
    Dial {
        credential,
        certificate: None,
        handshake: false,
        alert: None,
        version: None,
        connect: false,
        client_id: None,
        why: None,
    }
}

async fn serve(
    tcp: Heard,
    hub: &Hub,
    credentials: &Credentials,
    credential: Credential,
    generation: watch::Receiver<u64>,
) {
    let mut dial = dialled(credential);
    let mut first = [0];
    let peeked = timeout(SETTLED_WITHIN, tcp.peek(&mut first)).await;
    if !matches!(peeked, Ok(Ok(1))) {
        let why = if peeked.is_ok() {
            "it closed without a byte"
        } else {
            LATE
        };
        dial.why = Some(why.to_owned());
        return hub.settle(dial, &generation);
    }
    if first[0] == CONNECT_FIRST && credentials.tls {
        plain(tcp, hub, &mut dial).await;
        return hub.settle(dial, &generation);
    }
    let mut wire = match wire(tcp, credentials, credential) {
        Ok(wire) => wire,
        Err(why) => {
            dial.why = Some(why);
            return hub.settle(dial, &generation);
        }
    };
    let mut inbox = BytesMut::new();
    let shaken = timeout(SETTLED_WITHIN, shake(&mut wire, &mut inbox, &mut dial)).await;
    dial.version = wire.version();
    let shaken = shaken.unwrap_or_else(|_| Err(Ended::Quiet(LATE.to_owned())));
    match dial.version {
        // It goes with the answer to a hello.
        Some(_) => dial.certificate = credentials.sha256(credential),
        // No hello was answered, so no certificate was shown: what it complains of is something else.
        None if credentials.tls => dial.alert = None,
        None => {}
    }
    let wrong = credentials.tls && first[0] != TLS_FIRST;
    if wrong || matches!(shaken, Err(Ended::Malformed(_))) {
        hub.count(|c| c.malformed += 1);
    }
    let connect = match shaken {
        Ok(connect) => connect,
        Err(Ended::Quiet(why) | Ended::Malformed(why)) => {
            dial.why = Some(why);
            return hub.settle(dial, &generation);
        }
    };
    let entered = hub.enter(&connect.client_id, connect.login, &generation);
    dial.client_id = Some(connect.client_id);
    hub.settle(dial, &generation);
    let Some((number, out)) = entered else { return };
    let ack = Packet::ConnAck(ConnAck::new(ConnectReturnCode::Success, false));
    if session::send(&mut wire, connect.version, &ack)
        .await
        .is_ok()
    {
        let mut session = Session {
            hub,
            wire: &mut wire,
            version: connect.version,
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

fn wire(tcp: Heard, credentials: &Credentials, credential: Credential) -> Result<Wire, String> {
    if !credentials.tls {
        return Ok(Wire::Plain(tcp));
    }
    let config = credentials
        .config(credential)
        .ok_or("the broker has no such certificate")?;
    TlsWire::new(tcp, config)
        .map(|wire| Wire::Tls(Box::new(wire)))
        .map_err(|e| e.to_string())
}

/// One and a half times the keep-alive (MQTT 3.1.1 section 3.1.2.10).
fn patience(keep_alive: u16) -> Option<Duration> {
    (keep_alive > 0).then(|| Duration::from_millis(u64::from(keep_alive) * 1500))
}

/// Why a dial-in came to no CONNECT.
enum Ended {
    /// It closed, refused or fell silent.
    Quiet(String),
    /// It sent what is no TLS, or no CONNECT.
    Malformed(String),
}

/// From the hello to the CONNECT. The handshake counts as completed by the device when its Finished
/// was verified and no alert came after it: some clients judge the certificate late, and a broker
/// learns that by an alert or by a close without a word.
async fn shake(wire: &mut Wire, inbox: &mut BytesMut, dial: &mut Dial) -> Result<Connect, Ended> {
    let quiet = |why: &str| Err(Ended::Quiet(why.to_owned()));
    loop {
        match wire.receive(inbox).await {
            Ok(Came::Handshake) => dial.handshake = true,
            Ok(Came::Data) => {
                dial.handshake = matches!(wire, Wire::Tls(_));
                dial.connect |= inbox.first().is_some_and(|b| b >> 4 == CONNECT_FIRST >> 4);
                if let Some(connect) = connect::take(inbox) {
                    return connect.map_err(Ended::Malformed);
                }
            }
            Ok(Came::End) | Err(Broke::Io) if dial.connect => {
                return quiet("it closed in the middle of its CONNECT");
            }
            Ok(Came::End) | Err(Broke::Io) if dial.handshake => {
                return quiet("it closed after the handshake, without a CONNECT");
            }
            Ok(Came::End) => {
                return quiet("it closed in the middle of the handshake, without an alert");
            }
            Err(Broke::Io) => {
                return quiet("it broke the connection in the middle of the handshake");
            }
            Err(Broke::Alert(alert)) => {
                dial.handshake &= dial.connect;
                let alert = alert_name(alert);
                let why = format!("it refused with the alert {alert}");
                dial.alert = Some(alert);
                return Err(Ended::Quiet(why));
            }
            Err(Broke::Garbled(why)) => return Err(Ended::Malformed(why)),
        }
    }
}

/// A device that sends its CONNECT without any TLS: noted, not served.
async fn plain(mut tcp: Heard, hub: &Hub, dial: &mut Dial) {
    dial.connect = true;
    dial.why = Some("it sent its CONNECT without TLS".to_owned());
    let mut inbox = BytesMut::new();
    let read = async {
        loop {
            match connect::take(&mut inbox) {
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
        dial.client_id = Some(connect.client_id);
    }
}
