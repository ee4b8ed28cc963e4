//! What stands on a place, as wires.

use super::supply::{BY_URL, supply};
use proofhouse_lease::{NotLeased, Resource, Taken, Value};
use proofhouse_model::{Channel, Wire};
use proofhouse_planner::read_wire;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What a place comes to.
pub struct Found {
    /// Wires by channel.
    pub wires: BTreeMap<Channel, Wire>,
    /// What is not used, and why.
    pub aside: Vec<String>,
}

/// A resource as it would stand in a bench file.
#[derive(Debug, PartialEq)]
pub struct Said {
    /// What it is for.
    pub channel: Channel,
    /// The table of the wire.
    pub table: String,
    /// The model of its switch, where it is one without a file.
    pub model: Option<String>,
}

/// The wires of a place. `own` are channels that the bench file wires itself.
///
/// # Errors
/// Two resources are for one channel, and nothing says which is meant; or one says what no wire can be.
pub fn of(taken: &Taken, own: &BTreeSet<Channel>) -> Result<Found, NotLeased> {
    let here = |resource: &Resource| is_here(resource);
    let mut aside = Vec::new();
    let mut said: BTreeMap<Channel, Vec<(&Resource, Said)>> = BTreeMap::new();
    for resource in &taken.resources {
        match as_said(resource, &here) {
            Ok(one) if own.contains(&one.channel) => {
                let channel = one.channel;
                aside.push(format!(
                    "{} is left aside: the bench file wires {channel} itself",
                    resource.path
                ));
            }
            Ok(one) => said.entry(one.channel).or_default().push((resource, one)),
            Err(why) => aside.push(format!("{} {why}", resource.path)),
        }
    }
    let mut wires = BTreeMap::new();
    for (channel, all) in said {
        let (resource, said) = the_one(&taken.place, channel, all)?;
        let model = said.model.as_deref().map(|text| (BY_URL, text));
        let read = read_wire(&resource.path, channel, &said.table, model);
        let wire = read.map_err(|wrong| {
            let wrong: Vec<_> = wrong.into_iter().map(|d| d.message).collect();
            let why = match may_hold_credentials(resource) {
                true => "one of its parameters fits no wire; they may hold a password, and are not shown".to_owned(),
                false => wrong.join("; "),
            };
            trouble(
                &taken.place,
                format!("{} cannot be used: {why}", resource.path),
            )
        })?;
        wires.insert(channel, wire);
    }
    Ok(Found { wires, aside })
}

/// Whether something of it may be a URL with who logs in, or with a query: a mistake would be told with it.
fn may_hold_credentials(resource: &Resource) -> bool {
    let mut texts = resource.params.values();
    texts.any(|value| matches!(value, Value::Text(text) if text.contains(['@', '?'])))
}

fn trouble(place: &str, what: String) -> NotLeased {
    NotLeased::NotThere {
        place: place.to_owned(),
        what,
        waited: Duration::ZERO,
    }
}

/// Of several, the one that is called as the channel.
fn the_one<'a>(
    place: &str,
    channel: Channel,
    mut all: Vec<(&'a Resource, Said)>,
) -> Result<(&'a Resource, Said), NotLeased> {
    let word = channel.to_string();
    if let Some(at) = all.iter().position(|(resource, _)| resource.name == word) {
        return Ok(all.swap_remove(at));
    }
    match all.len() {
        1 => Ok(all.swap_remove(0)),
        _ => {
            let paths: Vec<_> = all
                .iter()
                .map(|(resource, _)| resource.path.as_str())
                .collect();
            let what = format!(
                "{} could each be its {word}: call one of them `{word}` (labgrid-client add-named-match), or wire \
                 {word} in the bench file",
                paths.join(" and ")
            );
            Err(trouble(place, what))
        }
    }
}

/// What a resource is for, or why it is not used.
fn as_said(resource: &Resource, is_here: &dyn Fn(&Resource) -> bool) -> Result<Said, String> {
    let tunnelled = resource.extra.get("proxy_required") == Some(&Value::YesNo(true));
    if PROBES.contains(&resource.class.as_str()) {
        return probe(resource, is_here(resource));
    }
    if tunnelled {
        return Err(
            "is reached through SSH to its exporter alone, which is not done here".to_owned(),
        );
    }
    match resource.class.as_str() {
        "NetworkSerialPort" => console_over_network(resource),
        "RawSerialPort" | "USBSerialPort" if is_here(resource) => console_here(resource),
        "NetworkPowerPort" => supply(resource),
        "NetworkService" => address(resource),
        "RawSerialPort" | "USBSerialPort" => {
            Err("is at another computer, and only those plugged in here can be used".to_owned())
        }
        class => Err(format!("is not used: nothing is done with a {class}")),
    }
}

