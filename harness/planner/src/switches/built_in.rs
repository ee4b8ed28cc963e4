//! The models that come with the program.

use super::read_text;
use proofhouse_model::Switch;

/// One line per file of the folder `transport/switches`; a test holds the two against each other.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../transport/switches/", $name, ".toml")))),*]
    };
}

/// Names and files.
pub const BUILT_IN: &[(&str, &str)] = files![
    "anel-pwrctrl",
    "apc-pdu",
    "generic-http",
    "gude-epc",
    "keysight-scpi",
    "korad-ka3005p",
    "lctech-lcus",
    "lctech-lcus1",
    "netio-json",
    "rigol-dp800",
    "shelly-gen1-mqtt",
    "shelly-gen1",
    "shelly-gen2",
    "siglent-spd3303x",
    "tasmota-http",
    "tasmota-mqtt",
    "zigbee2mqtt",
];

/// All of them.
#[must_use]
pub fn built_in() -> Vec<Switch> {
    let read = BUILT_IN.iter();
    // A test reads them all.
    read.filter_map(|(name, source)| read_text(name, source, name).ok())
        .collect()
}

/// A line for each, for people.
#[must_use]
pub fn switches_text() -> String {
    let head = "| model | devices | protocol | outlets | read back |\n|---|---|---|---|---|\n";
    let line = |switch: &Switch| {
        let outlets = match switch.outlets {
            1 => "1".to_owned(),
            n => format!("up to {n}"),
        };
        let back = match switch.state {
            Some(_) => "yes",
            None => "no",
        };
        let Switch {
            name,
            maker,
            model,
            way,
            ..
        } = switch;
        let protocol = way.protocol();
        format!("| `{name}` | {maker} {model} | {protocol} | {outlets} | {back} |\n")
    };
    head.to_owned() + &built_in().iter().map(line).collect::<String>()
}
