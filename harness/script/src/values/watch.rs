//! `Watch`: a CoAP resource that is observed.

use crate::context::{Run, duration};
use crate::stop;
use crate::values::CoapValue;
use proofhouse_model::observation::CoapAnswer;
use proofhouse_model::op::ObserveOp;
use proofhouse_model::{Observation, Op};
use starlark::environment::MethodsBuilder;
use starlark::values::none::NoneType;
use std::sync::Arc;

/// A resource of a specimen that is observed.
#[derive(Debug)]
pub(crate) struct WatchFacts {
    pub(crate) run: Arc<Run>,
    pub(crate) specimen: usize,
    pub(crate) observation: u32,
    pub(crate) registered: bool,
    pub(crate) answer: CoapAnswer,
}

plain_value! {
    /// A resource that is observed.
    WatchValue(WatchFacts) as "Watch" with watch_methods in WATCH_METHODS
}

impl WatchValue {
    fn show(&self) -> String {
        self.0.observation.to_string()
    }
}

/// A CoAP resource that the device tells of whenever it changes, forgotten when the case ends.
#[starlark::starlark_module]
fn watch_methods(_: &mut MethodsBuilder) {
    /// Whether the device said that it will tell of changes; without, it only answered.
    #[starlark(attribute)]
    fn registered(this: &WatchValue) -> starlark::Result<bool> {
        Ok(this.0.registered)
    }

    /// The answer to the registration.
    #[starlark(attribute)]
    fn answer(this: &WatchValue) -> starlark::Result<CoapValue> {
        Ok(CoapValue(this.0.answer.clone()))
    }

    /// Waits for the next thing that it tells. Silence is trouble of the device.
    fn next(
        this: &WatchValue,
        #[starlark(default = "5s")] within: &str,
    ) -> starlark::Result<CoapValue> {
        let (observation, within) = (this.0.observation, duration("within", within)?);
        let op = Op::Observe(ObserveOp::Next {
            observation,
            within,
        });
        match this.0.run.perform(this.0.specimen, op)? {
            Observation::Coap(answer) => Ok(CoapValue(answer)),
            saw => Err(stop::unexpected("watch.next", &saw)),
        }
    }

    /// Forgets it.
    fn stop(this: &WatchValue) -> starlark::Result<NoneType> {
        let observation = this.0.observation;
        let op = Op::Observe(ObserveOp::Stop { observation });
        this.0.run.perform(this.0.specimen, op)?;
        Ok(NoneType)
    }
}
