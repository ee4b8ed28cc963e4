//! Network ops that need no instrument.

use crate::unit::Time;
use proofhouse_model::op::{CoapOp, DatagramOp, StreamOp};
use proofhouse_model::{Detour, Observation, Trouble};
use proofhouse_transport::hear::Pattern;
use proofhouse_transport::lan::{coap, datagram, http, stream};
use proofhouse_transport::net::Host;
use proofhouse_transport::stop::Stop;
use std::net::IpAddr;

/// The network of a unit.
pub struct LanWire {
    /// Its address, and the way there.
    pub host: Host,
    /// HTTP with its sessions.
    pub http: http::Client,
    /// Raw connections.
    pub streams: stream::Streams,
}

impl LanWire {
    /// For a unit at an address.
    #[must_use]
    pub fn new(address: IpAddr, detour: Detour, stop: &Stop) -> Self {
        let host = Host { address, detour };
        Self {
            http: http::Client::new(host.clone(), stop),
            streams: stream::Streams::new(host.clone(), stop),
            host,
        }
    }

    /// One CoAP exchange.
    pub fn coap(&self, op: &CoapOp, stop: &Stop) -> Result<Observation, Trouble> {
        coap::exchange(self.host.clone(), op, stop).map(Observation::Coap)
    }

    /// One datagram and its answer.
    pub fn datagram(&self, op: &DatagramOp, stop: &Stop) -> Result<Observation, Trouble> {
        datagram::exchange(self.host.clone(), op, stop)
    }

    /// A raw connection.
    pub fn stream(&self, op: &StreamOp, time: Time) -> Result<Observation, Trouble> {
        match op {
            StreamOp::Open { port, tls, within } => {
                let (stream, certificate) =
                    self.streams.open(*port, *tls, time.clip(*within).std())?;
                Ok(Observation::Opened {
                    stream,
                    certificate,
                })
            }
            StreamOp::Send { stream, bytes } => self
                .streams
                .send(*stream, &bytes.0)
                .map(|()| Observation::Done),
            StreamOp::Expect {
                stream,
                pattern,
                within,
            } => {
                let pattern = if pattern.is_empty() {
                    None
                } else {
                    Some(Pattern::new(pattern)?)
                };
                let within = time.clip(*within).std();
                self.streams
                    .expect(*stream, pattern.as_ref(), within)
                    .map(Observation::Matched)
            }
            StreamOp::Close { stream } => self.streams.close(*stream).map(|()| Observation::Done),
        }
    }

    /// Forgets cookies and closes connections.
    pub fn forget(&self) {
        self.http.forget();
        self.streams.close_all();
    }
}
