//! Network ops that need no instrument.

use crate::unit::Time;
use proofhouse_model::op::{CoapOp, DatagramOp, StreamOp};
use proofhouse_model::{Observation, Trouble};
use proofhouse_transport::hear::Pattern;
use proofhouse_transport::lan::{coap, datagram, http, stream};
use proofhouse_transport::stop::Stop;
use std::net::IpAddr;

/// The network of a unit.
pub struct LanWire {
    /// Its address.
    pub address: IpAddr,
    /// HTTP with its sessions.
    pub http: http::Client,
    /// Raw connections.
    pub streams: stream::Streams,
}

impl LanWire {
    /// For a unit at an address.
    #[must_use]
    pub fn new(address: IpAddr, stop: &Stop) -> Self {
        let http = http::Client::new(address, stop);
        Self {
            address,
            http,
            streams: stream::Streams::new(address, stop),
        }
    }

    /// One CoAP exchange.
    pub fn coap(&self, op: &CoapOp, stop: &Stop) -> Result<Observation, Trouble> {
        coap::exchange(self.address, op, stop).map(Observation::Coap)
    }

    /// One datagram and its answer.
    pub fn datagram(&self, op: &DatagramOp, stop: &Stop) -> Result<Observation, Trouble> {
        datagram::exchange(self.address, op, stop)
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
