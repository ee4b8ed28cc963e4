//! The wires of a unit, read by the table of drivers.

use super::probe::Probe;
use super::{Shared, button, dhcp, hid_relay, picture, serial, strips, switch, usb_hub};
use crate::read::{Item, Table, one_of};
use proofhouse_model::drivers::{
    BUTTON, HID_RELAY, LEASE, OPERATOR, OUTLET, PPK2, SWITCH, USB_HUB,
};
use proofhouse_model::settings::{Key, Kind, Need, Setting, Settings, mac_of};
use proofhouse_model::{Channel, Driver, Dur, HostSpec, Wire};
use std::collections::BTreeMap;
use std::net::IpAddr;
use toml::de::DeValue;

/// Wires by channel.
type Wires = BTreeMap<Channel, Wire>;

/// Reads the wires of `[unit.<name>]`. A virtual unit that names none has them all.
pub fn read(unit: &Table<'_>, is_virtual: bool, shared: &Shared<'_>) -> Option<Wires> {
    peers(unit)?;
    let named = named(unit);
    if is_virtual && named.is_empty() {
        return Some(all_virtual());
    }
    let read: Vec<_> = named
        .into_iter()
        .map(|(channel, item)| Some((channel, wire(channel, &item, is_virtual, shared)?)))
        .collect();
    read.into_iter().collect()
}

/// Keys of a unit that name channels.
pub fn keys() -> Vec<&'static str> {
    let mut keys: Vec<_> = Driver::channels().map(|c| c.keys().0).collect();
    keys.dedup();
    keys
}

/// The channels a unit names, with what is said of them.
pub fn named<'a>(unit: &Table<'a>) -> Vec<(Channel, Item<'a>)> {
    let wired = |channel: Channel| {
        let item = match channel.keys() {
            (key, None) => unit.get(key),
            (table, Some(key)) => inside(unit, table)?.get(key),
        };
        Some((channel, item?))
    };
    Driver::channels().filter_map(wired).collect()
}

/// A table in a table, when it is one.
pub fn inside<'a>(table: &Table<'a>, key: &str) -> Option<Table<'a>> {
    let item = table.get(key)?;
    match item.raw() {
        DeValue::Table(entries) => Some(Table::new(item.log(), item.span(), entries)),
        _ => None,
    }
}

/// Peers are listed side by side in one table. Each is read as a channel of its own; here what is around them.
fn peers(unit: &Table<'_>) -> Option<()> {
    former_broker(unit);
    let Some(item) = unit.get("peers") else {
        return Some(());
    };
    let all = Driver::channels().filter_map(|c| c.keys().1);
    let known: Vec<_> = all.collect();
    let example = mqtt_example();
    let expected = format!("a table such as {{ mqtt = {example} }}");
    let table = item.table(&expected)?;
    table.only(&known);
    match table.is_empty() {
        true => item.bad("no peer is named here", &expected),
        false => Some(()),
    }
}

/// What the MQTT broker was called before there were other peers.
pub const FORMER: &str = "broker";

fn former_broker(unit: &Table<'_>) {
    if let Some(item) = unit.get(FORMER) {
        let message = "`broker` is one of `peers` now";
        let example = mqtt_example();
        item.log().note(item.span(), message, |d| {
            d.expected(format!("`peers = {{ mqtt = {example} }}`"))
                .help("write `peers.mqtt` for `broker`; its settings stay as they are")
        });
    }
}

fn mqtt_example() -> String {
    let mut real = Driver::of(Channel::MQTT).filter(|d| !d.is_virtual);
    real.next().map_or_else(String::new, Driver::table)
}

fn all_virtual() -> Wires {
    let rows = proofhouse_model::drivers::DRIVERS.iter();
    let rows = rows.filter(|d| d.is_virtual);
    let wire = |d: &Driver| Wire {
        driver: d.name.to_owned(),
        settings: Settings::default(),
        switch: None,
    };
    rows.map(|d| (d.channel, wire(d))).collect()
}

