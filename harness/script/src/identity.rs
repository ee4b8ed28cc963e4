//! Operations of a device script that the harness itself calls: a unit proves who it is before a destructive case.

use crate::apart::{DeviceCall, said_apart};
use crate::bindings::{BenchValue, Here};
use crate::client::client_of;
use crate::context::{Run, Running};
use crate::evidence::Operation;
use crate::host::Host;
use crate::load::DeviceScript;
use crate::run::{bounded, ended};
use proofhouse_model::event::CaseEnd;
use proofhouse_model::{Channel, Dur, Effect, Trouble, TroubleKind};
use starlark::environment::Module;
use starlark::eval::Evaluator;
use starlark::values::Value;
use starlark::values::dict::DictRef;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex};

/// What a unit says of itself, by the wire it says so on: name (`serial`, `mac`, `chip-uid`, `address`, and of the item
/// that it is `model`, `hardware`, `software`) to value.
pub type Said = BTreeMap<Channel, BTreeMap<String, String>>;

/// Names of what a unit may say of itself.
const NAMES: [&str; 7] = [
    "serial", "mac", "chip-uid", "address", "model", "hardware", "software",
];

/// Longest value taken over: what a device says is never trusted.
const LONGEST: usize = 200;

/// First cookie jar of these operations, far from those of the case that follows on the same unit.
const FIRST_SESSION: u32 = 1 << 30;

/// Calls `ready(bench, within)` of a device script for a specimen (counted from 0).
///
/// # Errors
/// Trouble of the device when it is not ready in time; any trouble its script meets; a mistake of the script.
pub fn make_ready(
    device: &DeviceScript,
    host: &Arc<dyn Host>,
    specimen: usize,
    within: Dur,
) -> Result<(), Trouble> {
    if let Some(script) = device.elsewhere() {
        let call = DeviceCall::Ready { specimen, within };
        return said_apart(script, call, &**host).map(drop);
    }
    call(device, host, specimen, "ready", Some(within), |_, _| Ok(()))
}

/// Calls `identity(bench)` of a device script for a specimen (counted from 0).
///
/// # Errors
/// Any trouble its script meets; a mistake of the script, also when it returns something else than it must.
pub fn ask_identity(
    device: &DeviceScript,
    host: &Arc<dyn Host>,
    specimen: usize,
) -> Result<Said, Trouble> {
    if let Some(script) = device.elsewhere() {
        return said_apart(script, DeviceCall::Identity { specimen }, &**host);
    }
    call(device, host, specimen, "identity", None, said)
}

