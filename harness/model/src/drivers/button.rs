//! A reset button that a relay presses.

use super::relay::{
    BUTTON_ACTIVE_LOW, BUTTON_BOARD, BUTTON_CHIP, BUTTON_LINE, BUTTON_RELAY, ON_BOARD, ON_LINE,
};
use super::switch::{
    ADDRESS, BEHIND_BROKER, BROKER, DEVICE, ON_NETWORK, ON_SERIAL, PASSWORD, PORT, SERIAL, USER,
    WHICH,
};
use super::{BUTTON, BY_OFF, BY_ON, Driver};
use crate::settings::{Key, Kind, Need};
use crate::{Channel, Dur};

/// Longest that a button is held: whoever wants more has mistyped it.
pub const LONGEST_HOLD: Dur = Dur::secs(300);

/// Its relay is one of those that switch supplies, and named by the same keys.
pub(super) const RESET: Driver = Driver {
    channel: Channel::Reset,
    name: BUTTON,
    doc: "a button at a relay, which presses it, holds it and lets it go on every way out: programs, or an outlet of \
          a power switch, a GPIO line or a relay of a USB board as of a supply, which is read back",
    keys: &[
        Key::required("hold", Kind::Duration, "how long it is held, up to 5m"),
        Key::optional("on", Kind::Command, Need::Else("by a switch"), "presses it").secret(),
        Key::optional(
            "off",
            Kind::Command,
            Need::Else("by a switch"),
            "releases it",
        )
        .secret(),
        Key::optional(
            "model",
            Kind::Text,
            Need::Else("by programs"),
            "of the power switch, a built-in one, or the path of a file of the lab's own such as `./my-strip.toml`",
        ),
        ADDRESS,
        BROKER,
        PORT,
        SERIAL,
        DEVICE,
        WHICH,
        USER,
        PASSWORD,
        BUTTON_CHIP,
        BUTTON_LINE,
        BUTTON_ACTIVE_LOW,
        BUTTON_BOARD,
        BUTTON_RELAY,
        Key::optional(
            "within",
            Kind::Duration,
            Need::Else("10s for a program, 5s for any other"),
            "how long pressing and releasing may take, each",
        ),
    ],
    own: &[
        BY_ON,
        BY_OFF,
        ON_NETWORK,
        ON_SERIAL,
        BEHIND_BROKER,
        ON_LINE,
        ON_BOARD,
    ],
    is_virtual: false,
    example: concat!(
        r#"hold = "10s", model = "netio-json", address = "192.168.1.50", port = 80, outlet = 3, user = "netio", "#,
        r#"password = "as-set", within = "5s""#
    ),
};
