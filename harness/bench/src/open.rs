//! From the bench file to opened channels.

use crate::console::ConsoleWire;
use crate::credentials;
use crate::faulty::Faulty;
use crate::faulty::net::Front;
use crate::faulty::swap::Swap;
use crate::faulty::wrap::Wrap;
use crate::guard::{Guard, Leased};
use crate::lan::LanWire;
use crate::listener::Listener;
use crate::off::{MayBeOn, OFF_WITHIN, all_off};
use crate::side_by_side::{Slots, side_by_side};
use crate::unit::{Answers, Unit};
use crate::virtual_unit::{self, VirtualUnit};
use crate::wired::Keep;
use proofhouse_instruments::fuzz::Met;
use proofhouse_model::event::GuardActed;
use proofhouse_model::seeded::fnv1a;
use proofhouse_model::{
    Channel, Observation, Op, Plan, Profile, Trouble, UnitName, UnitSpec, Wire,
};
use proofhouse_transport::Budget;
use proofhouse_transport::console::{self, Around, Console, Pty, Second};
use proofhouse_transport::lan;
use proofhouse_transport::net::Turns;
use proofhouse_transport::open::{Context, Mask};
use proofhouse_transport::peers::mqtt::{self, Broker};
use proofhouse_transport::power::{self, PowerControl, ProcessPower, Sign, Strips};
use proofhouse_transport::reset;
use proofhouse_transport::swd::{self, DebugPort};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Factories of virtual units that run at once: each is a process that wants a processor.
const FACTORIES: usize = 8;

/// What the bench gets from whoever opens it.
pub struct Surroundings {
    /// Folder for virtual units; removed by its owner.
    pub scratch: PathBuf,
    /// Folder for what virtual units say on standard error.
    pub logs: PathBuf,
    /// Program that is the debug worker, and every virtual unit of which `commands` says nothing.
    pub program: PathBuf,
    /// First word of its command line for a virtual unit.
    pub virtual_word: String,
    /// Virtual products that are programs of their own: program and first arguments.
    pub commands: BTreeMap<String, Vec<String>>,
    /// Gets what consoles say.
    pub listener: Arc<dyn Listener>,
    /// What is to break on purpose; nothing on an honest bench.
    pub fault: Option<Arc<Faulty>>,
    /// Holds the wires and owns "off"; none on a bench of virtual units.
    pub guard: Option<Arc<Guard>>,
}

/// An opened bench.
pub struct Bench {
    units: BTreeMap<UnitName, UnitHandle>,
    facts: Vec<(UnitName, BTreeMap<String, String>)>,
    supplies: BTreeMap<UnitName, Arc<PowerControl>>,
    /// Goes last: the wires are given back when everything is off.
    guard: Option<Arc<Guard>>,
}

/// A unit to be used by one case at a time; cloning shares it.
#[derive(Clone)]
pub struct UnitHandle {
    /// Its name on the bench.
    pub name: UnitName,
    channels: Vec<Channel>,
    unit: Arc<Mutex<Unit>>,
    power: Option<Arc<PowerControl>>,
    fault: Option<Arc<Faulty>>,
    swap: Option<Arc<Swap>>,
}

impl UnitHandle {
    /// Whether a channel is wired.
    #[must_use]
    pub fn has(&self, channel: Channel) -> bool {
        self.channels.contains(&channel)
    }

    /// Carries out an op within its own time and the budget.
    ///
    /// # Errors
    /// As [`Unit::perform`].
    pub fn perform(
        &self,
        op: &Op,
        budget: &Budget,
        keep: &mut Keep<'_>,
    ) -> Result<Observation, Trouble> {
        if let Some(fault) = &self.fault {
            fault.before(&self.name, op);
        }
        if let Some(swap) = &self.swap {
            swap.settle();
        }
        self.unit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .perform(op, budget, keep)
    }

