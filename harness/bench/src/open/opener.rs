//! From a unit's entry in the bench file to its opened channels.

mod network;

use super::Surroundings;
use super::told::{is_public, spec_facts};
use crate::console::ConsoleWire;
use crate::credentials;
use crate::faulty::wrap::Wrap;
use crate::guard::Leased;
use crate::host_clock::HostClock;
use crate::side_by_side::Slots;
use crate::tap::TapWire;
use crate::unit::{Answers, Unit};
use crate::virtual_unit::{self, VirtualUnit};
use proofhouse_instruments::fuzz::Met;
use proofhouse_model::{Channel, Profile, Trouble, UnitName, UnitSpec, Wire};
use proofhouse_transport::console::{self, Around, Console, Pty, Second};
use proofhouse_transport::open::{Context, Mask};
use proofhouse_transport::power::{self, Power, PowerControl, ProcessPower, Sign, Strips};
use proofhouse_transport::reset::{self, LabReset};
use proofhouse_transport::swd::{self, DebugPort};
use proofhouse_transport::uplink::Uplink;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Opens the channels of one unit.
pub(super) struct Opener<'a> {
    pub(super) unit: &'a UnitSpec,
    pub(super) profile: &'a Profile,
    pub(super) around: &'a Surroundings,
    /// Virtual units are as new after every case.
    pub(super) renew: bool,
    /// The bench file's own: paths in it are seen from there.
    pub(super) folder: &'a Path,
    pub(super) factories: &'a Slots,
    /// Of the run.
    pub(super) seed: u64,
    pub(super) strips: &'a Strips,
    pub(super) clock: &'a Arc<HostClock>,
}