/// Calls an operation on the calling thread and reads what it returns.
fn call<T>(
    device: &DeviceScript,
    host: &Arc<dyn Host>,
    specimen: usize,
    op: &'static str,
    within: Option<Dur>,
    read: impl Fn(Value<'_>, &Operation) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let function = device.function(op).ok_or_else(|| {
        let profile = &host.profile().name;
        Trouble::case(format!(
            "profile {profile} has no `{op}` in its device.star"
        ))
    })?;
    let run = Arc::new(Run {
        units: Vec::new(),
        guides: Vec::new(),
        host: host.clone(),
        device: Some(device.clone()),
        file: "device.star".to_owned(),
        provisions: Vec::new(),
        device_ops: Vec::new(),
        gravest: Effect::Reversible,
        cuts: Vec::new(),
        stopped: Mutex::new(None),
        // It runs inside the device script from the start: `bench.device` is not for it.
        in_device: AtomicUsize::new(1),
        operation: Mutex::new(Some(Operation::identifying())),
        calls: AtomicU64::new(0),
        sessions: AtomicU32::new(FIRST_SESSION),
        paths: Mutex::default(),
        with_headers: Mutex::default(),
        cut_short: Mutex::default(),
        ways: Mutex::default(),
        named: Mutex::default(),
        owners: Mutex::default(),
        changes: Mutex::default(),
        random: AtomicU64::new(host.seed()),
        variation: AtomicU64::new(!host.seed()),
        client: client_of(host.seed(), op),
    });
    let evaluate = || {
        Module::with_temp_heap(|module| {
            let running = Running(run.clone());
            let mut eval = Evaluator::new(&module);
            eval.extra = Some(&running);
            bounded(&mut eval, &run)?;
            let function = eval.heap().access_owned_frozen_value(&function);
            let here = Here {
                run: run.clone(),
                specimen,
            };
            let mut arguments = vec![eval.heap().alloc(BenchValue(here))];
            arguments.extend(within.map(|length| eval.heap().alloc(length.to_string())));
            let got = eval.eval_function(function, &arguments, &[])?;
            let did = run.operates(None).unwrap_or_default();
            Ok(read(got, &did))
        })
    };
    match catch_unwind(AssertUnwindSafe(evaluate)) {
        Ok(Ok(read)) => read,
        Ok(Err(error)) => Err(match ended(&run, &error) {
            CaseEnd::Stopped { trouble, place } => at_place(trouble, place),
            CaseEnd::Skipped { why } => {
                Trouble::case(format!("device.star: `{op}` gave up: {why}"))
            }
            CaseEnd::Complete => Trouble::case(format!("device.star: `{op}` ended for no reason")),
        }),
        Err(_) => Err(Trouble::case(format!(
            "a verb of the harness panicked in `{op}` of device.star"
        ))),
    }
}

/// A mistake of the script's with the place where it is.
fn at_place(mut trouble: Trouble, place: Option<String>) -> Trouble {
    if let (TroubleKind::Case, Some(place)) = (trouble.kind, place) {
        trouble.what.push_str(&format!(" ({place})"));
    }
    trouble
}

/// `{"console": {"serial": "A17"}}`, and nothing else; each value as it was told on its wire.
fn said(value: Value<'_>, did: &Operation) -> Result<Said, Trouble> {
    let mut out = Said::new();
    let wires = DictRef::from_value(value).ok_or_else(|| wrong("a dict", &value.to_repr()))?;
    for (wire, facts) in wires.iter() {
        let channel = wire.unpack_str().and_then(Channel::from_name);
        let channel = channel
            .ok_or_else(|| wrong("channels such as \"console\" as keys", &wire.to_repr()))?;
        let facts =
            DictRef::from_value(facts).ok_or_else(|| wrong("a dict by wire", &facts.to_repr()))?;
        for (name, value) in facts.iter() {
            let known = name.unpack_str().filter(|n| NAMES.contains(n));
            let known = known.ok_or_else(|| wrong(&NAMES.join(", "), &name.to_repr()))?;
            let text = value.unpack_str().map(str::trim).filter(|t| !t.is_empty());
            let text = text.ok_or_else(|| wrong("texts that are not empty", &value.to_repr()))?;
            let text: String = text.chars().take(LONGEST).collect();
            if !did.was_told(channel, &text) {
                return Err(not_told(channel, known, &text));
            }
            out.entry(channel)
                .or_default()
                .insert(known.to_owned(), text);
        }
    }
    Ok(out)
}

/// What is printed on a unit, or was told to it before, says nothing of where a wire leads.
fn not_told(channel: Channel, name: &str, value: &str) -> Trouble {
    Trouble::case(format!(
        "device.star: `identity` says {name} {value} of {channel}, and the unit did not tell that there: a value comes \
         out of what the unit answers on that very wire, in its own words, never from the label or from what was \
         sent; one of fewer than eight letters and digits is looked for as a word of its own"
    ))
}

fn wrong(wanted: &str, got: &str) -> Trouble {
    let got: String = got.chars().take(LONGEST).collect();
    Trouble::case(format!(
        "device.star: `identity` must return a dict such as {{\"console\": {{\"serial\": \"A17\"}}}}: {wanted}, \
         not {got}"
    ))
}