    /// What its peers heard since this was asked last and nobody may read: name and value.
    #[must_use]
    pub fn new_secrets(&self) -> Vec<(&'static str, Vec<u8>)> {
        let unit = self.unit.lock().unwrap_or_else(PoisonError::into_inner);
        unit.new_secrets()
    }

    /// Whether its console's second recorder has what came over it; see [`Unit::agrees`].
    ///
    /// # Errors
    /// As [`Unit::agrees`].
    pub fn agrees(&self, budget: &Budget) -> Result<(), Trouble> {
        let unit = self.unit.lock().unwrap_or_else(PoisonError::into_inner);
        unit.agrees(budget)
    }

    /// Brings the unit to rest after a case.
    ///
    /// # Errors
    /// As [`Unit::rest`].
    pub fn rest(&self) -> Result<(), Trouble> {
        self.unit
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .rest()
    }
}

impl Bench {
    /// Opens every channel of every unit that a plan uses, all units at once; nothing is powered.
    ///
    /// # Errors
    /// Bench trouble naming unit and channel, with what to try; of several, that of the first unit in the bench file.
    pub fn open(plan: &Plan, around: &Surroundings) -> Result<Self, Trouble> {
        let mut bench = Self {
            units: BTreeMap::new(),
            facts: Vec::new(),
            supplies: BTreeMap::new(),
            guard: None,
        };
        let profiles = plan.products.iter();
        let profiles = profiles.map(|(id, p)| (id, Arc::new(p.profile.clone())));
        let profiles: BTreeMap<_, _> = profiles.collect();
        let factories = Slots::new(FACTORIES);
        let strips = Strips::default();
        let folder = Path::new(&plan.bench.file).parent();
        let folder = folder.unwrap_or(Path::new(""));
        // A product that is not tested in this run is left alone.
        let tested = |unit: &&UnitSpec| plan.product_of(&unit.name).is_some();
        let tested: Vec<&UnitSpec> = plan.bench.units.iter().filter(tested).collect();
        bench.guard.clone_from(&around.guard);
        let openers = tested.into_iter().filter_map(|unit| {
            let (id, _) = plan.product_of(&unit.name)?;
            Some(Opener {
                unit,
                profile: profiles.get(id)?,
                around,
                renew: plan.mode.renew,
                folder,
                factories: &factories,
                seed: plan.seed,
                strips: &strips,
            })
        });
        let openers: Vec<_> = openers.collect();
        let made = side_by_side(&openers, |opener| {
            opener.make(defects_of(plan, opener.unit))
        });
        let made: Vec<Option<VirtualUnit>> = made.into_iter().collect::<Result<_, _>>()?;
        // Every secret of the bench is known before the first byte of a console is.
        let told = openers.iter().zip(&made);
        let told: Vec<_> = told.map(|(o, made)| o.tell_label(made.as_ref())).collect();
        openers.iter().for_each(Opener::tell_credentials);
        let both: Vec<_> = openers.iter().zip(&made).collect();
        let opened = side_by_side(&both, |(opener, made)| opener.open(made.as_ref()));
        let opened = all_or_none(opened)?;
        for ((opener, mut facts), opened) in openers.iter().zip(told).zip(opened) {
            let unit = opener.unit;
            if let Some(lan) = &opened.lan {
                let spec = lan.host.spec();
                let name = spec.address().map_or("host", |_| "address");
                let value = spec
                    .address()
                    .map_or_else(|| spec.to_string(), |a| a.to_string());
                facts.insert(name.to_owned(), value);
            }
            if let Some(dump) = opened.debug.as_ref().and_then(DebugPort::dump) {
                facts.insert("flash-dump".to_owned(), dump.to_string());
            }
            bench.facts.push((unit.name.clone(), facts));
            let handle = UnitHandle {
                name: unit.name.clone(),
                channels: Channel::ALL.into_iter().filter(|c| unit.has(*c)).collect(),
                power: opened.power.clone().or(opened.always_on.clone()),
                unit: Arc::new(Mutex::new(opened)),
                fault: around.fault.clone(),
                swap: None,
            };
            let supply = handle
                .power
                .iter()
                .map(|p| (unit.name.clone(), Arc::clone(p)));
            bench.supplies.extend(supply);
            bench.units.insert(unit.name.clone(), handle);
        }
        if let Some(fault) = around.fault.as_ref().filter(|f| f.swaps()) {
            bench.prepare_swap(fault);
        }
        Ok(bench)
    }

