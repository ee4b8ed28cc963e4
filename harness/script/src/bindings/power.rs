//! `bench.power`: the supply.

use crate::bindings::binding;
use crate::context::duration;
use crate::stop;
use crate::values::millis;
use proofhouse_model::op::PowerOp;
use proofhouse_model::{Observation, Op};
use starlark::environment::MethodsBuilder;
use starlark::values::none::{NoneOr, NoneType};

binding! {
    /// The supply of a specimen.
    PowerBinding as "Power" with power_methods in POWER_METHODS
}

impl PowerBinding {
    fn carry_out(&self, op: PowerOp) -> starlark::Result<NoneType> {
        self.0.perform(Op::Power(op))?;
        Ok(NoneType)
    }
}

/// The supply, `bench.power`. Needs the channel `power`.
#[starlark::starlark_module]
fn power_methods(_: &mut MethodsBuilder) {
    /// Switches on; no effect when on.
    fn on(this: &PowerBinding) -> starlark::Result<NoneType> {
        this.carry_out(PowerOp::On)
    }

    /// Switches off; no effect when off.
    fn off(this: &PowerBinding) -> starlark::Result<NoneType> {
        this.carry_out(PowerOp::Off)
    }

    /// Off, waits `off`, on.
    fn cycle(
        this: &PowerBinding,
        #[starlark(default = "500ms")] off: &str,
    ) -> starlark::Result<NoneType> {
        this.carry_out(PowerOp::Cycle {
            off: duration("off", off)?,
        })
    }

    /// Arms a cut and returns at once: the supply goes off `after` from now whatever else is going
    /// on, stays off for `off`, and comes back.
    fn cut_in(
        this: &PowerBinding,
        after: &str,
        #[starlark(default = "500ms")] off: &str,
    ) -> starlark::Result<NoneType> {
        let (after, off) = (duration("after", after)?, duration("off", off)?);
        this.carry_out(PowerOp::CutIn { after, off })
    }

    /// Arms a cut that the device itself sets off, and returns at once: the supply goes off `after` past the end of the
    /// `line`-th line of the console from now (see `console.lines`). Needs the channel `console`. A line that does not
    /// come `within` calls the cut off.
    fn cut_at_line(
        this: &PowerBinding,
        line: u32,
        #[starlark(default = "0s")] after: &str,
        #[starlark(default = "500ms")] off: &str,
        #[starlark(default = "10s")] within: &str,
    ) -> starlark::Result<NoneType> {
        this.carry_out(PowerOp::CutAtLine {
            line,
            after: duration("after", after)?,
            off: duration("off", off)?,
            within: duration("within", within)?,
        })
    }

    /// The same, set off by the `answer`-th answer of the unit over its network from now (see `lan.answers`): where no
    /// console tells what it does. Needs the channel `lan`.
    fn cut_at_answer(
        this: &PowerBinding,
        answer: u32,
        #[starlark(default = "0s")] after: &str,
        #[starlark(default = "500ms")] off: &str,
        #[starlark(default = "10s")] within: &str,
    ) -> starlark::Result<NoneType> {
        this.carry_out(PowerOp::CutAtAnswer {
            answer,
            after: duration("after", after)?,
            off: duration("off", off)?,
            within: duration("within", within)?,
        })
    }

    /// Waits until an armed cut is over and the supply is back. Returns how late it went off, in
    /// milliseconds; None when there was no cut, because the line or answer that was to set it off did not come.
    fn await_cut(this: &PowerBinding) -> starlark::Result<NoneOr<u64>> {
        match this.0.perform(Op::Power(PowerOp::AwaitCut))? {
            Observation::Cut { late } => Ok(NoneOr::Other(millis(late))),
            Observation::NotCut => Ok(NoneOr::None),
            saw => Err(stop::unexpected("power.await_cut", &saw)),
        }
    }
}
