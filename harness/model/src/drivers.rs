//! All drivers a bench file can name: one row each.
//!
//! The row is all there is to say about a driver before it is opened. It feeds the reader of bench files with its
//! mistakes and nearest names, the check that no two units share a wire, the JSON schema and the printed table. What
//! opens it is one line in `transport::<channel>::open`.

mod button;
pub mod console;
mod dhcp;
mod dns;
mod instead;
mod ppk2;
mod relay;
mod switch;
mod tap;
mod uplink;

pub use button::LONGEST_HOLD;
pub use dhcp::LEASE;
pub use ppk2::{PPK2_KIND, PPK2_THRESHOLD};

use crate::Channel;
use crate::settings::{Key, Kind, Need};

/// One driver of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Driver {
    /// What it drives.
    pub channel: Channel,
    /// As written after `driver =`.
    pub name: &'static str,
    /// What it is, a lower-case clause.
    pub doc: &'static str,
    /// Its settings.
    pub keys: &'static [Key],
    /// What each unit has of its own.
    pub own: &'static [Own],
    /// Belongs to a virtual product and has no settings.
    pub is_virtual: bool,
    /// The rest of a table that uses it, after `driver = "name"`: as it stands in a bench file.
    pub example: &'static str,
}

/// Settings that together name one wire, which one unit alone can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Own {
    /// What the wire is called. Wires that are called the same are compared, whatever driver and channel they are of.
    pub what: &'static str,
    /// The keys whose values together name it; the first is pointed at. One that is absent may name something all the
    /// same: [`crate::spelling::of_absent`].
    pub keys: &'static [&'static str],
}

const fn virtual_one(channel: Channel, doc: &'static str) -> Driver {
    Driver {
        channel,
        name: "virtual",
        doc,
        keys: &[],
        own: &[],
        is_virtual: true,
        example: "",
    }
}

/// The driver of a reset by a button that a relay presses.
pub const BUTTON: &str = "button";
/// The driver of a reset that a person carries out, when asked.
pub const OPERATOR: &str = "operator";
/// The setting of an operator that names a picture of what to do, seen from the bench file's folder.
pub const PICTURE: &str = "picture";
/// The driver of flash that is a file: it shows nothing of a lock.
pub const DUMP: &str = "dump";
/// The driver of an outlet whose strip is described once for all units on it.
pub const OUTLET: &str = "outlet";
/// What stands for the outlet's name in the programs of a strip.
pub const OUTLET_MARK: &str = "{outlet}";
/// The setting of an outlet that tells its strip from others: the strip's program for "on", with the mark in it. No key
/// of a file.
pub const STRIP_PROGRAMS: &str = "strip-programs";
const COMMAND_WITHIN: Key = Key::optional(
    "within",
    Kind::Duration,
    Need::Word("10s"),
    "how long each may take",
);

/// Keys of `[power.strip.NAME]`.
pub const STRIP: &[Key] = &[
    Key::required(
        "on",
        Kind::Command,
        "switches an outlet on; `{outlet}` stands for which",
    ),
    Key::required("off", Kind::Command, "switches it off"),
    COMMAND_WITHIN,
    Key::optional(
        "between",
        Kind::Duration,
        Need::Else("none"),
        "the pause it needs between two sessions",
    ),
];

/// The driver of an outlet whose switch is a model with a file of its own.
pub const SWITCH: &str = "switch";
/// The driver of what stands on a network interface of this computer: an uplink, a tap.
pub const INTERFACE: &str = "interface";
/// The driver of a port of a USB hub.
pub const USB_HUB: &str = "usb-hub";
/// The driver of a Power Profiler Kit II.
pub const PPK2: &str = "ppk2";
/// The driver of a GPIO line of this computer.
pub const GPIO: &str = "gpio";
/// The driver of a relay on a board that is a USB HID device.
pub const HID_RELAY: &str = "hid-relay";

/// The program that switches a relay on is one unit's alone.
const BY_ON: Own = Own {
    what: "relay command",
    keys: &["on"],
};
/// And so is the one that switches it off.
const BY_OFF: Own = Own {
    what: "relay command",
    keys: &["off"],
};