/// Reads one wire.
pub fn wire(
    channel: Channel,
    item: &Item<'_>,
    is_virtual: bool,
    shared: &Shared<'_>,
) -> Option<Wire> {
    let real = || Driver::of(channel).filter(|d| !d.is_virtual);
    let example = real().next().map_or_else(String::new, Driver::table);
    let table = item.table(&format!("a table such as {example}"))?;
    let name = table.need("driver")?;
    let words: Vec<_> = Driver::of(channel).map(|d| (d.name, d)).collect();
    let driver = match instead(channel, &name) {
        Some(help) => {
            let names: Vec<_> = real().map(|d| (d.name, ())).collect();
            let message = "this Proofhouse has no such driver";
            name.log().note(name.span(), message, |d| {
                d.expected(one_of(&names)).help(help)
            });
            return None;
        }
        None => name.one_of("driver of this channel", &words)?,
    };
    if driver.is_virtual && !is_virtual {
        let help = "a virtual channel belongs to a virtual product: write `virtual = \"plug\"`";
        let names: Vec<_> = real().map(|d| (d.name, ())).collect();
        name.log()
            .note(name.span(), "the unit is not virtual", |d| {
                d.expected(one_of(&names)).help(help)
            });
        return None;
    }
    let mut known = vec!["driver"];
    known.extend(driver.keys.iter().map(|k| k.name));
    table.only(&known);
    let own = settings(&table, driver.keys)?;
    let (settings, switch) = match driver.name {
        OUTLET => (strips::complete(&table, own, &shared.strips)?, None),
        SWITCH => switch::complete(&table, own, shared.switches)?,
        USB_HUB => (usb_hub::complete(&table, own)?, None),
        HID_RELAY => (hid_relay::complete(&table, own)?, None),
        BUTTON => {
            let (own, switch) = button::complete(&table, own, shared.switches)?;
            (strips::at_button(own, &shared.strips), switch)
        }
        LEASE => (dhcp::complete(&table, own)?, None),
        "serial" | PPK2 => (serial::complete(&table, own)?, None),
        OPERATOR => (picture::complete(&table, own, shared.folder)?, None),
        _ => (own, None),
    };
    Some(Wire {
        driver: driver.name.to_owned(),
        settings,
        switch,
    })
}

/// What to do where a driver is named that is elsewhere called otherwise, or is not there on purpose.
fn instead(channel: Channel, name: &Item<'_>) -> Option<&'static str> {
    match name.raw() {
        DeValue::String(name) => Driver::instead(channel, name),
        _ => None,
    }
}

/// Reads every key of a table; defaults stand in for what is absent.
pub fn settings(table: &Table<'_>, keys: &[Key]) -> Option<Settings> {
    let mut read = BTreeMap::new();
    let mut fine = true;
    for key in keys {
        let item = match key.need {
            Need::Required => table.need(key.name),
            _ => table.get(key.name),
        };
        let found = match (&item, key.need) {
            (Some(item), _) => setting(item, key),
            (None, Need::Required) => None,
            (None, _) => match key.default() {
                Some(default) => Some(default),
                None => continue,
            },
        };
        fine &= found.is_some();
        read.extend(found.map(|s| (key.name.to_owned(), s)));
    }
    fine.then_some(Settings(read))
}

fn setting(item: &Item<'_>, key: &Key) -> Option<Setting> {
    match key.kind {
        Kind::Text | Kind::Path => item.text().map(Setting::Text),
        Kind::Command => command(item, key.name).map(Setting::Words),
        Kind::Whole(from, to) => item.whole(from..=to).map(Setting::Whole),
        Kind::Address => address(item).map(Setting::Text),
        Kind::Host => host(item).map(Setting::Text),
        Kind::Login => item.parsed(login).map(Setting::Text),
        Kind::Probe => item.parsed(probe).map(Setting::Text),
        Kind::Mac => item.parsed(mac).map(Setting::Text),
        Kind::Duration => item.dur().map(|d: Dur| Setting::Text(d.to_string())),
        Kind::YesNo => item.yes_no().map(Setting::YesNo),
        Kind::Choice(words) => {
            let words: Vec<_> = words.iter().map(|w| (*w, *w)).collect();
            let chosen = item.one_of(key.name, &words)?;
            Some(Setting::Text(chosen.to_owned()))
        }
    }
}

/// A program and its arguments.
fn command(item: &Item<'_>, key: &str) -> Option<Vec<String>> {
    const WANT: &str = "a program and its arguments, such as [\"relay\", \"1\", \"on\"]";
    let words = item.texts()?;
    if words.is_empty() {
        return item.bad(format!("`{key}` names no program"), WANT);
    }
    Some(words)
}

/// Goes to `ssh` as a word: one that begins with a dash would be an option.
fn login(text: &str) -> Result<String, (String, String)> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let fits =
        |part: &str| !part.is_empty() && !part.starts_with(['-', '.']) && part.chars().all(plain);
    let (user, host) = text.split_once('@').unwrap_or(("nobody", text));
    match fits(user) && fits(host) {
        true => Ok(text.to_owned()),
        false => Err((
            "this is no login on a host".to_owned(),
            "`host` or `user@host`, as `ssh` takes it, such as lab@bench-2".to_owned(),
        )),
    }
}

