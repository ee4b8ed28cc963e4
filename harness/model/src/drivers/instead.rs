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
            "siglent", "keysight", "scpi", "snmp", "pdu", "strip", "http", "mqtt", "zigbee",
        ],
        "write `driver = \"switch\"` with its model, as `proofhouse list switches` prints them, or with a file of your \
         own; its outlets count from 1",
    ),
    (
        Channel::Power,
        &["usb", "uhubctl", "hub", "usb-port"],
        "write `driver = \"usb-hub\"` with the hub and its port, as /sys/bus/usb/devices lists them",
    ),
    (
        Channel::Power,
        &["relay", "usbrelay", "hidrelay", "usb-relay"],
        "write `driver = \"hid-relay\"` for a USB board that needs no driver, `gpio` for a line of this computer, or \
         `command` with the programs that switch it; `proofhouse list switches` prints the relays that `switch` knows",
    ),
    (
        Channel::Power,
        &["gpiod", "libgpiod", "gpiochip", "pin"],
        "write `driver = \"gpio\"` with the chip and the line, as `gpioinfo` lists them",
    ),
    (
        Channel::Power,
        &["ppk", "ppk-2", "ppk2-source", "power-profiler"],
        "write `driver = \"ppk2\"` with the serial number of the kit, its mode and the voltage",
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
        Channel::Uplink,
        &["ip", "netns", "rtnetlink", "eth", "ethernet", "nic", "veth"],
        "write `driver = \"interface\"` with the name of the interface that leads to the unit",
    ),
    (
        Channel::Uplink,
        &[
            "firewall", "iptables", "nft", "nftables", "tc", "snmp", "port", "ssh",
        ],
        "write `driver = \"command\"` with the programs that `cut` and `restore` it, and `what` they cut",
    ),
    (
        Channel::Tap,
        &[
            "pcap",
            "tcpdump",
            "wireshark",
            "tshark",
            "mirror",
            "span",
            "bridge",
            "eth",
            "network",
            "af-packet",
        ],
        "write `driver = \"interface\"` with the interface that the unit's packets are heard on and its MAC",
    ),
    (
        Channel::Reset,
        &[
            "relay",
            "gpio",
            "hid-relay",
            "usb",
            "switch",
            "strip",
            "outlet",
        ],
        "write `driver = \"button\"` with the programs that press and release it (`on`, `off`), the `model` of its \
         switch, the `chip` and `line` of its GPIO, or the `board` and `relay` of its USB relay",
    ),
    (
        Channel::Reset,
        &["program", "script"],
        "write `driver = \"command\"` with the program that resets the unit",
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
