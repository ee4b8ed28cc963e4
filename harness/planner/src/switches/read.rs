//! The file of one model.

use super::{mqtt, request, state, told};
use crate::read::{Item, Table};
use proofhouse_model::settings::{Key, Kind, Need, Settings};
use proofhouse_model::switch::{
    Auth, How, Http, MOST_OUTLETS, Request, Serial, Snmp, SnmpVersion, Switch, Tcp, Way,
};

/// The ways to reach a switch: each is a table of that name.
const WAYS: [&str; 5] = ["http", "tcp", "serial", "snmp", "mqtt"];
const WAYS_WANTED: &str = "one of the tables [http], [tcp], [serial], [snmp] and [mqtt]";
const BACK: &str = "read-back";

/// Lines that pause and end in the same way.
const PAUSE: Key = Key::optional(
    "pause",
    Kind::Duration,
    Need::Else("none"),
    "how long it is left alone after each line",
);
const HTTP: [Key; 4] = [
    Key::optional("port", Kind::Whole(1, 65_535), Need::Number(80), "TCP port"),
    Key::optional(
        "tls",
        Kind::YesNo,
        Need::Word("false"),
        "whether it speaks TLS",
    ),
    Key::optional(
        "auth",
        Kind::Choice(&["none", "basic", "digest"]),
        Need::Word("none"),
        "how a password is shown",
    ),
    Key::optional(
        "user",
        Kind::Text,
        Need::Else("none"),
        "whose password it is",
    ),
];
const TCP: [Key; 2] = [
    Key::required("port", Kind::Whole(1, 65_535), "TCP port"),
    PAUSE,
];
const SERIAL: [Key; 2] = [
    Key::required("baud", Kind::Whole(50, 20_000_000), "bits per second"),
    PAUSE,
];
const SNMP: [Key; 3] = [
    Key::optional(
        "port",
        Kind::Whole(1, 65_535),
        Need::Number(161),
        "UDP port",
    ),
    Key::optional(
        "version",
        Kind::Choice(&["1", "2c"]),
        Need::Word("2c"),
        "of the protocol",
    ),
    Key::optional(
        "community",
        Kind::Text,
        Need::Word("private"),
        "that may write, as devices are delivered",
    ),
];

/// Reads the file of a model.
pub fn switch(root: &Table<'_>, name: &str) -> Option<Switch> {
    let known = [
        "maker", "model", "outlets", BACK, "on", "off", "toggle", "state",
    ];
    let known: Vec<_> = known.into_iter().chain(WAYS).collect();
    root.only(&known);
    let text = |key| root.need(key).and_then(|item| item.text());
    let (maker, model) = (text("maker"), text("model"));
    let outlets = root
        .need("outlets")
        .and_then(|item| item.whole(1..=MOST_OUTLETS));
    let way = way(root)?;
    let state = back(root, &way, outlets.unwrap_or(MOST_OUTLETS));
    let how = how(root, &way);
    let switch = Switch {
        name: name.to_owned(),
        maker: maker?,
        model: model?,
        outlets: outlets?,
        way,
        how: how?,
        state: state?,
    };
    told::is_whole(root, &switch)?;
    says_outlets(root, &switch)?;
    mqtt::says_device(root, &switch)?;
    Some(switch)
}

fn way(root: &Table<'_>) -> Option<Way> {
    let named: Vec<_> = WAYS.iter().filter_map(|way| root.get(way)).collect();
    let item = match named.as_slice() {
        [one] => one,
        [] => {
            let message = "nothing says how the switch is reached";
            root.log()
                .note(root.span(), message, |d| d.expected(WAYS_WANTED));
            return None;
        }
        [_, second, ..] => return second.bad("the switch is reached in two ways", WAYS_WANTED),
    };
    let table = item.table("a table")?;
    match item.key() {
        "http" => http(&table),
        "tcp" => tcp(&table),
        "serial" => serial(&table),
        "mqtt" => mqtt::way(&table),
        _ => snmp(&table),
    }
}

pub fn keys(table: &Table<'_>, keys: &[Key], more: &[&str]) -> Option<Settings> {
    let known: Vec<_> = keys
        .iter()
        .map(|key| key.name)
        .chain(more.iter().copied())
        .collect();
    table.only(&known);
    crate::bench::settings(table, keys)
}

fn http(table: &Table<'_>) -> Option<Way> {
    let said = keys(table, &HTTP, &["refused"])?;
    let refused = table.get("refused").map(|item| words(&item));
    Some(Way::Http(Http {
        port: said.whole("port").ok()?,
        tls: said.yes_no("tls").ok()?,
        auth: match said.text("auth").ok()? {
            "basic" => Auth::Basic,
            "digest" => Auth::Digest,
            _ => Auth::None,
        },
        user: said.text("user").unwrap_or_default().to_owned(),
        refused: match refused {
            None => Vec::new(),
            Some(words) => words?,
        },
    }))
}

