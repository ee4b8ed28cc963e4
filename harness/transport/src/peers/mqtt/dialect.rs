//! Packets of MQTT 5 as those of 3.1.1: properties are left out, since nothing here rests on them.

use super::connect::Version;
use bytes::BytesMut;
use rumqttc::mqttbytes::v4::{self, Packet, SubscribeFilter, SubscribeReasonCode};
use rumqttc::mqttbytes::{Error, QoS};
use rumqttc::v5::mqttbytes::{self as five, v5};

/// Next whole packet of the inbox, none larger than `largest`.
pub(super) fn read(
    version: Version,
    inbox: &mut BytesMut,
    largest: usize,
) -> Result<Option<Packet>, Error> {
    match version {
        Version::Three => match Packet::read(inbox, largest) {
            Ok(packet) => Ok(Some(packet)),
            Err(Error::InsufficientBytes(_)) => Ok(None),
            Err(e) => Err(e),
        },
        // A reason that stands for none is left out, and the reader knows no DISCONNECT without one.
        Version::Five if inbox.starts_with(&[0xe0, 0]) => {
            let _ = inbox.split_to(2);
            Ok(Some(Packet::Disconnect))
        }
        Version::Five => match v5::Packet::read(inbox, u32::try_from(largest).ok()) {
            Ok(packet) => older(packet).map(Some).ok_or(Error::MalformedPacket),
            Err(five::Error::InsufficientBytes(_)) => Ok(None),
            Err(_) => Err(Error::MalformedPacket),
        },
    }
}

/// Appends a packet as that version writes it.
pub(super) fn write(version: Version, packet: &Packet, out: &mut BytesMut) -> Result<(), Error> {
    match version {
        Version::Three => packet.write(out, usize::MAX).map(drop),
        Version::Five => {
            let newer = newer(packet).ok_or(Error::MalformedPacket)?;
            newer
                .write(out, None)
                .map(drop)
                .map_err(|_| Error::MalformedPacket)
        }
    }
}

/// Appends the answer to an UNSUBSCRIBE: MQTT 5 tells how each topic fared.
pub(super) fn write_unsuback(
    version: Version,
    id: u16,
    topics: usize,
    out: &mut BytesMut,
) -> Result<(), Error> {
    match version {
        Version::Three => v4::UnsubAck::new(id).write(out).map(drop),
        Version::Five => {
            let ack = v5::UnsubAck {
                pkid: id,
                reasons: vec![v5::UnsubAckReason::Success; topics],
                properties: None,
            };
            ack.write(out).map(drop).map_err(|_| Error::MalformedPacket)
        }
    }
}

fn older(packet: v5::Packet) -> Option<Packet> {
    Some(match packet {
        v5::Packet::Publish(p) => {
            // None was granted.
            if p.properties.is_some_and(|p| p.topic_alias.is_some()) {
                return None;
            }
            let topic = String::from_utf8(p.topic.to_vec()).ok()?;
            let mut publish = v4::Publish::from_bytes(topic, older_qos(p.qos), p.payload);
            (publish.dup, publish.retain, publish.pkid) = (p.dup, p.retain, p.pkid);
            Packet::Publish(publish)
        }
        v5::Packet::Subscribe(s) => {
            let filters = s.filters.into_iter();
            let filters = filters.map(|f| SubscribeFilter::new(f.path, older_qos(f.qos)));
            let mut subscribe = v4::Subscribe::new_many(filters);
            subscribe.pkid = s.pkid;
            Packet::Subscribe(subscribe)
        }
        v5::Packet::Unsubscribe(u) => Packet::Unsubscribe(v4::Unsubscribe {
            pkid: u.pkid,
            topics: u.filters,
        }),
        v5::Packet::PubAck(p) => Packet::PubAck(v4::PubAck::new(p.pkid)),
        v5::Packet::PubRec(p) => Packet::PubRec(v4::PubRec::new(p.pkid)),
        v5::Packet::PubRel(p) => Packet::PubRel(v4::PubRel::new(p.pkid)),
        v5::Packet::PubComp(p) => Packet::PubComp(v4::PubComp::new(p.pkid)),
        v5::Packet::PingReq(_) => Packet::PingReq,
        v5::Packet::PingResp(_) => Packet::PingResp,
        v5::Packet::Disconnect(_) => Packet::Disconnect,
        v5::Packet::Auth(_)
        | v5::Packet::Connect(..)
        | v5::Packet::ConnAck(_)
        | v5::Packet::SubAck(_)
        | v5::Packet::UnsubAck(_) => return None,
    })
}

fn newer(packet: &Packet) -> Option<v5::Packet> {
    Some(match packet {
        Packet::ConnAck(ack) => v5::Packet::ConnAck(v5::ConnAck {
            session_present: ack.session_present,
            code: v5::ConnectReturnCode::Success,
            properties: None,
        }),
        Packet::Publish(p) => {
            let payload = p.payload.clone();
            let mut publish = v5::Publish::new(p.topic.clone(), newer_qos(p.qos), payload, None);
            (publish.dup, publish.retain, publish.pkid) = (p.dup, p.retain, p.pkid);
            v5::Packet::Publish(publish)
        }
        Packet::SubAck(ack) => v5::Packet::SubAck(v5::SubAck {
            pkid: ack.pkid,
            return_codes: ack.return_codes.iter().map(newer_code).collect(),
            properties: None,
        }),
        Packet::PubAck(p) => v5::Packet::PubAck(v5::PubAck::new(p.pkid, None)),
        Packet::PubRec(p) => v5::Packet::PubRec(v5::PubRec::new(p.pkid, None)),
        Packet::PubComp(p) => v5::Packet::PubComp(v5::PubComp::new(p.pkid, None)),
        Packet::PingResp => v5::Packet::PingResp(v5::PingResp),
        _ => return None,
    })
}

fn newer_code(code: &SubscribeReasonCode) -> v5::SubscribeReasonCode {
    match code {
        SubscribeReasonCode::Success(qos) => v5::SubscribeReasonCode::Success(newer_qos(*qos)),
        SubscribeReasonCode::Failure => v5::SubscribeReasonCode::Unspecified,
    }
}

fn older_qos(qos: five::QoS) -> QoS {
    match qos {
        five::QoS::AtMostOnce => QoS::AtMostOnce,
        five::QoS::AtLeastOnce => QoS::AtLeastOnce,
        five::QoS::ExactlyOnce => QoS::ExactlyOnce,
    }
}

fn newer_qos(qos: QoS) -> five::QoS {
    match qos {
        QoS::AtMostOnce => five::QoS::AtMostOnce,
        QoS::AtLeastOnce => five::QoS::AtLeastOnce,
        QoS::ExactlyOnce => five::QoS::ExactlyOnce,
    }
}
