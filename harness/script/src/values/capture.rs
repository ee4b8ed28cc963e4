//! What a tap heard.

use crate::context::Run;
use crate::stop;
use crate::values::{BytesArg, millis};
use proofhouse_model::observation::{Capture, Flow, FlowFind, HeardTls, Side};
use proofhouse_model::op::TapOp;
use proofhouse_model::{Observation, Op};
use starlark::environment::MethodsBuilder;
use starlark::values::dict::UnpackDictEntries;
use starlark::values::none::NoneOr;
use std::sync::Arc;

/// A capture of a specimen.
#[derive(Debug)]
pub(crate) struct CaptureFacts {
    pub(crate) run: Arc<Run>,
    pub(crate) specimen: usize,
    pub(crate) capture: Capture,
}

plain_value! {
    /// A capture.
    CaptureValue(CaptureFacts) as "Capture" with capture_methods in CAPTURE_METHODS
}

impl CaptureValue {
    fn show(&self) -> String {
        let capture = &self.0.capture;
        let (flows, packets) = (capture.flows.len(), capture.packets);
        let lost = match capture.lost.is_empty() {
            true => "",
            false => ", and not all of it",
        };
        format!(
            "{flows} flows of {packets} packets in {}{lost}",
            capture.lasted
        )
    }
}

/// What went between the unit and the world from the start of the tap to its stop.
#[starlark::starlark_module]
fn capture_methods(_: &mut MethodsBuilder) {
    /// Connections, and datagrams between the same two ports, in the order in which they were first heard.
    #[starlark(attribute)]
    fn flows(this: &CaptureValue) -> starlark::Result<Vec<FlowValue>> {
        let flows = this.0.capture.flows.iter().cloned();
        Ok(flows.map(FlowValue).collect())
    }

    /// Names that the unit asked name servers for (DNS), each once.
    #[starlark(attribute)]
    fn names(this: &CaptureValue) -> starlark::Result<Vec<String>> {
        Ok(this.0.capture.names.clone())
    }

    /// Why it is not all that went by, a sentence each; empty when nothing is known to be missing. A capture that lost
    /// something can refute, and cannot show that something did not go by.
    #[starlark(attribute)]
    fn lost(this: &CaptureValue) -> starlark::Result<Vec<String>> {
        Ok(this.0.capture.lost.clone())
    }

    /// What of the unit's network the tap hears, a clause.
    #[starlark(attribute)]
    fn hears(this: &CaptureValue) -> starlark::Result<String> {
        Ok(this.0.capture.hears.clone())
    }

    /// Whether the unit said nothing in it: a tap that is deaf shows nothing.
    #[starlark(attribute)]
    fn silent(this: &CaptureValue) -> starlark::Result<bool> {
        Ok(this.0.capture.is_silent())
    }

    /// Packets kept.
    #[starlark(attribute)]
    fn packets(this: &CaptureValue) -> starlark::Result<u64> {
        Ok(this.0.capture.packets)
    }

    /// Milliseconds from start to stop.
    #[starlark(attribute)]
    fn lasted_ms(this: &CaptureValue) -> starlark::Result<u64> {
        Ok(millis(this.0.capture.lasted))
    }

    /// Looks for needles (name to text or bytes, 6 to 4096 bytes each) in what both sides said: in plain, base64, hex,
    /// URL, UTF-16 and the other forms of a flash search, in chunks put together, and in what gzip packed. What is
    /// encrypted is searched as it is. Before the tap is started again.
    fn search<'v>(
        this: &CaptureValue,
        needles: UnpackDictEntries<&'v str, BytesArg<'v>>,
    ) -> starlark::Result<SoughtValue> {
        let needles = needles.entries.iter();
        let needles = needles
            .map(|(name, value)| ((*name).to_owned(), value.to_model()))
            .collect();
        let capture = this.0.capture.number;
        let op = Op::Tap(TapOp::Search { capture, needles });
        match this.0.run.perform(this.0.specimen, op)? {
            Observation::Sought(sought) => {
                let lost = this.0.capture.lost.iter().cloned();
                Ok(SoughtValue(SoughtFacts {
                    finds: sought.finds,
                    searched: sought.searched,
                    by_unit: sought.by_unit,
                    gaps: lost.chain(sought.unread).collect(),
                }))
            }
            saw => Err(stop::unexpected("capture.search", &saw)),
        }
    }
}

