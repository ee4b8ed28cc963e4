//! The channels of a unit and their drivers.

use crate::read::{Item, Table};
use proofhouse_model::bench_spec::{BrokerSpec, ConsoleSpec, DebugSpec, LanSpec, PowerSpec};
use std::net::IpAddr;

/// The wires of a unit; an absent one is not wired.
#[derive(Default)]
pub struct Wires {
    pub power: Option<PowerSpec>,
    pub console: Option<ConsoleSpec>,
    pub debug: Option<DebugSpec>,
    pub lan: Option<LanSpec>,
    pub broker: Option<BrokerSpec>,
}

/// Reads the wires of `[unit.<name>]`. A virtual unit that names none has them all.
pub fn read(unit: &Table<'_>, is_virtual: bool) -> Option<Wires> {
    let channels = ["power", "console", "debug", "lan", "broker"];
    if is_virtual && channels.iter().all(|c| unit.get(c).is_none()) {
        return Some(Wires {
            power: Some(PowerSpec::Virtual),
            console: Some(ConsoleSpec::Virtual),
            debug: Some(DebugSpec::Virtual),
            lan: Some(LanSpec::Virtual),
            broker: Some(BrokerSpec::Virtual),
        });
    }
    let power = unit.get("power").map(|i| power(&i, is_virtual));
    let console = unit.get("console").map(|i| console(&i, is_virtual));
    let debug = unit.get("debug").map(|i| debug(&i, is_virtual));
    let lan = unit.get("lan").map(|i| lan(&i, is_virtual));
    let broker = unit.get("broker").map(|i| broker(&i, is_virtual));
    Some(Wires {
        power: whole(power)?,
        console: whole(console)?,
        debug: whole(debug)?,
        lan: whole(lan)?,
        broker: whole(broker)?,
    })
}

/// Absent stays absent; present but bad spoils the unit.
fn whole<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(None) => None,
        Some(some) => Some(some),
    }
}

/// The driver's name and its table; `real` is the driver beside `virtual`, with its keys.
fn driver<'a>(
    item: &Item<'a>,
    is_virtual: bool,
    real: &'static str,
    keys: &[&str],
) -> Option<(bool, Table<'a>)> {
    let table = item.table(&format!("a table such as {{ driver = \"{real}\" }}"))?;
    let name = table.need("driver")?;
    let chosen = name.one_of(
        "driver of this channel",
        &[("virtual", true), (real, false)],
    )?;
    if chosen && !is_virtual {
        let help = "a virtual channel belongs to a virtual product: write `virtual = \"plug\"`";
        name.log()
            .note(name.span(), "the unit is not virtual", |d| {
                d.expected(format!("\"{real}\"")).help(help)
            });
        return None;
    }
    let mut known = vec!["driver"];
    if !chosen {
        known.extend(keys);
    }
    table.only(&known);
    Some((chosen, table))
}

fn power(item: &Item<'_>, is_virtual: bool) -> Option<PowerSpec> {
    let (chosen, table) = driver(item, is_virtual, "command", &["on", "off"])?;
    if chosen {
        return Some(PowerSpec::Virtual);
    }
    let (on, off) = (command(&table, "on"), command(&table, "off"));
    Some(PowerSpec::Command { on: on?, off: off? })
}

/// A program and its arguments; arguments may be empty texts, the program may not.
fn command(table: &Table<'_>, key: &str) -> Option<Vec<String>> {
    const WANT: &str = "a program and its arguments, such as [\"relay\", \"1\", \"on\"]";
    let item = table.need(key)?;
    let words = item.texts()?;
    if words.is_empty() {
        return item.bad(format!("`{key}` names no program"), WANT);
    }
    Some(words)
}

fn console(item: &Item<'_>, is_virtual: bool) -> Option<ConsoleSpec> {
    let (chosen, table) = driver(item, is_virtual, "serial", &["port", "baud"])?;
    if chosen {
        return Some(ConsoleSpec::Virtual);
    }
    let port = table.need("port").and_then(|i| i.text());
    let baud = match table.get("baud") {
        None => Some(None),
        Some(i) => i
            .whole(50..=20_000_000)
            .and_then(|n| u32::try_from(n).ok())
            .map(Some),
    };
    Some(ConsoleSpec::Serial {
        port: port?,
        baud: baud?,
    })
}

fn debug(item: &Item<'_>, is_virtual: bool) -> Option<DebugSpec> {
    let (chosen, table) = driver(item, is_virtual, "probe-rs", &["probe"])?;
    if chosen {
        return Some(DebugSpec::Virtual);
    }
    let probe = table.need("probe")?.parsed(|text| {
        let mut parts = text.splitn(3, ':');
        let mut id = || {
            let hex = |p: &str| p.len() == 4 && p.bytes().all(|b| b.is_ascii_hexdigit());
            parts.next().is_some_and(hex)
        };
        if id() && id() {
            return Ok(text.to_owned());
        }
        Err((
            "this names no probe".to_owned(),
            "VID:PID or VID:PID:SERIAL in hex, such as 1366:1015:000683456789".to_owned(),
        ))
    })?;
    Some(DebugSpec::ProbeRs { probe })
}

fn lan(item: &Item<'_>, is_virtual: bool) -> Option<LanSpec> {
    let (chosen, table) = driver(item, is_virtual, "ip", &["address"])?;
    if chosen {
        return Some(LanSpec::Virtual);
    }
    let address = table.need("address").and_then(|i| address(&i))?;
    Some(LanSpec::Ip { address })
}

fn broker(item: &Item<'_>, is_virtual: bool) -> Option<BrokerSpec> {
    let (chosen, table) = driver(item, is_virtual, "listen", &["address", "port"])?;
    if chosen {
        return Some(BrokerSpec::Virtual);
    }
    let address = table.need("address").and_then(|i| address(&i));
    let port = match table.get("port") {
        None => Some(None),
        Some(i) => i
            .whole(1..=65_535)
            .and_then(|n| u16::try_from(n).ok())
            .map(Some),
    };
    Some(BrokerSpec::Listen {
        address: address?,
        port: port?,
    })
}

fn address(item: &Item<'_>) -> Option<IpAddr> {
    item.parsed(|text| {
        text.parse().map_err(|_| {
            let message = "this is no IP address".to_owned();
            (
                message,
                "an address such as 192.168.1.7 or fe80::1".to_owned(),
            )
        })
    })
}
