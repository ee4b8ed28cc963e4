//! An outlet of a power switch: what the bench file says, and what the model does.

use crate::read::Table;
use crate::switches::{self, Switches};
use proofhouse_model::Switch;
use proofhouse_model::settings::{Setting, Settings};
use proofhouse_model::switch::{Spoken, Way, is_topic};
use std::path::Path;
use toml::de::DeValue;

/// Holds the settings of a wire against its model, and adds what the model says. `table` is that of the unit's supply.
pub fn complete(
    table: &Table<'_>,
    mut own: Settings,
    switches: &Switches<'_>,
) -> Option<(Settings, Option<Box<Switch>>)> {
    let switch = switches.of(&table.get("model")?)?;
    place(table, &switch)?;
    told(table, &own, &switch)?;
    let outlet = outlet(table, &switch)?;
    own.0.insert("outlet".to_owned(), Setting::Whole(outlet));
    if let Some(port) = switch.way.port() {
        let port = Setting::Whole(port.into());
        own.0.entry("port".to_owned()).or_insert(port);
    }
    Some((own, Some(Box::new(switch))))
}

/// It is on the network or on a serial port, as its model is.
fn place(table: &Table<'_>, switch: &Switch) -> Option<()> {
    let (wanted, other, example) = match switch.way {
        Way::Serial(_) => (
            "serial",
            ["address", "port", "user", "password", "broker", "device"].as_slice(),
            "`serial`, such as serial = \"/dev/ttyUSB0\"",
        ),
        Way::Mqtt(_) => (
            "broker",
            ["address", "serial"].as_slice(),
            "`broker`, such as broker = \"192.168.1.2\"",
        ),
        _ => (
            "address",
            ["serial", "broker", "device"].as_slice(),
            "`address`, such as address = \"192.168.1.50\"",
        ),
    };
    let protocol = switch.way.protocol();
    if let Some(item) = other.iter().find_map(|key| table.get(key)) {
        let message = format!("`{}` is none of a switch over {protocol}", item.key());
        return item.bad(message, example);
    }
    if table.get(wanted).is_none() {
        let message = format!("nothing says where this switch over {protocol} is");
        table
            .log()
            .note(table.span(), message, |d| d.expected(example));
        return None;
    }
    match switch.way {
        Way::Mqtt(_) => behind_a_broker(table, switch),
        _ => Some(()),
    }
}

/// What the bench file tells of a switch is all there, and of no other switch.
fn told(table: &Table<'_>, own: &Settings, switch: &Switch) -> Option<()> {
    const KEYS: [&str; 5] = ["on", "off", "read", "is-on", "is-off"];
    if !switch.is_told() {
        let Some(item) = KEYS.iter().find_map(|key| table.get(key)) else {
            return Some(());
        };
        let message = format!("`{}` is none of a switch with a file", item.key());
        return item.bad(message, "it with model = \"generic-http\" alone");
    }
    let missing = KEYS.iter().filter(|key| table.need(key).is_none());
    if missing.count() > 0 {
        return None;
    }
    for key in &KEYS[..3] {
        if Spoken::parse(own.text(key).ok()?).is_none() {
            return table.get(key)?.bad(
                "this is no request",
                "a path such as \"/relay?on=1\"; or method, path and body, such as \"POST /relay on=1\"",
            );
        }
    }
    let (on, off) = (own.text("is-on").ok()?, own.text("is-off").ok()?);
    match on.contains(off) || off.contains(on) {
        false => Some(()),
        true => table.get("is-off")?.bad(
            "one of `is-on` and `is-off` is in the other",
            "two texts of which the answer has one alone",
        ),
    }
}

/// Its topics have the name that the bench file gives it, and a password comes with a user.
fn behind_a_broker(table: &Table<'_>, switch: &Switch) -> Option<()> {
    const NAME: &str = "what it is called in its topics, such as device = \"plug-3\"";
    let device = table.need("device")?;
    if !is_topic(&device.text()?) {
        return device.bad("this is no part of a topic", NAME);
    }
    match table.get("password") {
        Some(item) if table.get("user").is_none() && switch.way.user().is_empty() => {
            item.bad("over MQTT a password is that of a user", "`user` beside it")
        }
        _ => Some(()),
    }
}

fn outlet(table: &Table<'_>, switch: &Switch) -> Option<u64> {
    match (table.get("outlet"), switch.outlets) {
        (Some(item), most) => item.whole(1..=most),
        (None, 1) => Some(1),
        (None, most) => {
            let expected = format!("`outlet`, from 1 to {most}");
            let message = "nothing says which outlet of the switch";
            table
                .log()
                .note(table.span(), message, |d| d.expected(expected));
            None
        }
    }
}

/// What the model says of a key that the bench file leaves out.
pub fn default_of(table: &Table<'_>, key: &str, folder: &Path) -> Option<String> {
    match table.get("model")?.raw() {
        DeValue::String(model) => switches::default_of(model, key, folder),
        _ => None,
    }
}