plain_value! {
    /// A flow.
    FlowValue(Flow) as "Flow" with flow_methods in FLOW_METHODS
}

impl FlowValue {
    fn show(&self) -> String {
        let (flow, protocol) = (&self.0, self.0.protocol.name());
        format!(
            "{protocol} with {} port {}: {} bytes out, {} in",
            flow.peer, flow.port, flow.sent, flow.received
        )
    }
}

/// One connection, or datagrams between the same two ports.
#[starlark::starlark_module]
fn flow_methods(_: &mut MethodsBuilder) {
    /// Address of whoever the unit talks with.
    #[starlark(attribute)]
    fn peer(this: &FlowValue) -> starlark::Result<String> {
        Ok(this.0.peer.clone())
    }

    /// Port of the peer.
    #[starlark(attribute)]
    fn port(this: &FlowValue) -> starlark::Result<u32> {
        Ok(u32::from(this.0.port))
    }

    /// Port of the unit.
    #[starlark(attribute)]
    fn own_port(this: &FlowValue) -> starlark::Result<u32> {
        Ok(u32::from(this.0.own_port))
    }

    /// `tcp` or `udp`.
    #[starlark(attribute)]
    fn protocol(this: &FlowValue) -> starlark::Result<String> {
        Ok(this.0.protocol.name().to_owned())
    }

    /// Who began it, `unit` or `peer`; None where its beginning was not heard.
    #[starlark(attribute)]
    fn begun_by(this: &FlowValue) -> starlark::Result<NoneOr<String>> {
        let name = |side: Side| side.name().to_owned();
        Ok(NoneOr::from_option(this.0.begun_by.map(name)))
    }

    /// Milliseconds from the tap's start to the first packet.
    #[starlark(attribute)]
    fn first_ms(this: &FlowValue) -> starlark::Result<u64> {
        Ok(millis(this.0.first))
    }

    /// Milliseconds from the tap's start to the last packet.
    #[starlark(attribute)]
    fn last_ms(this: &FlowValue) -> starlark::Result<u64> {
        Ok(millis(this.0.last))
    }

    /// Bytes that the unit said, headers and repetitions left out.
    #[starlark(attribute)]
    fn sent(this: &FlowValue) -> starlark::Result<u64> {
        Ok(this.0.sent)
    }

    /// Bytes that the peer said, likewise.
    #[starlark(attribute)]
    fn received(this: &FlowValue) -> starlark::Result<u64> {
        Ok(this.0.received)
    }

    /// What its hello tells; None where it does not begin with one of TLS, or its beginning was not heard.
    #[starlark(attribute)]
    fn tls(this: &FlowValue) -> starlark::Result<NoneOr<HeardTlsValue>> {
        Ok(NoneOr::from_option(this.0.tls.clone().map(HeardTlsValue)))
    }
}

plain_value! {
    /// A handshake that was heard.
    HeardTlsValue(HeardTls) as "HeardTls" with tls_methods in HEARD_TLS_METHODS
}

impl HeardTlsValue {
    fn show(&self) -> String {
        let tls = &self.0;
        let chosen = tls.chosen.as_deref().unwrap_or("nothing chosen");
        let suite = tls.suite.as_deref().unwrap_or("no suite");
        format!("{chosen} {suite}")
    }
}

/// What a TLS handshake tells whoever listens.
#[starlark::starlark_module]
fn tls_methods(_: &mut MethodsBuilder) {
    /// Name that the client asks for; None without one.
    #[starlark(attribute)]
    fn sni(this: &HeardTlsValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.sni.clone()))
    }

    /// Versions that the client offers, such as `TLSv1.2`; where it offers up to one, that one.
    #[starlark(attribute)]
    fn offered(this: &HeardTlsValue) -> starlark::Result<Vec<String>> {
        Ok(this.0.offered.clone())
    }

    /// Version that the server chose; None where it chose none.
    #[starlark(attribute)]
    fn chosen(this: &HeardTlsValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.chosen.clone()))
    }

    /// Cipher suite that it chose; None where it chose none.
    #[starlark(attribute)]
    fn suite(this: &HeardTlsValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.suite.clone()))
    }

    /// SHA-256 of the certificate that it showed; None where none was seen. From TLS 1.3 on it is encrypted.
    #[starlark(attribute)]
    fn certificate(this: &HeardTlsValue) -> starlark::Result<NoneOr<String>> {
        Ok(NoneOr::from_option(this.0.certificate.clone()))
    }
}

