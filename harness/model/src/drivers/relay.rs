//! Relays that this computer switches itself: at a GPIO line, or on a board that is a USB HID device.

use super::{Driver, GPIO, HID_RELAY, Own};
use crate::Channel;
use crate::settings::{Key, Kind, Need};

const CHIP_DOC: &str = "the GPIO chip by its name or label, such as gpiochip0 or pinctrl-bcm2711";
const LINE_DOC: &str = "the line by its name, or its offset in digits";
const ACTIVE_LOW: Key = Key::optional(
    "active_low",
    Kind::YesNo,
    Need::Word("false"),
    "whether the relay is on when the line is low",
);
const BOARD_DOC: &str = "the board by its five characters, as `proofhouse discover` tells them";
const RELAY: Kind = Kind::Whole(1, 8);
const RELAY_DOC: &str = "which relay of the board, counted from 1";
const WITHIN: Key = Key::optional(
    "within",
    Kind::Duration,
    Need::Word("5s"),
    "how long one switching may take",
);

/// Keys of a line at a button, where nothing else presses it.
pub(super) const BUTTON_CHIP: Key = Key::optional("chip", Kind::Text, Need::Else("none"), CHIP_DOC);
pub(super) const BUTTON_LINE: Key = Key::optional("line", Kind::Text, Need::Else("none"), LINE_DOC);
pub(super) const BUTTON_ACTIVE_LOW: Key = Key::optional(
    "active_low",
    Kind::YesNo,
    Need::Else("false"),
    "whether the button is pressed when the line is low",
);
/// And those of a relay of a board.
pub(super) const BUTTON_BOARD: Key =
    Key::optional("board", Kind::Text, Need::Else("none"), BOARD_DOC);
pub(super) const BUTTON_RELAY: Key = Key::optional("relay", RELAY, Need::Else("none"), RELAY_DOC);

/// A line is one unit's alone.
pub(super) const ON_LINE: Own = Own {
    what: "GPIO line",
    keys: &["chip", "line"],
};
/// And so is a relay.
pub(super) const ON_BOARD: Own = Own {
    what: "relay of a board",
    keys: &["board", "relay"],
};

/// A supply at a line.
pub(super) const AT_GPIO: Driver = Driver {
    channel: Channel::Power,
    name: GPIO,
    doc: "a GPIO line of this computer at which a relay or a load switch is (Linux 5.10 or newer); held for as long as \
          the run lasts, and read back from the chip",
    keys: &[
        Key::required("chip", Kind::Text, CHIP_DOC),
        Key::required("line", Kind::Text, LINE_DOC),
        ACTIVE_LOW,
        WITHIN,
    ],
    own: &[ON_LINE],
    is_virtual: false,
    example: r#"chip = "gpiochip0", line = "17", active_low = true, within = "5s""#,
};

/// A supply at a relay of a board.
pub(super) const AT_BOARD: Driver = Driver {
    channel: Channel::Power,
    name: HID_RELAY,
    doc: "a relay of a USB board that needs no driver, sold with one to eight of them (16c0:05df, `USBRelay2`); read \
          back from the board",
    keys: &[
        Key::required("board", Kind::Text, BOARD_DOC),
        Key::required("relay", RELAY, RELAY_DOC),
        WITHIN,
    ],
    own: &[ON_BOARD],
    is_virtual: false,
    example: r#"board = "BITFT", relay = 2, within = "5s""#,
};
