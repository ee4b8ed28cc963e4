//! The scripts' interface, described from the natives' own documentation.

use crate::bindings::{
    BenchValue, ConsoleBinding, DebugBinding, DeviceBinding, DhcpBinding, DnsBinding, LanBinding,
    MqttBinding, NetBinding, PeersBinding, PowerBinding, TapBinding,
};
use crate::contract::DEVICE_OPS;
use crate::globals::{Kind, globals};
use crate::type_names;
use crate::values::{
    BrokerFactsValue, BytesValue, CaptureValue, CertificateValue, CoapValue, ConsoleFactsValue,
    DebugFactsValue, DhcpFactsValue, DialValue, DigestValue, DnsFactsValue, DownValue, FindValue,
    FlowFindValue, FlowValue, FoundValue, FrozenAnswer, FrozenAttempt, FuzzValue, GradeValue,
    HeardTlsValue, HostClockValue, HttpValue, LeaseValue, MatchValue, MessageValue, OwnerValue,
    PasswordsValue, PortsValue, ProductValue, ProfileValue, QuestionValue, SoughtValue,
    StreamValue, TlsValue, WatchValue, WeaknessValue,
};
use starlark::docs::{DocFunction, DocItem, DocMember, DocParam, DocString, DocType, FmtParam};
use starlark::typing::Ty;
use std::fmt::Write;

/// Starlark's own, but a script has to know how the case ends by it.
const FAIL: &str = "- `fail(*args) -> never`: ends the case with an error that names this line: a mistake of the \
    script or profile, which `attempt` does not catch and which is never a pass. What the device does is no mistake: \
    a `device.star` returns `refused(...)`, a case makes a check or calls `bench.skip`.\n";

/// Every type scripts meet, in the order shown to people.
pub(crate) fn types() -> Vec<(&'static str, DocType)> {
    fn of<T: starlark::values::StarlarkValue<'static>>() -> (&'static str, DocType) {
        (T::TYPE, DocType::from_starlark_value::<T>())
    }
    vec![
        of::<BenchValue>(),
        of::<PowerBinding>(),
        of::<ConsoleBinding>(),
        of::<LanBinding>(),
        of::<NetBinding>(),
        of::<PeersBinding>(),
        of::<MqttBinding>(),
        of::<DnsBinding>(),
        of::<DhcpBinding>(),
        of::<TapBinding>(),
        of::<DebugBinding>(),
        of::<DeviceBinding>(),
        of::<ProfileValue>(),
        of::<ProductValue>(),
        of::<ConsoleFactsValue>(),
        of::<DebugFactsValue>(),
        of::<OwnerValue>(),
        of::<FrozenAnswer>(),
        of::<FrozenAttempt>(),
        of::<BytesValue>(),
        of::<MatchValue>(),
        of::<HttpValue>(),
        of::<DigestValue>(),
        of::<CoapValue>(),
        of::<StreamValue>(),
        of::<WatchValue>(),
        of::<BrokerFactsValue>(),
        of::<DialValue>(),
        of::<MessageValue>(),
        of::<DnsFactsValue>(),
        of::<QuestionValue>(),
        of::<DhcpFactsValue>(),
        of::<LeaseValue>(),
        of::<CaptureValue>(),
        of::<FlowValue>(),
        of::<HeardTlsValue>(),
        of::<SoughtValue>(),
        of::<FlowFindValue>(),
        of::<GradeValue>(),
        of::<FoundValue>(),
        of::<FindValue>(),
        of::<PortsValue>(),
        of::<TlsValue>(),
        of::<FuzzValue>(),
        of::<DownValue>(),
        of::<PasswordsValue>(),
        of::<WeaknessValue>(),
        of::<CertificateValue>(),
        of::<HostClockValue>(),
    ]
}

/// How a type is reached, as a heading.
fn reached(name: &str) -> Option<&'static str> {
    Some(match name {
        "Bench" => "bench",
        "Power" => "bench.power",
        "Console" => "bench.console",
        "Lan" => "bench.lan",
        "Net" => "bench.net",
        "Peers" => "bench.peers",
        "Mqtt" => "bench.peers.mqtt",
        "Dns" => "bench.peers.dns",
        "Dhcp" => "bench.peers.dhcp",
        "Tap" => "bench.tap",
        "Debug" => "bench.debug",
        "Device" => "bench.device",
        "Profile" => "bench.profile",
        "Product" => "bench.profile.product",
        "ConsoleFacts" => "bench.profile.console",
        "DebugFacts" => "bench.profile.debug",
        _ => return None,
    })
}