    /// Gives the fault's unit the means to exchange its wires with the other one.
    fn prepare_swap(&mut self, fault: &Arc<Faulty>) {
        let other = fault.fault.with.as_ref().and_then(|n| self.units.get(n));
        let other = other.map(|handle| Arc::clone(&handle.unit));
        if let (Some(other), Some(one)) = (other, self.units.get_mut(&fault.fault.unit)) {
            let swap = Swap::new(Arc::clone(fault), Arc::clone(&one.unit), other);
            one.swap = Some(Arc::new(swap));
        }
    }

    /// The unit of that name.
    #[must_use]
    pub fn unit(&self, name: &UnitName) -> Option<UnitHandle> {
        self.units.get(name).cloned()
    }

    /// What was found out about each unit while opening it; no secrets.
    #[must_use]
    pub fn facts(&self) -> Vec<(UnitName, BTreeMap<String, String>)> {
        self.facts.clone()
    }

    /// Switches one unit off, whatever holds it.
    pub fn power_off(&self, name: &UnitName) {
        if let Some(power) = self.units.get(name).and_then(|u| u.power.as_ref()) {
            // There is nothing more to be done than to have tried; the driver remembers its first cause.
            let _ = power.off();
        }
    }

    /// Switches every supply off that is not known to be off, all at once; gives those that may still be on.
    #[must_use]
    pub fn make_safe(&self) -> Vec<MayBeOn> {
        all_off(&self.supplies, self.guard.as_deref(), OFF_WITHIN)
    }

    /// What its guard did by itself, if it did.
    #[must_use]
    pub fn guard_acted(&self) -> Option<GuardActed> {
        self.guard.as_ref().and_then(|guard| guard.acted())
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = self.make_safe();
    }
}

/// Every unit, or the first trouble; the supplies of what was opened are off then, all at once.
fn all_or_none(opened: Vec<Result<Unit, Trouble>>) -> Result<Vec<Unit>, Trouble> {
    if let Some(trouble) = opened.iter().find_map(|unit| unit.as_ref().err()) {
        let trouble = trouble.clone();
        let opened: Vec<_> = opened.into_iter().map(|u| Mutex::new(u.ok())).collect();
        side_by_side(&opened, |unit| {
            drop(unit.lock().unwrap_or_else(PoisonError::into_inner).take());
        });
        return Err(trouble);
    }
    Ok(opened.into_iter().filter_map(Result::ok).collect())
}

/// Whether a label field may be shown: the profile says so, or the bench file tells the same value as who the unit is.
fn is_public(profile: &Profile, unit: &UnitSpec, field: &str, value: &str) -> bool {
    profile.public_labels.iter().any(|name| name == field)
        || unit.identity.values().any(|known| known == value)
}

/// Defects that a virtual unit is to have.
fn defects_of<'a>(plan: &'a Plan, unit: &UnitSpec) -> &'a [String] {
    let name = unit.virtual_product.as_deref();
    let mut all = plan.mode.defects.iter();
    let mine = all.find(|(product, _)| Some(product.as_str()) == name);
    mine.map_or(&[], |(_, defects)| defects)
}

fn spec_facts(unit: &UnitSpec) -> BTreeMap<String, String> {
    let mut facts = unit.identity.clone();
    facts.insert("sample".to_owned(), unit.sample.name().to_owned());
    if let Some(product) = &unit.virtual_product {
        facts.insert("virtual".to_owned(), product.clone());
    }
    let switch = unit
        .wire(Channel::Power)
        .and_then(|wire| wire.switch.as_ref());
    if let Some(switch) = switch.filter(|switch| switch.state.is_none()) {
        let how = format!("switched by {}, not read back", switch.name);
        facts.insert("power".to_owned(), how);
    }
    facts
}

