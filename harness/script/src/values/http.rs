//! Answers of network exchanges.

use crate::stop;
use crate::tools::json_value;
use crate::values::BytesValue;
use proofhouse_model::observation::{CoapAnswer, HttpAnswer};
use proofhouse_model::{Channel, Trouble, TroubleKind};
use starlark::environment::MethodsBuilder;
use starlark::values::dict::AllocDict;
use starlark::values::none::NoneOr;
use starlark::values::{Heap, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An HTTP answer, its body shared.
#[derive(Debug)]
pub(crate) struct HttpFacts {
    status: u16,
    headers: Vec<(String, String)>,
    body: Arc<[u8]>,
    cut: bool,
    certificate: Option<String>,
}

impl From<HttpAnswer> for HttpFacts {
    fn from(answer: HttpAnswer) -> Self {
        Self {
            status: answer.status,
            headers: answer.headers,
            body: answer.body.into(),
            cut: answer.cut,
            certificate: answer.certificate,
        }
    }
}

plain_value! {
    /// An HTTP answer.
    HttpValue(HttpFacts) as "HttpAnswer" with http_methods in HTTP_METHODS
}

impl HttpValue {
    fn show(&self) -> String {
        format!("{}, {} bytes", self.0.status, self.0.body.len())
    }
}

/// An answer to an HTTP request.
#[starlark::starlark_module]
fn http_methods(_: &mut MethodsBuilder) {
    /// Status code, such as 200.
    #[starlark(attribute)]
    fn status(this: &HttpValue) -> starlark::Result<u32> {
        Ok(u32::from(this.0.status))
    }

    /// Headers by lower-case name; of repeated ones the values joined with `, `.
    #[starlark(attribute)]
    fn headers(this: &HttpValue) -> starlark::Result<AllocDict<BTreeMap<String, String>>> {
        let mut joined: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in &this.0.headers {
            match joined.get_mut(name) {
                Some(have) => {
                    have.push_str(", ");
                    have.push_str(value);
                }
                None => {
                    joined.insert(name.clone(), value.clone());
                }
            }
        }
        Ok(AllocDict(joined))
    }

    /// Body as text.
    #[starlark(attribute)]
    fn text(this: &HttpValue) -> starlark::Result<String> {
        Ok(String::from_utf8_lossy(&this.0.body).into_owned())
    }

    /// Body as it came, at most 1 MiB.
    #[starlark(attribute)]
    fn body(this: &HttpValue) -> starlark::Result<BytesValue> {
        Ok(BytesValue(this.0.body.clone()))
    }

    /// Whether the body was longer than 1 MiB and was cut there.
    #[starlark(attribute)]
    fn cut(this: &HttpValue) -> starlark::Result<bool> {
        Ok(this.0.cut)
    }

    /// Body read as JSON. A body that is no JSON is trouble of the device (`device-garbled`).
    fn json<'v>(this: &HttpValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        json_value(&this.0.body, heap).map_err(|why| {
            stop::trouble(Trouble::new(
                TroubleKind::DeviceGarbled,
                Channel::Lan,
                format!("the answer is no JSON: {why}"),
            ))
        })
    }

    /// SHA-256 of the certificate shown, for HTTPS; None without TLS.
    #[starlark(attribute)]
    fn certificate(this: &HttpValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.certificate.clone()))
    }
}

plain_value! {
    /// A CoAP answer.
    CoapValue(CoapAnswer) as "CoapAnswer" with coap_methods in COAP_METHODS
}

impl CoapValue {
    fn show(&self) -> &str {
        &self.0.code
    }
}

/// An answer to a CoAP request.
#[starlark::starlark_module]
fn coap_methods(_: &mut MethodsBuilder) {
    /// Code, such as `2.05`; `0.00` for an empty acknowledgement or a reset.
    #[starlark(attribute)]
    fn code(this: &CoapValue) -> starlark::Result<String> {
        Ok(this.0.code.clone())
    }

    /// Payload as text.
    #[starlark(attribute)]
    fn text(this: &CoapValue) -> starlark::Result<String> {
        Ok(this.0.payload.lossy())
    }

    /// Payload as it came.
    #[starlark(attribute)]
    fn payload(this: &CoapValue) -> starlark::Result<BytesValue> {
        Ok(BytesValue::new(this.0.payload.clone()))
    }
}
