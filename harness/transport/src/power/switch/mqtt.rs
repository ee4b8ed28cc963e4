//! A switch behind an MQTT broker, in version 3.1.1, which all of them speak.
//!
//! A broker keeps what was said last and passes it on to whoever comes. That was true once, and is no read-back of what
//! is sent now. So a state counts that was said after the broker had taken the last message of this talk.

use crate::budget::Budget;
use crate::net::{self, BoxWire, Host};
use bytes::{Bytes, BytesMut};
use getrandom::SysRng;
use getrandom::rand_core::TryRng;
use proofhouse_model::bytes::to_hex;
use proofhouse_model::switch::{Form, Message, Mqtt, Request, Seen, State, Template, Values};
use proofhouse_model::{Channel, Trouble};
use rumqttc::mqttbytes::v4::{
    Connect, ConnectReturnCode, Packet, Publish, Subscribe, SubscribeFilter, SubscribeReasonCode,
};
use rumqttc::mqttbytes::{Error, QoS};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Largest packet that is taken or sent, bytes.
const LARGEST: usize = 64 << 10;
/// Most states that are kept until they are looked at.
const MOST: usize = 64;
/// How long a switch may be silent before it is asked again: messages get lost behind a broker.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// Shortest silence after which the broker may take the bench for gone, seconds; it sends no sign of life.
const KEEP_ALIVE: u16 = 60;

/// One session at a broker. Dropped, it is closed.
pub(super) struct Talk<'a> {
    wire: BoxWire,
    inbox: BytesMut,
    values: &'a Values,
    /// States that came since the broker took the last message.
    fresh: VecDeque<Bytes>,
    /// Whether one came that the broker had kept.
    kept: bool,
    /// Of the last packet that the broker is to acknowledge.
    number: u16,
}

/// Logs in at a broker, and listens to what reads the outlet back before anything is said.
pub(super) fn connect<'a>(
    mqtt: &Mqtt,
    state: Option<&State>,
    host: &Host,
    values: &'a Values,
    budget: &Budget,
) -> Result<Talk<'a>, String> {
    let opened = || -> Result<BoxWire, Trouble> {
        let to = host.at(values.port, budget)?;
        let late = || {
            let what = format!("no answer from {to} within {}", budget.given());
            Trouble::silent(Channel::Lan, what)
        };
        let opened = net::open(to, mqtt.tls, &host.way.route, host.identity.as_ref());
        net::run(budget, late, opened).map(|(wire, _)| wire)
    };
    let wire = opened().map_err(|t| format!("cannot be reached: {}", t.what))?;
    let mut talk = Talk {
        wire,
        inbox: BytesMut::new(),
        values,
        fresh: VecDeque::new(),
        kept: false,
        number: 0,
    };
    talk.log_in(budget)?;
    if let Some(Request::Hear { topics, .. }) = state.map(|state| &state.ask) {
        talk.listen(topics, budget)?;
    }
    Ok(talk)
}