struct Opener<'a> {
    unit: &'a UnitSpec,
    profile: &'a Profile,
    around: &'a Surroundings,
    /// Virtual units are as new after every case.
    renew: bool,
    /// The bench file's own: paths in it are seen from there.
    folder: &'a Path,
    factories: &'a Slots,
    /// Of the run.
    seed: u64,
    strips: &'a Strips,
}

impl Opener<'_> {
    /// The unit itself, when it is a virtual one.
    fn make(&self, defects: &[String]) -> Result<Option<VirtualUnit>, Trouble> {
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
    fn tell_label(&self, made: Option<&VirtualUnit>) -> BTreeMap<String, String> {
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
    fn tell_credentials(&self) {
        let (listener, unit) = (&self.around.listener, &self.unit.name);
        for (channel, wire) in &self.unit.wires {
            for (key, setting) in wire.secrets(*channel) {
                for value in credentials::of(setting) {
                    listener.secret(unit, &format!("bench.{channel}.{key}"), &value);
                }
            }
        }
        for (path, value) in self.profile.secret_values() {
            listener.secret(unit, &self.profile.secret_name(&path), &value);
        }
    }

    fn open(&self, made: Option<&VirtualUnit>) -> Result<Unit, Trouble> {
        let pty = made.map(|_| console::pty_pair()).transpose()?;
        let label = self.label(made);
        let context = self.context(made, pty.as_ref());
        // Nothing is switched on yet: the first byte of a boot must be heard.
        let power = self.power(&context)?;
        let (mqtt, front) = self.mqtt(&context)?.unzip();
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
            lan: self.lan(&context)?,
            mqtt,
            front: front.flatten(),
            always_on: self.always_on(&context)?,
            debug: self
                .wire(Channel::Debug)
                .map(|wire| swd::open(wire, &context))
                .transpose()?,
            reset: self
                .wire(Channel::Reset)
                .map(|wire| reset::open(wire, &context))
                .transpose()?,
            answers: Answers::default(),
            met: Met::default(),
            as_new: made
                .filter(|_| self.renew)
                .map(VirtualUnit::as_new)
                .transpose()?,
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

    fn power(&self, context: &Context<'_>) -> Result<Option<Arc<PowerControl>>, Trouble> {
        let Some(wire) = self.wire(Channel::Power) else {
            return Ok(None);
        };
        let mut driver = power::open(wire, context)?;
        if let Some(guard) = &self.around.guard {
            driver = Box::new(Leased::new(driver, Arc::clone(guard)));
        }
        PowerControl::new(self.wrap().power(driver)).map(|p| Some(Arc::new(p)))
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

    fn lan(&self, context: &Context<'_>) -> Result<Option<LanWire>, Trouble> {
        let Some(wire) = self.wire(Channel::Lan) else {
            return Ok(None);
        };
        let host = lan::open(wire, context)?;
        let turns = Turns::of(self.profile.pace);
        Ok(Some(LanWire::new(host.by(self.wrap().route(), turns))))
    }

    fn mqtt(&self, context: &Context<'_>) -> Result<Option<(Broker, Option<Front>)>, Trouble> {
        let Some(wire) = self.wire(Channel::MQTT) else {
            return Ok(None);
        };
        let mut listen = mqtt::place(wire, context)?;
        listen.seed = self.seed ^ fnv1a(self.unit.name.as_str().bytes());
        self.wrap().broker(listen).map(Some)
    }

    fn wrap(&self) -> Wrap<'_> {
        Wrap::of(self.around.fault.as_ref(), &self.unit.name)
    }
}

#[cfg(test)]
mod tests;
