//! A unit that left the run and is tried: it has to be who it was, by the same questions as before a case.

use super::{Gate, GateRefusal};
use crate::executor::Executor;
use proofhouse_model::op::PowerOp;
use proofhouse_model::{CaseMeta, Channel, Op, UnitName};
use proofhouse_script::{DeviceScript, Host};
use std::sync::{Arc, PoisonError};

impl Gate {
    /// Nothing that was proved of a unit holds any more: somebody may have been at its wires.
    pub(crate) fn forget(&self, unit: &UnitName) {
        let proved = self.proved.lock();
        proved.unwrap_or_else(PoisonError::into_inner).remove(unit);
    }

    /// Lets a unit back in that had left the run, or says why not: its supply is switched, it comes up, and where it
    /// can be asked it says who it is and which item. To be called on a thread of its own.
    ///
    /// # Errors
    /// It is not the one meant; its wires do not answer still; the end of the run.
    pub(crate) fn meets(
        &self,
        executor: &Arc<Executor>,
        case: &CaseMeta,
        device: Option<&DeviceScript>,
    ) -> Result<(), GateRefusal> {
        let Some(device) = device.filter(|device| device.ops().contains("ready")) else {
            // Nothing tells when it is up, at the start of the run neither.
            return match executor.has(0, Channel::Power) {
                true => executor
                    .perform(0, Op::Power(PowerOp::On))
                    .map(drop)
                    .map_err(GateRefusal::from),
                false => Ok(()),
            };
        };
        let run = self.at(executor, case, device);
        let Some(name) = executor.name_of(0) else {
            return Ok(());
        };
        let tells = device.ops().contains("identity");
        let known = self
            .wanted
            .get(&name)
            .is_some_and(|w| !w.identity.is_empty());
        match tells {
            true if known => run.unit(0),
            true => {
                run.comes_up(0, &name)?;
                let compared = run.ask(0, &name)?;
                run.is_the_item(&name, &compared)
            }
            false => Ok(run.comes_up(0, &name)?),
        }
    }
}
