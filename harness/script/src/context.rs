//! What natives of a running case share: its host, its device script, its own facts.

use crate::bindings::CutShort;
use crate::client::Client;
use crate::evidence::Operation;
use crate::host::Host;
use crate::load::DeviceScript;
use crate::secrets::Named;
use crate::stop;
use crate::values::{OwnerFacts, Reply};
use crate::ways::Ways;
use proofhouse_model::seeded::{STEP, mix};
use proofhouse_model::{
    CutKind, Dur, Effect, GuideId, Observation, Op, ProvisionId, Trouble, UnitRef,
};
use starlark::any::ProvidesStaticType;
use starlark::eval::Evaluator;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// One run of one case.
pub(crate) struct Run {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) device: Option<DeviceScript>,
    /// File of the case, as it stands in script places.
    pub(crate) file: String,
    pub(crate) provisions: Vec<ProvisionId>,
    pub(crate) units: Vec<UnitRef>,
    /// Rows of other guides that the case serves.
    pub(crate) guides: Vec<GuideId>,
    pub(crate) device_ops: Vec<String>,
    /// The gravest effect the case declares.
    pub(crate) gravest: Effect,
    /// What of the network the case declares to cut.
    pub(crate) cuts: Vec<CutKind>,
    /// Trouble by which the host stopped the script between ops.
    pub(crate) stopped: Mutex<Option<Trouble>>,
    /// Depth of device-script functions the thread is in.
    pub(crate) in_device: AtomicUsize,
    /// The operation of the device script under way, and what it did.
    pub(crate) operation: Mutex<Option<Operation>>,
    /// How many ops it asked for.
    pub(crate) calls: AtomicU64,
    /// Last cookie jar given out by `bench.lan.session()`.
    pub(crate) sessions: AtomicU32,
    /// Paths asked over HTTP, without their queries; bounded.
    pub(crate) paths: Mutex<BTreeSet<String>>,
    /// Headers that every HTTP request carries for a while.
    pub(crate) with_headers: Mutex<WithHeaders>,
    /// What is broken off in the middle wherever it is sent, for a while.
    pub(crate) cut_short: Mutex<CutShort>,
    /// By which ways the unit accepted and refused what it was offered.
    pub(crate) ways: Mutex<Ways>,
    /// What it named as secrets.
    pub(crate) named: Mutex<Named>,
    /// Who set each specimen up last.
    pub(crate) owners: Mutex<BTreeMap<usize, OwnerFacts>>,
    /// Passwords that may be its owner's since a change was asked for, and the one of before.
    pub(crate) changes: Mutex<BTreeMap<usize, BTreeSet<String>>>,
    /// State of `bench.random`.
    pub(crate) random: AtomicU64,
    /// State of what instruments vary: apart, so that how often a case waited changes no `bench.random`.
    pub(crate) variation: AtomicU64,
    /// Who the bench passes for.
    pub(crate) client: &'static Client,
}

/// Headers put on requests whoever makes them, and on how many they were.
#[derive(Debug, Default)]
pub(crate) struct WithHeaders {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) requests: u64,
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Run {
    /// Carries out an op on a specimen.
    pub(crate) fn perform(&self, specimen: usize, op: Op) -> starlark::Result<Observation> {
        // The bench tells where the unit is: nothing of that was heard of the unit.
        let channel = op.channel().filter(|_| !op.is_of_the_bench());
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.of_operation(|operation| operation.sends(&op));
        let came = self.host.perform(specimen, op);
        self.of_operation(|operation| operation.saw(channel, &came));
        came.map_err(stop::trouble)
    }

    /// An operation of the device script came back with an answer.
    pub(crate) fn told_by(&self, op: &str, reply: Reply, ways: BTreeSet<String>) {
        let mut known = self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        known.told(op, reply, ways);
    }

    /// Why refusals of this case show nothing, if so.
    pub(crate) fn refused_elsewhere(&self) -> Option<String> {
        let known = self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        known.elsewhere()
    }

    pub(crate) fn of_operation(&self, act: impl FnOnce(&mut Operation)) {
        let mut operation = self
            .operation
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        operation.as_mut().map(act);
    }

    /// From now on an operation of the device script is carried out, or none; gives what the last one did.
    pub(crate) fn operates(&self, next: Option<Operation>) -> Option<Operation> {
        let mut operation = self
            .operation
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut operation, next)
    }

    /// Who set a specimen up last in this case.
    pub(crate) fn last_owner(&self, specimen: usize) -> Option<OwnerFacts> {
        let owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        owners.get(&specimen).cloned()
    }

    /// From now on this is who set it up last.
    pub(crate) fn owned_by(&self, specimen: usize, owner: &OwnerFacts) {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.remove(&specimen);
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        owners.insert(specimen, owner.clone());
    }

    /// A change of the owner's password was asked for. Whatever was answered, what logs in from now on tells which one
    /// it is.
    pub(crate) fn change_asked(&self, specimen: usize, old: Option<&str>, new: &str) {
        let Some(owner) = self.last_owner(specimen) else {
            return;
        };
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let known = changes.entry(specimen).or_default();
        if old.is_none_or(|old| old == owner.password || known.contains(old)) {
            known.extend([owner.password, new.to_owned()]);
        }
    }

    /// A password logged in: where a change was asked for, it is the owner's. Whoever resets the unit by the owner's
    /// log-in needs it.
    pub(crate) fn logged_in(&self, specimen: usize, password: &str) {
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        if changes
            .get(&specimen)
            .is_some_and(|known| known.contains(password))
        {
            let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(owner) = owners.get_mut(&specimen) {
                password.clone_into(&mut owner.password);
            }
        }
    }

    /// Next number of the case's own sequence: a function of seed and case, whatever else runs.
    pub(crate) fn next_random(&self) -> u64 {
        next(&self.random)
    }

    /// Seed of what one op of an instrument varies: order, randoms, identifiers.
    pub(crate) fn next_variation(&self) -> u64 {
        next(&self.variation)
    }
}

fn next(state: &AtomicU64) -> u64 {
    mix(state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP))
}

/// What `Evaluator::extra` points to while a case runs.
#[derive(ProvidesStaticType)]
pub(crate) struct Running(pub(crate) Arc<Run>);

/// The running case of an evaluator.
///
/// # Errors
/// While a file is only being loaded: nothing may act on a bench then.
pub(crate) fn running<'a>(eval: &Evaluator<'_, 'a, '_>) -> starlark::Result<&'a Arc<Run>> {
    match eval.extra.and_then(|extra| extra.downcast_ref::<Running>()) {
        Some(running) => Ok(&running.0),
        None => Err(stop::mistake(
            "nothing acts on the bench while a file is loaded: move this into `run(bench: Bench)`",
        )),
    }
}

/// A duration argument.
pub(crate) fn duration(name: &str, text: &str) -> starlark::Result<Dur> {
    Dur::parse(text).map_err(|why| stop::mistake(format!("argument `{name}`: {why}")))
}

/// A port argument.
pub(crate) fn port(number: u32) -> starlark::Result<u16> {
    u16::try_from(number)
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| stop::mistake(format!("port {number} is not from 1 to 65535")))
}
