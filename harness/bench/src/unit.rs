//! One unit with its opened channels: every op ends up here.

mod answers;
#[cfg(test)]
mod tests;
mod until_cut;

pub(crate) use answers::Answers;

use crate::console::{self, ConsoleWire};
use crate::debug::{self, DebugWire};
use crate::faulty::net::Front;
use crate::faulty::probe::FaultyProbe;
use crate::fuzz::{self, FuzzWires};
use crate::lan::LanWire;
use crate::mqtt;
use crate::virtual_unit::AsNew;
use crate::wired::{Keep, wired};
use proofhouse_instruments as instruments;
use proofhouse_instruments::fuzz::Met;
use proofhouse_model::op::{DebugOp, InstrumentOp, PowerOp};
use proofhouse_model::profile::ConsoleFacts;
use proofhouse_model::{Channel, Observation, Op, Trouble, UnitName};
use proofhouse_transport::Budget;
use proofhouse_transport::console::Pty;
use proofhouse_transport::peers::mqtt::Broker;
use proofhouse_transport::power::{CutAt, PowerControl, Sign};
use proofhouse_transport::reset::LabReset;
use proofhouse_transport::swd::DebugPort;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

/// A unit whose wires are open. Used by one case at a time.
pub struct Unit {
    pub(crate) name: UnitName,
    /// What the profile says of its console.
    pub(crate) console_facts: Option<ConsoleFacts>,
    pub(crate) label: BTreeMap<String, String>,
    pub(crate) power: Option<Arc<PowerControl>>,
    /// What keeps a virtual unit on that nobody may switch.
    pub(crate) always_on: Option<Arc<PowerControl>>,
    /// Kept open, so that the virtual unit's tty survives its power cuts.
    pub(crate) _pty: Option<Pty>,
    pub(crate) console: Option<ConsoleWire>,
    pub(crate) lan: Option<LanWire>,
    pub(crate) mqtt: Option<Broker>,
    pub(crate) debug: Option<DebugPort>,
    pub(crate) reset: Option<LabReset>,
    /// When it answered over the network.
    pub(crate) answers: Answers,
    /// What fuzz batches of this case learnt of its services.
    pub(crate) met: Met,
    /// What the unit is after every case, where it is to be as new.
    pub(crate) as_new: Option<AsNew>,
    /// Only on a bench that is faulty on purpose.
    pub(crate) probe: Option<FaultyProbe>,
    /// Stands before the broker; only on a bench whose broker falls silent on purpose.
    pub(crate) front: Option<Front>,
}

impl Unit {
    /// What its peers heard since this was asked last and nobody may read: name and value.
    pub fn new_secrets(&self) -> Vec<(&'static str, Vec<u8>)> {
        let heard = self.mqtt.iter().flat_map(Broker::new_secrets);
        heard
            .map(|s| ("mqtt.password", s.expose().to_vec()))
            .collect()
    }

    /// Carries out an op, within its own time and no longer than the budget of its case.
    ///
    /// # Errors
    /// Trouble of the device, the bench or the case, as the channel's driver found it.
    pub fn perform(
        &mut self,
        op: &Op,
        budget: &Budget,
        keep: &mut Keep<'_>,
    ) -> Result<Observation, Trouble> {
        let own = op.within().map(|within| budget.at_most(within.std()));
        let budget = own.as_ref().unwrap_or(budget);
        if let Some(port) = self.debug.as_mut().filter(|_| debug::uses_unit(op)) {
            port.unit_was_used();
        }
        let done = self.carry_out(op, budget, keep);
        if done.is_ok() && answers::tells(op) {
            self.answered(Instant::now());
        }
        done
    }

    fn carry_out(
        &mut self,
        op: &Op,
        budget: &Budget,
        keep: &mut Keep<'_>,
    ) -> Result<Observation, Trouble> {
        match op {
            Op::Power(op) => {
                let done = self.power(op, budget);
                // Whoever comes back on may have another address.
                if let Some(lan) = &self.lan {
                    lan.host.forget();
                }
                done
            }
            Op::Console(op) => console::perform(self.console()?, op, budget),
            Op::Http(op) => self.until_cut(budget, |lan, budget| {
                lan.http.exchange(op, budget).map(Observation::Http)
            }),
            Op::Coap(op) => self.until_cut(budget, |lan, budget| lan.coap(op, budget)),
            Op::Observe(op) => self.until_cut(budget, |lan, budget| lan.observe(op, budget)),
            Op::Stream(op) => self.until_cut(budget, |lan, budget| lan.stream(op, budget)),
            Op::Datagram(op) => self.until_cut(budget, |lan, budget| lan.datagram(op, budget)),
            Op::Mqtt(op) => {
                let broker = wired(self.mqtt.as_ref(), &self.name, Channel::MQTT)?;
                mqtt::perform(broker, self.front.as_ref(), op, budget)
            }
            Op::Debug(op) => self.debug(op, budget, keep),
            Op::Instrument(op) => self.instrument(op, budget),
            Op::Answers => {
                let at = self.answers.take(Instant::now());
                Ok(Observation::Lines {
                    at: at.into_iter().map(Into::into).collect(),
                })
            }
            Op::Reset => {
                let reset = wired(self.reset.as_ref(), &self.name, Channel::Reset)?;
                let text = reset.carry_out(budget)?;
                Ok(Observation::Text { text })
            }
            Op::Label { field } => self.label_field(field),
            Op::Address => {
                let address = self.lan()?.host.address(budget)?;
                Ok(Observation::Text {
                    text: address.to_string(),
                })
            }
            Op::Idle { length } => budget.pause(length.std()).map(|()| Observation::Done),
        }
    }