/// Result of a search of a capture.
#[derive(Debug)]
pub(crate) struct SoughtFacts {
    pub(crate) finds: Vec<FlowFind>,
    pub(crate) searched: u64,
    pub(crate) by_unit: u64,
    pub(crate) gaps: Vec<String>,
}

plain_value! {
    /// A search of a capture.
    SoughtValue(SoughtFacts) as "Sought" with sought_methods in SOUGHT_METHODS
}

impl SoughtValue {
    fn show(&self) -> String {
        let (finds, searched) = (self.0.finds.len(), self.0.searched);
        format!("{finds} finds in {searched} bytes")
    }
}

/// What a search of a capture brought.
#[starlark::starlark_module]
fn sought_methods(_: &mut MethodsBuilder) {
    /// Each find; None where there is none and that shows nothing: the unit said nothing, or there are gaps.
    #[starlark(attribute)]
    fn finds(this: &SoughtValue) -> starlark::Result<NoneOr<Vec<FlowFindValue>>> {
        let finds = || this.0.finds.iter().cloned().map(FlowFindValue).collect();
        let whole = this.0.by_unit > 0 && this.0.gaps.is_empty();
        let tells = whole || !this.0.finds.is_empty();
        Ok(NoneOr::from_option(tells.then(finds)))
    }

    /// Why a needle that was not found may have gone by all the same, a sentence each: what the capture lost, and what
    /// could not be unpacked.
    #[starlark(attribute)]
    fn gaps(this: &SoughtValue) -> starlark::Result<Vec<String>> {
        Ok(this.0.gaps.clone())
    }

    /// Bytes searched, repetitions left out.
    #[starlark(attribute)]
    fn searched(this: &SoughtValue) -> starlark::Result<u64> {
        Ok(this.0.searched)
    }
}

plain_value! {
    /// One find in a capture.
    FlowFindValue(FlowFind) as "FlowFind" with find_methods in FLOW_FIND_METHODS
}

impl FlowFindValue {
    fn show(&self) -> String {
        let find = &self.0;
        let flow = find
            .flow
            .map_or_else(|| "a packet of no flow".to_owned(), |n| format!("flow {n}"));
        format!(
            "{} as {} by the {} at {} of {flow}",
            find.needle,
            find.encoding,
            find.by.name(),
            find.at
        )
    }
}

/// One needle found in a capture.
#[starlark::starlark_module]
fn find_methods(_: &mut MethodsBuilder) {
    /// Name of the needle.
    #[starlark(attribute)]
    fn needle(this: &FlowFindValue) -> starlark::Result<String> {
        Ok(this.0.needle.clone())
    }

    /// Encoding it was found in, such as `plain`, `base64`, or `gzip plain` in what was packed.
    #[starlark(attribute)]
    fn encoding(this: &FlowFindValue) -> starlark::Result<String> {
        Ok(this.0.encoding.clone())
    }

    /// Place of its flow in `flows`, from 0; None for a packet of no flow.
    #[starlark(attribute)]
    fn flow(this: &FlowFindValue) -> starlark::Result<NoneOr<u32>> {
        Ok(NoneOr::from_option(this.0.flow))
    }

    /// Who said it: `unit` or `peer`.
    #[starlark(attribute)]
    fn by(this: &FlowFindValue) -> starlark::Result<String> {
        Ok(this.0.by.name().to_owned())
    }

    /// Offset in what that side said on the flow, from 0; of what was packed or sent in chunks, where that begins.
    #[starlark(attribute)]
    fn at(this: &FlowFindValue) -> starlark::Result<u64> {
        Ok(this.0.at)
    }
}
