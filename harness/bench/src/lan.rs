//! Network ops that need no instrument.

use crate::patterns::pattern;
use proofhouse_model::op::{CoapOp, DatagramOp, ObserveOp, StreamOp};
use proofhouse_model::{Observation, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::lan::{coap, datagram, http, stream};
use proofhouse_transport::net::Host;

/// The network of a unit.
pub struct LanWire {
    /// Where it is, and the way there.
    pub host: Host,
    /// HTTP with its sessions.
    pub http: http::Client,
    /// Resources observed over CoAP.
    pub observations: coap::observe::Observations,
    /// Raw connections.
    pub streams: stream::Streams,
}

impl LanWire {
    /// For a unit.
    #[must_use]
    pub fn new(host: Host) -> Self {
        Self {
            http: http::Client::new(host.clone()),
            observations: coap::observe::Observations::new(host.clone()),
            streams: stream::Streams::new(host.clone()),
            host,
        }
    }

    /// One CoAP exchange.
    pub fn coap(&self, op: &CoapOp, budget: &Budget) -> Result<Observation, Trouble> {
        coap::exchange(self.host.clone(), op, budget).map(Observation::Coap)
    }

    /// A resource that is observed.
    pub fn observe(&self, op: &ObserveOp, budget: &Budget) -> Result<Observation, Trouble> {
        let observations = &self.observations;
        match op {
            ObserveOp::Start { port, path, .. } => {
                let (observation, registered, answer) = observations.start(*port, path, budget)?;
                Ok(Observation::Observing {
                    observation,
                    registered,
                    answer,
                })
            }
            ObserveOp::Next { observation, .. } => {
                let told = observations.next(*observation, budget);
                told.map(Observation::Coap)
            }
            ObserveOp::Stop { observation } => {
                observations.stop(*observation)?;
                Ok(Observation::Done)
            }
        }
    }

    /// One datagram and its answer.
    pub fn datagram(&self, op: &DatagramOp, budget: &Budget) -> Result<Observation, Trouble> {
        datagram::exchange(self.host.clone(), op, budget)
    }

    /// A raw connection.
    pub fn stream(&self, op: &StreamOp, budget: &Budget) -> Result<Observation, Trouble> {
        match op {
            StreamOp::Open { port, tls, .. } => {
                let (stream, certificate) = self.streams.open(*port, *tls, budget)?;
                Ok(Observation::Opened {
                    stream,
                    certificate,
                })
            }
            StreamOp::Send { stream, bytes } => self
                .streams
                .send(*stream, bytes, budget)
                .map(|()| Observation::Done),
            StreamOp::Expect {
                stream,
                pattern: text,
                ..
            } => {
                let wanted = match text.as_str() {
                    "" => None,
                    text => Some(pattern(text)?),
                };
                self.streams
                    .expect(*stream, wanted.as_ref(), budget)
                    .map(Observation::Matched)
            }
            StreamOp::Close { stream } => self
                .streams
                .close(*stream, budget)
                .map(|()| Observation::Done),
        }
    }

    /// Closes connections that are kept for later, and says how many others are open.
    pub fn let_go(&self) -> usize {
        self.http.let_go();
        self.streams.count() + self.observations.count()
    }

    /// Forgets cookies and closes connections.
    pub fn forget(&self) {
        self.http.forget();
        self.observations.stop_all();
        self.streams.close_all();
    }
}
