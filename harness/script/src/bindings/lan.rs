//! `bench.lan`: the unit's own network address.

use crate::bindings::binding;
use crate::client::Client;
use crate::context::{duration, port as port_of};
use crate::stop;
use crate::tools::to_json;
use crate::values::{BytesArg, BytesValue, CoapValue, HttpValue, StreamFacts, StreamValue};
use proofhouse_model::op::{CoapOp, DatagramOp, HttpOp, StreamOp};
use proofhouse_model::{Observation, Op};
use starlark::environment::MethodsBuilder;
use starlark::values::Value;
use starlark::values::dict::UnpackDictEntries;
use starlark::values::list_or_tuple::UnpackListOrTuple;
use starlark::values::none::NoneOr;
use std::sync::atomic::Ordering;

binding! {
    /// The network address of a specimen.
    LanBinding as "Lan" with lan_methods in LAN_METHODS
}

/// The unit's network address, `bench.lan`. Needs the channel `lan`. A refused or silent device is
/// trouble of the device: wrap a call in `bench.attempt` when that is what you look for.
#[starlark::starlark_module]
fn lan_methods(_: &mut MethodsBuilder) {
    /// One HTTP exchange. `json` takes any value and sets the content type; `session` keeps cookies
    /// and the connection between calls (see `session()`). Certificates are recorded, not judged.
    #[allow(clippy::too_many_arguments)]
    fn http<'v>(
        this: &LanBinding,
        method: &str,
        path: &str,
        port: u32,
        #[starlark(default = true)] tls: bool,
        #[starlark(default = UnpackDictEntries::default())] headers: UnpackDictEntries<
            &'v str,
            &'v str,
        >,
        #[starlark(default = BytesArg::Text(""))] body: BytesArg<'v>,
        #[starlark(default = NoneOr::None)] json: NoneOr<Value<'v>>,
        #[starlark(default = 0)] session: u32,
        #[starlark(default = "10s")] within: &str,
    ) -> starlark::Result<HttpValue> {
        let mut headers: Vec<(String, String)> = headers
            .entries
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let mut body = body.to_model();
        if let NoneOr::Other(json) = json {
            if !body.is_empty() {
                return Err(stop::mistake("give `body` or `json`, not both"));
            }
            body = to_json(json)?.to_string().into_bytes().into();
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        with_client(&mut headers, this.0.run.client);
        let op = HttpOp {
            method: method.to_owned(),
            port: port_of(port)?,
            tls,
            path: path.to_owned(),
            headers,
            body,
            session,
            within: duration("within", within)?,
        };
        match this.0.perform(Op::Http(op))? {
            Observation::Http(answer) => Ok(HttpValue(answer.into())),
            saw => Err(stop::unexpected("lan.http", &saw)),
        }
    }

    /// Number of a fresh cookie jar and kept connection, for `http(session = ...)`.
    fn session(this: &LanBinding) -> starlark::Result<u32> {
        Ok(this.0.run.sessions.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// One CoAP exchange over UDP. `options` are `(number, value)`.
    #[allow(clippy::too_many_arguments)]
    fn coap<'v>(
        this: &LanBinding,
        method: &str,
        path: &str,
        #[starlark(default = 5683)] port: u32,
        #[starlark(default = BytesArg::Text(""))] payload: BytesArg<'v>,
        #[starlark(default = UnpackListOrTuple::default())] options: UnpackListOrTuple<(
            u32,
            BytesArg<'v>,
        )>,
        #[starlark(default = true)] confirmable: bool,
        #[starlark(default = "5s")] within: &str,
    ) -> starlark::Result<CoapValue> {
        let option = |(number, value): (u32, BytesArg<'v>)| match u16::try_from(number) {
            Ok(number) => Ok((number, value.to_model())),
            Err(_) => Err(stop::mistake(format!("CoAP option {number} is over 65535"))),
        };
        let op = CoapOp {
            method: method.to_owned(),
            port: port_of(port)?,
            path: path.to_owned(),
            payload: payload.to_model(),
            options: options
                .items
                .into_iter()
                .map(option)
                .collect::<Result<_, _>>()?,
            confirmable,
            within: duration("within", within)?,
        };
        match this.0.perform(Op::Coap(op))? {
            Observation::Coap(answer) => Ok(CoapValue(answer)),
            saw => Err(stop::unexpected("lan.coap", &saw)),
        }
    }

    /// Opens a TCP connection, with TLS on top when asked.
    fn open(
        this: &LanBinding,
        port: u32,
        #[starlark(default = false)] tls: bool,
        #[starlark(default = "5s")] within: &str,
    ) -> starlark::Result<StreamValue> {
        let (port, within) = (port_of(port)?, duration("within", within)?);
        match this
            .0
            .perform(Op::Stream(StreamOp::Open { port, tls, within }))?
        {
            Observation::Opened {
                stream,
                certificate,
            } => Ok(StreamValue(StreamFacts {
                run: this.0.run.clone(),
                specimen: this.0.specimen,
                stream,
                certificate,
            })),
            saw => Err(stop::unexpected("lan.open", &saw)),
        }
    }

    /// Sends one datagram and waits for an answer. With `within = "0s"` it only sends and returns
    /// no bytes.
    fn datagram<'v>(
        this: &LanBinding,
        port: u32,
        bytes: BytesArg<'v>,
        #[starlark(default = "1s")] within: &str,
    ) -> starlark::Result<BytesValue> {
        let (port, within) = (port_of(port)?, duration("within", within)?);
        let op = DatagramOp {
            port,
            bytes: bytes.to_model(),
            within,
        };
        match this.0.perform(Op::Datagram(op))? {
            Observation::Datagram { bytes } => Ok(BytesValue::new(bytes)),
            Observation::Done => Ok(BytesValue::new(Vec::new())),
            saw => Err(stop::unexpected("lan.datagram", &saw)),
        }
    }
}

/// Adds what the client that the bench passes for would send, unless the script wrote its own.
fn with_client(headers: &mut Vec<(String, String)>, client: &Client) {
    let missing = |name: &str| {
        !headers
            .iter()
            .any(|(own, _)| own.eq_ignore_ascii_case(name))
    };
    let of_client = client.headers.iter().filter(|(name, _)| missing(name));
    let mut all: Vec<(String, String)> = of_client
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    all.append(headers);
    *headers = all;
}
