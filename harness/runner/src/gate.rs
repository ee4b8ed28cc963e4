//! The identity gate: before a case that may cost a unit its set-up or its life, each unit it holds proves who it is.
//!
//! It also reads which item it is, before every case: what is found on other software than the statement is about must
//! not stand beside the rest. Cases that change the software on purpose are let through, and those after them are not.
//!
//! A bench file that names the wrong wire would have the wrong unit erased. So the unit is switched on, waited for
//! and asked over its own wires, and what it says is held against the bench file. Once a run its supply is proved,
//! too, with every other supply standing still meanwhile: the unit comes up with it, falls silent without it, and
//! comes up again. Silence before the first start would prove less: a unit on somebody else's supply may just be
//! booting.

mod meets;

use crate::executor::Executor;
use crate::proof::{self, Compared, Wanted};
use crate::supplies::Supplies;
use proofhouse_model::op::{ConsoleOp, DebugOp, PowerOp};
use proofhouse_model::{
    BenchSpec, CaseMeta, Channel, Dur, Fact, Observation, Op, Trouble, TroubleKind, UnitName,
};
use proofhouse_script::{DeviceScript, Host, ask_identity, make_ready};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a unit without supply is listened for.
const LISTEN: Dur = Dur::ms(100);
/// Most time one such try may take: a network that is off does not answer by itself.
const LISTEN_MOST: Duration = Duration::from_secs(2);
/// How long a unit may run on from what its capacitors hold.
const HOLD_UP: Duration = Duration::from_secs(5);
/// How long a unit may take to start where the profile has no limit `boot`.
const BOOT: Dur = Dur::secs(30);
/// Between two looks whether other supplies stand still.
const TURN: Duration = Duration::from_millis(2);
/// How long they may be waited for while nothing changes.
const TURN_MOST: Duration = Duration::from_secs(60);

/// Why a case was not let through.
pub struct GateRefusal {
    /// Ends the case.
    pub trouble: Trouble,
    /// The unit that is out of service from now on: it is not the one meant.
    pub broken: Option<UnitName>,
}

impl From<Trouble> for GateRefusal {
    fn from(trouble: Trouble) -> Self {
        Self {
            trouble,
            broken: None,
        }
    }
}

/// The gate of one run.
pub struct Gate {
    wanted: BTreeMap<UnitName, Wanted>,
    bench_file: String,
    /// Whoever switches a supply has a turn, and so has a gate that proves one, alone.
    supplies: Arc<Supplies>,
    /// Units whose supply was proved in this run.
    proved: Mutex<BTreeSet<UnitName>>,
}

impl Gate {
    /// A gate for a bench. `facts` are what its opening found out; the network address of each unit is one.
    #[must_use]
    pub fn new(bench: &BenchSpec, facts: &[(UnitName, BTreeMap<String, String>)]) -> Self {
        let address = |name: &UnitName| {
            let of_it = facts.iter().find(|(unit, _)| unit == name);
            of_it.and_then(|(_, facts)| facts.get("address").cloned())
        };
        let wanted = bench.units.iter().map(|unit| {
            let wanted = Wanted {
                identity: unit.identity.clone(),
                address: address(&unit.name),
                item: BTreeMap::new(),
            };
            (unit.name.clone(), wanted)
        });
        Self {
            wanted: wanted.collect(),
            bench_file: bench.file.clone(),
            supplies: Arc::default(),
            proved: Mutex::default(),
        }
    }

    /// The turn of supplies, for executors of this run.
    #[must_use]
    pub fn supplies(&self) -> Arc<Supplies> {
        Arc::clone(&self.supplies)
    }

