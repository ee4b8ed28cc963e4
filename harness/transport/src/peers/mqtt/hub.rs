//! What all connections of a broker share.

use super::connect::Login;
use super::filter;
use super::secret::Secret;
use crate::sync::hold;
use proofhouse_model::observation::Dial;
use proofhouse_model::op::Credential;
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{Publish, SubscribeFilter};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use tokio::sync::{Notify, mpsc, watch};

/// Settled dial-ins kept for [`super::Broker::await_dial`].
const DIALS: usize = 256;
/// Messages kept for [`super::Broker::await_message`], and their bytes.
const MESSAGES: usize = 1024;
const MESSAGE_BYTES: usize = 4 << 20;
/// Retained messages.
const RETAINED: usize = 256;
/// Subscriptions of one client.
const SUBSCRIPTIONS: usize = 64;
/// Messages on their way to one client.
pub(super) const OUTBOX: usize = 64;
/// Different secrets kept.
const SECRETS: usize = 64;

/// What a broker counted since it was started or reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Connections closed because of a packet that is no MQTT, too large or out of order.
    pub malformed: u64,
    /// Messages that nobody awaited and that had to go.
    pub lost_messages: u64,
    /// Dial-ins that nobody awaited and that had to go.
    pub lost_dials: u64,
    /// Messages to a client that did not take them fast enough.
    pub undelivered: u64,
    /// Connections refused because there were too many at once.
    pub turned_away: u64,
}

pub(super) struct Hub {
    state: Mutex<State>,
    /// Something changed that a waiting call looks for.
    pub(super) changed: Notify,
    /// Grows by one whenever all connections are dropped.
    generation: watch::Sender<u64>,
}

struct State {
    credential: Credential,
    dials: VecDeque<Dial>,
    messages: VecDeque<(String, Vec<u8>)>,
    message_bytes: usize,
    clients: BTreeMap<u64, Client>,
    next_client: u64,
    retained: BTreeMap<String, Publish>,
    secrets: Vec<Secret>,
    /// So many of them were handed out.
    told: usize,
    counts: Counts,
}

struct Client {
    id: String,
    filters: Vec<SubscribeFilter>,
    outbox: mpsc::Sender<Publish>,
}

impl Hub {
    pub(super) fn new() -> Self {
        let state = State {
            credential: Credential::Good,
            dials: VecDeque::new(),
            messages: VecDeque::new(),
            message_bytes: 0,
            clients: BTreeMap::new(),
            next_client: 0,
            retained: BTreeMap::new(),
            secrets: Vec::new(),
            told: 0,
            counts: Counts::default(),
        };
        Self {
            state: Mutex::new(state),
            changed: Notify::new(),
            generation: watch::Sender::new(0),
        }
    }

    /// Drops every connection and forgets what came over it; shows `credential` from now on, when
    /// given.
    pub(super) fn drop_all(&self, credential: Option<Credential>) {
        let mut state = hold(&self.state);
        state.credential = credential.unwrap_or(state.credential);
        state.dials.clear();
        state.messages.clear();
        state.message_bytes = 0;
        state.clients.clear();
        // Under the lock: a connection of before cannot leave anything behind.
        self.generation.send_modify(|g| *g += 1);
    }

    /// Forgets everything but the secrets.
    pub(super) fn reset(&self) {
        self.drop_all(Some(Credential::Good));
        let mut state = hold(&self.state);
        state.retained.clear();
        state.counts = Counts::default();
    }

    /// For a fresh connection: what to show, and how to hear of a drop.
    pub(super) fn greet(&self) -> (Credential, watch::Receiver<u64>) {
        let state = hold(&self.state);
        (state.credential, self.generation.subscribe())
    }

    pub(super) fn counts(&self) -> Counts {
        hold(&self.state).counts
    }

    pub(super) fn count(&self, add: impl FnOnce(&mut Counts)) {
        add(&mut hold(&self.state).counts);
    }

    pub(super) fn new_secrets(&self) -> Vec<Secret> {
        let mut state = hold(&self.state);
        let new = state.secrets.get(state.told..).unwrap_or_default().to_vec();
        state.told = state.secrets.len();
        new
    }

    /// A dial-in is settled; one from before the last drop is nobody's business any more.
    pub(super) fn settle(&self, dial: Dial, from: &watch::Receiver<u64>) {
        let mut state = hold(&self.state);
        if from.has_changed().unwrap_or(true) {
            return;
        }
        if state.dials.len() == DIALS {
            state.dials.pop_front();
            state.counts.lost_dials += 1;
        }
        state.dials.push_back(dial);
        drop(state);
        self.changed.notify_waiters();
    }

    pub(super) fn next_dial(&self) -> Option<Dial> {
        hold(&self.state).dials.pop_front()
    }

    /// The first message on a filter; it and everything before it is consumed.
    pub(super) fn next_message(&self, wanted: &str) -> Option<(String, Vec<u8>)> {
        let mut state = hold(&self.state);
        let at = state
            .messages
            .iter()
            .position(|(topic, _)| filter::matches(wanted, topic))?;
        let mut found = None;
        for _ in 0..=at {
            found = state.pop_message();
        }
        found
    }

