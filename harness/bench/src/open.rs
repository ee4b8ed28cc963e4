//! From the bench file to opened channels.

use crate::console::ConsoleWire;
use crate::faulty::Faulty;
use crate::faulty::net::Front;
use crate::faulty::swap::Swap;
use crate::faulty::wrap::Wrap;
use crate::lan::LanWire;
use crate::listener::Listener;
use crate::unit::Unit;
use crate::virtual_unit::{self, VirtualUnit, peer_address};
use crate::wired::Keep;
use proofhouse_instruments::fuzz::Met;
use proofhouse_model::bench_spec::{BrokerSpec, ConsoleSpec, DebugSpec, LanSpec, PowerSpec};
use proofhouse_model::{BenchSpec, Channel, Observation, Op, Profile, Trouble, UnitName, UnitSpec};
use proofhouse_transport::Budget;
use proofhouse_transport::broker::Broker;
use proofhouse_transport::console::{self, Console, Pty, Tty};
use proofhouse_transport::power::{CommandPower, Power, PowerControl, ProcessPower};
use proofhouse_transport::swd::{DebugPort, DebugTarget};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Port of the bench's broker unless the bench file says another.
const BROKER_PORT: u16 = 8883;

/// What the bench gets from whoever opens it.
pub struct Surroundings {
    /// Folder for virtual units; removed by its owner.
    pub scratch: PathBuf,
    /// Folder for what virtual units say on standard error.
    pub logs: PathBuf,
    /// Program that is every virtual unit and the debug worker.
    pub program: PathBuf,
    /// First word of its command line for a virtual unit.
    pub virtual_word: String,
    /// Gets what consoles say.
    pub listener: Arc<dyn Listener>,
    /// What is to break on purpose; nothing on an honest bench.
    pub fault: Option<Arc<Faulty>>,
}

