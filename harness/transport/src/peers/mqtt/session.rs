//! One MQTT session, after its CONNECT.

use super::connect::Version;
use super::dialect;
use super::filter::valid_topic;
use super::hub::Hub;
use super::wire::{Came, Wire};
use bytes::BytesMut;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{
    Packet, PubAck, PubComp, PubRec, Publish, SubAck, SubscribeReasonCode,
};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

/// Largest packet taken: 64 KiB of payload and a topic.
pub(super) const LARGEST: usize = (64 << 10) + 1024;
/// Longest that a client may take to accept a packet.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// Messages of quality 2 that were announced and not released.
const HALF_DONE: usize = 64;

/// Why a session ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The client left, was replaced or went quiet.
    Closed,
    /// It sent what no client may send.
    Malformed,
}

/// Writes a packet.
pub(super) async fn send(wire: &mut Wire, version: Version, packet: &Packet) -> Result<(), End> {
    let mut bytes = BytesMut::new();
    dialect::write(version, packet, &mut bytes).map_err(|_| End::Closed)?;
    send_bytes(wire, &bytes).await
}

async fn send_bytes(wire: &mut Wire, bytes: &[u8]) -> Result<(), End> {
    match timeout(SEND_WITHIN, wire.send(bytes)).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(End::Closed),
    }
}

pub(super) struct Session<'a> {
    pub(super) hub: &'a Hub,
    pub(super) wire: &'a mut Wire,
    pub(super) version: Version,
    pub(super) number: u64,
    pub(super) generation: watch::Receiver<u64>,
    /// Silence after which the client is taken for gone; `None` when it asked for none.
    pub(super) patience: Option<Duration>,
    pub(super) half_done: BTreeSet<u16>,
    pub(super) last_id: u16,
}

impl Session<'_> {
    /// Serves the client until it ends.
    pub(super) async fn serve(
        &mut self,
        inbox: &mut BytesMut,
        mut out: mpsc::Receiver<Publish>,
    ) -> End {
        let forever = Duration::from_secs(30 * 24 * 3600);
        let quiet = tokio::time::sleep(self.patience.unwrap_or(forever));
        tokio::pin!(quiet);
        loop {
            let step = match dialect::read(self.version, inbox, LARGEST) {
                Err(_) => Err(End::Malformed),
                Ok(Some(packet)) => {
                    let until = tokio::time::Instant::now() + self.patience.unwrap_or(forever);
                    quiet.as_mut().reset(until);
                    self.take(packet).await
                }
                Ok(None) => tokio::select! {
                    came = self.wire.receive(inbox) => match came {
                        Ok(Came::End) | Err(_) => Err(End::Closed),
                        Ok(_) => Ok(()),
                    },
                    message = out.recv() => match message {
                        Some(message) => self.pass_on(message).await,
                        None => Err(End::Closed),
                    },
                    () = &mut quiet => Err(End::Closed),
                },
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn take(&mut self, packet: Packet) -> Result<(), End> {
        match packet {
            Packet::Publish(message) => self.published(message).await,
            Packet::PubRel(rel) => {
                self.half_done.remove(&rel.pkid);
                self.send(Packet::PubComp(PubComp::new(rel.pkid))).await
            }
            Packet::Subscribe(subscribe) => {
                let taken = self.hub.subscribe(self.number, subscribe.filters);
                let codes = taken.into_iter().map(|qos| match qos {
                    Some(qos) => SubscribeReasonCode::Success(qos),
                    None => SubscribeReasonCode::Failure,
                });
                let ack = SubAck::new(subscribe.pkid, codes.collect());
                self.send(Packet::SubAck(ack)).await
            }
            Packet::Unsubscribe(unsubscribe) => {
                self.hub.unsubscribe(self.number, &unsubscribe.topics);
                let mut ack = BytesMut::new();
                let (id, topics) = (unsubscribe.pkid, unsubscribe.topics.len());
                dialect::write_unsuback(self.version, id, topics, &mut ack)
                    .map_err(|_| End::Closed)?;
                send_bytes(self.wire, &ack).await
            }
            Packet::PingReq => self.send(Packet::PingResp).await,
            Packet::PubAck(_) => Ok(()),
            Packet::Disconnect => Err(End::Closed),
            _ => Err(End::Malformed),
        }
    }

    async fn published(&mut self, message: Publish) -> Result<(), End> {
        if !valid_topic(&message.topic) {
            return Err(End::Malformed);
        }
        let (id, qos) = (message.pkid, message.qos);
        let again = qos == QoS::ExactlyOnce && !self.half_done.insert(id);
        if self.half_done.len() > HALF_DONE {
            return Err(End::Malformed);
        }
        if !again {
            self.hub.published(message, &self.generation);
        }
        match qos {
            QoS::AtMostOnce => Ok(()),
            QoS::AtLeastOnce => self.send(Packet::PubAck(PubAck::new(id))).await,
            QoS::ExactlyOnce => self.send(Packet::PubRec(PubRec::new(id))).await,
        }
    }

    async fn pass_on(&mut self, mut message: Publish) -> Result<(), End> {
        message.pkid = 0;
        if message.qos != QoS::AtMostOnce {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            message.pkid = self.last_id;
        }
        self.send(Packet::Publish(message)).await
    }

    async fn send(&mut self, packet: Packet) -> Result<(), End> {
        send(self.wire, self.version, &packet).await
    }
}
