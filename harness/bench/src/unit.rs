//! One unit with its opened channels: every op ends up here.

mod answers;
mod cut_off;
mod peers;
mod power;
#[cfg(test)]
mod tests;
mod until_cut;

pub(crate) use answers::Answers;

use crate::console::{self, ConsoleWire};
use crate::debug::{self, DebugWire};
use crate::faulty::net::Front;
use crate::faulty::probe::FaultyProbe;
use crate::fuzz::{self, FuzzWires};
use crate::host_clock::HostClock;
use crate::lan::LanWire;
use crate::tap::TapWire;
use crate::virtual_unit::AsNew;
use crate::wired::{Keep, wired};
use proofhouse_instruments as instruments;
use proofhouse_instruments::fuzz::Met;
use proofhouse_model::event::Agreed;
use proofhouse_model::op::{DebugOp, InstrumentOp};
use proofhouse_model::profile::ConsoleFacts;
use proofhouse_model::{Channel, Observation, Op, Trouble, UnitName};
use proofhouse_transport::Budget;
use proofhouse_transport::console::Pty;
use proofhouse_transport::peers::dhcp::DhcpServer;
use proofhouse_transport::peers::dns::DnsServer;
use proofhouse_transport::peers::mqtt::Broker;
use proofhouse_transport::power::{PowerControl, Sign};
use proofhouse_transport::reset::LabReset;
use proofhouse_transport::swd::DebugPort;
use proofhouse_transport::uplink::Uplink;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

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
    /// Its way to the network.
    pub(crate) uplink: Option<Uplink>,
    pub(crate) mqtt: Option<Broker>,
    pub(crate) dns: Option<DnsServer>,
    pub(crate) dhcp: Option<DhcpServer>,
    pub(crate) tap: Option<TapWire>,
    pub(crate) debug: Option<DebugPort>,
    pub(crate) reset: Option<LabReset>,
    /// When it answered over the network.
    pub(crate) answers: Answers,
    /// What fuzz batches of this case learnt of its services.
    pub(crate) met: Met,
    /// What the unit is after every case, where it is to be as new.
    pub(crate) as_new: Option<AsNew>,
    /// Of the computer that this runs on: the same for all units of the bench.
    pub(crate) clock: Arc<HostClock>,
    /// Only on a bench that is faulty on purpose.
    pub(crate) probe: Option<FaultyProbe>,
    /// Stands before the broker; only on a bench whose broker falls silent on purpose.
    pub(crate) front: Option<Front>,
}

impl Unit {
    /// How long a person may take whom an op asks; nothing where it asks nobody.
    pub fn person_within(&self, op: &Op) -> Option<Duration> {
        let reset = self.reset.as_ref().filter(|_| matches!(op, Op::Reset));
        reset.and_then(LabReset::person_within)
    }

    /// Whether the person who was to reset it was asked the last time, and nobody answered.
    pub fn nobody_answered(&self) -> bool {
        self.reset.as_ref().is_some_and(LabReset::nobody_answered)
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
        let done = done.map_err(|trouble| self.by_own_cut(op, trouble));
        self.clock.glance();
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
            Op::Uplink(op) => self.uplink(op, budget),
            Op::Mqtt(op) => self.mqtt(op, budget),
            Op::Dns(op) => self.dns(op, budget),
            Op::Dhcp(op) => self.dhcp(op, budget),
            Op::Tap(op) => {
                let tap = wired(self.tap.as_mut(), &self.name, Channel::Tap)?;
                tap.perform(op, self.lan.as_ref(), budget, keep)
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
            Op::HostClock => Ok(Observation::HostClock(self.clock.look())),
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

    /// Whether what came over its console is what another program recorded of it; nothing is told where none
    /// does.
    ///
    /// # Errors
    /// Bench trouble: they differ; the run is being ended.
    pub fn agrees(&self, budget: &Budget) -> Result<Option<Agreed>, Trouble> {
        let console = self.console.as_ref();
        console.map_or(Ok(None), |wire| wire.console.agrees(budget))
    }

    /// Brings the unit to rest after a case: button released, network restored, supply off, connections closed, good
    /// credentials shown again.
    ///
    /// # Errors
    /// The button cannot be released, the network cannot be restored, the supply cannot be switched off, or a channel
    /// is gone for good: the unit is out of service then.
    pub fn rest(&mut self) -> Result<(), Trouble> {
        let button = self.reset.as_ref().and_then(LabReset::relay);
        let released = button.map_or(Ok(()), |relay| relay.make_off());
        let restored = self.uplink.as_mut().map_or(Ok(()), Uplink::restore);
        let off = self.power.as_ref().map_or(Ok(()), |p| p.off());
        self.met = Met::default();
        if let Some(lan) = &self.lan {
            lan.forget();
            lan.host.forget();
        }
        self.reset_peers();
        if let Some(tap) = &mut self.tap {
            tap.rest();
        }
        off?;
        released?;
        restored?;
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