    /// Keeps what a device logged in with, to be masked.
    pub(super) fn remember(&self, login: Option<Login>) {
        hold(&self.state).remember(login);
    }

    /// A client is in: its number, and what is sent to it. The one of the same name is out.
    pub(super) fn enter(
        &self,
        id: &str,
        login: Option<Login>,
        from: &watch::Receiver<u64>,
    ) -> Option<(u64, mpsc::Receiver<Publish>)> {
        let mut state = hold(&self.state);
        state.remember(login);
        if from.has_changed().unwrap_or(true) {
            return None;
        }
        if !id.is_empty() {
            state.clients.retain(|_, c| c.id != id);
        }
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        state.next_client += 1;
        let number = state.next_client;
        state.clients.insert(
            number,
            Client {
                id: id.into(),
                filters: Vec::new(),
                outbox,
            },
        );
        Some((number, inbox))
    }

    pub(super) fn leave(&self, number: u64) {
        hold(&self.state).clients.remove(&number);
    }

    /// Subscribes; says which filters were taken, and at which quality.
    pub(super) fn subscribe(&self, number: u64, filters: Vec<SubscribeFilter>) -> Vec<Option<QoS>> {
        let mut state = hold(&self.state);
        let State {
            clients,
            retained,
            counts,
            ..
        } = &mut *state;
        let Some(client) = clients.get_mut(&number) else {
            return vec![None; filters.len()];
        };
        let mut taken = Vec::with_capacity(filters.len());
        for mut wanted in filters {
            client.filters.retain(|f| f.path != wanted.path);
            if !filter::valid_filter(&wanted.path) || client.filters.len() >= SUBSCRIPTIONS {
                taken.push(None);
                continue;
            }
            if wanted.qos == QoS::ExactlyOnce {
                wanted.qos = QoS::AtLeastOnce;
            }
            taken.push(Some(wanted.qos));
            let kept = retained
                .values()
                .filter(|p| filter::matches(&wanted.path, &p.topic));
            for message in kept {
                client.offer(message.clone(), wanted.qos, true, counts);
            }
            client.filters.push(wanted);
        }
        drop(state);
        self.changed.notify_waiters();
        taken
    }

    pub(super) fn unsubscribe(&self, number: u64, filters: &[String]) {
        if let Some(client) = hold(&self.state).clients.get_mut(&number) {
            client.filters.retain(|f| !filters.contains(&f.path));
        }
    }

    /// A message of a device: kept for whoever awaits it, and passed on like a broker does.
    pub(super) fn published(&self, message: Publish, from: &watch::Receiver<u64>) {
        let mut state = hold(&self.state);
        if from.has_changed().unwrap_or(true) {
            return;
        }
        let topic = message.topic.clone();
        let payload = message.payload.to_vec();
        state.message_bytes += topic.len() + payload.len();
        state.messages.push_back((topic, payload));
        while state.messages.len() > MESSAGES || state.message_bytes > MESSAGE_BYTES {
            state.pop_message();
            state.counts.lost_messages += 1;
        }
        if message.retain {
            if message.payload.is_empty() {
                state.retained.remove(&message.topic);
            } else if state.retained.len() < RETAINED {
                state
                    .retained
                    .insert(message.topic.clone(), message.clone());
            }
        }
        state.deliver(&message);
        drop(state);
        self.changed.notify_waiters();
    }

    /// Sends to every subscriber; says how many there are.
    pub(super) fn deliver(&self, message: &Publish) -> usize {
        hold(&self.state).deliver(message)
    }
}

impl State {
    fn remember(&mut self, login: Option<Login>) {
        for bytes in login.into_iter().map(|l| l.password) {
            let known = self.secrets.iter().any(|s| s.expose() == bytes);
            if !bytes.is_empty() && !known && self.secrets.len() < SECRETS {
                self.secrets.push(Secret::new(bytes));
            }
        }
    }

    fn pop_message(&mut self) -> Option<(String, Vec<u8>)> {
        let (topic, payload) = self.messages.pop_front()?;
        self.message_bytes -= topic.len() + payload.len();
        Some((topic, payload))
    }

    fn deliver(&mut self, message: &Publish) -> usize {
        let mut count = 0;
        for client in self.clients.values() {
            let fits = client
                .filters
                .iter()
                .filter(|f| filter::matches(&f.path, &message.topic));
            if let Some(best) = fits.map(|f| f.qos).max_by_key(|qos| *qos as u8) {
                count += 1;
                client.offer(message.clone(), best, false, &mut self.counts);
            }
        }
        count
    }
}

impl Client {
    fn offer(&self, mut message: Publish, most: QoS, retain: bool, counts: &mut Counts) {
        if message.qos as u8 > most as u8 {
            message.qos = most;
        }
        (message.dup, message.retain) = (false, retain);
        if self.outbox.try_send(message).is_err() {
            counts.undelivered += 1;
        }
    }
}