/// Every driver there is, by channel.
pub const DRIVERS: &[Driver] = &[
    virtual_one(
        Channel::Power,
        "a child process that is the device: spawned is on, killed is off",
    ),
    Driver {
        channel: Channel::Power,
        name: "command",
        doc: "programs that switch a relay, run without a shell; each must end with 0",
        keys: &[
            Key::required("on", Kind::Command, "switches on").secret(),
            Key::required("off", Kind::Command, "switches off").secret(),
            COMMAND_WITHIN,
        ],
        own: &[BY_ON, BY_OFF],
        is_virtual: false,
        example: r#"on = ["relay", "1", "on"], off = ["relay", "1", "off"], within = "10s""#,
    },
    Driver {
        channel: Channel::Power,
        name: OUTLET,
        doc: "an outlet of a strip that serves several units and takes one session at a time: `[power.strip.NAME]`",
        keys: &[
            Key::required("strip", Kind::Text, "the strip's NAME"),
            Key::required("outlet", Kind::Text, "what its programs call the outlet"),
        ],
        own: &[Own {
            what: "outlet",
            keys: &["strip", "outlet"],
        }],
        is_virtual: false,
        example: r#"strip = "desk", outlet = "3""#,
    },
    switch::SUPPLY,
    Driver {
        channel: Channel::Power,
        name: USB_HUB,
        doc: "a port of a USB hub of this computer that feeds the unit, switched by Linux (6.0 or newer) and read back \
              from the hub; one that cannot switch may say that it did, and feeds the unit still",
        keys: &[
            Key::required(
                "hub",
                Kind::Text,
                "where the hub is plugged in, such as 1-2, or usb1 for a root hub",
            ),
            Key::required(
                "port",
                Kind::Whole(1, 255),
                "which of its ports, counted from 1",
            ),
            Key::optional(
                "within",
                Kind::Duration,
                Need::Word("5s"),
                "how long one switching may take",
            ),
        ],
        own: &[Own {
            what: "port of a USB hub",
            keys: &["hub", "port"],
        }],
        is_virtual: false,
        example: r#"hub = "1-2", port = 3, within = "5s""#,
    },
    ppk2::SUPPLY,
    relay::AT_GPIO,
    relay::AT_BOARD,
    virtual_one(
        Channel::Console,
        "the pty of the virtual device, through the serial stack",
    ),
    console::SERIAL,
    console::RFC2217,
    console::TCP,
    virtual_one(
        Channel::Debug,
        "the emulated port of the virtual device, through probe-rs's network probe",
    ),
    Driver {
        channel: Channel::Debug,
        name: "probe-rs",
        doc: "a debug probe that probe-rs knows, for SWD or JTAG",
        keys: &[
            Key::required(
                "probe",
                Kind::Probe,
                "VID:PID:SERIAL, or VID:PID where one of its kind is plugged in; VID:PID-IF for an interface of \
                 several",
            ),
            Key::optional(
                "protocol",
                Kind::Choice(&["swd", "jtag"]),
                Need::Word("swd"),
                "what it speaks to the unit; the other is not tried, and nothing is said of it",
            ),
            Key::optional(
                "wait",
                Kind::Duration,
                Need::Word("10s"),
                "how long it is waited for while another program holds it",
            ),
            Key::optional(
                "host",
                Kind::Login,
                Need::Else("this computer"),
                "where it is plugged in, as `ssh` reaches it; the same Proofhouse is installed there",
            ),
        ],
        own: &[Own {
            what: "probe",
            keys: &["probe", "host"],
        }],
        is_virtual: false,
        example: r#"probe = "1366:1015:000683456789", protocol = "swd", wait = "10s", host = "lab@bench-2""#,
    },
    Driver {
        channel: Channel::Debug,
        name: DUMP,
        doc: "flash of an open sample as a file that somebody dumped before the run, to be read and searched",
        keys: &[
            Key::required("file", Kind::Path, "the flash, byte for byte"),
            Key::optional(
                "at",
                Kind::Whole(0, u64::MAX >> 1),
                Need::Else("that of the profile's first region of flash"),
                "address of its first byte",
            ),
        ],
        own: &[Own {
            what: "dump",
            keys: &["file"],
        }],
        is_virtual: false,
        example: r#"file = "flash.bin", at = 0x0800_0000"#,
    },
    virtual_one(
        Channel::Lan,
        "a loopback address of its own, chosen for the run",
    ),
    Driver {
        channel: Channel::Lan,
        name: "ip",
        doc: "an address, or a name that is looked up, again after each power cycle",
        keys: &[
            Key::required(
                "address",
                Kind::Host,
                "the unit's: an address, `fe80::1%eth0`, a host name, or `plug.local`",
            ),
            Key::optional(
                "certificate",
                Kind::Path,
                Need::Else("none"),
                "what is shown to a unit that asks for a certificate, PEM",
            ),
            Key::optional(
                "key",
                Kind::Path,
                Need::Else("none"),
                "its key, PEM without a passphrase",
            ),
        ],
        own: &[Own {
            what: "address",
            keys: &["address"],
        }],
        is_virtual: false,
        example: r#"address = "192.168.1.7", certificate = "./lab.pem", key = "./lab.key""#,
    },
    virtual_one(
        Channel::Uplink,
        "the relays on the way to the virtual device, and from it to the peers of the bench",
    ),
    uplink::BY_INTERFACE,
    uplink::BY_COMMAND,
    uplink::BY_SWITCH,
    virtual_one(
        Channel::MQTT,
        "the MQTT broker inside Proofhouse, on a loopback address beside the unit's",
    ),
    Driver {
        channel: Channel::MQTT,
        name: "listen",
        doc: "the MQTT broker inside Proofhouse, on an address of this host that the unit can reach",
        keys: &[
            Key::required("address", Kind::Address, "this host's, as the unit sees it"),
            Key::optional(
                "port",
                Kind::Whole(1, 65_535),
                Need::Number(8883),
                "TCP port",
            ),
            Key::optional(
                "name",
                Kind::Host,
                Need::Else("its address"),
                "the name by which the unit dials it",
            ),
            Key::optional(
                "tls",
                Kind::YesNo,
                Need::Word("true"),
                "whether it speaks TLS",
            ),
            Key::optional(
                "signatures",
                Kind::Choice(&["ecdsa", "rsa"]),
                Need::Word("ecdsa"),
                "of the certificates made for the run: by P-256, or by RSA of 2048 bits",
            ),
            Key::optional(
                "certificate",
                Kind::Path,
                Need::Else("one that is made for the run"),
                "the maker's own good certificate, PEM",
            ),
            Key::optional(
                "key",
                Kind::Path,
                Need::Else("none"),
                "its key, PEM without a passphrase",
            ),
            Key::optional(
                "authority",
                Kind::Path,
                Need::Else("none"),
                "the authority that signed it, where units are told it, PEM",
            ),
        ],
        own: &[Own {
            what: "listening address",
            keys: &["address", "port"],
        }],
        is_virtual: false,
        example: concat!(
            r#"address = "192.168.1.2", port = 8883, name = "mqtt.acme.example", tls = true, "#,
            r#"signatures = "ecdsa", "#,
            r#"certificate = "./mqtt.pem", key = "./mqtt.key", authority = "./ca.pem""#
        ),
    },
    virtual_one(
        Channel::DNS,
        "the DNS server inside Proofhouse, on a loopback address beside the unit's",
    ),
    dns::LISTEN,
    dhcp::ON_INTERFACE,
    virtual_one(
        Channel::Tap,
        "what the bench and the unit say to each other: every connection that the bench opens once it listens, and \
         every one to its broker",
    ),
    tap::ON_INTERFACE,
    Driver {
        channel: Channel::Reset,
        name: "command",
        doc: "a program that presses the button or resets the unit otherwise, run without a shell; it must end with 0",
        keys: &[
            Key::required("press", Kind::Command, "resets the unit").secret(),
            COMMAND_WITHIN,
        ],
        own: &[Own {
            what: "reset command",
            keys: &["press"],
        }],
        is_virtual: false,
        example: r#"press = ["relay", "2", "hold", "10"], within = "10s""#,
    },
    button::RESET,
    Driver {
        channel: Channel::Reset,
        name: OPERATOR,
        doc: "a person at the terminal, who is asked to do it and says when it is done; nobody answers for them",
        keys: &[
            Key::required("say", Kind::Text, "what they are asked to do"),
            Key::optional(
                PICTURE,
                Kind::Path,
                Need::Else("none"),
                "of where to do it, a PNG, JPEG, GIF or WebP file, whose path they are shown",
            ),
            Key::optional(
                "within",
                Kind::Duration,
                Need::Word("5m"),
                "how long the answer may take, after which the run is paused",
            ),
        ],
        own: &[],
        is_virtual: false,
        example: r#"say = "hold the button for 10 seconds", picture = "reset-button.jpg", within = "5m""#,
    },
];