    /// Lets a case through, or says why not. In a case that is not destructive a unit that cannot be asked is let
    /// through. The units are on and ready afterwards. To be called on the case's own thread.
    ///
    /// # Errors
    /// A unit is not the one meant; it does not come up, or tells nothing that could be compared; bench trouble; the
    /// end of the run.
    pub fn pass(
        &self,
        executor: &Arc<Executor>,
        case: &CaseMeta,
        device: Option<&DeviceScript>,
    ) -> Result<(), GateRefusal> {
        let harmless = !case.gravest().is_destructive();
        if harmless && !device.is_some_and(|device| device.ops().contains("identity")) {
            return Ok(());
        }
        let Some(device) = device else {
            let what = "the profile has no device.star, so no unit can be asked who it is";
            return Err(Trouble::case(what).into());
        };
        let run = self.at(executor, case, device);
        let passed = (0..run.host.specimens()).try_for_each(|n| match harmless {
            true => run.item(n),
            false => run.unit(n),
        });
        executor.cite_from_here();
        passed
    }

    /// Asks the units once more when a case came to its end. Who does not answer now has told before who it is.
    ///
    /// # Errors
    /// A unit says that it is another one than the bench file's, or another item than the statement is about; the
    /// end of the run.
    pub fn afterwards(
        &self,
        executor: &Arc<Executor>,
        case: &CaseMeta,
        device: Option<&DeviceScript>,
    ) -> Result<(), Trouble> {
        let Some(device) = device.filter(|device| device.ops().contains("identity")) else {
            return Ok(());
        };
        let run = self.at(executor, case, device);
        (0..run.host.specimens()).try_for_each(|n| run.is_still_itself(n))
    }

    /// A case that comes to it.
    fn at<'a>(
        &'a self,
        executor: &'a Arc<Executor>,
        case: &'a CaseMeta,
        device: &'a DeviceScript,
    ) -> GateRun<'a> {
        GateRun {
            gate: self,
            executor,
            host: Arc::<Executor>::clone(executor),
            case,
            device,
        }
    }

    fn is_proved(&self, unit: &UnitName) -> bool {
        let proved = self.proved.lock().unwrap_or_else(PoisonError::into_inner);
        proved.contains(unit)
    }
}

/// One case at the gate.
struct GateRun<'a> {
    gate: &'a Gate,
    executor: &'a Executor,
    host: Arc<dyn Host>,
    case: &'a CaseMeta,
    device: &'a DeviceScript,
}

