//! From the bench file to opened channels.

mod handle;
mod opener;
mod told;

pub use handle::UnitHandle;

use crate::faulty::Faulty;
use crate::faulty::swap::Swap;
use crate::guard::Guard;
use crate::host_clock::{HostClock, Past};
use crate::listener::Listener;
use crate::off::{MayBeOn, OFF_WITHIN, Relays, all_off};
use crate::side_by_side::{Slots, side_by_side};
use crate::unit::Unit;
use crate::virtual_unit::VirtualUnit;
use opener::Opener;
use proofhouse_model::event::GuardActed;
use proofhouse_model::{Channel, Plan, Trouble, UnitName, UnitSpec};
use proofhouse_transport::power::Strips;
use proofhouse_transport::reset::LabReset;
use proofhouse_transport::uplink::Uplink;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use told::told_of_wires;

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
    /// What is over for sure: a clock of this computer that has it still to come is wrong.
    pub past: Past,
    /// What is to break on purpose; nothing on an honest bench.
    pub fault: Option<Arc<Faulty>>,
    /// Holds the wires and owns "off"; none on a bench of virtual units.
    pub guard: Option<Arc<Guard>>,
}

/// An opened bench.
pub struct Bench {
    units: BTreeMap<UnitName, UnitHandle>,
    facts: Vec<(UnitName, BTreeMap<String, String>)>,
    /// Supplies, and relays at buttons and in the way to the network.
    supplies: Relays,
    /// Goes last: the wires are given back when everything is off.
    guard: Option<Arc<Guard>>,
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
            supplies: Relays::new(),
            guard: None,
        };
        let profiles = plan.products.iter();
        let profiles = profiles.map(|(id, p)| (id, Arc::new(p.profile.clone())));
        let profiles: BTreeMap<_, _> = profiles.collect();
        let factories = Slots::new(FACTORIES);
        let strips = Strips::default();
        let clock = HostClock::new(Arc::clone(&around.past), around.fault.clone());
        let clock = Arc::new(clock);
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
                clock: &clock,
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
            facts.extend(told_of_wires(plan, unit, &opened));
            bench.facts.push((unit.name.clone(), facts));
            let handle = UnitHandle {
                name: unit.name.clone(),
                channels: Channel::ALL.into_iter().filter(|c| unit.has(*c)).collect(),
                power: opened.power.clone().or(opened.always_on.clone()),
                button: opened.reset.as_ref().and_then(LabReset::relay).cloned(),
                uplink: opened.uplink.as_ref().and_then(Uplink::relay).cloned(),
                unit: Arc::new(Mutex::new(opened)),
                fault: around.fault.clone(),
                swap: None,
            };
            let relays = [
                (Channel::Power, &handle.power),
                (Channel::Reset, &handle.button),
                (Channel::Uplink, &handle.uplink),
            ];
            for (channel, relay) in relays {
                let named = |relay: &Arc<_>| ((unit.name.clone(), channel), Arc::clone(relay));
                bench.supplies.extend(relay.as_ref().map(named));
            }
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

    /// Switches one unit off, lets go of its button and restores its network, whatever holds it.
    pub fn power_off(&self, name: &UnitName) {
        let unit = self.units.get(name);
        // There is nothing more to be done than to have tried; the driver remembers its first cause.
        if let Some(button) = unit.and_then(|u| u.button.as_ref()) {
            let _ = button.make_off();
        }
        if let Some(uplink) = unit.and_then(|u| u.uplink.as_ref()) {
            let _ = uplink.make_off();
        }
        if let Some(power) = unit.and_then(|u| u.power.as_ref()) {
            let _ = power.off();
        }
    }

    /// Switches every supply off that is not known to be off, releases every button and restores every network, all at
    /// once; gives those that may still be on.
    #[must_use]
    pub fn make_safe(&self) -> Vec<MayBeOn> {
        all_off(&self.supplies, self.guard.as_deref(), OFF_WITHIN)
    }

    /// As [`Bench::make_safe`], while cases still run: nothing of them is switched on any more.
    #[must_use]
    pub fn close(&self) -> Vec<MayBeOn> {
        if let Some(guard) = &self.guard {
            guard.close();
        }
        self.make_safe()
    }

    /// Behind [`Bench::close`], once all is off for good and this process ends: its guard notes that, and gives the
    /// wires back.
    pub fn leave_off(&self) {
        if let Some(guard) = &self.guard {
            guard.leave_off();
        }
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

/// Defects that a virtual unit is to have.
fn defects_of<'a>(plan: &'a Plan, unit: &UnitSpec) -> &'a [String] {
    let name = unit.virtual_product.as_deref();
    let mut all = plan.mode.defects.iter();
    let mine = all.find(|(product, _)| Some(product.as_str()) == name);
    mine.map_or(&[], |(_, defects)| defects)
}

#[cfg(test)]
mod tests;
