//! Answers of network exchanges.

use crate::stop;
use crate::tools::json_value;
use crate::values::BytesValue;
use proofhouse_model::digest::Challenge;
use proofhouse_model::observation::{CoapAnswer, HttpAnswer};
use proofhouse_model::{Channel, Trouble, TroubleKind};
use starlark::environment::MethodsBuilder;
use starlark::values::dict::AllocDict;
use starlark::values::none::NoneOr;
use starlark::values::{Heap, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most bytes of an answer that a message quotes.
const MOST_QUOTED: usize = 40;

/// An HTTP answer, its body shared.
#[derive(Debug)]
pub(crate) struct HttpFacts {
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: Arc<[u8]>,
    cut: bool,
    certificate: Option<String>,
    decoded: Option<String>,
    unparsed: Option<Arc<[u8]>>,
}

impl HttpFacts {
    /// Something came that is no HTTP at all.
    pub(crate) fn is_http(&self) -> bool {
        self.status.is_some()
    }

    /// The HTTP Digest that it asks for.
    ///
    /// # Errors
    /// It asks for one that is not known here.
    pub(crate) fn challenge(&self) -> Result<Option<Challenge>, String> {
        let headers = self.headers.iter().filter(|_| self.status == Some(401));
        let asking = headers.filter(|(name, _)| name == "www-authenticate");
        Challenge::best(asking.map(|(_, value)| value.as_str()))
    }

    /// Trouble of the device with its first words.
    pub(crate) fn no_http(&self) -> starlark::Error {
        let raw = self.unparsed.as_deref().unwrap_or_default();
        let begins = String::from_utf8_lossy(&raw[..raw.len().min(MOST_QUOTED)]);
        let what = format!("the answer is no proper HTTP; it begins with {begins:?}");
        stop::trouble(garbled(what))
    }
}

impl From<HttpAnswer> for HttpFacts {
    fn from(answer: HttpAnswer) -> Self {
        Self {
            status: answer.status,
            headers: answer.headers,
            body: answer.body.into(),
            cut: answer.cut,
            certificate: answer.certificate,
            decoded: answer.decoded,
            unparsed: answer.unparsed.map(Into::into),
        }
    }
}

plain_value! {
    /// An HTTP answer.
    HttpValue(HttpFacts) as "HttpAnswer" with http_methods in HTTP_METHODS
}

impl HttpValue {
    fn show(&self) -> String {
        match self.0.status {
            Some(status) => format!("{status}, {} bytes", self.0.body.len()),
            None => "no HTTP".to_owned(),
        }
    }
}

/// An answer to an HTTP request.
#[starlark::starlark_module]
fn http_methods(_: &mut MethodsBuilder) {
    /// Status code, such as 200. There is none where what came is no HTTP: see `is_http`.
    #[starlark(attribute)]
    fn status(this: &HttpValue) -> starlark::Result<u32> {
        match this.0.status {
            Some(status) => Ok(u32::from(status)),
            None => Err(this.0.no_http()),
        }
    }

    /// Whether it has a head of HTTP. Without one, which `raw = True` alone hands out, all that came is `unparsed`.
    #[starlark(attribute)]
    fn is_http(this: &HttpValue) -> starlark::Result<bool> {
        Ok(this.0.is_http())
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

    /// Body, at most 1 MiB; see `decoded`.
    #[starlark(attribute)]
    fn body(this: &HttpValue) -> starlark::Result<BytesValue> {
        Ok(BytesValue(this.0.body.clone()))
    }

    /// Compression that was taken off the body, `gzip` or `deflate`; None where it is as it came.
    #[starlark(attribute)]
    fn decoded(this: &HttpValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.decoded.clone()))
    }

    /// Whether this is not all: longer than 1 MiB, broken off, shorter than announced, not over in time, or ended by
    /// TLS without its closing alert where nothing else tells the end. What is missing in it may have been in the rest.
    #[starlark(attribute)]
    fn cut(this: &HttpValue) -> starlark::Result<bool> {
        Ok(this.0.cut)
    }

    /// The head as it came, where it breaks rules of HTTP; all that came, where it has no head of HTTP. None for a
    /// proper answer.
    #[starlark(attribute)]
    fn unparsed(this: &HttpValue) -> starlark::Result<NoneOr<BytesValue>> {
        Ok(NoneOr::from_option(this.0.unparsed.clone().map(BytesValue)))
    }

    /// Body read as JSON. A body that is no JSON, or not all of it, is trouble of the device (`device-garbled`).
    fn json<'v>(this: &HttpValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        json_value(&this.0.body, heap).map_err(|why| {
            let cut = if this.0.cut { "cut short, and " } else { "" };
            stop::trouble(garbled(format!("the answer is {cut}no JSON: {why}")))
        })
    }

    /// SHA-256 of the certificate shown, for HTTPS; None without TLS.
    #[starlark(attribute)]
    fn certificate(this: &HttpValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.certificate.clone()))
    }
}

fn garbled(what: String) -> Trouble {
    Trouble::new(TroubleKind::DeviceGarbled, Channel::Lan, what)
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

    /// Whether the payload is not all: a block of it did not come, or it is longer than 1 MiB.
    #[starlark(attribute)]
    fn cut(this: &CoapValue) -> starlark::Result<bool> {
        Ok(this.0.cut)
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