impl GateRun<'_> {
    fn unit(&self, n: usize) -> Result<(), GateRefusal> {
        let Some(name) = self.executor.name_of(n) else {
            return Ok(());
        };
        let switched = self.host.has(n, Channel::Power);
        if switched && !self.gate.is_proved(&name) {
            self.alone(|| {
                self.comes_up(n, &name)?;
                self.goes_dark(n, &name)?;
                self.comes_up(n, &name)
            })?;
        } else {
            self.comes_up(n, &name)?;
        }
        let compared = self.is_itself(n, &name)?;
        self.is_the_item(&name, &compared)?;
        if switched {
            let proved = self.gate.proved.lock();
            proved.unwrap_or_else(PoisonError::into_inner).insert(name);
        }
        Ok(())
    }

    /// Asks a unit which item it is; one that cannot be asked now is the case's own affair.
    fn item(&self, n: usize) -> Result<(), GateRefusal> {
        let Some(name) = self.executor.name_of(n) else {
            return Ok(());
        };
        let asked = self.comes_up(n, &name).and_then(|()| self.ask(n, &name));
        match asked {
            Ok(compared) => self.is_the_item(&name, &compared),
            Err(trouble) if trouble.kind == TroubleKind::Cancelled => Err(trouble.into()),
            Err(_) => Ok(()),
        }
    }

    /// Refuses what was found on a unit that is another one, or another item, by now.
    fn is_still_itself(&self, n: usize) -> Result<(), Trouble> {
        let Some(name) = self.executor.name_of(n) else {
            return Ok(());
        };
        let asked = self.comes_up(n, &name).and_then(|()| self.ask(n, &name));
        let compared = match asked {
            Ok(compared) => compared,
            Err(trouble) if trouble.kind == TroubleKind::Cancelled => return Err(trouble),
            Err(_) => return Ok(()),
        };
        if let Some(odd) = compared.odd.first() {
            let what = format!(
                "after the case {}: its wires lead to another unit by now, so nobody knows whose the findings are",
                odd.told(&name)
            );
            return Err(bench(
                what,
                format!("put the wires of {name} right, then run again"),
            ));
        }
        let item = self.is_the_item(&name, &compared);
        item.map_err(|refusal| Trouble {
            what: format!("after the case {}", refusal.trouble.what),
            ..refusal.trouble
        })
    }

    /// Refuses a unit that says it is another item than the statement is about.
    fn is_the_item(&self, name: &UnitName, compared: &Compared) -> Result<(), GateRefusal> {
        let changes = self.case.device_ops.iter().any(|op| op == "install");
        let mut other = compared.other_item.iter();
        let Some(odd) = other.find(|odd| !(changes && odd.is_software())) else {
            return Ok(());
        };
        let what = format!(
            "{}: what {} finds on it cannot stand beside the rest",
            odd.told(name),
            self.case.id
        );
        let next =
            "install the software that the profile's [product] is about, or correct it there";
        Err(bench(what, next.to_owned()).into())
    }

    /// Does something while no other supply of the bench is switched.
    fn alone(&self, act: impl FnOnce() -> Result<(), Trouble>) -> Result<(), Trouble> {
        let supplies = &self.gate.supplies;
        let waiting = supplies.wait_to_prove();
        let (mut seen, mut until) = (supplies.given_back(), self.executor.now() + TURN_MOST);
        let turn = loop {
            if let Some(turn) = waiting.try_prove() {
                break turn;
            }
            if supplies.given_back() != seen {
                (seen, until) = (supplies.given_back(), self.executor.now() + TURN_MOST);
            }
            if self.executor.now() >= until {
                return Err(Trouble::bench(
                    Channel::Power,
                    "the supply of another unit is still being switched after 60 s",
                    "see which case holds that unit, and whether its relay hangs",
                ));
            }
            self.host.pause(Dur::from(TURN))?;
        };
        drop(waiting);
        self.executor.has_the_turn(true);
        let done = act();
        self.executor.has_the_turn(false);
        drop(turn);
        done
    }

    /// A unit that is up must fall silent without its supply: otherwise another unit's is on this wire, or none is
    /// switched.
    fn goes_dark(&self, n: usize, name: &UnitName) -> Result<(), Trouble> {
        self.op(n, Op::Power(PowerOp::Off))?;
        let until = self.executor.now() + HOLD_UP;
        loop {
            self.forget_console(n)?;
            self.executor.hurry(Some(Instant::now() + LISTEN_MOST));
            let heard = make_ready(self.device, &self.host, n, LISTEN);
            self.executor.hurry(None);
            match heard {
                Err(trouble) if trouble.kind.is_device() => return Ok(()),
                Err(trouble) => return Err(trouble),
                Ok(()) if self.executor.now() < until => self.host.pause(LISTEN)?,
                Ok(()) => {
                    return Err(Trouble::bench(
                        Channel::Power,
                        format!(
                            "{name} answers although its supply is off, so its supply was not proved"
                        ),
                        format!(
                            "see whether {name}'s relay switches, whether its supply and another unit's are \
                             swapped, and whether `ready` \
                             of device.star asks the device"
                        ),
                    ));
                }
            }
        }
    }

    fn comes_up(&self, n: usize, name: &UnitName) -> Result<(), Trouble> {
        self.forget_console(n)?;
        if self.host.has(n, Channel::Power) {
            self.op(n, Op::Power(PowerOp::On))?;
        }
        let boot = self.host.profile().limits.get("boot").copied();
        let boot = boot.unwrap_or(BOOT);
        make_ready(self.device, &self.host, n, boot).map_err(|trouble| {
            let next = format!(
                "see that the supply of {name} is on and is its own, that its network is plugged in, and that \
                 its address is the bench file's"
            );
            self.explained(trouble, &format!("{name} does not come up within {boot}"), &next)
        })
    }

    /// Asks, compares, and asks again before it is held against the wires: one garbled answer is no other unit.
    fn is_itself(&self, n: usize, name: &UnitName) -> Result<Compared, GateRefusal> {
        let first = self.ask(n, name)?;
        if first.odd.is_empty() {
            if first.same == 0 {
                return Err(self.told_nothing(name, &first).into());
            }
            return Ok(first);
        }
        let again = self.ask(n, name)?;
        let sentence = proof::mismatch(name, &first, &self.gate.wanted);
        if again.found != first.found {
            let what = format!("{sentence}; asked again, it says something else");
            let next = "see whether the console or the network garbles what it carries";
            return Err(bench(what, next.to_owned()).into());
        }
        let file = &self.gate.bench_file;
        let next =
            format!("put the wires of {name} right, or its `identity` in {file}, then run again");
        Err(GateRefusal {
            trouble: bench(sentence, next),
            broken: Some(name.clone()),
        })
    }

    /// One answer, compared and on record.
    fn ask(&self, n: usize, name: &UnitName) -> Result<Compared, Trouble> {
        let said = ask_identity(self.device, &self.host, n).map_err(|trouble| {
            let next = format!(
                "see whether the wires of {name} are plugged in, and what its console says"
            );
            self.explained(trouble, &format!("{name} does not say who it is"), &next)
        });
        let mut said = said?;
        if let Some(uid) = self.chip_uid(n)? {
            let debug = said.entry(Channel::Debug).or_default();
            debug.insert("chip-uid".to_owned(), uid);
        }
        let mut wanted = self.gate.wanted.get(name).cloned().unwrap_or_default();
        let product = &self.host.profile().product;
        let claimed = [&product.model, &product.hardware, &product.software];
        let item = proof::ITEM.into_iter().zip(claimed);
        wanted.item = item.map(|(name, text)| (name, text.clone())).collect();
        let compared = proof::compare(&wanted, &said);
        let fact = Fact::Identified {
            wanted: compared.wanted.clone(),
            found: compared.found.clone(),
        };
        self.executor.record_of(n, fact)?;
        Ok(compared)
    }

    /// The chip's own number, read natively where the case uses the debug port anyway. A locked port tells nothing.
    fn chip_uid(&self, n: usize) -> Result<Option<String>, Trouble> {
        let used = self.case.needs.iter().chain(&self.case.wants);
        let used = used.into_iter().any(|c| *c == Channel::Debug);
        if !used || !self.host.has(n, Channel::Debug) {
            return Ok(None);
        }
        match self.op(n, Op::Debug(DebugOp::Identify)) {
            Ok(Observation::Text { text }) => Ok(Some(text)),
            Ok(_) => Ok(None),
            Err(trouble) if trouble.kind.is_device() => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    fn told_nothing(&self, name: &UnitName, compared: &Compared) -> Trouble {
        let listed = |all: &BTreeMap<String, String>| match all.is_empty() {
            true => "nothing".to_owned(),
            false => {
                let all: Vec<_> = all.iter().map(|(k, v)| format!("{k} {v}")).collect();
                all.join(", ")
            }
        };
        let what = format!(
            "{name} says {}, and nothing of it can be held against the bench file, which says {}: it could be any unit",
            listed(&compared.found),
            listed(&compared.bench_says),
        );
        let next = format!(
            "write into `identity` of [unit.{name}] in {} what the unit tells, or let `identity` of device.star \
             tell more",
            self.gate.bench_file
        );
        bench(what, next)
    }

    fn forget_console(&self, n: usize) -> Result<(), Trouble> {
        match self.host.has(n, Channel::Console) {
            true => self.op(n, Op::Console(ConsoleOp::Skip)).map(drop),
            false => Ok(()),
        }
    }

    fn op(&self, n: usize, op: Op) -> Result<Observation, Trouble> {
        self.host.perform(n, op)
    }

    /// The same trouble of the same family, with why it was met.
    fn explained(&self, trouble: Trouble, what: &str, next: &str) -> Trouble {
        if matches!(trouble.kind, TroubleKind::Cancelled | TroubleKind::Case) {
            return trouble;
        }
        let case = &self.case.id;
        Trouble {
            what: format!("{what}, so nothing of {case} was done: {}", trouble.what),
            try_next: trouble.try_next.or_else(|| Some(next.to_owned())),
            ..trouble
        }
    }
}

fn bench(what: String, next: String) -> Trouble {
    Trouble {
        kind: TroubleKind::Bench,
        channel: None,
        what,
        try_next: Some(next),
    }
}

#[cfg(test)]
mod tests;