fn mac(text: &str) -> Result<String, (String, String)> {
    match mac_of(text) {
        Some(mac) => Ok(mac.map(|byte| format!("{byte:02x}")).join(":")),
        None => Err((
            "this is the hardware address of no single interface".to_owned(),
            "six pairs of hex digits, such as 02:00:00:00:00:17".to_owned(),
        )),
    }
}

fn probe(text: &str) -> Result<String, (String, String)> {
    match Probe::of(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err((
            "this names no probe".to_owned(),
            "VID:PID or VID:PID:SERIAL in hex, such as 1366:1015:000683456789; VID:PID-IF:SERIAL for the interface \
             IF, from 0 to 255"
                .to_owned(),
        )),
    }
}

fn host(item: &Item<'_>) -> Option<String> {
    const WANT: &str =
        "an address such as 192.168.1.7 or fe80::1%eth0, or a name such as plug.lab or plug.local";
    item.parsed(|text| {
        let host: Result<HostSpec, &str> = text.parse();
        let host = host.map_err(|why| (why.to_owned(), WANT.to_owned()))?;
        Ok(host.to_string())
    })
}

fn address(item: &Item<'_>) -> Option<String> {
    const WANT: &str = "an address such as 192.168.1.7 or fe80::1";
    item.parsed(|text| {
        let address: IpAddr = text
            .parse()
            .map_err(|_| ("this is no IP address".to_owned(), WANT.to_owned()))?;
        let broadcast = matches!(address, IpAddr::V4(a) if a.is_broadcast());
        if address.is_unspecified() || address.is_multicast() || broadcast {
            let message = "this is the address of no single host".to_owned();
            return Err((message, WANT.to_owned()));
        }
        Ok(address.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Log, parse};

    const KEYS: [Key; 6] = [
        Key::required("name", Kind::Text, "any text"),
        Key::optional("settle", Kind::Duration, Need::Word("250ms"), "a wait"),
        Key::optional("invert", Kind::YesNo, Need::Word("true"), "on is off"),
        Key::optional(
            "parity",
            Kind::Choice(&["none", "even"]),
            Need::Word("none"),
            "of each byte",
        ),
        Key::optional("line", Kind::Whole(1, 8), Need::Number(3), "which one"),
        Key::optional("log", Kind::Path, Need::Else("none"), "a file"),
    ];

    /// The settings in a text, or its mistakes.
    fn read(text: &str) -> Result<Settings, Vec<String>> {
        let log = Log::new("t.toml", text);
        let read = parse(&log, |table| settings(&table, &KEYS));
        let found = log.into_found().into_iter();
        let line = |d: proofhouse_model::Diagnostic| {
            format!("{} | {}", d.message, d.expected.unwrap_or_default())
        };
        let found: Vec<_> = found.map(line).collect();
        match read {
            Some(settings) if found.is_empty() => Ok(settings),
            _ => Err(found),
        }
    }

    #[test]
    fn each_kind_is_read_and_each_default_holds() {
        let said = read(
            "name = 'a'\nsettle = '1500ms'\ninvert = false\nparity = 'even'\nline = 8\nlog = './l'\n",
        );
        let said = said.unwrap();
        assert_eq!(said.duration("settle").unwrap(), Dur::ms(1500));
        assert!(!said.yes_no("invert").unwrap());
        assert_eq!(said.text("parity").unwrap(), "even");
        assert_eq!(said.whole::<u8>("line").unwrap(), 8);
        assert_eq!(said.text("log").unwrap(), "./l");
        let bare = read("name = 'a'\n").unwrap();
        assert_eq!(bare.duration("settle").unwrap(), Dur::ms(250));
        assert!(bare.yes_no("invert").unwrap());
        assert_eq!(bare.text("parity").unwrap(), "none");
        assert_eq!(bare.whole::<u8>("line").unwrap(), 3);
        assert_eq!(bare.get("log"), None);
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let found = read("settle = 3\ninvert = 'no'\nparity = 'odd'\nline = 9\nlog = ''\n");
        let want = [
            "`name` is missing here | ",
            "`settle` is a whole number | a duration such as 250ms, 90s, 5m or 24h",
            "`invert` is text | true or false",
            "`odd` is no parity | one of \"none\", \"even\"",
            "`line` is 9 | a whole number from 1 to 8",
            "`log` is empty | text that says something",
        ];
        assert_eq!(found.unwrap_err(), want);
    }
}
