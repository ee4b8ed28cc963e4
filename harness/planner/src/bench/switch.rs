//! An outlet of a power switch: what the bench file says, and what the model does.

use crate::read::Table;
use crate::switches::{self, Switches};
use proofhouse_model::Switch;
use proofhouse_model::settings::{Setting, Settings};
use proofhouse_model::switch::Way;
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
            ["address", "port", "user", "password"].as_slice(),
            "`serial`, such as serial = \"/dev/ttyUSB0\"",
        ),
        _ => (
            "address",
            ["serial"].as_slice(),
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
    Some(())
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
