//! A supply that measures: Nordic's Power Profiler Kit II.

use super::console::{ADAPTERS, USB, USB_PORT_KEY, USB_SERIAL_KEY};
use super::{Driver, PPK2};
use crate::Channel;
use crate::settings::{Key, Kind, Need};

/// VID and PID of the kit.
pub const PPK2_KIND: &str = "1915:c00a";
/// The setting that says below which current a unit counts as off, in microamperes.
pub const PPK2_THRESHOLD: &str = "threshold_ua";

/// A supply that is believed when the current says so.
pub(super) const SUPPLY: Driver = Driver {
    channel: Channel::Power,
    name: PPK2,
    doc: "a Power Profiler Kit II that feeds the unit, or stands between the unit and its supply; switched over its \
          serial port and read back by the current that it measures",
    keys: &[
        Key::required(
            "mode",
            Kind::Choice(&["source", "ampere"]),
            "`source` feeds the unit, `ampere` lets another supply through to it",
        ),
        Key::required(
            "voltage_mv",
            Kind::Whole(800, 5000),
            "what it feeds, or what the other supply has, in millivolts",
        ),
        Key::optional(
            PPK2_THRESHOLD,
            Kind::Whole(1, 1_000_000),
            Need::Number(5),
            "the current in microamperes below which the unit is off, and from which on it is on",
        ),
        Key::optional(
            "port",
            Kind::Path,
            Need::Else("by its USB adapter"),
            "its serial port, such as /dev/serial/by-id/usb-Nordic_Semiconductor_PPK2_D6F4-if01",
        ),
        USB_SERIAL_KEY,
        USB_PORT_KEY,
        USB,
        Key::optional(
            "within",
            Kind::Duration,
            Need::Word("5s"),
            "how long it may take until the current is as it was switched",
        ),
    ],
    own: ADAPTERS,
    is_virtual: false,
    example: concat!(
        r#"mode = "source", voltage_mv = 3300, threshold_ua = 5, "#,
        r#"port = "/dev/serial/by-id/usb-Nordic_Semiconductor_PPK2_D6F4-if01", within = "5s""#
    ),
};
