//! What the bench's broker saw.

use crate::values::BytesValue;
use proofhouse_model::observation::{BrokerFacts, Dial};
use starlark::environment::MethodsBuilder;
use starlark::values::none::NoneOr;

plain_value! {
    /// Where the broker listens.
    BrokerFactsValue(BrokerFacts) as "BrokerFacts" with facts_methods in FACTS_METHODS
}

impl BrokerFactsValue {
    fn show(&self) -> String {
        format!("{}:{}", self.0.host, self.0.port)
    }
}

/// Where the bench's broker listens: what a device must be told to dial it.
#[starlark::starlark_module]
fn facts_methods(_: &mut MethodsBuilder) {
    /// Address or name.
    #[starlark(attribute)]
    fn host(this: &BrokerFactsValue) -> starlark::Result<String> {
        Ok(this.0.host.clone())
    }

    /// TCP port.
    #[starlark(attribute)]
    fn port(this: &BrokerFactsValue) -> starlark::Result<u32> {
        Ok(u32::from(this.0.port))
    }

    /// Certificate of the authority to trust, PEM.
    #[starlark(attribute)]
    fn authority_pem(this: &BrokerFactsValue) -> starlark::Result<String> {
        Ok(this.0.authority_pem.clone())
    }
}

plain_value! {
    /// A dial-in.
    DialValue(Dial) as "Dial" with dial_methods in DIAL_METHODS
}

impl DialValue {
    fn show(&self) -> String {
        let took = if self.0.handshake {
            "completed"
        } else {
            "refused"
        };
        format!("{} certificate, handshake {took}", self.0.credential.name())
    }
}

/// One dial-in of the device at the bench's broker.
#[starlark::starlark_module]
fn dial_methods(_: &mut MethodsBuilder) {
    /// Certificate the broker showed: `good`, `self-signed`, `wrong-authority`, `wrong-name`,
    /// `expired`.
    #[starlark(attribute)]
    fn credential(this: &DialValue) -> starlark::Result<String> {
        Ok(this.0.credential.name().to_owned())
    }

    /// SHA-256 of the certificate that went over the wire to it, hex; None where it heard no answer to a hello.
    #[starlark(attribute)]
    fn certificate(this: &DialValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.certificate.clone()))
    }

    /// Whether the device completed the TLS handshake.
    #[starlark(attribute)]
    fn handshake(this: &DialValue) -> starlark::Result<bool> {
        Ok(this.0.handshake)
    }

    /// Alert by which the device refused, such as `bad_certificate`; None without one.
    #[starlark(attribute)]
    fn alert(this: &DialValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.alert.clone()))
    }

    /// TLS version agreed, such as `TLSv1.3`; None without a handshake.
    #[starlark(attribute)]
    fn version(this: &DialValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.version.clone()))
    }

    /// Whether an MQTT CONNECT came: secrets may have been sent.
    #[starlark(attribute)]
    fn connect(this: &DialValue) -> starlark::Result<bool> {
        Ok(this.0.connect)
    }

    /// Client id of that CONNECT; None without one.
    #[starlark(attribute)]
    fn client_id(this: &DialValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.client_id.clone()))
    }

    /// Why it came to no session, as far as the broker can tell: what the device refused, sent or left out; None for
    /// one that is in.
    #[starlark(attribute)]
    fn why(this: &DialValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.why.clone()))
    }
}

/// A message's parts.
#[derive(Debug)]
pub(crate) struct MessageFacts {
    pub(crate) topic: String,
    pub(crate) payload: proofhouse_model::Bytes,
}

plain_value! {
    /// A published message.
    MessageValue(MessageFacts) as "Message" with message_methods in MESSAGE_METHODS
}

impl MessageValue {
    fn show(&self) -> &str {
        &self.0.topic
    }
}

/// A message the device published.
#[starlark::starlark_module]
fn message_methods(_: &mut MethodsBuilder) {
    /// Topic.
    #[starlark(attribute)]
    fn topic(this: &MessageValue) -> starlark::Result<String> {
        Ok(this.0.topic.clone())
    }

    /// Payload as it came, at most 64 KiB.
    #[starlark(attribute)]
    fn payload(this: &MessageValue) -> starlark::Result<BytesValue> {
        Ok(BytesValue::new(this.0.payload.clone()))
    }

    /// Payload as text.
    #[starlark(attribute)]
    fn text(this: &MessageValue) -> starlark::Result<String> {
        Ok(this.0.payload.lossy())
    }
}