impl Driver {
    /// The driver of that channel and name.
    #[must_use]
    pub fn find(channel: Channel, name: &str) -> Option<&'static Self> {
        Self::of(channel).find(|d| d.name == name)
    }

    /// All drivers of a channel.
    pub fn of(channel: Channel) -> impl Iterator<Item = &'static Self> {
        DRIVERS.iter().filter(move |d| d.channel == channel)
    }

    /// Channels that have drivers, in the order shown to people.
    pub fn channels() -> impl Iterator<Item = Channel> {
        let mut all = Channel::ALL.into_iter();
        std::iter::from_fn(move || all.find(|c| Self::of(*c).next().is_some()))
    }

    /// A whole table that uses it, such as `{ driver = "ip", address = "192.168.1.7" }`.
    #[must_use]
    pub fn table(&self) -> String {
        match self.example {
            "" => format!("{{ driver = \"{}\" }}", self.name),
            rest => format!("{{ driver = \"{}\", {rest} }}", self.name),
        }
    }

    /// The setting of that name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|k| k.name == name)
    }
}

/// The table of drivers for people: a row each, in Markdown. Virtual ones have no settings and are left out.
#[must_use]
pub fn drivers_markdown() -> String {
    let mut out = "| channel | driver | settings | is |\n|---|---|---|---|\n".to_owned();
    for channel in Driver::channels() {
        for driver in Driver::of(channel).filter(|d| !d.is_virtual) {
            let keys: Vec<_> = driver.keys.iter().map(in_words).collect();
            let (name, keys, doc) = (driver.name, keys.join("; "), driver.doc);
            out.push_str(&format!("| `{channel}` | `{name}` | {keys} | {doc} |\n"));
        }
    }
    out
}

