//! `bench.tap`: what goes between the unit and the world, heard by a third.

use crate::bindings::binding;
use crate::stop;
use crate::values::{CaptureFacts, CaptureValue};
use proofhouse_model::op::TapOp;
use proofhouse_model::{Observation, Op};
use starlark::environment::MethodsBuilder;
use starlark::values::none::NoneType;

binding! {
    /// The tap of a specimen.
    TapBinding as "Tap" with tap_methods in TAP_METHODS
}

/// The tap, `bench.tap`: what goes between the unit and the world. Needs the channel `tap`. A capture keeps 16 MiB,
/// 131072 packets and 4096 flows; what went by beyond that is told. On a virtual bench it hears what the bench and the
/// unit say to each other over connections opened after the start, and over all to the bench's broker; nothing of what
/// is asked of its DNS server. What a cut of the network (`bench.net`) holds up is not heard.
#[starlark::starlark_module]
fn tap_methods(_: &mut MethodsBuilder) {
    /// Listens from now on; what was heard before is forgotten.
    fn start(this: &TapBinding) -> starlark::Result<NoneType> {
        this.0.perform(Op::Tap(TapOp::Start))?;
        Ok(NoneType)
    }

    /// Listens no more, and tells what was heard since the start. The packets are kept as evidence, a pcapng file in
    /// which secrets are blanked.
    fn stop(this: &TapBinding) -> starlark::Result<CaptureValue> {
        // What peers heard meanwhile is known as a secret once the first is over: before the file is made.
        this.0.perform(Op::Tap(TapOp::Stop))?;
        match this.0.perform(Op::Tap(TapOp::Read))? {
            Observation::Captured(capture) => Ok(CaptureValue(CaptureFacts {
                run: this.0.run.clone(),
                specimen: this.0.specimen,
                capture,
            })),
            saw => Err(stop::unexpected("tap.stop", &saw)),
        }
    }
}
