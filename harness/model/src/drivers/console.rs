//! Drivers of a console.

use super::{Driver, Own};
use crate::Channel;
use crate::settings::{Key, Kind, Need};

/// What a line of a serial port is set to when it is opened.
const LEVEL: Kind = Kind::Choice(&["on", "off", "leave"]);
const BAUD: Key = Key::optional(
    "baud",
    Kind::Whole(50, 20_000_000),
    Need::Else("the profile's"),
    "line rate in bits per second",
);
const DATA_BITS: Key = Key::optional(
    "data_bits",
    Kind::Whole(5, 8),
    Need::Number(8),
    "bits of a character",
);
const PARITY: Key = Key::optional(
    "parity",
    Kind::Choice(&["none", "even", "odd"]),
    Need::Word("none"),
    "of each character",
);
const STOP_BITS: Key = Key::optional(
    "stop_bits",
    Kind::Whole(1, 2),
    Need::Number(1),
    "after each character",
);
const DTR: Key = Key::optional(
    "dtr",
    LEVEL,
    Need::Word("leave"),
    "`on`, `off` or `leave` when it is opened, where the line resets the board",
);
const RTS: Key = Key::optional("rts", LEVEL, Need::Word("leave"), "the same");
const CHAR_DELAY: Key = Key::optional(
    "char_delay",
    Kind::Duration,
    Need::Else("none"),
    "wait after each character that is sent",
);
const LINE_DELAY: Key = Key::optional(
    "line_delay",
    Kind::Duration,
    Need::Else("none"),
    "wait after each line that is sent",
);
const RECORDER: Key = Key::optional(
    "recorder",
    Kind::Path,
    Need::Else("none"),
    "a file in which another program keeps what the device says, byte for byte; where the two differ it is the bench",
);
const HOST: Key = Key::required("host", Kind::Host, "the serial server's address or name");
const SERVER_PORT: Key = Key::required(
    "port",
    Kind::Whole(1, 65_535),
    "the port of the server that leads to this console",
);
/// One port of a server leads to one console, whichever way it is spoken to.
const ON_SERVER: &[Own] = &[Own {
    what: "port of a serial server",
    keys: &["host", "port"],
}];

/// What the wire of a serial port is called that is named by its USB adapter's serial number, place or kind.
pub const USB_SERIAL: &str = "USB serial number";
/// By its place.
pub const USB_PORT: &str = "USB port";
/// By its kind.
pub const USB_KIND: &str = "kind of USB adapter";

pub(super) const USB_SERIAL_KEY: Key = Key::optional(
    "usb-serial",
    Kind::Text,
    Need::Else("none"),
    "the adapter's serial number, such as A50285BI",
);
pub(super) const USB_PORT_KEY: Key = Key::optional(
    "usb-port",
    Kind::Text,
    Need::Else("none"),
    "where the adapter is plugged in, such as 1-1.4, or 1-1.4:1.0 with the interface",
);
pub(super) const USB: Key = Key::optional(
    "usb",
    Kind::Text,
    Need::Else("none"),
    "VID:PID of an adapter that is the only one of its kind",
);
/// A port by its path, or by what its adapter is.
pub(super) const ADAPTERS: &[Own] = &[
    Own {
        what: "port",
        keys: &["port"],
    },
    Own {
        what: USB_SERIAL,
        keys: &["usb-serial"],
    },
    Own {
        what: USB_PORT,
        keys: &["usb-port"],
    },
    Own {
        what: USB_KIND,
        keys: &["usb"],
    },
];

/// A port of this computer.
pub(super) const SERIAL: Driver = Driver {
    channel: Channel::Console,
    name: "serial",
    doc: concat!(
        "a serial port or pty by path, or the port of a USB adapter by what ",
        "that is, under whichever number it comes back"
    ),
    keys: &[
        Key::optional(
            "port",
            Kind::Path,
            Need::Else("by its USB adapter"),
            "such as /dev/serial/by-id/usb-FTDI_A17",
        ),
        USB_SERIAL_KEY,
        USB_PORT_KEY,
        USB,
        BAUD,
        DATA_BITS,
        PARITY,
        STOP_BITS,
        DTR,
        RTS,
        CHAR_DELAY,
        LINE_DELAY,
        RECORDER,
    ],
    own: ADAPTERS,
    is_virtual: false,
    example: concat!(
        r#"port = "/dev/serial/by-id/usb-FTDI_A17", baud = 115200, data_bits = 8, parity = "none", stop_bits = 1, "#,
        r#"dtr = "leave", rts = "leave", char_delay = "5ms", line_delay = "50ms", recorder = "/var/log/lamp.log""#
    ),
};

/// A port of a serial server whose line is set from here.
pub(super) const RFC2217: Driver = Driver {
    channel: Channel::Console,
    name: "rfc2217",
    doc: concat!(
        "a port of a serial server that speaks RFC 2217, such as ser2net or a ",
        "labgrid exporter: the line is set from here"
    ),
    keys: &[
        HOST,
        SERVER_PORT,
        Key::optional(
            "within",
            Kind::Duration,
            Need::Word("5s"),
            "how long it may take until the server is reached and the line set",
        ),
        BAUD,
        DATA_BITS,
        PARITY,
        STOP_BITS,
        DTR,
        RTS,
        CHAR_DELAY,
        LINE_DELAY,
        RECORDER,
    ],
    own: ON_SERVER,
    is_virtual: false,
    example: concat!(
        r#"host = "192.168.1.60", port = 4000, within = "5s", baud = 115200, data_bits = 8, parity = "none", "#,
        r#"stop_bits = 1, dtr = "leave", rts = "leave", char_delay = "5ms", line_delay = "50ms", "#,
        r#"recorder = "/var/log/lamp.log""#
    ),
};

/// A port of a serial server whose line is set there.
pub(super) const TCP: Driver = Driver {
    channel: Channel::Console,
    name: "tcp",
    doc: "a raw port of a serial server: bytes as they are, the line is set at the server",
    keys: &[
        HOST,
        SERVER_PORT,
        Key::optional(
            "within",
            Kind::Duration,
            Need::Word("5s"),
            "how long it may take until the server is reached",
        ),
        CHAR_DELAY,
        LINE_DELAY,
        RECORDER,
    ],
    own: ON_SERVER,
    is_virtual: false,
    example: concat!(
        r#"host = "192.168.1.60", port = 4001, within = "5s", "#,
        r#"char_delay = "5ms", line_delay = "50ms", recorder = "/var/log/lamp.log""#
    ),
};
