//! One unit with its opened channels: every op ends up here.

use crate::console::{self, ConsoleWire};
use crate::debug;
use crate::faulty::net::Front;
use crate::faulty::probe::FaultyProbe;
use crate::fuzz;
use crate::halt::Halt;
use crate::lan::LanWire;
use crate::virtual_unit::AsNew;
use proofhouse_instruments as instruments;
use proofhouse_model::op::{BrokerOp, InstrumentOp, PowerOp};
use proofhouse_model::{
    BlobId, Channel, Dur, Observation, Op, Profile, Trouble, TroubleKind, UnitName,
};
use proofhouse_transport::broker::Broker;
use proofhouse_transport::console::Pty;
use proofhouse_transport::power::PowerControl;
use proofhouse_transport::swd::DebugPort;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// Stores evidence and says under which hash.
pub type Keep<'a> = dyn FnMut(&[u8]) -> Result<BlobId, Trouble> + 'a;

/// How long a device may take to take a message from the broker.
const PUBLISH_WITHIN: Dur = Dur::secs(10);

/// A unit whose wires are open. Used by one case at a time.
pub struct Unit {
    pub(crate) name: UnitName,
    pub(crate) profile: Arc<Profile>,
    pub(crate) halt: Halt,
    pub(crate) label: BTreeMap<String, String>,
    pub(crate) power: Option<Arc<PowerControl>>,
    /// Kept open, so that the virtual unit's tty survives its power cuts.
    pub(crate) _pty: Option<Pty>,
    pub(crate) console: Option<ConsoleWire>,
    pub(crate) lan: Option<LanWire>,
    pub(crate) broker: Option<Broker>,
    pub(crate) debug: Option<DebugPort>,
    /// What the unit is after every case, where it is to be as new.
    pub(crate) as_new: Option<AsNew>,
    /// Only on a bench that is faulty on purpose.
    pub(crate) probe: Option<FaultyProbe>,
    /// Stands before the broker; only on a bench whose broker falls silent on purpose.
    pub(crate) front: Option<Front>,
}

impl Unit {
    /// Carries out an op, not beyond `until`.
    ///
    /// # Errors
    /// Trouble of the device, the bench or the case, as the channel's driver found it.
    pub fn perform(
        &mut self,
        op: &Op,
        until: Instant,
        keep: &mut Keep<'_>,
    ) -> Result<Observation, Trouble> {
        let time = Time { until };
        match op {
            Op::Power(op) => self.power(op, time),
            Op::Console(op) => console::perform(self.console()?, op, time),
            Op::Http(op) => {
                let mut op = op.clone();
                op.within = time.clip(op.within);
                self.lan()?.http.exchange(&op).map(Observation::Http)
            }
            Op::Coap(op) => {
                let mut op = op.clone();
                op.within = time.clip(op.within);
                self.lan()?.coap(&op, &self.halt.stop)
            }
            Op::Stream(op) => self.lan()?.stream(op, time),
            Op::Datagram(op) => {
                let mut op = op.clone();
                op.within = time.clip(op.within);
                self.lan()?.datagram(&op, &self.halt.stop)
            }
            Op::Broker(op) => self.broker_op(op, time),
            Op::Debug(op) => {
                if let (Some(probe), Some(port)) = (&mut self.probe, &mut self.debug) {
                    probe.aim(port, op);
                }
                debug::perform(self, op, time, keep)
            }
            Op::Instrument(op) => self.instrument(op, time),
            Op::Label { field } => self.label_field(field),
            Op::Idle { length } => self.idle(time.clip(*length).std()),
        }
    }

    /// Brings the unit to rest after a case: supply off, connections closed, good credentials shown again.
    ///
    /// # Errors
    /// The supply cannot be switched off, or a channel is gone for good: the unit is out of service then.
    pub fn rest(&mut self) -> Result<(), Trouble> {
        let off = self.power.as_ref().map_or(Ok(()), |p| p.off());
        if let Some(lan) = &self.lan {
            lan.forget();
        }
        if let Some(broker) = &self.broker {
            broker.reset();
        }
        off?;
        self.as_new.as_ref().map_or(Ok(()), AsNew::restore)?;
        match self.console.as_ref().and_then(|c| c.console.broken()) {
            Some(_) => self.console.as_ref().map_or(Ok(()), |c| c.console.revive()),
            None => Ok(()),
        }
    }

    fn power(&mut self, op: &PowerOp, time: Time) -> Result<Observation, Trouble> {
        let power = self
            .power
            .as_ref()
            .ok_or_else(|| unwired(&self.name, Channel::Power))?;
        match op {
            PowerOp::On => power.on().map(|()| Observation::Done),
            PowerOp::Off => power.off().map(|()| Observation::Done),
            PowerOp::Cycle { off } => power
                .cycle(time.clip(*off).std())
                .map(|()| Observation::Done),
            PowerOp::CutIn { after, off } => power
                .cut_in(after.std(), off.std())
                .map(|()| Observation::Done),
            PowerOp::AwaitCut => power
                .await_cut()
                .map(|late| Observation::Cut { late: late.into() }),
        }
    }