fn in_words(key: &Key) -> String {
    let (name, doc) = (key.name, key.doc);
    match key.need {
        Need::Required => format!("`{name}` {doc}"),
        Need::Else(instead) => format!("`{name}` {doc} ({instead} when absent)"),
        Need::Number(default) => format!("`{name}` {doc} ({default} when absent)"),
        Need::Word(default) => format!("`{name}` {doc} ({default} when absent)"),
    }
}

#[cfg(test)]
mod tests {
    use super::{BUTTON, DRIVERS, Driver};

    #[test]
    fn rows_agree_with_themselves() {
        for driver in DRIVERS {
            let at = format!("{} {}", driver.channel, driver.name);
            let same = |d: &&Driver| d.channel == driver.channel && d.name == driver.name;
            assert_eq!(
                DRIVERS.iter().filter(same).count(),
                1,
                "{at} is there twice"
            );
            for own in driver.own {
                assert!(!own.keys.is_empty(), "{at}: {}", own.what);
                for key in own.keys {
                    assert!(driver.key(key).is_some(), "{at} has no key {key}");
                }
            }
            for (n, key) in driver.keys.iter().enumerate() {
                let twice = driver.keys[..n].iter().any(|k| k.name == key.name);
                assert!(!twice && key.name != "driver", "{at}: {}", key.name);
                // A switch has an address, a serial port or a broker, a port a path or an adapter, a button a switch,
                // programs, a line or a board: an example shows one of them.
                let told = ["on", "off", "read", "is-on", "is-off"].contains(&key.name)
                    && [BUTTON, super::SWITCH].contains(&driver.name);
                let relay = ["chip", "line", "active_low", "board", "relay"].contains(&key.name)
                    && driver.name == BUTTON;
                let elsewhere = told || relay || ["serial", "broker", "device"].contains(&key.name);
                let other = elsewhere || key.name.starts_with("usb");
                let shown = driver.example.contains(key.name) || other;
                assert!(shown, "{at} shows {}", key.name);
            }
            assert_eq!(driver.is_virtual, driver.name == "virtual", "{at}");
            assert!(!driver.doc.ends_with('.'), "{at}");
        }
    }

    /// Whoever adds a driver with a password must not have to think of it.
    #[test]
    fn keys_that_are_named_like_credentials_are_marked() {
        for driver in DRIVERS {
            for key in driver.keys {
                let words = [
                    "pass",
                    "token",
                    "secret",
                    "key",
                    "user",
                    "login",
                    "credential",
                ];
                // A name alone lets nobody in, and masking `admin` would spoil every page that says it.
                let named = key.name != "user" && words.iter().any(|word| key.name.contains(word));
                let marked = key.secret || matches!(key.kind, crate::settings::Kind::Path);
                assert!(
                    !named || marked,
                    "{} {}: {}",
                    driver.channel,
                    driver.name,
                    key.name
                );
            }
        }
    }

    #[test]
    fn no_driver_that_is_here_is_told_to_be_another() {
        for driver in DRIVERS {
            assert_eq!(Driver::instead(driver.channel, driver.name), None);
        }
    }

    #[test]
    fn a_driver_with_settings_says_what_a_unit_has_of_its_own() {
        // A person can be asked the same for every unit: the question names it.
        let wires = DRIVERS.iter().filter(|d| d.name != super::OPERATOR);
        for driver in wires.filter(|d| !d.keys.is_empty()) {
            assert!(!driver.own.is_empty(), "{} {}", driver.channel, driver.name);
        }
    }
}
