//! What scripts of each kind can name.

use crate::bindings::{
    BenchValue, ConsoleBinding, DebugBinding, DeviceBinding, DhcpBinding, DnsBinding, LanBinding,
    MqttBinding, NetBinding, PeersBinding, PowerBinding, TapBinding,
};
use crate::checks::{checks, measures};
use crate::find::finds;
use crate::load::case_header;
use crate::tools::tools;
use crate::values::{
    BytesValue, CaptureValue, CoapValue, DialValue, DigestValue, FlowFindValue, FlowValue,
    FoundValue, FrozenAnswer, FrozenAttempt, FuzzValue, GradeValue, HttpValue, LeaseValue,
    MatchValue, MessageValue, OwnerValue, PasswordsValue, PortsValue, ProfileValue, QuestionValue,
    SoughtValue, StreamValue, TlsValue, WatchValue,
};
use starlark::environment::{Globals, GlobalsBuilder, LibraryExtension};
use starlark::values::starlark_value_as_type::StarlarkValueAsType;
use std::sync::LazyLock;

/// Which kind of file is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `cases/*.star`.
    Case,
    /// A file loaded by a case.
    Library,
    /// `device.star`.
    Device,
}

/// Types scripts may name in annotations.
#[starlark::starlark_module]
#[allow(non_upper_case_globals)]
fn types(_: &mut GlobalsBuilder) {
    const Bench: StarlarkValueAsType<BenchValue> = StarlarkValueAsType::new();
    const Power: StarlarkValueAsType<PowerBinding> = StarlarkValueAsType::new();
    const Console: StarlarkValueAsType<ConsoleBinding> = StarlarkValueAsType::new();
    const Lan: StarlarkValueAsType<LanBinding> = StarlarkValueAsType::new();
    const Net: StarlarkValueAsType<NetBinding> = StarlarkValueAsType::new();
    const Peers: StarlarkValueAsType<PeersBinding> = StarlarkValueAsType::new();
    const Mqtt: StarlarkValueAsType<MqttBinding> = StarlarkValueAsType::new();
    const Dns: StarlarkValueAsType<DnsBinding> = StarlarkValueAsType::new();
    const Dhcp: StarlarkValueAsType<DhcpBinding> = StarlarkValueAsType::new();
    const Tap: StarlarkValueAsType<TapBinding> = StarlarkValueAsType::new();
    const Capture: StarlarkValueAsType<CaptureValue> = StarlarkValueAsType::new();
    const Flow: StarlarkValueAsType<FlowValue> = StarlarkValueAsType::new();
    const Sought: StarlarkValueAsType<SoughtValue> = StarlarkValueAsType::new();
    const FlowFind: StarlarkValueAsType<FlowFindValue> = StarlarkValueAsType::new();
    const Debug: StarlarkValueAsType<DebugBinding> = StarlarkValueAsType::new();
    const Device: StarlarkValueAsType<DeviceBinding> = StarlarkValueAsType::new();
    const Profile: StarlarkValueAsType<ProfileValue> = StarlarkValueAsType::new();
    const Owner: StarlarkValueAsType<OwnerValue> = StarlarkValueAsType::new();
    const Answer: StarlarkValueAsType<FrozenAnswer> = StarlarkValueAsType::new();
    const Attempt: StarlarkValueAsType<FrozenAttempt> = StarlarkValueAsType::new();
    const Bytes: StarlarkValueAsType<BytesValue> = StarlarkValueAsType::new();
    const Match: StarlarkValueAsType<MatchValue> = StarlarkValueAsType::new();
    const HttpAnswer: StarlarkValueAsType<HttpValue> = StarlarkValueAsType::new();
    const Digest: StarlarkValueAsType<DigestValue> = StarlarkValueAsType::new();
    const CoapAnswer: StarlarkValueAsType<CoapValue> = StarlarkValueAsType::new();
    const Watch: StarlarkValueAsType<WatchValue> = StarlarkValueAsType::new();
    const Stream: StarlarkValueAsType<StreamValue> = StarlarkValueAsType::new();
    const Dial: StarlarkValueAsType<DialValue> = StarlarkValueAsType::new();
    const Message: StarlarkValueAsType<MessageValue> = StarlarkValueAsType::new();
    const Question: StarlarkValueAsType<QuestionValue> = StarlarkValueAsType::new();
    const Lease: StarlarkValueAsType<LeaseValue> = StarlarkValueAsType::new();
    const Grade: StarlarkValueAsType<GradeValue> = StarlarkValueAsType::new();
    const Found: StarlarkValueAsType<FoundValue> = StarlarkValueAsType::new();
    const Ports: StarlarkValueAsType<PortsValue> = StarlarkValueAsType::new();
    const Tls: StarlarkValueAsType<TlsValue> = StarlarkValueAsType::new();
    const Fuzz: StarlarkValueAsType<FuzzValue> = StarlarkValueAsType::new();
    const Passwords: StarlarkValueAsType<PasswordsValue> = StarlarkValueAsType::new();
}

/// Parts of Starlark's own library that scripts have beside its standard one.
pub(crate) const EXTENSIONS: [LibraryExtension; 6] = [
    LibraryExtension::StructType,
    LibraryExtension::Map,
    LibraryExtension::Filter,
    LibraryExtension::Partial,
    LibraryExtension::Typing,
    LibraryExtension::SetType,
];

fn common() -> GlobalsBuilder {
    GlobalsBuilder::extended_by(&EXTENSIONS)
        .with(types)
        .with(tools)
}

fn with_checks() -> GlobalsBuilder {
    let mut builder = common();
    builder.namespace("check", checks);
    builder.with(measures).with(finds)
}

/// What a kind of file can name, to be added to.
pub(crate) fn builder(kind: Kind) -> GlobalsBuilder {
    match kind {
        Kind::Case => with_checks().with(case_header::head),
        Kind::Library => with_checks(),
        Kind::Device => common(),
    }
}

/// Everything a kind of file can name.
pub(crate) fn globals(kind: Kind) -> &'static Globals {
    static CASE: LazyLock<Globals> = LazyLock::new(|| builder(Kind::Case).build());
    static LIBRARY: LazyLock<Globals> = LazyLock::new(|| builder(Kind::Library).build());
    static DEVICE: LazyLock<Globals> = LazyLock::new(|| builder(Kind::Device).build());
    match kind {
        Kind::Case => &CASE,
        Kind::Library => &LIBRARY,
        Kind::Device => &DEVICE,
    }
}