impl Talk<'_> {
    fn log_in(&mut self, budget: &Budget) -> Result<(), String> {
        let mut random = [0; 6];
        let filled = SysRng.try_fill_bytes(&mut random);
        filled.map_err(|e| format!("cannot be asked: this host has no random numbers: {e}"))?;
        // Of two clients with one name the broker throws the first out.
        let mut connect = Connect::new(format!("proofhouse-{}", to_hex(&random)));
        let longest = budget.given().std().as_secs().saturating_mul(2);
        connect.keep_alive = u16::try_from(longest).unwrap_or(u16::MAX).max(KEEP_ALIVE);
        let Values { user, password, .. } = self.values;
        if !user.is_empty() {
            connect.set_login(user.as_str(), password.as_str());
        }
        self.send(&Packet::Connect(connect), budget)?;
        let Packet::ConnAck(ack) = self.answer(budget)? else {
            return Err("has a broker that answers with no MQTT".to_owned());
        };
        match ack.code {
            ConnectReturnCode::Success => Ok(()),
            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized => {
                Err(match password.is_empty() {
                    true => "has a broker that asks for a password: write `user` and `password` in the bench file"
                        .to_owned(),
                    false => {
                        let user = user.escape_debug();
                        format!("has a broker that refuses the password of `{user}`")
                    }
                })
            }
            other => Err(format!("has a broker that lets nobody in: {other:?}")),
        }
    }

    fn listen(&mut self, topics: &[Template], budget: &Budget) -> Result<(), String> {
        let filters = filled(topics, self.values).into_iter();
        let filters = filters.map(|topic| SubscribeFilter::new(topic, QoS::AtMostOnce));
        let mut subscribe = Subscribe::new_many(filters);
        subscribe.pkid = self.next_number();
        self.send(&Packet::Subscribe(subscribe), budget)?;
        loop {
            match self.answer(budget)? {
                Packet::SubAck(ack) if ack.pkid == self.number => {
                    if ack.return_codes.contains(&SubscribeReasonCode::Failure) {
                        let topics = filled(topics, self.values).join(", ");
                        let user = self.values.user.escape_debug();
                        return Err(format!(
                            "cannot be read back: the broker does not let `{user}` listen to {topics}"
                        ));
                    }
                    return Ok(());
                }
                other => self.heard(other),
            }
        }
    }

    /// Says something, and waits until the broker has taken it. What came until then says nothing of it.
    fn publish(&mut self, message: &Message, budget: &Budget) -> Result<(), String> {
        let topic = message.topic.fill(self.values, Form::Plain);
        let payload = message.payload(self.values);
        let mut publish = Publish::new(topic, QoS::AtLeastOnce, payload);
        publish.pkid = self.next_number();
        self.send(&Packet::Publish(publish), budget)?;
        loop {
            match self.answer(budget)? {
                Packet::PubAck(ack) if ack.pkid == self.number => {
                    self.fresh.clear();
                    return Ok(());
                }
                other => self.heard(other),
            }
        }
    }

    fn next_number(&mut self) -> u16 {
        self.number = self.number.checked_add(1).unwrap_or(1);
        self.number
    }

    /// A message is told as a kept one to a new listener alone, whatever its sender wished.
    fn heard(&mut self, packet: Packet) {
        match packet {
            Packet::Publish(said) if said.retain => self.kept = true,
            Packet::Publish(said) => {
                if self.fresh.len() >= MOST {
                    self.fresh.pop_front();
                }
                self.fresh.push_back(said.payload);
            }
            _ => {}
        }
    }

    /// The next fresh state; nothing when the time is over.
    fn state(&mut self, budget: &Budget) -> Result<Option<Bytes>, String> {
        loop {
            if let Some(said) = self.fresh.pop_front() {
                return Ok(Some(said));
            }
            match self.next(budget)? {
                Some(packet) => self.heard(packet),
                None => return Ok(None),
            }
        }
    }

    fn answer(&mut self, budget: &Budget) -> Result<Packet, String> {
        let next = self.next(budget)?;
        next.ok_or_else(|| late(budget).what)
    }

    fn send(&mut self, packet: &Packet, budget: &Budget) -> Result<(), String> {
        let mut bytes = BytesMut::new();
        let written = packet.write(&mut bytes, LARGEST);
        written.map_err(|e| format!("has a model whose message cannot be sent: {e}"))?;
        let wire = &mut self.wire;
        let sent = net::run(budget, || late(budget), async {
            wire.write_all(&bytes).await.map_err(|e| gone(&e))?;
            wire.flush().await.map_err(|e| gone(&e))
        });
        sent.map_err(|t| t.what)
    }

    /// The next packet; nothing when the time is over.
    fn next(&mut self, budget: &Budget) -> Result<Option<Packet>, String> {
        let (wire, inbox) = (&mut self.wire, &mut self.inbox);
        let mut over = false;
        let is_late = || {
            over = true;
            late(budget)
        };
        let read = net::run(budget, is_late, async {
            loop {
                match Packet::read(inbox, LARGEST) {
                    Ok(packet) => return Ok(packet),
                    Err(Error::InsufficientBytes(_)) => {}
                    Err(e) => return Err(trouble(format!("answers with no MQTT: {e}"))),
                }
                match wire.read_buf(inbox).await {
                    Ok(0) => return Err(trouble("hangs up".to_owned())),
                    Ok(_) => {}
                    Err(e) => return Err(gone(&e)),
                }
            }
        });
        match read {
            Ok(packet) => Ok(Some(packet)),
            Err(_) if over => Ok(None),
            Err(t) => Err(t.what),
        }
    }

    fn unheard(&self, topics: &[Template], odd: Option<String>, budget: &Budget) -> String {
        if let Some(odd) = odd {
            return format!("cannot be read back: the answer {odd}");
        }
        let topics = filled(topics, self.values).join(", ");
        let given = budget.given();
        let kept = match self.kept {
            true => " but what the broker had kept from before, which is no answer",
            false => "",
        };
        format!("cannot be read back: nothing came on {topics} within {given}{kept}")
    }
}

impl super::Talk for Talk<'_> {
    fn tell(&mut self, request: &Request, budget: &Budget) -> Result<(), String> {
        match request {
            Request::Publish(message) => self.publish(message, budget),
            _ => Err("has a model that sends something else than MQTT".to_owned()),
        }
    }

    fn ask(&mut self, state: &State, budget: &Budget) -> Result<bool, String> {
        let Request::Hear { topics, ask } = &state.ask else {
            return Err("has a model that is asked otherwise than over MQTT".to_owned());
        };
        let mut odd = None;
        loop {
            let turn = match ask {
                Some(ask) => {
                    match self.publish(ask, budget) {
                        // Who was asked before had all the time that there was.
                        Err(_) if budget.left().is_zero() => {
                            return Err(self.unheard(topics, odd, budget));
                        }
                        asked => asked?,
                    }
                    budget.at_most(ASK_AGAIN)
                }
                None => budget.clone(),
            };
            while let Some(said) = self.state(&turn)? {
                match state.seen(&said, true, self.values) {
                    Seen::Is(on) => return Ok(on),
                    // A topic may tell of other things as well.
                    Seen::Odd(why) => odd = Some(why),
                    Seen::More => {}
                }
            }
            if budget.left().is_zero() {
                return Err(self.unheard(topics, odd, budget));
            }
        }
    }
}

fn filled(topics: &[Template], values: &Values) -> Vec<String> {
    let filled = topics.iter().map(|topic| topic.fill(values, Form::Plain));
    filled.collect()
}

/// A clause about the broker.
fn trouble(what: String) -> Trouble {
    Trouble::silent(Channel::Lan, format!("has a broker that {what}"))
}

fn late(budget: &Budget) -> Trouble {
    trouble(format!("does not answer within {}", budget.given()))
}

fn gone(e: &std::io::Error) -> Trouble {
    trouble(format!("hangs up: {e}"))
}
