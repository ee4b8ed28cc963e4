//! The MQTT broker that a unit dials.
//!
//! An MQTT broker (3.1, 3.1.1 and 5) over TLS 1.2 and 1.3 with an authority of its own, made for the occasion, or the
//! maker's. It can show bad certificates, tells how each dial-in ended, and keeps what devices publish. Nothing is
//! resumed: every dial-in judges the certificate anew. A CONNECT without TLS is noted as a dial-in and not served,
//! unless the bench file asks for a broker without TLS. Wills are ignored.
//!
//! | driver | is |
//! |---|---|
//! | [`Broker`] | in this process, on an address of this host |

mod authority;
mod connect;
mod dialect;
mod filter;
mod hub;
mod listen;
mod listener;
mod secret;
mod session;
#[cfg(test)]
mod tests;
mod wire;

pub use hub::Counts;
pub use listen::{KeyType, Listen, Own, place};
pub use secret::Secret;

use crate::budget::Budget;
use crate::net::{self, Gate};
use crate::tap::Ear;
use authority::Credentials;
use hub::Hub;
use listen::Hears;
use proofhouse_model::observation::{BrokerFacts, Dial};
use proofhouse_model::op::Credential;
use proofhouse_model::{Bytes, Channel, Trouble};
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::Publish;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// A broker that listens until dropped.
pub struct Broker {
    hub: Arc<Hub>,
    at: SocketAddr,
    name: Option<String>,
    credentials: Arc<Credentials>,
    listening: AbortHandle,
}

impl Broker {
    /// Listens on an address of this host with good credentials; port 0 takes a free one.
    ///
    /// # Errors
    /// As [`Broker::open`].
    pub fn start(address: IpAddr, port: u16) -> Result<Self, Trouble> {
        Self::open(&Listen::at(address, port))
    }

    /// Listens as it is told, with good credentials.
    ///
    /// # Errors
    /// Trouble of the bench: the port is taken, the address is not this host's, a certificate cannot be used.
    pub fn open(listen: &Listen) -> Result<Self, Trouble> {
        Self::open_with(listen, None, None)
    }

    /// As [`Broker::open`], for a virtual unit: behind the gate by which it can be cut off, and with the tap that hears
    /// what passes that, from and to the unit at this address.
    ///
    /// # Errors
    /// As [`Broker::open`].
    pub fn open_with(
        listen: &Listen,
        gate: Option<Gate>,
        tap: Option<(Ear, IpAddr)>,
    ) -> Result<Self, Trouble> {
        let hears = tap.map(|(ear, unit)| Hears { ear, unit });
        let credentials = Arc::new(Credentials::make(listen)?);
        let runtime = net::runtime()?;
        let at = listen.at;
        let listener = runtime
            .block_on(TcpListener::bind(at))
            .map_err(|e| no_listener(at, &e))?;
        let at = listener.local_addr().map_err(|e| no_listener(at, &e))?;
        let hub = Arc::new(Hub::new());
        let listening = listener::listen(listener, hub.clone(), credentials.clone(), gate, hears);
        Ok(Self {
            hub,
            at,
            name: listen.name.clone(),
            credentials,
            listening: runtime.spawn(listening).abort_handle(),
        })
    }

    /// Host, port and authority to give to the device.
    #[must_use]
    pub fn facts(&self) -> BrokerFacts {
        BrokerFacts {
            host: (self.name.clone()).unwrap_or_else(|| self.at.ip().to_string()),
            port: self.at.port(),
            authority_pem: self.credentials.authority_pem.clone(),
        }
    }

