//! Where bytes stand in events: one list, for whoever keeps them elsewhere, masks them or looks for what was kept.

use crate::observation::Observation;
use crate::op::{
    ConsoleOp, DatagramOp, FuzzTarget, HttpOp, InstrumentOp, MqttOp, Op, StreamOp, TapOp,
};
use crate::{BlobId, Bytes, Event, Fact};

macro_rules! bytes_of_op {
    ($name:ident $(, $mutable:tt)?) => {
        /// Every run of bytes in it, in the order written.
        pub fn $name(&$($mutable)? self) -> Vec<&$($mutable)? Bytes> {
            match self {
                Self::Console(ConsoleOp::Send { bytes } | ConsoleOp::Ask { line: bytes, .. })
                | Self::Http(HttpOp { body: bytes, .. })
                | Self::Stream(StreamOp::Send { bytes, .. })
                | Self::Datagram(DatagramOp { bytes, .. })
                | Self::Mqtt(MqttOp::Publish { payload: bytes, .. }) => vec![bytes],
                Self::Coap(op) => {
                    let options = op.options.$name();
                    [&$($mutable)? op.payload].into_iter().chain(options).collect()
                }
                Self::Instrument(InstrumentOp::Fuzz { target, seeds, .. }) => {
                    let ping = match target {
                        FuzzTarget::Udp { ping, .. } => Some(ping),
                        _ => None,
                    };
                    seeds.into_iter().chain(ping).collect()
                }
                Self::Instrument(InstrumentOp::SearchFlash { needles, .. })
                | Self::Tap(TapOp::Search { needles, .. }) => needles.$name(),
                _ => Vec::new(),
            }
        }
    };
}

macro_rules! bytes_of_observation {
    ($name:ident $(, $mutable:tt)?) => {
        /// Every run of bytes in it, in the order written.
        pub fn $name(&$($mutable)? self) -> Vec<&$($mutable)? Bytes> {
            match self {
                Self::Matched(matched) => {
                    let ends = [&$($mutable)? matched.text, &$($mutable)? matched.before];
                    let groups = (&$($mutable)? matched.groups).into_iter();
                    ends.into_iter().chain(groups).collect()
                }
                Self::Unseen { heard: bytes }
                | Self::Datagram { bytes }
                | Self::Message { payload: bytes, .. } => vec![bytes],
                Self::Http(answer) => {
                    let unparsed = (&$($mutable)? answer.unparsed).into_iter();
                    [&$($mutable)? answer.body].into_iter().chain(unparsed).collect()
                }
                Self::Coap(answer) | Self::Observing { answer, .. } => vec![&$($mutable)? answer.payload],
                Self::Ports(scan) => scan.tcp_open.$name(),
                Self::Fuzz(batch) => {
                    let down = (&$($mutable)? batch.down).into_iter();
                    down.map(|down| &$($mutable)? down.input).collect()
                }
                _ => Vec::new(),
            }
        }
    };
}

macro_rules! bytes_of_fact {
    ($name:ident $(, $mutable:tt)?) => {
        /// Every run of bytes in it, in the order written.
        pub fn $name(&$($mutable)? self) -> Vec<&$($mutable)? Bytes> {
            match self {
                Self::OpStarted { op } => op.$name(),
                Self::OpEnded { saw, .. } => saw.$name(),
                Self::Heard { bytes, .. } => vec![bytes],
                _ => Vec::new(),
            }
        }
    };
}

impl Op {
    bytes_of_op!(bytes);
    bytes_of_op!(bytes_mut, mut);
}

impl Observation {
    bytes_of_observation!(bytes);
    bytes_of_observation!(bytes_mut, mut);
}

impl Fact {
    bytes_of_fact!(bytes);
    bytes_of_fact!(bytes_mut, mut);
}

/// Bytes with something beside each.
trait Beside {
    fn bytes(&self) -> Vec<&Bytes>;
    fn bytes_mut(&mut self) -> Vec<&mut Bytes>;
}

impl<T> Beside for Vec<(T, Bytes)> {
    fn bytes(&self) -> Vec<&Bytes> {
        self.iter().map(|(_, bytes)| bytes).collect()
    }

    fn bytes_mut(&mut self) -> Vec<&mut Bytes> {
        self.iter_mut().map(|(_, bytes)| bytes).collect()
    }
}

impl Event {
    /// Every blob it rests on, and how many bytes each has: evidence it names, and bytes that were too many for it.
    #[must_use]
    pub fn blobs(&self) -> Vec<(&BlobId, u64)> {
        match &self.fact {
            Fact::Stored { blob, size, .. } => vec![(blob, *size)],
            Fact::OpEnded {
                saw: Observation::Memory { blob, len, .. },
                ..
            } => vec![(blob, *len)],
            Fact::OpEnded {
                saw: Observation::Captured(capture),
                ..
            } => vec![(&capture.blob, capture.size)],
            fact => {
                let kept = fact.bytes().into_iter().filter_map(Bytes::kept);
                kept.map(|kept| (&kept.blob, kept.size)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Kept;
    use crate::{Dur, op};

    /// Every op with bytes has them where whoever walks over them looks.
    #[test]
    fn bytes_of_every_op_are_found_and_can_be_changed() {
        let bytes = || Bytes::from("payload");
        let within = Dur::secs(1);
        let ops = [
            Op::Console(ConsoleOp::Send { bytes: bytes() }),
            Op::Http(HttpOp {
                method: "POST".into(),
                port: 80,
                tls: false,
                path: "/".into(),
                headers: Vec::new(),
                body: bytes(),
                session: 0,
                within,
                leaves: None,
            }),
            Op::Coap(op::CoapOp {
                method: "PUT".into(),
                port: 5683,
                path: "/".into(),
                payload: bytes(),
                options: vec![(7, bytes())],
                confirmable: true,
                within,
            }),
            Op::Instrument(InstrumentOp::SearchFlash {
                regions: Vec::new(),
                needles: vec![("a".into(), bytes()), ("b".into(), bytes())],
            }),
            Op::Tap(TapOp::Search {
                capture: 1,
                needles: vec![("a".into(), bytes()), ("b".into(), bytes())],
            }),
        ];
        for mut op in ops {
            // What the text of it says, so that no field is forgotten here.
            let count = |op: &Op| {
                serde_json::to_string(op)
                    .unwrap()
                    .matches("payload\"")
                    .count()
            };
            let named = usize::from(matches!(op, Op::Coap(_))); // the field's own name
            assert_eq!(op.bytes().len(), count(&op) - named, "{op:?}");
            op.bytes_mut()
                .into_iter()
                .for_each(|b| *b = Bytes::from("other"));
            assert!(op.bytes().iter().all(|b| &***b == b"other"), "{op:?}");
        }
    }

    #[test]
    fn blobs_of_kept_bytes_are_named() {
        let blob = BlobId::new("ab".repeat(32)).unwrap();
        let (kept, size) = (blob.clone(), 9);
        let bytes = Bytes::kept_as(Kept { blob: kept, size }, b"head");
        let event = Event {
            seq: 0,
            at_us: 0,
            wall: String::new(),
            task: None,
            unit: None,
            fact: Fact::Heard { bytes, lost: 0 },
        };
        assert_eq!(event.blobs(), [(&blob, size)]);
    }
}