/// An opened bench.
pub struct Bench {
    units: BTreeMap<UnitName, UnitHandle>,
    facts: Vec<(UnitName, BTreeMap<String, String>)>,
    secrets: Vec<(String, String)>,
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
    /// Opens every channel of every unit; nothing is powered.
    ///
    /// # Errors
    /// Bench trouble naming unit and channel, with what to try.
    pub fn open(
        spec: &BenchSpec,
        profile: &Profile,
        around: &Surroundings,
    ) -> Result<Self, Trouble> {
        let mut bench = Self {
            units: BTreeMap::new(),
            facts: Vec::new(),
            secrets: Vec::new(),
        };
        for unit in &spec.units {
            let opener = Opener {
                unit,
                profile,
                around,
                renew: spec.renew,
                folder: Path::new(&spec.file).parent().unwrap_or(Path::new("")),
            };
            let opened = opener.open(&spec.defects)?;
            let mut facts = spec_facts(unit);
            if let Some(lan) = &opened.lan {
                facts.insert("address".to_owned(), lan.host.address.to_string());
            }
            for (key, value) in &opened.label {
                if is_secret(key) {
                    bench.secrets.push((format!("label.{key}"), value.clone()));
                } else {
                    facts.insert(format!("label.{key}"), value.clone());
                }
            }
            bench.facts.push((unit.name.clone(), facts));
            let handle = UnitHandle {
                name: unit.name.clone(),
                channels: Channel::ALL.into_iter().filter(|c| unit.has(*c)).collect(),
                power: opened.power.clone(),
                unit: Arc::new(Mutex::new(opened)),
                fault: around.fault.clone(),
                swap: None,
            };
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

    /// Secrets printed on the units, by name.
    #[must_use]
    pub fn secrets(&self) -> Vec<(String, String)> {
        self.secrets.clone()
    }

    /// Switches one unit off, whatever holds it.
    pub fn power_off(&self, name: &UnitName) {
        if let Some(power) = self.units.get(name).and_then(|u| u.power.as_ref()) {
            // There is nothing more to be done than to have tried; the driver remembers its first cause.
            let _ = power.off();
        }
    }

    /// Switches every unit off.
    pub fn make_safe(&self) {
        self.units.keys().for_each(|name| self.power_off(name));
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.make_safe();
    }
}

/// Label fields that open something.
fn is_secret(field: &str) -> bool {
    ["password", "pin", "key", "secret", "code", "token"]
        .iter()
        .any(|word| field.contains(word))
}

fn spec_facts(unit: &UnitSpec) -> BTreeMap<String, String> {
    let mut facts = unit.identity.clone();
    facts.insert("sample".to_owned(), unit.sample.name().to_owned());
    if let Some(product) = &unit.virtual_product {
        facts.insert("virtual".to_owned(), product.clone());
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
}

impl Opener<'_> {
    fn open(&self, defects: &[String]) -> Result<Unit, Trouble> {
        let made = match &self.unit.virtual_product {
            None => None,
            Some(product) => Some(VirtualUnit::make(
                &self.around.program,
                &self.around.virtual_word,
                product,
                self.unit,
                defects,
                self.around.scratch.join(self.unit.name.as_str()),
            )?),
        };
        let made = made.as_ref();
        let pty = match (&self.unit.virtual_product, &self.unit.console) {
            (Some(_), _) => Some(console::pty_pair()?),
            (None, _) => None,
        };
        let mut label = made.map(|m| m.label.clone()).unwrap_or_default();
        label.extend(self.unit.label.clone());
        // Nothing is switched on yet: the first byte of a boot must be heard.
        let power = self.power(made, pty.as_ref())?;
        let (broker, front) = self.broker(made)?.unzip();
        let scratch = &self.around.scratch;
        let probe_of = |unit: &UnitName| virtual_unit::probe_socket(&scratch.join(unit.as_str()));
        let probe = self
            .wrap()
            .probe(probe_of, &scratch.join(self.unit.name.as_str()))?;
        Ok(Unit {
            name: self.unit.name.clone(),
            console_facts: self.profile.console.clone(),
            label,
            console: self.console(pty.as_ref(), power.as_ref())?,
            power,
            lan: self.lan(made)?,
            broker,
            front: front.flatten(),
            debug: self.debug(made)?,
            met: Met::default(),
            as_new: made
                .filter(|_| self.renew)
                .map(VirtualUnit::as_new)
                .transpose()?,
            probe,
            _pty: pty,
        })
    }

    fn power(
        &self,
        made: Option<&VirtualUnit>,
        pty: Option<&Pty>,
    ) -> Result<Option<Arc<PowerControl>>, Trouble> {
        let driver: Box<dyn Power> = match (&self.unit.power, made, pty) {
            (None, ..) => return Ok(None),
            (Some(PowerSpec::Virtual), Some(made), Some(pty)) => {
                std::fs::create_dir_all(&self.around.logs).map_err(|e| {
                    let what = format!("cannot make {}: {e}", self.around.logs.display());
                    Trouble::bench(Channel::Power, what, "check disk space and permissions")
                })?;
                let log = self.around.logs.join(format!("{}.log", self.unit.name));
                Box::new(ProcessPower::new(
                    self.around.program.clone(),
                    made.run_args.clone(),
                    pty.device_end()?,
                    log,
                )?)
            }
            (Some(PowerSpec::Virtual), ..) => return Err(self.not_virtual(Channel::Power)),
            (Some(PowerSpec::Command { on, off }), ..) => {
                Box::new(CommandPower::new(on.clone(), off.clone())?.in_folder(self.folder()))
            }
        };
        PowerControl::new(self.wrap().power(driver)).map(|p| Some(Arc::new(p)))
    }

    /// Never empty, which is no folder to a program.
    fn folder(&self) -> &Path {
        match self.folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => self.folder,
        }
    }

    /// A port by path is seen from the bench file; `COM3` and the like are no paths.
    fn port(&self, port: &str) -> String {
        match port.contains('/') {
            true => self.folder.join(port).display().to_string(),
            false => port.to_owned(),
        }
    }

    fn console(
        &self,
        pty: Option<&Pty>,
        power: Option<&Arc<PowerControl>>,
    ) -> Result<Option<ConsoleWire>, Trouble> {
        let facts = self.profile.console.clone().unwrap_or_default();
        let tty = match (&self.unit.console, pty) {
            (None, _) => return Ok(None),
            (Some(ConsoleSpec::Virtual), Some(pty)) => Tty::new(pty.path(), facts.baud.max(9600)),
            (Some(ConsoleSpec::Virtual), None) => return Err(self.not_virtual(Channel::Console)),
            (Some(ConsoleSpec::Serial { port, baud }), _) => {
                Tty::new(self.port(port), baud.unwrap_or(facts.baud).max(50))
            }
        };
        let mut settings = console::Settings::default();
        if !facts.line_end.is_empty() {
            settings.line_end = facts.line_end.into_bytes();
        }
        let (listener, name) = (Arc::clone(&self.around.listener), self.unit.name.clone());
        let sink: console::Sink =
            Box::new(move |h| listener.console_output(&name, h.bytes, h.lost));
        // A unit with its own USB takes its port along when it is off. Weak: a console must not keep the supply on.
        let power = power.map(Arc::downgrade);
        let off = move || {
            let power = power.as_ref().and_then(Weak::upgrade);
            power.is_some_and(|power| power.is_on() != Some(true))
        };
        Ok(Some(ConsoleWire {
            console: Console::open_with(self.wrap().link(tty), settings, sink, Box::new(off))?,
        }))
    }

    fn lan(&self, made: Option<&VirtualUnit>) -> Result<Option<LanWire>, Trouble> {
        let address = match (&self.unit.lan, made) {
            (None, _) => return Ok(None),
            (Some(LanSpec::Ip { address }), _) => *address,
            (Some(LanSpec::Virtual), Some(made)) => IpAddr::V4(made.address),
            (Some(LanSpec::Virtual), None) => return Err(self.not_virtual(Channel::Lan)),
        };
        let route = self.wrap().route();
        Ok(Some(LanWire::new(address, route)))
    }

    fn broker(
        &self,
        made: Option<&VirtualUnit>,
    ) -> Result<Option<(Broker, Option<Front>)>, Trouble> {
        let (address, port) = match (&self.unit.broker, made) {
            (None, _) => return Ok(None),
            (Some(BrokerSpec::Listen { address, port }), _) => {
                (*address, port.unwrap_or(BROKER_PORT))
            }
            (Some(BrokerSpec::Virtual), Some(made)) => {
                (IpAddr::V4(peer_address(made.address)), BROKER_PORT)
            }
            (Some(BrokerSpec::Virtual), None) => return Err(self.not_virtual(Channel::Broker)),
        };
        self.wrap().broker(address, port).map(Some)
    }

    fn debug(&self, made: Option<&VirtualUnit>) -> Result<Option<DebugPort>, Trouble> {
        let probe = match (&self.unit.debug, made) {
            (None, _) => return Ok(None),
            (Some(DebugSpec::ProbeRs { probe }), _) => probe.clone(),
            (Some(DebugSpec::Virtual), Some(made)) => made.probe(),
            (Some(DebugSpec::Virtual), None) => return Err(self.not_virtual(Channel::Debug)),
        };
        let facts = self.profile.debug.clone().unwrap_or_default();
        let target = DebugTarget::with_facts(probe, &facts);
        Ok(Some(DebugPort::new(target)))
    }

    fn wrap(&self) -> Wrap<'_> {
        Wrap::of(self.around.fault.as_ref(), &self.unit.name)
    }

    fn not_virtual(&self, channel: Channel) -> Trouble {
        Trouble::bench(
            channel,
            format!(
                "{} is no virtual unit, so its {channel} cannot be virtual",
                self.unit.name
            ),
            "name a driver for it in the bench file",
        )
    }
}