    fn broker_op(&mut self, op: &BrokerOp, time: Time) -> Result<Observation, Trouble> {
        let broker = self
            .broker
            .as_ref()
            .ok_or_else(|| unwired(&self.name, Channel::Broker))?;
        let unseen = || Observation::Unseen { heard: "".into() };
        match op {
            BrokerOp::Facts => {
                let mut facts = broker.facts();
                facts.port = self.front.as_ref().map_or(facts.port, |f| f.port);
                Ok(Observation::Broker(facts))
            }
            BrokerOp::Become { credential } => {
                broker.r#become(*credential);
                Ok(Observation::Done)
            }
            BrokerOp::Drop => {
                broker.drop_all();
                Ok(Observation::Done)
            }
            BrokerOp::AwaitDial { within } => {
                let dial = broker.await_dial(time.clip(*within).std())?;
                Ok(dial.map_or_else(unseen, Observation::Dial))
            }
            BrokerOp::AwaitMessage { filter, within } => {
                let message = broker.await_message(filter, time.clip(*within).std())?;
                Ok(
                    message.map_or_else(unseen, |(topic, payload)| Observation::Message {
                        topic,
                        payload,
                    }),
                )
            }
            BrokerOp::Publish { topic, payload } => broker
                .publish(topic, &payload.0, time.clip(PUBLISH_WITHIN).std())
                .map(|_| Observation::Done),
        }
    }

    fn instrument(&mut self, op: &InstrumentOp, time: Time) -> Result<Observation, Trouble> {
        match op {
            InstrumentOp::ScanPorts { tcp, udp, within } => {
                let host = self.lan()?.host.clone();
                let leash = time.leash(*within, &self.halt).around(host.detour);
                instruments::scan_ports(host.address, tcp, udp, &leash).map(Observation::Ports)
            }
            InstrumentOp::AssessTls { port, within } => {
                let host = self.lan()?.host.clone();
                let at = std::net::SocketAddr::new(host.address, *port);
                let leash = time.leash(*within, &self.halt).around(host.detour);
                instruments::assess_tls(at, None, SystemTime::now(), &leash).map(Observation::Tls)
            }
            InstrumentOp::Fuzz { .. } => fuzz::perform(self, op, time),
            InstrumentOp::SearchFlash { regions, needles } => {
                debug::search_flash(self, regions, needles, time)
            }
            InstrumentOp::AssessPasswords { passwords, public } => {
                instruments::assess_passwords(passwords, public).map(Observation::from)
            }
        }
    }

    fn label_field(&self, field: &str) -> Result<Observation, Trouble> {
        match self.label.get(field) {
            Some(text) => Ok(Observation::Text { text: text.clone() }),
            None => {
                let known: Vec<&str> = self.label.keys().map(String::as_str).collect();
                Err(Trouble::bench(
                    Channel::Label,
                    format!("the label of {} has no field `{field}`", self.name),
                    format!(
                        "add it to `label` in the bench file; there are: {}",
                        known.join(", ")
                    ),
                ))
            }
        }
    }

    fn idle(&self, length: Duration) -> Result<Observation, Trouble> {
        self.halt.pause(length)?;
        Ok(Observation::Done)
    }

    pub(crate) fn console(&self) -> Result<&ConsoleWire, Trouble> {
        self.console
            .as_ref()
            .ok_or_else(|| unwired(&self.name, Channel::Console))
    }

    pub(crate) fn lan(&self) -> Result<&LanWire, Trouble> {
        self.lan
            .as_ref()
            .ok_or_else(|| unwired(&self.name, Channel::Lan))
    }
}

/// A channel the bench file does not wire.
pub(crate) fn unwired(unit: &UnitName, channel: Channel) -> Trouble {
    Trouble {
        kind: TroubleKind::Case,
        channel: Some(channel),
        what: format!("{unit} has no {channel} on this bench"),
        try_next: Some(format!(
            "ask `bench.has(\"{channel}\")` first, or list it in `needs`"
        )),
    }
}

/// Time an op may take: its own, but not beyond its case's.
#[derive(Clone, Copy)]
pub(crate) struct Time {
    until: Instant,
}

impl Time {
    /// A wait cut to what is left of the case.
    pub fn clip(self, wait: Dur) -> Dur {
        Dur::from(
            wait.std()
                .min(self.until.saturating_duration_since(Instant::now())),
        )
    }

    /// A leash for an instrument, ended early when the run is.
    pub fn leash(self, within: Dur, halt: &Halt) -> instruments::Leash {
        instruments::Leash::new(self.clip(within).std()).stopped_by(halt.flag())
    }
}
