//! What may be told of a unit before a case runs on it.

use crate::unit::Unit;
use proofhouse_model::drivers::{PPK2, PPK2_THRESHOLD, USB_HUB};
use proofhouse_model::{Channel, Plan, Profile, UnitSpec};
use proofhouse_transport::swd::DebugPort;
use std::collections::BTreeMap;

/// What a report tells of a unit's wires.
pub(super) fn told_of_wires(
    plan: &Plan,
    unit: &UnitSpec,
    opened: &Unit,
) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    if let Some(lan) = &opened.lan {
        let spec = lan.host.spec();
        let name = spec.address().map_or("host", |_| "address");
        let value = spec
            .address()
            .map_or_else(|| spec.to_string(), |a| a.to_string());
        facts.insert(name.to_owned(), value);
    }
    if plan.mode.without_operator.contains(&unit.name) {
        let how = "by a person, who is not asked (--no-operator)";
        facts.insert(Channel::Reset.to_string(), how.to_owned());
    }
    if let Some(dump) = opened.debug.as_ref().and_then(DebugPort::dump) {
        facts.insert("flash-dump".to_owned(), dump.to_string());
    }
    facts
}

/// Whether a label field may be shown: the profile says so, or the bench file tells the same value as who the unit is.
pub(super) fn is_public(profile: &Profile, unit: &UnitSpec, field: &str, value: &str) -> bool {
    profile.public_labels.iter().any(|name| name == field)
        || unit.identity.values().any(|known| known == value)
}

/// What its entry in the bench file says.
pub(super) fn spec_facts(unit: &UnitSpec) -> BTreeMap<String, String> {
    let mut facts = unit.identity.clone();
    facts.insert("sample".to_owned(), unit.sample.name().to_owned());
    if let Some(product) = &unit.virtual_product {
        facts.insert("virtual".to_owned(), product.clone());
    }
    for (channel, how) in [
        (Channel::Power, "switched by"),
        (Channel::Reset, "its button is pressed by"),
    ] {
        let wire = unit.wire(channel);
        let switch = wire.and_then(|wire| wire.switch.as_ref());
        if let Some(switch) = switch.filter(|switch| switch.state.is_none()) {
            let how = format!("{how} {}, not read back", switch.name);
            facts.insert(channel.to_string(), how);
        }
    }
    let power = unit.wire(Channel::Power);
    if power.is_some_and(|wire| wire.driver == USB_HUB) {
        let how = "switched by a USB hub, whose word alone says that it switched";
        facts.insert(Channel::Power.to_string(), how.to_owned());
    }
    if let Some(wire) = power.filter(|wire| wire.driver == PPK2) {
        let threshold = wire
            .settings
            .whole::<u64>(PPK2_THRESHOLD)
            .unwrap_or_default();
        let how = format!(
            "switched by a Power Profiler Kit II and read back by the current: a unit that draws less than {threshold} \
             µA looks as if it were off"
        );
        facts.insert(Channel::Power.to_string(), how);
    }
    facts
}