    /// The unit answered over the network, which may be what a cut waits for.
    fn answered(&mut self, at: Instant) {
        self.answers.came(at);
        if let Some(power) = &self.power {
            power.came(Sign::Answer, 1, at);
        }
    }

    /// Whether what came over its console is what another program recorded of it; true where none does.
    ///
    /// # Errors
    /// Bench trouble: they differ; the run is being ended.
    pub fn agrees(&self, budget: &Budget) -> Result<(), Trouble> {
        let console = self.console.as_ref();
        console.map_or(Ok(()), |wire| wire.console.agrees(budget))
    }

    /// Brings the unit to rest after a case: supply off, connections closed, good credentials shown again.
    ///
    /// # Errors
    /// The supply cannot be switched off, or a channel is gone for good: the unit is out of service then.
    pub fn rest(&mut self) -> Result<(), Trouble> {
        let off = self.power.as_ref().map_or(Ok(()), |p| p.off());
        self.met = Met::default();
        if let Some(lan) = &self.lan {
            lan.forget();
            lan.host.forget();
        }
        if let Some(broker) = &self.mqtt {
            broker.reset();
        }
        off?;
        self.renew()?;
        if let Some(wire) = &self.console {
            wire.console.compare_anew();
        }
        match self.console.as_ref().and_then(|c| c.console.broken()) {
            Some(_) => self.console.as_ref().map_or(Ok(()), |c| c.console.revive()),
            None => Ok(()),
        }
    }

    /// Makes it as new, where it is to be.
    fn renew(&self) -> Result<(), Trouble> {
        let Some(as_new) = &self.as_new else {
            return Ok(());
        };
        let Some(supply) = &self.always_on else {
            return as_new.restore();
        };
        supply.off()?;
        as_new.restore()?;
        supply.on()
    }

    fn power(&self, op: &PowerOp, budget: &Budget) -> Result<Observation, Trouble> {
        let power = wired(self.power.as_ref(), &self.name, Channel::Power)?;
        let done = |()| Observation::Done;
        match op {
            PowerOp::On => power.on().map(done),
            PowerOp::Off => power.off().map(done),
            PowerOp::Cycle { off } => power.cycle(off.std(), budget).map(done),
            PowerOp::CutIn { after, off } => power.cut_in(after.std(), off.std()).map(done),
            PowerOp::CutAtLine {
                line,
                after,
                off,
                within,
            } => {
                // Without a console nothing would ever set it off.
                self.console()?;
                let place = CutAt {
                    sign: Sign::Line,
                    nth: *line,
                    after: after.std(),
                    within: within.std(),
                };
                power.cut_at(place, off.std()).map(done)
            }
            PowerOp::CutAtAnswer {
                answer,
                after,
                off,
                within,
            } => {
                self.lan()?;
                let place = CutAt {
                    sign: Sign::Answer,
                    nth: *answer,
                    after: after.std(),
                    within: within.std(),
                };
                power.cut_at(place, off.std()).map(done)
            }
            PowerOp::AwaitCut => power.await_cut(budget).map(|late| match late {
                Some(late) => Observation::Cut { late: late.into() },
                None => Observation::NotCut,
            }),
        }
    }

    fn debug(
        &mut self,
        op: &DebugOp,
        budget: &Budget,
        keep: &mut Keep<'_>,
    ) -> Result<Observation, Trouble> {
        if let (Some(probe), Some(port)) = (&mut self.probe, &mut self.debug) {
            probe.aim(port, op);
        }
        debug::perform(&mut self.debug_wire()?, op, budget, keep)
    }

    fn instrument(&mut self, op: &InstrumentOp, budget: &Budget) -> Result<Observation, Trouble> {
        match op {
            InstrumentOp::ScanPorts { tcp, udp, seed, .. } => {
                let host = &self.lan()?.host;
                instruments::scan_ports(host.address(budget)?, tcp, udp, *seed, &host.way, budget)
                    .map(Observation::Ports)
            }
            InstrumentOp::AssessTls { port, seed, .. } => {
                let host = &self.lan()?.host;
                let at = host.at(*port, budget)?;
                instruments::assess_tls(at, None, *seed, SystemTime::now(), &host.way, budget)
                    .map(Observation::Tls)
            }
            InstrumentOp::Fuzz { .. } => {
                let wires = FuzzWires {
                    unit: &self.name,
                    console: self.console.as_ref(),
                    lan: self.lan.as_ref(),
                    facts: self.console_facts.as_ref(),
                    met: &mut self.met,
                };
                fuzz::perform(wires, op, budget)
            }
            InstrumentOp::SearchFlash { regions, needles } => {
                debug::search_flash(&mut self.debug_wire()?, regions, needles, budget)
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

    fn console(&self) -> Result<&ConsoleWire, Trouble> {
        wired(self.console.as_ref(), &self.name, Channel::Console)
    }

    fn lan(&self) -> Result<&LanWire, Trouble> {
        wired(self.lan.as_ref(), &self.name, Channel::Lan)
    }

    fn debug_wire(&mut self) -> Result<DebugWire<'_>, Trouble> {
        Ok(DebugWire {
            port: wired(self.debug.as_mut(), &self.name, Channel::Debug)?,
            power: self.power.as_deref(),
            unit: &self.name,
        })
    }
}