    /// Drops every connection, forgets dial-ins and messages so far, and shows another certificate
    /// from now on.
    ///
    /// # Errors
    /// Trouble of the bench: it has no such certificate, because it speaks no TLS or shows the maker's own.
    pub fn r#become(&self, credential: Credential) -> Result<(), Trouble> {
        self.credentials.can_show(credential)?;
        self.hub.drop_all(Some(credential));
        Ok(())
    }

    /// Drops every connection; forgets dial-ins and messages so far.
    pub fn drop_all(&self) {
        self.hub.drop_all(None);
    }

    /// As at the start of a case: good credentials, no connections, nothing retained, counts at
    /// zero.
    pub fn reset(&self) {
        self.hub.reset();
    }

    /// The next dial-in that is settled: refused by the device, MQTT CONNECT seen, closed, or 10 s
    /// old. Each is reported once, oldest first; those begun before the last `become`, `drop_all` or
    /// `reset` are forgotten. `None` when there was none in time.
    ///
    /// # Errors
    /// The run is being ended.
    pub fn await_dial(&self, budget: &Budget) -> Result<Option<Dial>, Trouble> {
        self.look(budget, || self.hub.next_dial())
    }

    /// The next message that a device published on a topic filter, with its topic. It and all
    /// messages before it are consumed, so that each is evidence for one thing only. `None` when
    /// there was none in time.
    ///
    /// # Errors
    /// Not a topic filter (case), the run is being ended.
    pub fn await_message(
        &self,
        filter: &str,
        budget: &Budget,
    ) -> Result<Option<(String, Bytes)>, Trouble> {
        if !filter::valid_filter(filter) {
            let what = format!("`{filter}` is no topic filter: # ends it, + fills a whole level");
            return Err(Trouble::case(what));
        }
        let found = self.look(budget, || self.hub.next_message(filter))?;
        Ok(found.map(|(topic, payload)| (topic, Bytes::from(payload))))
    }

    /// Publishes to every subscriber, quality 1 where asked for; waits for a first one. Says how many
    /// there were; that one took it shows in what it does.
    ///
    /// # Errors
    /// Nobody subscribed in time (silent), not a topic or a payload over 64 KiB (case), the run is
    /// being ended.
    pub fn publish(&self, topic: &str, payload: &[u8], budget: &Budget) -> Result<usize, Trouble> {
        if !filter::valid_topic(topic) {
            return Err(Trouble::case(format!(
                "`{topic}` is no topic: it holds a wildcard"
            )));
        }
        if topic.len() + payload.len() > session::LARGEST - 16 {
            return Err(Trouble::case("a message of more than 64 KiB is not sent"));
        }
        let message = Publish::new(topic, QoS::AtLeastOnce, payload);
        let sent = self.look(budget, || {
            Some(self.hub.deliver(&message)).filter(|n| *n > 0)
        })?;
        sent.ok_or_else(|| {
            let what = format!(
                "no device subscribed to `{topic}` within {}",
                budget.given()
            );
            Trouble::silent(Channel::MQTT, what)
        })
    }

    /// Passwords that devices sent since this was asked last, to be masked wherever they show up. User names are words
    /// such as `plug`, which stand in much else.
    #[must_use]
    pub fn new_secrets(&self) -> Vec<Secret> {
        self.hub.new_secrets()
    }

    /// What went wrong so far, for notes on evidence that may be missing.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.hub.counts()
    }

    /// Looks again whenever something changed.
    fn look<T>(&self, budget: &Budget, look: impl Fn() -> Option<T>) -> Result<Option<T>, Trouble> {
        net::look_until(budget, &self.hub.changed, look)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.listening.abort();
        self.hub.drop_all(None);
    }
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Broker({}, {:?})", self.at, self.counts())
    }
}

fn no_listener(at: SocketAddr, e: &std::io::Error) -> Trouble {
    let next = match e.kind() {
        std::io::ErrorKind::AddrInUse => "end the other broker or run, or give another port",
        std::io::ErrorKind::AddrNotAvailable => "give an address of this host; see `ip address`",
        std::io::ErrorKind::PermissionDenied => "give a port of 1024 or higher",
        _ => "check the address and port in the bench file",
    };
    Trouble::bench(
        Channel::MQTT,
        format!("the broker cannot listen on {at}: {e}"),
        next,
    )
}
