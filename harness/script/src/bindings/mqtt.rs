//! `bench.peers.mqtt`: the bench's own MQTT broker, good and bad.

use crate::bindings::binding;
use crate::context::duration;
use crate::stop;
use crate::values::{BrokerFactsValue, BytesArg, DialValue, MessageFacts, MessageValue};
use proofhouse_model::op::{Credential, MqttOp};
use proofhouse_model::{Observation, Op};
use starlark::environment::MethodsBuilder;
use starlark::values::none::{NoneOr, NoneType};

binding! {
    /// The broker offered to a specimen.
    MqttBinding as "Mqtt" with mqtt_methods in MQTT_METHODS
}

/// The bench's MQTT broker, `bench.peers.mqtt`. Needs the channel `peers.mqtt`. Every case begins with good
/// credentials.
#[starlark::starlark_module]
fn mqtt_methods(_: &mut MethodsBuilder) {
    /// Where it listens and whom to trust.
    fn facts(this: &MqttBinding) -> starlark::Result<BrokerFactsValue> {
        match this.0.perform(Op::Mqtt(MqttOp::Facts))? {
            Observation::Mqtt(facts) => Ok(BrokerFactsValue(facts)),
            saw => Err(stop::unexpected("peers.mqtt.facts", &saw)),
        }
    }

    /// Drops every connection and shows another certificate from now on: `good`, `self-signed`,
    /// `wrong-authority`, `wrong-name` or `expired`.
    fn r#become(this: &MqttBinding, credential: &str) -> starlark::Result<NoneType> {
        let known = Credential::ALL.into_iter().find(|c| c.name() == credential);
        let Some(credential) = known else {
            let names = Credential::ALL.map(Credential::name).join(", ");
            return Err(stop::mistake(format!(
                "no credential `{credential}`; there are {names}"
            )));
        };
        this.0.perform(Op::Mqtt(MqttOp::Become { credential }))?;
        Ok(NoneType)
    }

    /// Drops every connection.
    fn drop(this: &MqttBinding) -> starlark::Result<NoneType> {
        this.0.perform(Op::Mqtt(MqttOp::Drop))?;
        Ok(NoneType)
    }

    /// Waits for the next dial-in until it is settled; None when nothing dialled in.
    fn await_dial(
        this: &MqttBinding,
        #[starlark(default = "30s")] within: &str,
    ) -> starlark::Result<NoneOr<DialValue>> {
        let within = duration("within", within)?;
        match this.0.perform(Op::Mqtt(MqttOp::AwaitDial { within }))? {
            Observation::Dial(dial) => Ok(NoneOr::Other(DialValue(dial))),
            Observation::Unseen { .. } => Ok(NoneOr::None),
            saw => Err(stop::unexpected("peers.mqtt.await_dial", &saw)),
        }
    }

    /// Waits for a message of the device on a topic filter such as `plug/+/state`; None when
    /// nothing came.
    fn await_message(
        this: &MqttBinding,
        filter: &str,
        #[starlark(default = "30s")] within: &str,
    ) -> starlark::Result<NoneOr<MessageValue>> {
        let (filter, within) = (filter.to_owned(), duration("within", within)?);
        match this
            .0
            .perform(Op::Mqtt(MqttOp::AwaitMessage { filter, within }))?
        {
            Observation::Message { topic, payload } => {
                Ok(NoneOr::Other(MessageValue(MessageFacts { topic, payload })))
            }
            Observation::Unseen { .. } => Ok(NoneOr::None),
            saw => Err(stop::unexpected("peers.mqtt.await_message", &saw)),
        }
    }

    /// Publishes to the device.
    fn publish<'v>(
        this: &MqttBinding,
        topic: &str,
        payload: BytesArg<'v>,
    ) -> starlark::Result<NoneType> {
        let (topic, payload) = (topic.to_owned(), payload.to_model());
        this.0
            .perform(Op::Mqtt(MqttOp::Publish { topic, payload }))?;
        Ok(NoneType)
    }
}
