//! Ops on the bench's broker.

use crate::faulty::net::Front;
use proofhouse_model::op::MqttOp;
use proofhouse_model::{Observation, Trouble};
use proofhouse_transport::Budget;
use proofhouse_transport::peers::mqtt::Broker;
use std::time::Duration;

/// How long a device may take to subscribe to what the broker publishes.
const PUBLISH_WITHIN: Duration = Duration::from_secs(10);

/// Carries out an op on the MQTT broker; `front` is what stands before the broker on a bench that is faulty on purpose.
pub fn perform(
    broker: &Broker,
    front: Option<&Front>,
    op: &MqttOp,
    budget: &Budget,
) -> Result<Observation, Trouble> {
    let unseen = || Observation::Unseen { heard: "".into() };
    match op {
        MqttOp::Facts => {
            let mut facts = broker.facts();
            facts.port = front.map_or(facts.port, |f| f.port);
            Ok(Observation::Mqtt(facts))
        }
        MqttOp::Become { credential } => {
            broker.r#become(*credential)?;
            Ok(Observation::Done)
        }
        MqttOp::Drop => {
            broker.drop_all();
            Ok(Observation::Done)
        }
        MqttOp::AwaitDial { .. } => {
            let dial = broker.await_dial(budget)?;
            Ok(dial.map_or_else(unseen, Observation::Dial))
        }
        MqttOp::AwaitMessage { filter, .. } => {
            let message = broker.await_message(filter, budget)?;
            Ok(
                message.map_or_else(unseen, |(topic, payload)| Observation::Message {
                    topic,
                    payload,
                }),
            )
        }
        MqttOp::Publish { topic, payload } => broker
            .publish(topic, payload, &budget.at_most(PUBLISH_WITHIN))
            .map(|_| Observation::Done),
    }
}
