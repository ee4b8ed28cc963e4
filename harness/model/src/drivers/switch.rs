//! Keys of whatever is switched by an outlet of a power switch: a supply, or the relay at a button.

use super::{Driver, Own, SWITCH};
use crate::Channel;
use crate::settings::{Key, Kind, Need};

pub(super) const ADDRESS: Key = Key::optional(
    "address",
    Kind::Host,
    Need::Else("none"),
    "the switch's, where it is on the network",
);
pub(super) const BROKER: Key = Key::optional(
    "broker",
    Kind::Host,
    Need::Else("none"),
    "the MQTT broker's, where the switch is behind one",
);
pub(super) const PORT: Key = Key::optional(
    "port",
    Kind::Whole(1, 65_535),
    Need::Else("the model's"),
    "its port there",
);
pub(super) const SERIAL: Key = Key::optional(
    "serial",
    Kind::Path,
    Need::Else("none"),
    "its serial port, where it is on one",
);
pub(super) const DEVICE: Key = Key::optional(
    "device",
    Kind::Text,
    Need::Else("none"),
    "what the switch is called in its topics at the broker",
);
pub(super) const WHICH: Key = Key::optional(
    "outlet",
    Kind::Whole(1, crate::switch::MOST_OUTLETS),
    Need::Else("the one that it has"),
    "which outlet or channel, counted from 1",
);
pub(super) const USER: Key =
    Key::optional("user", Kind::Text, Need::Else("the model's"), "who logs in");
pub(super) const PASSWORD: Key = Key::optional(
    "password",
    Kind::Text,
    Need::Else("none"),
    "what lets them in; the community of SNMP",
)
.secret();

/// An outlet on the network.
pub(super) const ON_NETWORK: Own = Own {
    what: "outlet of a switch",
    keys: &["address", "port", "outlet"],
};
/// An outlet on a serial port.
pub(super) const ON_SERIAL: Own = Own {
    what: "outlet of a switch",
    keys: &["serial", "outlet"],
};
/// An outlet behind a broker.
pub(super) const BEHIND_BROKER: Own = Own {
    what: "outlet of a switch",
    keys: &["broker", "port", "device", "outlet"],
};

/// A supply that is an outlet.
pub(super) const SUPPLY: Driver = Driver {
    channel: Channel::Power,
    name: SWITCH,
    doc: "an outlet of a power switch or supply whose model is built in (`proofhouse list switches`) or has a file \
          of the lab's own; the outlet is read back",
    keys: &[
        Key::required(
            "model",
            Kind::Text,
            "a built-in one, or the path of a file of the lab's own such as `./my-strip.toml`",
        ),
        ADDRESS,
        BROKER,
        PORT,
        SERIAL,
        DEVICE,
        WHICH,
        USER,
        PASSWORD,
        Key::optional(
            "on",
            Kind::Text,
            Need::Else("the model's"),
            "what switches it on, where the model is `generic-http`: `/path`, or method, path and body",
        )
        .secret(),
        Key::optional(
            "off",
            Kind::Text,
            Need::Else("the model's"),
            "what switches it off there",
        )
        .secret(),
        Key::optional(
            "read",
            Kind::Text,
            Need::Else("the model's"),
            "what asks for its state there",
        )
        .secret(),
        Key::optional(
            "is-on",
            Kind::Text,
            Need::Else("the model's"),
            "a text that the answer has when it is on alone",
        ),
        Key::optional(
            "is-off",
            Kind::Text,
            Need::Else("the model's"),
            "one that it has when it is off alone",
        ),
        Key::optional(
            "within",
            Kind::Duration,
            Need::Word("5s"),
            "how long it may take until the outlet is read back as it was switched",
        ),
    ],
    own: &[ON_NETWORK, ON_SERIAL, BEHIND_BROKER],
    is_virtual: false,
    example: concat!(
        r#"model = "netio-json", address = "192.168.1.50", port = 80, outlet = 2, user = "netio", "#,
        r#"password = "as-set", within = "5s""#
    ),
};
