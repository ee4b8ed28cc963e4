//! `bench.debug`: the debug port. No verb ever erases or writes flash.

use crate::bindings::binding;
use crate::context::duration;
use crate::stop;
use crate::values::{BytesValue, GradeValue};
use proofhouse_model::op::DebugOp;
use proofhouse_model::{Channel, Observation, Op, Trouble};
use starlark::environment::MethodsBuilder;

binding! {
    /// The debug port of a specimen.
    DebugBinding as "Debug" with debug_methods in DEBUG_METHODS
}

/// The debug port, `bench.debug`. Needs the channel `debug`. No verb ever erases or writes flash.
#[starlark::starlark_module]
fn debug_methods(_: &mut MethodsBuilder) {
    /// Tries how far the port lets one in.
    fn grade(this: &DebugBinding) -> starlark::Result<GradeValue> {
        match this.0.perform(Op::Debug(DebugOp::Grade))? {
            Observation::Grade(grade) => Ok(GradeValue(grade)),
            saw => Err(stop::unexpected("debug.grade", &saw)),
        }
    }

    /// Power off for `off`, then tries without pause from before power-up on for `length`; the best
    /// that was reached. Needs the channel `power` too; the supply is on afterwards.
    fn race(
        this: &DebugBinding,
        #[starlark(default = "300ms")] length: &str,
        #[starlark(default = "300ms")] off: &str,
    ) -> starlark::Result<GradeValue> {
        let (length, off) = (duration("length", length)?, duration("off", off)?);
        match this.0.perform(Op::Debug(DebugOp::Race { length, off }))? {
            Observation::Grade(grade) => Ok(GradeValue(grade)),
            saw => Err(stop::unexpected("debug.race", &saw)),
        }
    }

    /// Reads memory, at most 4 MiB.
    fn read(this: &DebugBinding, at: u64, len: u64) -> starlark::Result<BytesValue> {
        let blob = match this.0.perform(Op::Debug(DebugOp::Read { at, len }))? {
            Observation::Memory { blob, .. } => blob,
            saw => return Err(stop::unexpected("debug.read", &saw)),
        };
        this.0
            .run
            .host
            .blob(&blob)
            .map(BytesValue::new)
            .ok_or_else(|| {
                stop::trouble(Trouble::bench(
                    Channel::Debug,
                    format!("memory at {at:#x} was read, but its blob {blob} is gone"),
                    "look whether the run's folder is complete and the disk has space",
                ))
            })
    }

    /// The chip's own unique id. Its place must be known for the chip's family, or be said in the profile.
    fn identify(this: &DebugBinding) -> starlark::Result<String> {
        match this.0.perform(Op::Debug(DebugOp::Identify))? {
            Observation::Text { text } => Ok(text),
            // No value stands for it: two chips of which nothing is known are neither the same nor different.
            Observation::NoIdentity => Err(stop::trouble(Trouble {
                channel: Some(Channel::Debug),
                try_next: Some(
                    "write `uid = [address, length]` into [debug] of the profile".to_owned(),
                ),
                ..Trouble::case("it is not known where this chip keeps its unique id")
            })),
            saw => Err(stop::unexpected("debug.identify", &saw)),
        }
    }
}