fn tcp(table: &Table<'_>) -> Option<Way> {
    let said = keys(table, &TCP, &["terminator"])?;
    Some(Way::Tcp(Tcp {
        port: said.whole("port").ok()?,
        terminator: terminator(table)?,
        pause: said.optional("pause", Settings::duration).ok()?,
    }))
}

fn serial(table: &Table<'_>) -> Option<Way> {
    let said = keys(table, &SERIAL, &["terminator"])?;
    Some(Way::Serial(Serial {
        baud: said.whole("baud").ok()?,
        terminator: terminator(table)?,
        pause: said.optional("pause", Settings::duration).ok()?,
    }))
}

fn snmp(table: &Table<'_>) -> Option<Way> {
    let said = keys(table, &SNMP, &[])?;
    Some(Way::Snmp(Snmp {
        port: said.whole("port").ok()?,
        version: match said.text("version").ok()? {
            "1" => SnmpVersion::V1,
            _ => SnmpVersion::V2c,
        },
        community: said.text("community").ok()?.to_owned(),
    }))
}

/// What ends a line that is sent.
fn terminator(table: &Table<'_>) -> Option<String> {
    let words = [("\n", "\n"), ("\r\n", "\r\n"), ("\r", "\r"), ("", "")];
    let Some(item) = table.get("terminator") else {
        return Some("\n".to_owned());
    };
    match item.raw() {
        toml::de::DeValue::String(text) => match words.iter().find(|(word, _)| text == word) {
            Some((word, _)) => Some((*word).to_owned()),
            None => item.bad(
                "this ends no line",
                r#"one of "\n", "\r\n", "\r" and "", which ends nothing"#,
            ),
        },
        _ => item.wrong("text in quotes"),
    }
}

fn how(root: &Table<'_>, way: &Way) -> Option<How> {
    if let Some(toggle) = root.get("toggle") {
        if let Some(extra) = root.get("on").or_else(|| root.get("off")) {
            return extra.bad(
                "the outlet is switched by `toggle` already",
                "either `toggle`, or `on` and `off`",
            );
        }
        if root.get("state").is_none() {
            return toggle.bad(
                "an outlet that is changed over must be read first",
                "[state] beside it",
            );
        }
        mqtt::can_be_asked(root, way)?;
        return request::read(&toggle, way).map(How::Toggle);
    }
    let one = |key| root.need(key).and_then(|item| request::read(&item, way));
    let (on, off) = (one("on"), one("off"));
    Some(How::Each { on: on?, off: off? })
}

/// How it is read back; `Some(None)` where the file says that it cannot be.
fn back(
    root: &Table<'_>,
    way: &Way,
    outlets: u64,
) -> Option<Option<proofhouse_model::switch::State>> {
    const WANT: &str = "[state], or `read-back = \"none\"` where the switch cannot be asked";
    match (root.get("state"), root.get(BACK)) {
        (Some(item), None) => state::read(&item, way, outlets).map(Some),
        (None, Some(none)) => none
            .one_of("way to read back", &[("none", ())])
            .map(|()| None),
        (Some(_), Some(none)) => none.bad("the outlet is read back by [state]", WANT),
        (None, None) => {
            let message = "nothing says how an outlet is read back";
            root.log().note(root.span(), message, |d| d.expected(WANT));
            None
        }
    }
}

/// Of a switch with several outlets each request must say which.
fn says_outlets(root: &Table<'_>, switch: &Switch) -> Option<()> {
    if switch.outlets == 1 || switch.is_told() {
        return Some(());
    }
    let mut fine = true;
    for (key, request) in requests(switch) {
        if !request::says_outlet(request) {
            let item: Item<'_> = root.get(key)?;
            let message = format!("`{key}` does not say which outlet it switches");
            item.bad::<()>(
                message,
                "`{outlet}`, or `{outlet0}` where they are counted from 0; or `outlets = 1`",
            );
            fine = false;
        }
    }
    fine.then_some(())
}

/// What switches an outlet, each by its key.
pub fn requests(switch: &Switch) -> Vec<(&'static str, &Request)> {
    match &switch.how {
        How::Each { on, off } => vec![("on", on), ("off", off)],
        How::Toggle(toggle) => vec![("toggle", toggle)],
    }
}

/// One text, or several.
pub fn words(item: &Item<'_>) -> Option<Vec<String>> {
    match item.raw() {
        toml::de::DeValue::String(_) => item.text().map(|text| vec![text]),
        toml::de::DeValue::Array(_) => {
            let words = item.texts()?;
            match words.is_empty() {
                true => item.bad(format!("`{}` is empty", item.key()), "a text, or several"),
                false => Some(words),
            }
        }
        _ => item.wrong("a text, or a list of texts"),
    }
}
