//! All drivers a bench file can name: one row each.
//!
//! The row is all there is to say about a driver before it is opened. It feeds the reader of bench files with its
//! mistakes and nearest names, the check that no two units share a wire, the JSON schema and the printed table. What
//! opens it is one line in `transport::<channel>::open`.

pub mod console;
mod instead;

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

/// The driver of a reset that a person carries out, when asked.
pub const OPERATOR: &str = "operator";
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

const SWITCH_KEYS: &[Key] = &[
    Key::required(
        "model",
        Kind::Text,
        "a built-in one, or the path of a file of the lab's own such as `./my-strip.toml`",
    ),
    Key::optional(
        "address",
        Kind::Host,
        Need::Else("none"),
        "the switch's, where it is on the network",
    ),
    Key::optional(
        "port",
        Kind::Whole(1, 65_535),
        Need::Else("the model's"),
        "its port there",
    ),
    Key::optional(
        "serial",
        Kind::Path,
        Need::Else("none"),
        "its serial port, where it is on one",
    ),
    Key::optional(
        "outlet",
        Kind::Whole(1, crate::switch::MOST_OUTLETS),
        Need::Else("the one that it has"),
        "which outlet or channel, counted from 1",
    ),
    Key::optional("user", Kind::Text, Need::Else("the model's"), "who logs in"),
    Key::optional(
        "password",
        Kind::Text,
        Need::Else("none"),
        "what lets them in; the community of SNMP",
    )
    .secret(),
    Key::optional(
        "within",
        Kind::Duration,
        Need::Word("5s"),
        "how long it may take until the outlet is read back as it was switched",
    ),
];

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
    Driver {
        channel: Channel::Power,
        name: SWITCH,
        doc: "an outlet of a power switch or supply whose model is built in (`proofhouse list switches`) or has a file \
              of the lab's own; the outlet is read back",
        keys: SWITCH_KEYS,
        own: &[
            Own {
                what: "outlet of a switch",
                keys: &["address", "port", "outlet"],
            },
            Own {
                what: "outlet of a switch",
                keys: &["serial", "outlet"],
            },
        ],
        is_virtual: false,
        example: concat!(
            r#"model = "netio-json", address = "192.168.1.50", port = 80, outlet = 2, user = "netio", "#,
            r#"password = "as-set", within = "5s""#
        ),
    },
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
        doc: "a debug probe that probe-rs knows, for SWD",
        keys: &[Key::required(
            "probe",
            Kind::Probe,
            "VID:PID:SERIAL, or VID:PID where one of its kind is plugged in; VID:PID-IF for an interface of several",
        )],
        own: &[Own {
            what: "probe",
            keys: &["probe"],
        }],
        is_virtual: false,
        example: r#"probe = "1366:1015:000683456789""#,
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
    Driver {
        channel: Channel::Reset,
        name: OPERATOR,
        doc: "a person at the terminal, who is asked to do it and says when it is done; nobody answers for them",
        keys: &[
            Key::required("say", Kind::Text, "what they are asked to do"),
            Key::optional(
                "within",
                Kind::Duration,
                Need::Word("5m"),
                "how long the answer may take",
            ),
        ],
        own: &[],
        is_virtual: false,
        example: r#"say = "hold the button for 10 seconds", within = "5m""#,
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
                // A switch has an address or a serial port, a port a path or an adapter: an example shows one of them.
                let other = key.name == "serial" || key.name.starts_with("usb");
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