/// Describes every object and verb of scripts in Markdown: signature, defaults, one line of meaning.
#[must_use]
pub fn api_markdown() -> String {
    let mut out = String::from("# What scripts can say\n\n");
    out.push_str(
        "Durations are text such as \"90s\" or \"250ms\". Arguments that are bytes take text, too. \
         Patterns are regular expressions over bytes.\n",
    );
    for (name, doc) in types() {
        match reached(name) {
            Some(path) => section(&mut out, &format!("`{path}` ({name})"), doc.docs.as_ref()),
            None => section(&mut out, name, doc.docs.as_ref()),
        }
        for (member, doc) in doc.members {
            entry(&mut out, &member, &doc);
        }
    }
    let mut loose = Vec::new();
    for (name, item) in globals(Kind::Case).documentation().members {
        match item {
            DocItem::Module(module) if name == "check" => {
                section(
                    &mut out,
                    "`check` (cases and their libraries only)",
                    module.docs.as_ref(),
                );
                let mut members: Vec<_> = module.members.into_iter().collect();
                members.sort_by(|(a, _), (b, _)| a.cmp(b));
                for (member, item) in members {
                    if let Some(doc) = item.try_as_member() {
                        entry(&mut out, &member, &doc);
                    }
                }
            }
            DocItem::Member(doc @ DocMember::Function(_)) if is_ours(&name) => {
                loose.push((name, doc))
            }
            _ => {}
        }
    }
    loose.sort_by_key(|(name, _)| (name != "case", name.clone()));
    section(&mut out, "Functions", None);
    for (name, doc) in loose {
        entry(&mut out, &name, &doc);
    }
    out.push_str(FAIL);
    device_contract(&mut out);
    out
}

/// Whether a global function is one of ours, not one of Starlark's own library.
fn is_ours(name: &str) -> bool {
    let starlark = starlark::environment::Globals::extended_by(&crate::globals::EXTENSIONS);
    !starlark.names().any(|own| own.as_str() == name)
}

fn section(out: &mut String, title: &str, docs: Option<&DocString>) {
    let _ = write!(out, "\n## {title}\n\n");
    if let Some(docs) = docs {
        let _ = write!(out, "{}\n\n", paragraph(docs));
    }
}

/// Doc string as one paragraph.
fn paragraph(docs: &DocString) -> String {
    let details = docs.details.as_deref().unwrap_or_default();
    let all = format!("{} {details}", docs.summary);
    all.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn entry(out: &mut String, name: &str, member: &DocMember) {
    let (head, docs) = match member {
        DocMember::Function(function) => (signature(name, function), function.docs.as_ref()),
        DocMember::Property(property) => (
            format!("{name}: {}", type_name(&property.typ)),
            property.docs.as_ref(),
        ),
    };
    let _ = write!(out, "- `{head}`");
    if let Some(docs) = docs {
        let _ = write!(out, ": {}", paragraph(docs));
    }
    out.push('\n');
}

/// A function as it is called, such as `expect(pattern: str, within: str = "5s") -> Match`.
pub(crate) fn signature(name: &str, function: &DocFunction) -> String {
    let parameter = |p: &DocParam| {
        let ty = type_name(&p.typ);
        let default = p
            .default_value
            .as_ref()
            .map(|value| type_names::default_of(&ty, value));
        let default = default
            .map(|value| format!(" = {value}"))
            .unwrap_or_default();
        format!("{}: {ty}{default}", p.name)
    };
    let parameters = function.params.fmt_params().map(|p| match p {
        FmtParam::Regular(p) => parameter(p),
        FmtParam::Args(p) => format!("*{}", p.name),
        FmtParam::Kwargs(p) => format!("**{}", p.name),
        FmtParam::Slash => "/".to_owned(),
        FmtParam::Star => "*".to_owned(),
    });
    let parameters = parameters.collect::<Vec<_>>().join(", ");
    format!("{name}({parameters}) -> {}", type_name(&function.ret.typ))
}

/// A type as people write it.
fn type_name(ty: &Ty) -> String {
    type_names::type_name(&ty.to_string())
}

fn device_contract(out: &mut String) {
    section(out, "What a `device.star` may define", None);
    out.push_str("Each takes the bench first, annotated. All are optional: ");
    out.push_str("a case declares those it uses. One that returns None may return `refused(...)` or `throttled(...)`: \
                  the case stops there as trouble of the device, unless it attempts it.\n\n");
    for op in DEVICE_OPS {
        let types: Vec<String> = op
            .parameters
            .iter()
            .map(|(name, ty)| format!("`{name}`: {ty}"))
            .collect();
        let types = if types.is_empty() {
            String::new()
        } else {
            format!(" ({})", types.join(", "))
        };
        let _ = writeln!(
            out,
            "- `{}` returns {}{types}: {}",
            op.signature(),
            op.returns,
            op.meaning
        );
    }
}
