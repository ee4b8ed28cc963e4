//! `bench.lan`: the unit's own network address.

use crate::bindings::binding;
use crate::bindings::cut_short::{CutShort, break_off, broke_off};
use crate::client::Client;
use crate::context::{WithHeaders, duration, port as port_of};
use crate::stop;
use crate::tools::to_json;
use crate::values::{
    AuthArg, BytesArg, BytesValue, CoapValue, HttpFacts, HttpValue, StreamFacts, StreamValue,
    WatchFacts, WatchValue, millis,
};
use proofhouse_model::digest::Login;
use proofhouse_model::op::{CoapOp, DatagramOp, HttpOp, ObserveOp, StreamOp};
use proofhouse_model::{Channel, Observation, Op, Trouble, TroubleKind};
use starlark::environment::MethodsBuilder;
use starlark::eval::Evaluator;
use starlark::values::Value;
use starlark::values::dict::UnpackDictEntries;
use starlark::values::list_or_tuple::UnpackListOrTuple;
use starlark::values::none::NoneOr;
use starlark::values::typing::StarlarkCallable;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

const AUTHORIZATION: &str = "Authorization";

binding! {
    /// The network address of a specimen.
    LanBinding as "Lan" with lan_methods in LAN_METHODS
}

/// The unit's network address, `bench.lan`. Needs the channel `lan`. A refused or silent device is
/// trouble of the device: wrap a call in `bench.attempt` when that is what you look for.
#[starlark::starlark_module]
fn lan_methods(_: &mut MethodsBuilder) {
    /// One HTTP exchange. `json` takes any value and sets the content type; `session` keeps cookies
    /// and the connection between calls (see `session()`). Certificates are recorded, not judged. Bytes that are no
    /// HTTP are trouble of the device (`device-garbled`); with `raw = True` they are handed out as `unparsed`. `auth`
    /// is what `basic_auth` gives, or `digest_auth`: then a first request, without it, brings the challenge.
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
        #[starlark(default = NoneOr::None)] auth: NoneOr<AuthArg<'v>>,
        #[starlark(default = 0)] session: u32,
        #[starlark(default = false)] raw: bool,
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
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        with_client(&mut headers, this.0.run.client);
        put_on(&this.0.run.with_headers, &mut headers);
        if let NoneOr::Other(AuthArg::Header(value)) = auth {
            headers.push((AUTHORIZATION.to_owned(), value.to_owned()));
        }
        remember(&this.0.run.paths, path);
        let within = duration("within", within)?;
        let leaves = break_off(&this.0.run.cut_short, &mut headers, &mut body);
        let op = HttpOp {
            method: method.to_owned(),
            port: port_of(port)?,
            tls,
            path: path.to_owned(),
            headers,
            body,
            session,
            within,
            leaves,
        };
        let answer = match auth {
            NoneOr::Other(AuthArg::Digest(login)) => digest(this, op, &login.0)?,
            _ => exchange(this, op)?,
        };
        match answer.is_http() || raw {
            true => Ok(HttpValue(answer)),
            false => Err(answer.no_http()),
        }
    }

    /// Calls `fn()` and puts these headers on each of its HTTP requests, those of the device script included, in place
    /// of those of the same name. Gives what `fn` gave, and on how many requests they were: on none where the device
    /// script takes another way.
    fn with_headers<'v>(
        this: &LanBinding,
        headers: UnpackDictEntries<&'v str, &'v str>,
        r#fn: StarlarkCallable<'v, (), Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<(Value<'v>, u64)> {
        let own = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        let next = WithHeaders {
            headers: headers.entries.iter().map(own).collect(),
            requests: 0,
        };
        let put = |next| {
            let now = this.0.run.with_headers.lock();
            std::mem::replace(&mut *now.unwrap_or_else(PoisonError::into_inner), next)
        };
        let before = put(next);
        let came = eval.eval_function(r#fn.0, &[], &[]);
        let requests = put(before).requests;
        Ok((came?, requests))
    }

    /// Calls `fn()` and breaks off each of its HTTP requests that bring `image`, those of the device script included:
    /// such a request announces all of its body, ends in the middle of the image, and its connection is closed half a
    /// second after that was sent. Trouble of the device, which mostly comes of that, ends `fn` and nothing else. Gives
    /// of how many requests half of the image was sent: of none where the device script sends an image in another way,
    /// or the device takes none.
    fn cut_short<'v>(
        this: &LanBinding,
        image: BytesArg<'v>,
        r#fn: StarlarkCallable<'v, (), Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<u64> {
        if image.slice().len() < 2 {
            return Err(stop::mistake("`image` has no middle to break it off in"));
        }
        let put = |next| {
            let now = this.0.run.cut_short.lock();
            std::mem::replace(&mut *now.unwrap_or_else(PoisonError::into_inner), next)
        };
        let before = put(CutShort::of(image.to_model()));
        let came = eval.eval_function(r#fn.0, &[], &[]);
        let requests = put(before).requests();
        match came {
            Err(error) if stop::device_trouble(&error).is_none() => Err(error),
            _ => Ok(requests),
        }
    }

    /// Paths that were asked over HTTP so far, by the case or by the device script, sorted and without their
    /// queries: the first 64. What is known of a device is worth asking elsewhere too.
    fn paths_asked(this: &LanBinding) -> starlark::Result<Vec<String>> {
        let paths = this.0.run.paths.lock();
        let paths = paths.unwrap_or_else(PoisonError::into_inner);
        Ok(paths.iter().cloned().collect())
    }

    /// When the unit answered since the last call of this, over HTTP, CoAP, raw connections and datagrams, in
    /// milliseconds from then; at most 4,096 times. Counts anew from here.
    fn answers(this: &LanBinding) -> starlark::Result<Vec<u64>> {
        match this.0.perform(Op::Answers)? {
            Observation::Lines { at } => Ok(at.into_iter().map(millis).collect()),
            saw => Err(stop::unexpected("lan.answers", &saw)),
        }
    }

    /// Number of a fresh cookie jar and kept connection, for `http(session = ...)`.
    fn session(this: &LanBinding) -> starlark::Result<u32> {
        Ok(this.0.run.sessions.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// One CoAP exchange over UDP. `options` are `(number, value)`. An answer in blocks is put together, unless the
    /// options ask for a block (23) themselves. One that does not say to which request it belongs is trouble of the
    /// device (`device-garbled`).
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

    /// Observes a CoAP resource: the device tells of it whenever it changes.
    fn observe(
        this: &LanBinding,
        path: &str,
        #[starlark(default = 5683)] port: u32,
        #[starlark(default = "5s")] within: &str,
    ) -> starlark::Result<WatchValue> {
        let op = ObserveOp::Start {
            port: port_of(port)?,
            path: path.to_owned(),
            within: duration("within", within)?,
        };
        match this.0.perform(Op::Observe(op))? {
            Observation::Observing {
                observation,
                registered,
                answer,
            } => Ok(WatchValue(WatchFacts {
                run: this.0.run.clone(),
                specimen: this.0.specimen,
                observation,
                registered,
                answer,
            })),
            saw => Err(stop::unexpected("lan.observe", &saw)),
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

fn exchange(lan: &LanBinding, op: HttpOp) -> starlark::Result<HttpFacts> {
    let leaves = op.leaves.is_some();
    match lan.0.perform(Op::Http(op))? {
        Observation::Http(answer) => {
            if leaves {
                broke_off(&lan.0.run.cut_short);
            }
            Ok(answer.into())
        }
        saw => Err(stop::unexpected("lan.http", &saw)),
    }
}

/// A request, and once more with the answer to the challenge that it brought. An answer that needs none stays as it is.
fn digest(lan: &LanBinding, op: HttpOp, login: &Login) -> starlark::Result<HttpFacts> {
    let mut answer = exchange(lan, op.clone())?;
    for again in [false, true] {
        let asks = answer.challenge().map_err(|how| {
            let what = format!("the device asks for HTTP Digest {how}, which is not known here");
            stop::trouble(Trouble::new(TroubleKind::DeviceGarbled, Channel::Lan, what))
        })?;
        let Some(challenge) = asks.filter(|challenge| !again || challenge.stale) else {
            break;
        };
        let cnonce = format!("{:016x}", lan.0.run.next_variation());
        let says = challenge.answer(login, &op.method, &op.path, &cnonce);
        let mut with = op.clone();
        with.headers.push((AUTHORIZATION.to_owned(), says));
        answer = exchange(lan, with)?;
    }
    Ok(answer)
}

/// Keeps a path, as long as there are few and it is short.
fn remember(paths: &Mutex<BTreeSet<String>>, path: &str) {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut paths = paths.lock().unwrap_or_else(PoisonError::into_inner);
    if paths.len() < 64 && path.starts_with('/') && path.len() <= 256 {
        paths.insert(path.to_owned());
    }
}

/// Puts headers on a request, in place of those of the same name.
fn put_on(with: &Mutex<WithHeaders>, headers: &mut Vec<(String, String)>) {
    let mut with = with.lock().unwrap_or_else(PoisonError::into_inner);
    if with.headers.is_empty() {
        return;
    }
    with.requests += 1;
    let new = |name: &str| {
        with.headers
            .iter()
            .any(|(n, _)| n.eq_ignore_ascii_case(name))
    };
    headers.retain(|(name, _)| !new(name));
    headers.extend(with.headers.iter().cloned());
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
