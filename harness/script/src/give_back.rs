//! What a case leaves behind on a unit that nobody can switch off or reset for it.
//!
//! The next case does not know the owner of this one. Where a reset asks for a log-in it could not bring the unit to a
//! state it knows, so the owner resets it before the case is over. That decides nothing: checks are made by then.

use crate::bindings::{Here, call_device};
use crate::context::Run;
use crate::values::{OwnerFacts, OwnerValue};
use proofhouse_model::Channel;
use starlark::eval::Evaluator;
use std::sync::{Arc, PoisonError};

/// Operations that it takes; a case that resets nothing has none to give back.
const NEEDED: [&str; 3] = ["is_factory_default", "factory_reset", "ready"];

/// Resets every specimen that its last owner alone could reset later.
pub(crate) fn give_back(run: &Arc<Run>, eval: &mut Evaluator<'_, '_, '_>) {
    let has = |op: &&str| run.device_ops.iter().any(|declared| declared == op);
    if !NEEDED.iter().all(has) {
        return;
    }
    let owners = run.owners.lock().unwrap_or_else(PoisonError::into_inner);
    let owners = owners.clone();
    for (specimen, owner) in owners {
        let others = [Channel::Power, Channel::Reset];
        if others.into_iter().any(|c| run.host.has(specimen, c)) || run.host.stopped().is_some() {
            continue;
        }
        let here = Here {
            run: run.clone(),
            specimen,
        };
        if reset(&here, owner, eval).is_err() {
            let unit = run.host.unit_name(specimen);
            // A journal that cannot be written has ended the run already.
            let _ = run.host.noted(&format!(
                "{unit} could not be given back in its factory state: the next case may not be able to reset it"
            ));
        }
    }
}

fn reset(here: &Here, owner: OwnerFacts, eval: &mut Evaluator<'_, '_, '_>) -> starlark::Result<()> {
    if call_device(here, "is_factory_default", &[], eval)?.unpack_bool() == Some(true) {
        return Ok(());
    }
    let owner = eval.heap().alloc(OwnerValue(owner));
    call_device(here, "factory_reset", &[owner], eval)?;
    let limits = &here.run.host.profile().limits;
    let within = limits
        .get("reset")
        .map_or("30s".to_owned(), ToString::to_string);
    let within = eval.heap().alloc(within);
    call_device(here, "ready", &[within], eval).map(drop)
}
