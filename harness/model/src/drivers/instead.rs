//! Names that are tried for drivers which are called otherwise, or are not here on purpose.

use super::Driver;
use crate::Channel;

/// Names in lower case, and what to do instead, an imperative clause.
const INSTEAD: &[(Channel, &[&str], &str)] = &[
    (
        Channel::Console,
        &["telnet", "ser2net", "labgrid", "exporter", "moxa"],
        "write `driver = \"rfc2217\"` with the server's host and port, or `tcp` for a raw port of it",
    ),
    (
        Channel::Console,
        &["socket", "raw", "net"],
        "write `driver = \"tcp\"` with the server's host and port",
    ),
    (
        Channel::Console,
        &["usb", "uart", "tty", "ftdi", "com"],
        "write `driver = \"serial\"` with the port's path",
    ),
    (
        Channel::Power,
        &[
            "shelly", "tasmota", "apc", "gude", "netio", "anel", "lcus", "korad", "rigol",
            "siglent", "keysight", "scpi", "snmp", "pdu", "strip", "http",
        ],
        "write `driver = \"switch\"` with its model, as `proofhouse list switches` prints them, or with a file of your \
         own; its outlets count from 1",
    ),
    (
        Channel::Power,
        &["usb", "uhubctl", "gpio", "relay", "mqtt"],
        "write `driver = \"command\"` with the programs that switch it, or `outlet` for a strip that serves \
         several units; `proofhouse list switches` prints the relays that `switch` knows",
    ),
    (
        Channel::Debug,
        &[
            "jlink",
            "j-link",
            "openocd",
            "stlink",
            "st-link",
            "cmsis-dap",
            "pyocd",
        ],
        "write `driver = \"probe-rs\"` with the probe's VID:PID:SERIAL as `lsusb` shows them, or `dump` for \
         flash that is a file",
    ),
    (
        Channel::Lan,
        &["dhcp", "mdns", "dns", "ethernet", "wifi", "host"],
        "write `driver = \"ip\"`",
    ),
    (
        Channel::Reset,
        &["button", "relay", "gpio", "usb", "program", "script"],
        "write `driver = \"command\"` with the program that presses the button",
    ),
    (
        Channel::Reset,
        &["person", "hand", "manual", "prompt", "human"],
        "write `driver = \"operator\"` with what to `say`",
    ),
];

impl Driver {
    /// What to do instead where somebody writes the name of a driver that is not here.
    #[must_use]
    pub fn instead(channel: Channel, name: &str) -> Option<&'static str> {
        let name = name.to_ascii_lowercase();
        let mut rows = INSTEAD.iter();
        let row = rows.find(|(c, names, _)| *c == channel && names.contains(&name.as_str()));
        row.map(|(_, _, instead)| *instead)
    }
}
