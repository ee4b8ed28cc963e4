//! All drivers a bench file can name: one row each.
//!
//! The row is all there is to say about a driver before it is opened. It feeds the reader of bench files with its
//! mistakes and nearest names, the check that no two units share a wire, the JSON schema and the printed table. What
//! opens it is one line in `transport::<channel>::open`.

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
    /// The keys whose values together name it; the first is pointed at.
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

/// Every driver there is, by channel.
pub const DRIVERS: &[Driver] = &[
    virtual_one(
        Channel::Power,
        "a child process that is the device: spawned is on, killed is off",
    ),
    Driver {
        channel: Channel::Power,
        name: "command",
        doc: "programs that switch a relay, run without a shell; each must end with 0 within 10 s",
        keys: &[
            Key::required("on", Kind::Command, "switches on"),
            Key::required("off", Kind::Command, "switches off"),
        ],
        own: &[
            Own {
                what: "relay command",
                keys: &["on"],
            },
            Own {
                what: "relay command",
                keys: &["off"],
            },
        ],
        is_virtual: false,
        example: r#"on = ["relay", "1", "on"], off = ["relay", "1", "off"]"#,
    },
    Driver {
        channel: Channel::Power,
        name: "shelly",
        doc: "a relay or plug of Shelly's second generation or later, over its local HTTP without a password",
        keys: &[
            Key::required("address", Kind::Address, "the relay's"),
            Key::optional("port", Kind::Whole(1, 65_535), Need::Number(80), "TCP port"),
            Key::optional(
                "switch",
                Kind::Whole(0, 15),
                Need::Number(0),
                "which of its switches",
            ),
        ],
        own: &[Own {
            what: "switch",
            keys: &["address", "port", "switch"],
        }],
        is_virtual: false,
        example: r#"address = "192.168.1.20", port = 80, switch = 0"#,
    },
    virtual_one(
        Channel::Console,
        "the pty of the virtual device, through the serial stack",
    ),
    Driver {
        channel: Channel::Console,
        name: "serial",
        doc: "a serial port or pty by path",
        keys: &[
            Key::required("port", Kind::Path, "such as /dev/serial/by-id/usb-FTDI_A17"),
            Key::optional(
                "baud",
                Kind::Whole(50, 20_000_000),
                Need::Else("the profile's"),
                "line rate in bits per second",
            ),
        ],
        own: &[Own {
            what: "port",
            keys: &["port"],
        }],
        is_virtual: false,
        example: r#"port = "/dev/ttyUSB0", baud = 115200"#,
    },
    virtual_one(
        Channel::Debug,
        "the emulated port of the virtual device, through probe-rs's network probe",
    ),
    Driver {
        channel: Channel::Debug,
        name: "probe-rs",
        doc: "a debug probe that probe-rs knows, for SWD",
        keys: &[Key::required(
            "probe",
            Kind::Probe,
            "VID:PID:SERIAL, or VID:PID where one of its kind is plugged in",
        )],
        own: &[Own {
            what: "probe",
            keys: &["probe"],
        }],
        is_virtual: false,
        example: r#"probe = "1366:1015:000683456789""#,
    },
    virtual_one(
        Channel::Lan,
        "a loopback address of its own, chosen for the run",
    ),
    Driver {
        channel: Channel::Lan,
        name: "ip",
        doc: "a fixed address",
        keys: &[Key::required("address", Kind::Address, "the unit's")],
        own: &[Own {
            what: "address",
            keys: &["address"],
        }],
        is_virtual: false,
        example: r#"address = "192.168.1.7""#,
    },
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
        ],
        own: &[Own {
            what: "listening address",
            keys: &["address", "port"],
        }],
        is_virtual: false,
        example: r#"address = "192.168.1.2", port = 8883"#,
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
    use super::{DRIVERS, Driver};

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
                assert!(driver.example.contains(key.name), "{at} shows {}", key.name);
            }
            assert_eq!(driver.is_virtual, driver.name == "virtual", "{at}");
            assert!(!driver.doc.ends_with('.'), "{at}");
        }
    }

    #[test]
    fn a_driver_with_settings_says_what_a_unit_has_of_its_own() {
        for driver in DRIVERS.iter().filter(|d| !d.keys.is_empty()) {
            assert!(!driver.own.is_empty(), "{} {}", driver.channel, driver.name);
        }
    }
}
