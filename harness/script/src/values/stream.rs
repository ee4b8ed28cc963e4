//! `Stream`: an open TCP or TLS connection.

use crate::context::{Run, duration};
use crate::stop;
use crate::values::{BytesArg, MatchValue};
use proofhouse_model::op::StreamOp;
use proofhouse_model::{Observation, Op};
use starlark::environment::MethodsBuilder;
use starlark::values::none::{NoneOr, NoneType};
use std::sync::Arc;

/// An open connection of a specimen.
#[derive(Debug)]
pub(crate) struct StreamFacts {
    pub(crate) run: Arc<Run>,
    pub(crate) specimen: usize,
    pub(crate) stream: u32,
    pub(crate) certificate: Option<String>,
}

impl StreamFacts {
    fn perform(&self, op: StreamOp) -> starlark::Result<Observation> {
        self.run.perform(self.specimen, Op::Stream(op))
    }
}

plain_value! {
    /// An open connection.
    StreamValue(StreamFacts) as "Stream" with stream_methods in STREAM_METHODS
}

impl StreamValue {
    fn show(&self) -> String {
        self.0.stream.to_string()
    }
}

/// An open connection, closed by itself when the case ends.
#[starlark::starlark_module]
fn stream_methods(_: &mut MethodsBuilder) {
    /// Sends text or bytes as they are.
    fn send<'v>(this: &StreamValue, bytes: BytesArg<'v>) -> starlark::Result<NoneType> {
        let stream = this.0.stream;
        this.0.perform(StreamOp::Send {
            stream,
            bytes: bytes.to_model(),
        })?;
        Ok(NoneType)
    }

    /// Waits for a pattern (a regular expression over bytes); an empty one takes any bytes.
    fn expect(
        this: &StreamValue,
        pattern: &str,
        #[starlark(default = "5s")] within: &str,
    ) -> starlark::Result<MatchValue> {
        let (stream, pattern) = (this.0.stream, pattern.to_owned());
        let within = duration("within", within)?;
        match this.0.perform(StreamOp::Expect {
            stream,
            pattern,
            within,
        })? {
            Observation::Matched(matched) => Ok(MatchValue(matched)),
            saw => Err(stop::unexpected("stream.expect", &saw)),
        }
    }

    /// Closes it.
    fn close(this: &StreamValue) -> starlark::Result<NoneType> {
        this.0.perform(StreamOp::Close {
            stream: this.0.stream,
        })?;
        Ok(NoneType)
    }

    /// SHA-256 of the certificate shown; None without TLS.
    #[starlark(attribute)]
    fn certificate(this: &StreamValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.certificate.clone()))
    }
}