impl Opener<'_> {
    /// The unit itself, when it is a virtual one.
    pub(super) fn make(&self, defects: &[String]) -> Result<Option<VirtualUnit>, Trouble> {
        let Some(product) = &self.unit.virtual_product else {
            return Ok(None);
        };
        let made = self.factories.hold(|| self.build(product, defects));
        made.map(Some)
    }

    fn label(&self, made: Option<&VirtualUnit>) -> BTreeMap<String, String> {
        let mut label = made.map(|m| m.label.clone()).unwrap_or_default();
        label.extend(self.unit.label.clone());
        label
    }

    /// Makes known what is secret on its label; gives what may be told of the unit.
    pub(super) fn tell_label(&self, made: Option<&VirtualUnit>) -> BTreeMap<String, String> {
        let mut facts = spec_facts(self.unit);
        for (field, value) in self.label(made) {
            let name = format!("label.{field}");
            if is_public(self.profile, self.unit, &field, &value) {
                facts.insert(name, value);
            } else {
                self.around.listener.secret(&self.unit.name, &name, &value);
            }
        }
        facts
    }

    /// Makes known what lets the bench into the unit's wires, and what its profile says that is named like it.
    pub(super) fn tell_credentials(&self) {
        let (listener, unit) = (&self.around.listener, &self.unit.name);
        for (channel, wire) in &self.unit.wires {
            for (key, setting) in wire.secrets(*channel) {
                for value in credentials::of(key, setting) {
                    listener.secret(unit, &format!("bench.{channel}.{key}"), &value);
                }
            }
            for value in wire.switch.iter().flat_map(|switch| switch.secrets()) {
                listener.secret(unit, &format!("bench.{channel}.url"), &value);
            }
        }
        for (path, value) in self.profile.secret_values() {
            listener.secret(unit, &self.profile.secret_name(&path), &value);
        }
    }

    pub(super) fn open(&self, made: Option<&VirtualUnit>) -> Result<Unit, Trouble> {
        let pty = made.map(|_| console::pty_pair()).transpose()?;
        let label = self.label(made);
        let context = self.context(made, pty.as_ref());
        // Nothing is switched on yet: the first byte of a boot must be heard.
        let power = self.power(&context)?;
        let uplink = self.uplink(&context)?;
        let gate = uplink.as_ref().and_then(Uplink::gate);
        let tap = self.tap(&context)?;
        let (mqtt, front) = self.mqtt(&context, gate, tap.as_ref())?.unzip();
        let scratch = &self.around.scratch;
        let probe_of = |unit: &UnitName| virtual_unit::probe_socket(&scratch.join(unit.as_str()));
        let probe = self
            .wrap()
            .probe(probe_of, &scratch.join(self.unit.name.as_str()))?;
        Ok(Unit {
            name: self.unit.name.clone(),
            console_facts: self.profile.console.clone(),
            label,
            console: self.console(&context, power.as_ref())?,
            power,
            lan: self.lan(&context, gate, tap.as_ref())?,
            dns: self.dns(&context, gate)?,
            dhcp: self.dhcp(&context)?,
            uplink,
            mqtt,
            tap: tap.map(|tap| TapWire::new(tap, Arc::clone(&self.around.listener))),
            front: front.flatten(),
            always_on: self.always_on(&context)?,
            debug: self.debug(&context)?,
            reset: self.reset(&context)?,
            answers: Answers::default(),
            met: Met::default(),
            as_new: made
                .filter(|_| self.renew)
                .map(VirtualUnit::as_new)
                .transpose()?,
            clock: Arc::clone(self.clock),
            probe,
            _pty: pty,
        })
    }

    /// The unit, new from its factory.
    fn build(&self, product: &str, defects: &[String]) -> Result<VirtualUnit, Trouble> {
        let folder = self.around.scratch.join(self.unit.name.as_str());
        let own = self.around.commands.get(product);
        let (program, first) = match own.and_then(|words| words.split_first()) {
            Some((program, first)) => (Path::new(program), first.iter().map(Into::into).collect()),
            None => {
                let word = self.around.virtual_word.as_str();
                (&*self.around.program, vec![word.into(), product.into()])
            }
        };
        VirtualUnit::make((program, &first), self.unit, defects, folder)
    }

    fn context<'b>(&'b self, made: Option<&'b VirtualUnit>, pty: Option<&'b Pty>) -> Context<'b> {
        let log = || self.around.logs.join(format!("{}.log", self.unit.name));
        Context {
            unit: &self.unit.name,
            folder: match self.folder.as_os_str().is_empty() {
                true => Path::new("."),
                false => self.folder,
            },
            console: self.profile.console.clone().unwrap_or_default(),
            debug: self.profile.debug.clone().unwrap_or_default(),
            strips: self.strips,
            made: made
                .zip(pty)
                .map(|(made, pty)| made.parts(pty, log(), self.mask())),
        }
    }

    /// For what the unit says on standard error.
    fn mask(&self) -> Mask {
        let listener = Arc::clone(&self.around.listener);
        Arc::new(move |bytes: &[u8]| listener.masked(bytes))
    }

    fn wire(&self, channel: Channel) -> Option<&Wire> {
        self.unit.wire(channel)
    }

    fn debug(&self, context: &Context<'_>) -> Result<Option<DebugPort>, Trouble> {
        let Some(wire) = self.wire(Channel::Debug) else {
            return Ok(None);
        };
        let mut port = swd::open(wire, context)?;
        let (listener, name) = (Arc::clone(&self.around.listener), self.unit.name.clone());
        port.on_wait(move |waited, by| listener.probe_awaited(&name, waited, by));
        Ok(Some(port))
    }

    fn power(&self, context: &Context<'_>) -> Result<Option<Arc<PowerControl>>, Trouble> {
        let Some(wire) = self.wire(Channel::Power) else {
            return Ok(None);
        };
        let mut driver = power::open(wire, context)?;
        let (listener, name) = (Arc::clone(&self.around.listener), self.unit.name.clone());
        driver.on_measured(Box::new(move |seen| listener.supply_measured(&name, seen)));
        let driver = self.leased(driver);
        PowerControl::new(self.wrap().power(driver)).map(|p| Some(Arc::new(p)))
    }

    /// The relay under the guard's lease, where there is a guard.
    fn leased(&self, relay: Box<dyn Power>) -> Box<dyn Power> {
        match &self.around.guard {
            Some(guard) => Box::new(Leased::new(relay, Arc::clone(guard))),
            None => relay,
        }
    }

    fn reset(&self, context: &Context<'_>) -> Result<Option<LabReset>, Trouble> {
        let Some(wire) = self.wire(Channel::Reset) else {
            return Ok(None);
        };
        let mut reset = reset::open(wire, context, &|relay| self.leased(relay))?;
        let (listener, name) = (Arc::clone(&self.around.listener), self.unit.name.clone());
        reset.on_touch(move |touch| listener.button_touched(&name, touch));
        Ok(Some(reset))
    }

    /// A virtual unit that the bench does not switch is on for as long as the bench is open, as one that somebody
    /// plugged in.
    fn always_on(&self, context: &Context<'_>) -> Result<Option<Arc<PowerControl>>, Trouble> {
        if self.unit.virtual_product.is_none() || self.wire(Channel::Power).is_some() {
            return Ok(None);
        }
        let power = PowerControl::new(Box::new(ProcessPower::open(context)?))?;
        power.on()?;
        Ok(Some(Arc::new(power)))
    }

    fn console(
        &self,
        context: &Context<'_>,
        power: Option<&Arc<PowerControl>>,
    ) -> Result<Option<ConsoleWire>, Trouble> {
        let Some(wire) = self.wire(Channel::Console) else {
            return Ok(None);
        };
        let link = console::open(wire, context)?;
        let settings = console::Settings::of(wire, context)?;
        let (listener, name) = (Arc::clone(&self.around.listener), self.unit.name.clone());
        let sink: console::Sink =
            Box::new(move |h| listener.console_output(&name, h.bytes, h.lost));
        let (listener, name) = (Arc::clone(&self.around.listener), self.unit.name.clone());
        let mut around = Around {
            output: sink,
            port: Box::new(move |change| listener.port_changed(&name, change)),
            second: Second::of(wire, context)?,
            ..Around::default()
        };
        if let Some(power) = power {
            // A unit with its own USB takes its port along when it is off. Weak: a console must not keep the supply on.
            let supply = Arc::downgrade(power);
            let is_on = move || supply.upgrade().and_then(|power| power.is_on());
            let supply = Arc::downgrade(power);
            around.off = Box::new(move || is_on() != Some(true));
            around.lines = Box::new(move |n, at| {
                if let Some(power) = supply.upgrade() {
                    power.came(Sign::Line, n, at);
                }
            });
        }
        Ok(Some(ConsoleWire {
            console: Console::open_with(self.wrap().link(link), settings, around)?,
        }))
    }

    fn wrap(&self) -> Wrap<'_> {
        Wrap::of(self.around.fault.as_ref(), &self.unit.name)
    }
}
