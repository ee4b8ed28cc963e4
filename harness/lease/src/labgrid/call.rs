//! Calls to a coordinator, each with who asks.

use super::messages::{Nothing, OnePlace, Place, PlaceName, Places};
use crate::{Access, Identity, NotLeased};
use prost::Message;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::MetadataValue;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take: a coordinator waits ten seconds for an exporter.
const ANSWER: Duration = Duration::from_secs(15);
/// How often a quiet connection is tried; coordinators bear with no more than one in five seconds.
const PING: Duration = Duration::from_millis(7500);
const PONG: Duration = Duration::from_secs(10);
/// Both parts of who asks, and what asks: what coordinators go by that do not need a stream for it.
const HOST: &str = "x-lg-hostname";
const USER: &str = "x-lg-username";
const AGENT: &str = "x-lg-user-agent";
/// As it goes in the greeting and the metadata.
pub const VERSION: &str = concat!("proofhouse/", env!("CARGO_PKG_VERSION"));

/// Makes calls over one connection: older coordinators know who asks by the connection alone.
#[derive(Clone)]
pub struct Caller {
    grpc: Grpc<Channel>,
    me: Identity,
    coordinator: Arc<str>,
    /// It has no call for one place, so all are asked for.
    is_older: Arc<AtomicBool>,
}

impl Caller {
    pub async fn connect(access: &Access) -> Result<Self, NotLeased> {
        let unreachable = |why: String| NotLeased::Unreachable {
            coordinator: access.coordinator.clone(),
            why,
        };
        let endpoint = endpoint(access)?;
        let channel = endpoint.connect().await;
        let channel = channel.map_err(|e| unreachable(in_full(&e)))?;
        Ok(Self {
            grpc: Grpc::new(channel),
            me: access.me.clone(),
            coordinator: access.coordinator.as_str().into(),
            is_older: Arc::default(),
        })
    }

    pub fn me(&self) -> &Identity {
        &self.me
    }

    /// One call and its answer.
    pub async fn ask<Q, A>(&self, call: &'static str, what: Q) -> Result<A, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let asked = async {
            let mut grpc = self.ready().await?;
            let request = self.signed(Request::new(what));
            let answer = grpc.unary(request, path(call), ProstCodec::<Q, A>::default());
            answer.await.map(tonic::Response::into_inner)
        };
        match tokio::time::timeout(ANSWER, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(Status::deadline_exceeded("no answer came")),
        }
    }

    /// The stream of what changes. Coordinators answer with their first message, so `out` must have something to say.
    pub async fn stream<S, Q, A>(
        &self,
        call: &'static str,
        out: S,
    ) -> Result<tonic::Streaming<A>, Status>
    where
        S: tonic::codegen::tokio_stream::Stream<Item = Q> + Send + 'static,
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let asked = async {
            let mut grpc = self.ready().await?;
            let request = self.signed(Request::new(out));
            let answer = grpc.streaming(request, path(call), ProstCodec::<Q, A>::default());
            answer.await.map(tonic::Response::into_inner)
        };
        match tokio::time::timeout(ANSWER, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(Status::deadline_exceeded("no answer came")),
        }
    }

    /// One place by its name; the older calls are made where the newer one is not implemented.
    pub async fn place(&self, name: &str) -> Result<Option<Place>, NotLeased> {
        let name = name.to_owned();
        if !self.is_older.load(Ordering::Relaxed) {
            let one = PlaceName { name: name.clone() };
            match self.ask::<_, OnePlace>("GetPlace", one).await {
                Ok(one) => return Ok(one.place),
                Err(no) if no.code() == Code::Unimplemented => {
                    self.is_older.store(true, Ordering::Relaxed);
                }
                Err(no) if matches!(no.code(), Code::NotFound | Code::InvalidArgument) => {
                    return Ok(None);
                }
                Err(no) => return Err(self.refused("say who has a place", &no)),
            }
        }
        let all = self.ask::<_, Places>("GetPlaces", Nothing {}).await;
        let all = all.map_err(|no| self.refused("list its places", &no))?;
        Ok(all.places.into_iter().find(|place| place.name == name))
    }

    /// What an answer that is none means.
    pub fn refused(&self, what: &str, no: &Status) -> NotLeased {
        let coordinator = self.coordinator.to_string();
        match no.code() {
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown
                if no.metadata().is_empty() =>
            {
                NotLeased::Unreachable {
                    coordinator,
                    why: no.message().to_owned(),
                }
            }
            _ => NotLeased::Refused {
                coordinator,
                what: what.to_owned(),
                why: no.message().to_owned(),
            },
        }
    }

    async fn ready(&self) -> Result<Grpc<Channel>, Status> {
        let mut grpc = self.grpc.clone();
        let ready = grpc.ready().await;
        ready.map_err(|e| Status::unavailable(in_full(&e)))?;
        Ok(grpc)
    }

    fn signed<T>(&self, mut request: Request<T>) -> Request<T> {
        let said = [
            (HOST, self.me.host.as_str()),
            (USER, &self.me.user),
            (AGENT, VERSION),
        ];
        for (key, text) in said {
            // `Access` has seen to it that names are printable.
            if let Ok(value) = MetadataValue::try_from(text) {
                request.metadata_mut().insert(key, value);
            }
        }
        request
    }
}

fn endpoint(access: &Access) -> Result<Endpoint, NotLeased> {
    let unusable = |why: String| {
        let coordinator = access.coordinator.escape_debug();
        NotLeased::Environment(format!(
            "the coordinator `{coordinator}` cannot be used: {why}"
        ))
    };
    let scheme = if access.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let url = format!("{scheme}://{}", access.coordinator);
    let endpoint = Endpoint::from_shared(url).map_err(|e| unusable(in_full(&e)))?;
    let endpoint = endpoint
        .connect_timeout(CONNECT)
        .http2_keep_alive_interval(PING)
        .keep_alive_timeout(PONG)
        .keep_alive_while_idle(true);
    let Some(tls) = &access.tls else {
        return Ok(endpoint);
    };
    let pem = std::fs::read(&tls.authority);
    let pem = pem.map_err(|e| unusable(format!("{}: {e}", tls.authority.display())))?;
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem));
    endpoint.tls_config(tls).map_err(|e| unusable(in_full(&e)))
}

/// `/labgrid.Coordinator/<call>`.
fn path(call: &'static str) -> PathAndQuery {
    let whole = format!("/labgrid.Coordinator/{call}");
    // Names of calls are letters alone.
    PathAndQuery::try_from(whole).unwrap_or_else(|_| PathAndQuery::from_static("/"))
}

/// An error with what is behind it: by itself a transport says `transport error`.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        let more = error.to_string();
        if !out.contains(&more) {
            out = format!("{out}: {more}");
        }
        behind = error.source();
    }
    out
}