fn console_over_network(resource: &Resource) -> Result<Said, String> {
    let (host, port) = (need_text(resource, "host")?, need_whole(resource, "port")?);
    let mut table = match resource.text("protocol") {
        Some("raw") => {
            return Ok(said(
                Channel::Console,
                table("tcp", &[("host", text(host)), ("port", port.to_string())]),
            ));
        }
        None | Some("rfc2217") => table(
            "rfc2217",
            &[("host", text(host)), ("port", port.to_string())],
        ),
        Some(other) => {
            return Err(format!(
                "speaks `{}`, which is no protocol known here",
                other.escape_debug()
            ));
        }
    };
    baud(&mut table, resource);
    Ok(said(Channel::Console, table))
}

fn console_here(resource: &Resource) -> Result<Said, String> {
    let port = need_text(resource, "port")?;
    // A farm's word opens a device of this computer, and no file.
    if !port.starts_with("/dev/") || port.split('/').any(|part| part == "..") {
        return Err(format!(
            "has the port `{}`, which is no device below /dev",
            port.escape_debug()
        ));
    }
    let mut table = table("serial", &[("port", text(port))]);
    baud(&mut table, resource);
    Ok(said(Channel::Console, table))
}

/// labgrid has a rate for every port.
fn baud(table: &mut Vec<(String, String)>, resource: &Resource) {
    if let Some(speed) = resource.whole("speed") {
        table.push(("baud".to_owned(), speed.to_string()));
    }
}

fn address(resource: &Resource) -> Result<Said, String> {
    let host = text(need_text(resource, "address")?);
    Ok(said(Channel::Lan, table("ip", &[("address", host)])))
}

/// Debug probes, which are worked where they are plugged in.
const PROBES: [&str; 2] = ["USBDebugger", "NetworkUSBDebugger"];

/// One at another computer is worked there, through `ssh` to its exporter as labgrid's own client goes: a tunnel for
/// the rest of the place is no other way to a probe.
fn probe(resource: &Resource, is_here: bool) -> Result<Said, String> {
    let id = |key| need_whole(resource, key).map(|n| format!("{n:04x}"));
    let probe = format!("{}:{}", id("vendor_id")?, id("model_id")?);
    let mut table = table("probe-rs", &[("probe", text(&probe))]);
    if !is_here {
        let host = match resource.extra.get("proxy") {
            Some(Value::Text(proxy)) if !proxy.is_empty() => proxy,
            _ => exporter_of(resource),
        };
        table.push(("host".to_owned(), text(host)));
    }
    Ok(said(Channel::Debug, table))
}

/// The computer that it is plugged in at.
fn exporter_of(resource: &Resource) -> &str {
    let exporter = resource.path.split('/').next();
    resource.text("host").or(exporter).unwrap_or_default()
}

/// Whether it is plugged in at this computer.
fn is_here(resource: &Resource) -> bool {
    let own = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let at = exporter_of(resource);
    let short = |name: &str| name.split('.').next().unwrap_or_default().to_lowercase();
    let loopback = at
        .parse::<std::net::IpAddr>()
        .is_ok_and(|ip| ip.is_loopback());
    loopback || at == "localhost" || (!own.trim().is_empty() && short(at) == short(own.trim()))
}

pub fn need_text<'a>(resource: &'a Resource, key: &str) -> Result<&'a str, String> {
    resource
        .text(key)
        .ok_or_else(|| format!("does not say its {key}"))
}

pub fn need_whole(resource: &Resource, key: &str) -> Result<u64, String> {
    resource
        .whole(key)
        .ok_or_else(|| format!("does not say its {key}"))
}

pub fn said(channel: Channel, keys: Vec<(String, String)>) -> Said {
    let keys: Vec<_> = keys
        .iter()
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    Said {
        channel,
        table: format!("{{ {} }}", keys.join(", ")),
        model: None,
    }
}

pub fn table(driver: &str, keys: &[(&str, String)]) -> Vec<(String, String)> {
    let own = |(key, value): &(&str, String)| ((*key).to_owned(), value.clone());
    let mut all = vec![("driver".to_owned(), text(driver))];
    all.extend(keys.iter().map(own));
    all
}

/// A text as TOML has it: JSON's escapes are among those of TOML.
pub fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A wire that leads nowhere, in place of one that is not known yet.
pub fn assumed(channel: Channel) -> Option<Wire> {
    let table = match channel {
        Channel::Power => {
            r#"{ driver = "switch", model = "shelly-gen2", address = "192.0.2.1", outlet = 1 }"#
        }
        Channel::Console => r#"{ driver = "rfc2217", host = "192.0.2.1", port = 1 }"#,
        Channel::Debug => r#"{ driver = "probe-rs", probe = "0000:0000" }"#,
        Channel::Lan => r#"{ driver = "ip", address = "192.0.2.1" }"#,
        _ => return None,
    };
    read_wire("an assumed wire", channel, table, None).ok()
}

#[cfg(test)]
mod tests;
